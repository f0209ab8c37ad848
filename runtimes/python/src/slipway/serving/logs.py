"""Log lines: what one looks like, and the file they end in."""

from __future__ import annotations

import os
import time
from datetime import datetime, timezone
from typing import Any

import orjson

MAX_MESSAGE = 32 * 1024  # characters of one message; the rest is cut and counted in "truncated"
RATE = 4 << 20  # bytes a second that may reach the log over time, with BURST on top
BURST = 16 << 20


def line(
    message: str, *, level: str, stream: str, request_id: str | None, replica: str, revision: str, cut: int = 0
) -> bytes:
    """One JSON log line without its newline; control characters of the message are escaped by JSON itself."""
    if len(message) > MAX_MESSAGE:
        cut += len(message) - MAX_MESSAGE
        message = message[:MAX_MESSAGE]
    record: dict[str, Any] = {
        "time": now(),
        "level": level,
        "stream": stream,
        "requestId": request_id,
        "replica": replica,
        "revision": revision,
        "message": message,
    }
    if cut:
        record["truncated"] = cut
    try:
        return orjson.dumps(record)
    except TypeError:  # a lone surrogate, as os.fsdecode() makes them
        record["message"] = message.encode("utf-8", "backslashreplace").decode("utf-8")
        return orjson.dumps(record)


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


class LineSplitter:
    """Cuts a byte stream into text lines of bounded length, whatever the stream does."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._cut = 0

    def feed(self, data: bytes) -> list[tuple[str, int]]:
        """The finished lines, each with the number of bytes that were cut from it."""
        lines: list[tuple[str, int]] = []
        *whole, rest = data.split(b"\n")
        for piece in whole:
            self._add(piece)
            lines.append(self._take())
        self._add(rest)
        return lines

    def finish(self) -> list[tuple[str, int]]:
        return [self._take()] if self._buffer else []

    def _add(self, piece: bytes) -> None:
        room = MAX_MESSAGE - len(self._buffer)
        self._buffer += piece[:room]
        self._cut += max(0, len(piece) - room)

    def _take(self) -> tuple[str, int]:
        taken = self._buffer.decode("utf-8", "replace").rstrip("\r"), self._cut
        self._buffer.clear()
        self._cut = 0
        return taken


class LogFile:
    """Appends lines to a file that rotates by size (name, name.1, … name.<n-1>), or to standard output.

    It never raises and never grows without bound: what is above the rate or cannot be written is counted, and the
    count is written as a line of its own once there is room again.
    """

    def __init__(self, path: str, max_bytes: int, files: int, replica: str, revision: str) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._files = files
        self._replica = replica
        self._revision = revision
        self._fd = 1
        self._size = 0
        self._credit = float(BURST)
        self._filled = time.monotonic()
        self.dropped_lines = 0
        self.dropped_bytes = 0
        if path:
            self._open()

    def runtime(self, message: str, level: str = "info") -> None:
        """A line of the runtime itself."""
        self.write(self._line(message, level))

    def raw(self, stream: str, text: str, cut: int) -> None:
        """A line that user code wrote to a file descriptor, so that its request is not known."""
        level = "info" if stream == "stdout" else "warning"
        self.write(
            line(
                text,
                level=level,
                stream=stream,
                request_id=None,
                replica=self._replica,
                revision=self._revision,
                cut=cut,
            )
        )

    def write(self, data: bytes) -> None:
        size = len(data) + 1
        moment = time.monotonic()
        self._credit = min(float(BURST), self._credit + (moment - self._filled) * RATE)
        self._filled = moment
        if self._credit >= size:
            self._credit -= size
            self.report_dropped()
            if self._put(data):
                return
        self.dropped_lines += 1
        self.dropped_bytes += size

    def report_dropped(self) -> None:
        """Says how many lines were lost since the last report, if any."""
        if not self.dropped_lines:
            return
        message = f"{self.dropped_lines} log lines ({self.dropped_bytes} bytes) were dropped: too fast or no space"
        lines, size = self.dropped_lines, self.dropped_bytes
        self.dropped_lines = self.dropped_bytes = 0
        if not self._put(self._line(message, "warning")):
            self.dropped_lines += lines
            self.dropped_bytes += size

    def _line(self, message: str, level: str) -> bytes:
        return line(
            message,
            level=level,
            stream="runtime",
            request_id=None,
            replica=self._replica,
            revision=self._revision,
        )

    def _put(self, data: bytes) -> bool:
        data += b"\n"
        try:
            if self._fd < 0:
                self._open()
            if self._path and self._size + len(data) > self._max_bytes and self._size:
                self._rotate()
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            return False
        self._size += len(data)
        return True

    def _open(self) -> None:
        self._fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._size = os.fstat(self._fd).st_size

    def _rotate(self) -> None:
        for number in range(self._files - 1, 0, -1):
            older = f"{self._path}.{number - 1}" if number > 1 else self._path
            if os.path.exists(older):
                os.replace(older, f"{self._path}.{number}")
        if self._files == 1:
            os.truncate(self._path, 0)
            self._size = 0
            return
        os.close(self._fd)
        self._fd = -1  # should the next line fail, the number may be another file's soon
        self._open()
