from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from slipway.serving import logs


def log_file(path: Path, size: int = 10_000, files: int = 3) -> logs.LogFile:
    return logs.LogFile(str(path), size, files, "rep", "rev")


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class TestLineSplitter:
    def test_lines_over_any_cut(self) -> None:
        text = "first\r\nzweite ä\n\nlast".encode()
        for cut in range(len(text)):
            splitter = logs.LineSplitter()
            lines = splitter.feed(text[:cut]) + splitter.feed(text[cut:]) + splitter.finish()
            assert lines == [("first", 0), ("zweite ä", 0), ("", 0), ("last", 0)]

    def test_memory_is_bounded(self) -> None:
        splitter = logs.LineSplitter()
        for _ in range(100):
            assert splitter.feed(b"x" * 100_000) == []
        ((text, cut),) = splitter.feed(b"\n")
        assert (len(text), cut) == (logs.MAX_MESSAGE, 10_000_000 - logs.MAX_MESSAGE)


class TestLogFile:
    def test_rotation_keeps_the_newest(self, tmp_path: Path) -> None:
        log = log_file(tmp_path / "log")
        for n in range(200):
            log.runtime(f"line {n}")
        messages = [line["message"] for name in ("log.2", "log.1", "log") for line in read(tmp_path / name)]
        assert messages == [f"line {n}" for n in range(200 - len(messages), 200)]
        assert sorted(os.listdir(tmp_path)) == ["log", "log.1", "log.2"]

    def test_one_file_only(self, tmp_path: Path) -> None:
        log = log_file(tmp_path / "log", files=1)
        for n in range(200):
            log.runtime(f"line {n}")
        assert os.listdir(tmp_path) == ["log"] and (tmp_path / "log").stat().st_size <= 10_000

    def test_goes_on_appending_after_a_restart(self, tmp_path: Path) -> None:
        log_file(tmp_path / "log").runtime("one")
        log_file(tmp_path / "log").runtime("two")
        assert [line["message"] for line in read(tmp_path / "log")] == ["one", "two"]

    def test_what_cannot_be_written_is_counted(self, tmp_path: Path) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        log = log_file(folder / "log")
        log.runtime("x" * 9_900)
        (folder / "log").rename(tmp_path / "moved")
        folder.rmdir()
        log.runtime("y" * 9_900)
        log.runtime("z")
        assert log.dropped_lines == 2
        folder.mkdir()
        log.runtime("back")
        assert [line["message"].split(" (")[0] for line in read(folder / "log")] == ["2 log lines", "back"]

    def test_above_the_rate(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        moment = [0.0]
        monkeypatch.setattr(logs.time, "monotonic", lambda: moment[0])
        log = log_file(tmp_path / "log", size=1 << 40)
        for _ in range(2000):
            log.write(b"x" * 9999)
        assert log.dropped_lines == 2000 - logs.BURST // 10_000
        moment[0] = 1.0
        log.write(b"{}")
        assert (tmp_path / "log").read_text().splitlines()[-1] == "{}"
        assert "log lines" in (tmp_path / "log").read_text().splitlines()[-2]


def test_line_escapes_and_cuts() -> None:
    record = json.loads(
        logs.line("\x1b[2J\n\ud800ä", level="info", stream="stdout", request_id="r", replica="a", revision="b")
    )
    assert record["message"] == "\x1b[2J\n\\ud800ä"
    long = json.loads(logs.line("ä" * 40_000, level="i", stream="s", request_id=None, replica="", revision="", cut=3))
    assert (len(long["message"]), long["truncated"]) == (32768, 40_000 - 32768 + 3)
