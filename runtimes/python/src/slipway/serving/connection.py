"""One connection: strict HTTP/1.1 in, answers out in the order of the requests."""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, cast

import httptools

from slipway.serving.answers import Answer, problem, wire
from slipway.serving.request import (
    CONNECTION,
    ENCODING,
    EXPECT,
    HOST,
    ID,
    KNOWN_HEADERS,
    LENGTH,
    NO_HEADERS,
    Request,
    make_id,
    valid_id,
)

if TYPE_CHECKING:
    from slipway.serving.ioloop import IoLoop

MAX_HEAD = 64 * 1024
MAX_HEADERS = 128
MAX_URL = 16 * 1024
MAX_PIPELINED = 16

# what the connection waits for
IDLE, HEAD, BODY, RUN, LINGER = range(5)


class Refused(Exception):
    """Raised inside the parser to end a request that must not be read any further."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class Connection(asyncio.Protocol):
    __slots__ = (
        "_body",
        "_body_size",
        "_head_size",
        "_headers",
        "_looping",
        "_parser",
        "_paused",
        "_refusal",
        "_request",
        "_url",
        "_waiting",
        "closing",
        "current",
        "fd",
        "io",
        "phase",
        "seen",
        "since",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, io: IoLoop) -> None:
        self.io = io
        self.fd = -1
        self.phase = IDLE
        self.since = self.seen = io.tick  # in ticks of the loop's sweep
        self.closing = False
        self.current: Request | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Request] = deque()
        self._paused = False
        self._looping = False
        self._refusal: Answer | None = None
        self._request: Request | None = None  # whose body is being read
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_size = 0
        self._body: list[bytes] = []
        self._body_size = 0

    # -- the transport's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.fd = transport.get_extra_info("socket").fileno()
        self.io.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closing = True
        self._forget_body()
        self._waiting.clear()
        if self.current is not None:
            self.io.abandoned(self.current)
        self.io.closed(self)

    def data_received(self, data: bytes) -> None:
        if self.closing or self._refusal is not None:
            return
        self.seen = self.io.tick
        if self.phase <= HEAD:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # another protocol was offered and is not taken; what follows the request cannot be told apart
            if self._waiting:
                self._waiting[-1].keep_alive = False
            self._refusal = problem(400, "Upgrade is not supported")
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            if not isinstance(cause, Refused):
                raise
            self._refusal = cause.answer
        except httptools.HttpParserError:
            self._refusal = problem(400, "The request is not valid HTTP/1.1")
        if self.phase == HEAD and self._head_size > MAX_HEAD:
            self._refusal = problem(431, f"The head of the request is larger than {MAX_HEAD} bytes")
        if self.current is None:
            if self._waiting:
                self._next()
            elif self._refusal is not None:
                self._refuse()

    def eof_received(self) -> bool:
        if self.current is None and not self._waiting:
            return False
        # The caller has gone or has only ended its side. What runs cannot be undone and is answered; the close
        # that follows tells a router that the place is free again.
        self.closing = True
        self._waiting.clear()
        if self.current is not None:
            self.current.keep_alive = False
            return not self.io.abandoned(self.current)
        return False

    # -- the parser's calls

    def on_message_begin(self) -> None:
        self.phase = HEAD
        self.since = self.io.tick
        self._head_size = 0

    def on_url(self, url: bytes) -> None:
        self._url += url
        if len(self._url) > MAX_URL:
            raise Refused(problem(414, f"The URL is longer than {MAX_URL} bytes"))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))
        if len(self._headers) > MAX_HEADERS:
            raise Refused(problem(431, f"The request has more than {MAX_HEADERS} headers"))

    def on_headers_complete(self) -> None:
        self.phase = BODY
        parser = self._parser
        known = NO_HEADERS.copy()
        hosts = 0
        total = len(self._url)
        for name, value in self._headers:
            total += len(name) + len(value)
            place = KNOWN_HEADERS.get(name)
            if place is None:
                place = KNOWN_HEADERS.get(name.lower(), -1)
                if place < 0:
                    continue
            known[place] = value
            if place == HOST:
                hosts += 1
        if total > MAX_HEAD:
            raise Refused(problem(431, f"The head of the request is larger than {MAX_HEAD} bytes"))
        if hosts != 1 and (hosts or parser.get_http_version() == "1.1"):
            raise Refused(problem(400, "The request must have one Host header"))
        if known[LENGTH] and int(known[LENGTH]) > self.io.max_body:
            raise Refused(self._too_large())
        if known[ENCODING] and known[ENCODING].lower() != b"identity":
            raise Refused(problem(415, f"Content-Encoding {known[ENCODING].decode('latin-1')!r} is not supported"))
        if known[EXPECT]:
            if known[EXPECT].lower() != b"100-continue":
                raise Refused(problem(400, "Only 'Expect: 100-continue' is understood"))
            if not self._waiting and self.current is None:
                self._send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._request = request = Request(self, parser.get_method(), self._url, self._headers, known)
        if known[CONNECTION] or not hosts:
            request.keep_alive = parser.should_keep_alive() and parser.get_http_version() == "1.1"
        self._url = b""
        self._headers = []

    def on_body(self, data: bytes) -> None:
        self._body.append(data)
        self._body_size += len(data)
        self.io.buffered += len(data)
        if self._body_size > self.io.max_body:
            raise Refused(self._too_large())
        if self.io.buffered > self.io.max_buffered:
            raise Refused(self.io.overloaded("too many large requests at a time"))

    def on_message_complete(self) -> None:
        self.phase = IDLE
        request, self._request = self._request, None
        assert request is not None
        body = self._body
        if body:
            request.body = body[0] if len(body) == 1 else b"".join(body)
            self._forget_body()
        request.arrived = monotonic()
        self._waiting.append(request)
        if len(self._waiting) >= MAX_PIPELINED and not self._paused:
            self._paused = True
            self.transport.pause_reading()

    # -- answers

    def _next(self) -> None:
        if self._looping:
            return
        self._looping = True
        while self._waiting and self.current is None and not self.closing:
            self.current = request = self._waiting.popleft()
            self.since = self.io.tick
            self.io.handle(request)
        self._looping = False
        if self.current is not None or self.closing:
            return
        if self._refusal is not None:
            self._refuse()
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
        self.since = self.seen = self.io.tick
        close = not request.keep_alive or self.io.leaving
        self._send(wire(answer, request.id, request.client_id, close, request.method == b"HEAD"))
        if close:
            self.finish()
        elif self._waiting or self._refusal is not None:
            self._next()

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

    def relay(self, data: bytes) -> None:
        """Passes on bytes of another server's answer."""
        self.seen = self.io.tick
        self._send(data)

    def finish(self, linger: bool = False) -> None:
        """Closes after what was written has left.

        With bytes of the caller's still unread a close is a reset, which can destroy the answer on its way; `linger`
        then reads and forgets them for a while.
        """
        self.closing = True
        linger = linger or bool(self._waiting) or self._paused
        self._waiting.clear()
        if self.transport.is_closing():
            return
        if not linger or not self.transport.can_write_eof():
            self.transport.close()
            return
        self.phase = LINGER
        self.since = self.io.tick
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

    def refuse(self, answer: Answer) -> None:
        self._refusal = answer
        self._refuse()

    def _refuse(self) -> None:
        answer = self._refusal
        assert answer is not None
        self._forget_body()
        self.io.metrics.answered(answer.status)
        self._send(wire(answer, self._id_so_far() or make_id(), b"", True, False))
        self.finish(linger=True)

    def _id_so_far(self) -> bytes:
        """The id that a router gave to the request whose reading has been given up."""
        if self._request is not None:
            return self._request.id
        for name, value in self._headers:
            if KNOWN_HEADERS.get(name.lower()) == ID:
                return value if valid_id(value) else b""
        return b""

    def _too_large(self) -> Answer:
        return problem(413, f"The body is larger than {self.io.max_body} bytes")

    def _forget_body(self) -> None:
        self.io.buffered -= self._body_size
        self._body = []
        self._body_size = 0
