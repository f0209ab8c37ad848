"""The worker's side of the log: prints and log records of user code, each with the request it belongs to."""

from __future__ import annotations

import faulthandler
import io
import logging
import os
import socket
import sys
import threading
import traceback
from collections.abc import Iterable
from types import TracebackType
from typing import Any, BinaryIO, TextIO, cast

from slipway.context import current_request
from slipway.serving import channel
from slipway.serving.logs import MAX_MESSAGE, line
from slipway.settings import Settings

_RUNTIME_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class LogSender:
    """Sends finished log lines to the supervisor, whole and in order."""

    def __init__(self, control: socket.socket, settings: Settings) -> None:
        self._control = control
        self._replica = settings.replica
        self._revision = settings.revision

    def send(self, message: str, *, level: str, stream: str, cut: int = 0) -> None:
        record = line(
            message,
            level=level,
            stream=stream,
            request_id=current_request.get(),
            replica=self._replica,
            revision=self._revision,
            cut=cut,
        )
        if len(record) >= channel.MAX_PACKET:  # escapes take up to six bytes a character
            short = message[: MAX_MESSAGE // 8]
            self.send(short, level=level, stream=stream, cut=cut + len(message) - len(short))
            return
        try:
            self._control.send(channel.LOG + record)
        except OSError:
            pass  # the supervisor has gone, and this process goes with it

    def exception(self, error: BaseException, intro: str = "") -> None:
        """The traceback from the first line of user code."""
        text = intro + "".join(
            traceback.format_exception(type(error), error, _without_runtime(error.__traceback__))
        ).rstrip("\n")
        self.send(text, level="error", stream="stderr")


def _without_runtime(trace: TracebackType | None) -> TracebackType | None:
    start = trace
    while start is not None:
        name = start.tb_frame.f_code.co_filename
        if not name.startswith(_RUNTIME_FOLDER) and not name.startswith("<frozen importlib"):
            return start
        start = start.tb_next
    return None


class LogStream(io.TextIOBase):
    """Stands in for sys.stdout and sys.stderr: every line becomes a log line."""

    def __init__(self, sender: LogSender, name: str, fd: int) -> None:
        self._sender = sender
        self._name = name
        self._level = "info" if name == "stdout" else "warning"
        self._fd = fd
        self.has_parts = False  # a line was ever begun and not ended at once
        self._started = threading.local()
        self.buffer: BinaryIO = cast(BinaryIO, open(fd, "wb", buffering=0, closefd=False))  # noqa: SIM115

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        return "backslashreplace"

    @property
    def name(self) -> str:
        return f"<{self._name}>"

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def fileno(self) -> int:
        return self._fd

    def reconfigure(self, **_options: Any) -> None:
        """Accepted and without effect: lines are UTF-8 and leave when they end."""

    def close(self) -> None:
        self.flush()

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        *whole, rest = text.split("\n")
        for piece in whole:
            self._begin(piece)
            self._end()
        if rest:
            self.has_parts = True
            self._begin(rest)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:  # type: ignore[override]
        for text in lines:
            self.write(text)

    def flush(self) -> None:
        # during a request a line is kept together although its parts are flushed: finish() sends the rest
        if current_request.get() is None:
            self.finish()

    def finish(self) -> None:
        """Ends the line that this thread has begun, if any."""
        if getattr(self._started, "text", ""):
            self._end()

    def record(self, text: str, level: str) -> None:
        self._sender.send(text, level=level, stream=self._name)

    def _begin(self, piece: str) -> None:
        line: str = getattr(self._started, "text", "") + piece
        if len(line) > MAX_MESSAGE:
            self._started.cut = getattr(self._started, "cut", 0) + len(line) - MAX_MESSAGE
            line = line[:MAX_MESSAGE]
        self._started.text = line

    def _end(self) -> None:
        started = self._started
        text, cut = started.text, getattr(started, "cut", 0)
        started.text = ""
        if cut:
            started.cut = 0
        self._sender.send(text.rstrip("\r"), level=self._level, stream=self._name, cut=cut)


class LogRecordHandler(logging.Handler):
    """Takes the records of programs that have configured no logging."""

    def __init__(self, sender: LogSender) -> None:
        super().__init__(logging.WARNING)
        self._sender = sender

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._sender.send(self.format(record), level=record.levelname.lower(), stream="logging")
        except Exception:
            self.handleError(record)


def capture(sender: LogSender) -> tuple[LogStream, LogStream]:
    """Routes prints and log records of this process to the supervisor."""
    out, err = LogStream(sender, "stdout", 1), LogStream(sender, "stderr", 2)
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, err)
    faulthandler.enable(file=2, all_threads=True)
    logging.lastResort = cast(Any, LogRecordHandler(sender))

    plain_emit = logging.StreamHandler.emit

    def emit(handler: logging.StreamHandler[Any], record: logging.LogRecord) -> None:
        # what basicConfig() sets up writes here: keep the record's own level, and its lines together
        stream = handler.stream
        if not isinstance(stream, LogStream):
            plain_emit(handler, record)
            return
        try:
            stream.record(handler.format(record), record.levelname.lower())
        except Exception:
            handler.handleError(record)

    logging.StreamHandler.emit = emit  # type: ignore[method-assign, assignment]
    return out, err
