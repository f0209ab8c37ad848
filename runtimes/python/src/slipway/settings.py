"""Every setting of the runtime, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


class SettingsError(ValueError):
    """A setting that the server cannot start with. The message names the variable and what it accepts."""


@dataclass(frozen=True)
class Settings:
    """The runtime's settings. The comment of a field names its variable, unit and default."""

    host: str  # SLIPWAY_LISTEN, 0.0.0.0:5001
    port: int  # 0 takes a free one; the record file then says which
    entry: str  # SLIPWAY_ENTRY, the scoring script, relative to app_root; score.py
    schema: str  # SLIPWAY_SCHEMA, a schema file relative to app_root; empty: run() gets the raw text
    replica: str  # SLIPWAY_REPLICA, the id that /readyz returns
    revision: str  # SLIPWAY_REVISION
    image_digest: str  # SLIPWAY_IMAGE_DIGEST
    max_concurrency: int  # SLIPWAY_MAX_CONCURRENCY, run() calls at a time; 1
    max_queue: int  # SLIPWAY_MAX_QUEUE, waiting requests of callers that are no router; 64
    max_body: int  # SLIPWAY_MAX_BODY, bytes of a request body; 16 MiB
    timeout: float  # SCORING_TIMEOUT_MS, seconds here; 60
    grace: float  # SLIPWAY_GRACE_MS, time for requests in flight after SIGTERM, seconds here; 25
    log_file: str  # SLIPWAY_LOG_FILE, rotating JSON lines; empty: standard output
    log_max_bytes: int  # SLIPWAY_LOG_MAX_BYTES, of one log file; 10 MiB
    log_files: int  # SLIPWAY_LOG_FILES, files kept with the current one; 5
    record_file: str  # SLIPWAY_RECORD_FILE, written after the bind; empty: none
    app_root: str  # AML_APP_ROOT, the working directory; where the server was started
    service_name: str  # SERVICE_NAME, "ML service"
    path_prefix: str  # SERVICE_PATH_PREFIX, normalised to "" or "/x/y"
    service_version: str  # SERVICE_VERSION, "1.0"

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> Settings:
        """Reads and checks the environment; raises SettingsError with the first variable that is wrong."""
        source = os.environ if env is None else env
        host, port = _listen(source.get("SLIPWAY_LISTEN", "").strip() or "0.0.0.0:5001")
        prefix = source.get("SERVICE_PATH_PREFIX", "").strip().strip("/")
        return cls(
            host=host,
            port=port,
            entry=source.get("SLIPWAY_ENTRY", "").strip() or "score.py",
            schema=source.get("SLIPWAY_SCHEMA", "").strip(),
            replica=source.get("SLIPWAY_REPLICA", ""),
            revision=source.get("SLIPWAY_REVISION", ""),
            image_digest=source.get("SLIPWAY_IMAGE_DIGEST", ""),
            max_concurrency=_number(source, "SLIPWAY_MAX_CONCURRENCY", 1, 1, 1000),
            max_queue=_number(source, "SLIPWAY_MAX_QUEUE", 64, 0, 100_000),
            max_body=_number(source, "SLIPWAY_MAX_BODY", 16 << 20, 1, 1 << 40),
            timeout=_number(source, "SCORING_TIMEOUT_MS", 60_000, 1, 86_400_000) / 1000,
            grace=_number(source, "SLIPWAY_GRACE_MS", 25_000, 0, 3_600_000) / 1000,
            log_file=_path(source, "SLIPWAY_LOG_FILE"),
            log_max_bytes=_number(source, "SLIPWAY_LOG_MAX_BYTES", 10 << 20, 4096, 1 << 40),
            log_files=_number(source, "SLIPWAY_LOG_FILES", 5, 1, 1000),
            record_file=_path(source, "SLIPWAY_RECORD_FILE"),
            app_root=os.path.abspath(source.get("AML_APP_ROOT", "").strip() or os.getcwd()),
            service_name=source.get("SERVICE_NAME", "").strip() or "ML service",
            path_prefix="/" + prefix if prefix else "",
            service_version=source.get("SERVICE_VERSION", "").strip() or "1.0",
        )


@dataclass(frozen=True)
class WorkerSettings:
    """What the supervisor tells the worker it starts, in SLIPWAY_WORKER: "<listen fd>,<channel fd>,<number>,<0|1>"."""

    listen_fd: int
    channel_fd: int
    number: int
    alone: bool  # no other worker answers: take connections before init() has returned

    @classmethod
    def from_environment(cls) -> WorkerSettings:
        listen, channel, number, alone = os.environ["SLIPWAY_WORKER"].split(",")
        return cls(int(listen), int(channel), int(number), alone == "1")

    def to_environment(self) -> dict[str, str]:
        return {"SLIPWAY_WORKER": f"{self.listen_fd},{self.channel_fd},{self.number},{int(self.alone)}"}


@dataclass(frozen=True)
class CollectorSettings:
    """The data collector's settings; they are read where the collector is made, also outside the server."""

    folder: str  # SLIPWAY_COLLECT_DIR, spool of segments; empty: nothing is stored
    storage: bool  # AML_MODEL_DC_STORAGE_ENABLED, false
    debug: bool  # AML_MODEL_DC_DEBUG, prints the CSV; false
    epoch: str  # SLIPWAY_COLLECT_EPOCH, set by the supervisor for each worker
    max_spool: int  # SLIPWAY_COLLECT_MAX_BYTES, bytes of the whole spool; 256 MiB
    max_queue: int  # SLIPWAY_COLLECT_QUEUE_BYTES, bytes waiting to be written; 16 MiB

    @classmethod
    def from_environment(cls, env: Mapping[str, str] | None = None) -> CollectorSettings:
        source = os.environ if env is None else env
        return cls(
            folder=source.get("SLIPWAY_COLLECT_DIR", ""),
            storage=_flag(source, "AML_MODEL_DC_STORAGE_ENABLED"),
            debug=_flag(source, "AML_MODEL_DC_DEBUG"),
            epoch=source.get("SLIPWAY_COLLECT_EPOCH", ""),
            max_spool=_number(source, "SLIPWAY_COLLECT_MAX_BYTES", 256 << 20, 1 << 16, 1 << 44),
            max_queue=_number(source, "SLIPWAY_COLLECT_QUEUE_BYTES", 16 << 20, 1 << 12, 1 << 40),
        )


def _path(source: Mapping[str, str], name: str) -> str:
    text = source.get(name, "").strip()
    return os.path.abspath(text) if text else ""


def _flag(source: Mapping[str, str], name: str) -> bool:
    return source.get(name, "").strip().lower() in ("true", "1", "yes", "on")


def _number(source: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = source.get(name, "").strip()
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        raise SettingsError(f"{name} is {text!r}; give a whole number from {low} to {high}") from None
    if not low <= value <= high:
        raise SettingsError(f"{name} is {value}; give a whole number from {low} to {high}")
    return value


def _listen(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        raise SettingsError(f"SLIPWAY_LISTEN is {text!r}; give host:port, for example 127.0.0.1:5001 or [::1]:0")
    return host.strip("[]") or "0.0.0.0", int(port)
