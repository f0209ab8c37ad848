from __future__ import annotations

import os

import pytest

from slipway.settings import CollectorSettings, Settings, SettingsError


def test_defaults() -> None:
    settings = Settings.from_environment({})
    assert (settings.host, settings.port) == ("0.0.0.0", 5001)
    assert (settings.entry, settings.schema, settings.app_root) == ("score.py", "", os.getcwd())
    assert (settings.max_concurrency, settings.max_body, settings.timeout) == (1, 16 << 20, 60.0)
    assert (settings.log_max_bytes, settings.log_files) == (10 << 20, 5)
    assert (settings.service_name, settings.path_prefix, settings.service_version) == ("ML service", "", "1.0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("127.0.0.1:0", ("127.0.0.1", 0)), ("[::1]:80", ("::1", 80)), (":5001", ("0.0.0.0", 5001))],
)
def test_listen(text: str, expected: tuple[str, int]) -> None:
    settings = Settings.from_environment({"SLIPWAY_LISTEN": text})
    assert (settings.host, settings.port) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLIPWAY_LISTEN", "5001"),
        ("SLIPWAY_LISTEN", "a:70000"),
        ("SLIPWAY_MAX_CONCURRENCY", "0"),
        ("SLIPWAY_MAX_BODY", "16MiB"),
        ("SCORING_TIMEOUT_MS", "-1"),
        ("SLIPWAY_LOG_FILES", "1.5"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


def test_paths_and_prefix() -> None:
    settings = Settings.from_environment(
        {"SERVICE_PATH_PREFIX": "/a/b/", "SLIPWAY_LOG_FILE": "log", "AML_APP_ROOT": "x"}
    )
    assert settings.path_prefix == "/a/b"
    assert (settings.log_file, settings.app_root) == (os.path.abspath("log"), os.path.abspath("x"))
    assert CollectorSettings.from_environment({"AML_MODEL_DC_STORAGE_ENABLED": "True"}).storage is True
