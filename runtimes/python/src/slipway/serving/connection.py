"""One connection: requests in, answers out in the order of the requests."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING, cast

from slipway.serving.answers import Answer, wire
from slipway.serving.reader import Reader
from slipway.serving.request import Request, make_id

if TYPE_CHECKING:
    from slipway.serving.ioloop import IoLoop

MAX_PIPELINED = 16


class Connection(asyncio.Protocol):
    __slots__ = (
        "_looping",
        "_paused",
        "closing",
        "current",
        "fd",
        "io",
        "lingering",
        "reader",
        "seen",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, io: IoLoop) -> None:
        self.io = io
        self.fd = -1
        self.reader = Reader(self, io)
        self.seen = io.tick  # when something last came or went, in ticks of the loop's sweep
        self.closing = False
        self.lingering = False
        self.current: Request | None = None
        self._paused = False
        self._looping = False

    # -- the transport's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.fd = transport.get_extra_info("socket").fileno()
        self.io.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closing = True
        self.reader.forget()
        self.reader.waiting.clear()
        if self.current is not None:
            self.io.abandoned(self.current)
        self.io.closed(self)

    def data_received(self, data: bytes) -> None:
        reader = self.reader
        if self.closing or reader.refusal is not None:
            return
        self.seen = self.io.tick
        reader.feed(data)
        if len(reader.waiting) >= MAX_PIPELINED and not self._paused:
            self._paused = True
            self.transport.pause_reading()
        if self.current is None:
            if reader.waiting:
                self._next()
            elif reader.refusal is not None:
                self.refuse(reader.refusal)

    def eof_received(self) -> bool:
        if self.current is None and not self.reader.waiting:
            return False
        # The caller has gone or has only ended its side. What runs cannot be undone and is answered; the close
        # that follows tells a router that the place is free again.
        self.closing = True
        self.reader.waiting.clear()
        if self.current is not None:
            self.current.keep_alive = False
            return not self.io.abandoned(self.current)
        return False

    # -- answers

    def _next(self) -> None:
        if self._looping:
            return
        self._looping = True
        waiting = self.reader.waiting
        while waiting and self.current is None and not self.closing:
            self.current = request = waiting.popleft()
            self.io.handle(request)
        self._looping = False
        if self.current is not None or self.closing:
            return
        if self.reader.refusal is not None:
            self.refuse(self.reader.refusal)
        elif self._paused:
            self._paused = False
            self.transport.resume_reading()

    def answer(self, request: Request, answer: Answer) -> None:
        """Sends the answer of the current request, unless somebody else has."""
        if not request.settle():
            if self.current is request:  # answered from outside, which has ended the connection
                self.current = None
                self.finish()
            return
        self.io.metrics.answered(answer.status)
        if self.current is not request:
            return  # the caller has gone
        self.current = None
        self.seen = self.io.tick
        close = not request.keep_alive or self.io.leaving
        self._send(wire(answer, request.id, request.client_id, close, request.method == b"HEAD"))
        if close:
            self.finish()
        elif self.reader.waiting or self.reader.refusal is not None:
            self._next()

    def refuse(self, answer: Answer) -> None:
        """Answers a request that was not read to its end, and closes."""
        self.reader.refusal = answer
        self.reader.forget()
        self.io.metrics.answered(answer.status)
        self._send(wire(answer, self.reader.request_id or make_id(), b"", True, False))
        self.finish(linger=True)

    def encourage(self) -> None:
        """Tells a caller that waits for it to send the body."""
        if not self.reader.waiting and self.current is None:
            self._send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def relay(self, data: bytes) -> None:
        """Passes on bytes of another server's answer."""
        self.seen = self.io.tick
        self._send(data)

    def _send(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        # At once, not at the end of the loop's turn: user code may run before that.
        if not self.transport.get_write_buffer_size():
            try:
                sent = os.write(self.fd, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.transport.abort()
                return
            if sent == len(data):
                return
            data = data[sent:]
        self.transport.write(data)

    # -- the end

    def finish(self, linger: bool = False) -> None:
        """Closes after what was written has left.

        With bytes of the caller's still unread a close is a reset, which can destroy the answer on its way; `linger`
        then reads and forgets them for a while.
        """
        self.closing = True
        linger = linger or bool(self.reader.waiting) or self._paused
        self.reader.waiting.clear()
        if self.transport.is_closing():
            return
        if not linger or not self.transport.can_write_eof():
            self.transport.close()
            return
        self.lingering = True
        self.seen = self.io.tick
        self.transport.write_eof()
        if self._paused:
            self._paused = False
            self.transport.resume_reading()

    def shut_down(self) -> None:
        """Ends the connection from another thread while its loop does not move."""
        try:
            with socket.socket(fileno=os.dup(self.fd)) as copy:
                copy.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
