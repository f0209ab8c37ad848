"""Reads requests off a connection: strictly, and within bounds."""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

import httptools

from slipway.serving.answers import Answer, problem
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
    valid_id,
)

if TYPE_CHECKING:
    from slipway.serving.connection import Connection
    from slipway.serving.ioloop import IoLoop

MAX_HEAD = 64 * 1024
MAX_HEADERS = 128
MAX_URL = 16 * 1024

# what is awaited
IDLE, HEAD, BODY = range(3)


class Refused(Exception):
    """Raised inside the parser to end a request that must not be read any further."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class Reader:
    """Fills `waiting` with whole requests; after a `refusal` nothing more can be read."""

    __slots__ = (
        "_body",
        "_body_size",
        "_connection",
        "_head_size",
        "_headers",
        "_io",
        "_parser",
        "_request",
        "_url",
        "phase",
        "refusal",
        "since",
        "waiting",
    )

    def __init__(self, connection: Connection, io: IoLoop) -> None:
        self._connection = connection
        self._io = io
        self._parser = httptools.HttpRequestParser(self)
        self.phase = IDLE
        self.since = io.tick  # when the request being read began, in ticks of the loop's sweep
        self.waiting: deque[Request] = deque()
        self.refusal: Answer | None = None
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_size = 0
        self._request: Request | None = None  # whose body is being read
        self._body: list[bytes] = []
        self._body_size = 0

    def feed(self, data: bytes) -> None:
        phase, size = self.phase, self._body_size
        if phase <= HEAD:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # another protocol was offered and is not taken; what follows the request cannot be told apart
            if self.waiting:
                self.waiting[-1].keep_alive = False
            self.refusal = problem(400, "Upgrade is not supported")
        except httptools.HttpParserCallbackError as error:
            cause = error.__context__
            if not isinstance(cause, Refused):
                raise
            self.refusal = cause.answer
        except httptools.HttpParserError:
            self.refusal = problem(400, "The request is not valid HTTP/1.1")
        if phase == BODY == self.phase and size == self._body_size:
            self._head_size += len(data)  # trailers, or chunks of nothing
        if self._head_size > MAX_HEAD and self.phase != IDLE:
            self.refusal = problem(431, f"The head of the request is larger than {MAX_HEAD} bytes")

    def forget(self) -> None:
        """Gives up what has been read of a body."""
        self._io.buffered -= self._body_size
        self._body = []
        self._body_size = 0

    @property
    def request_id(self) -> bytes:
        """The id that a router gave to the request whose reading has been given up."""
        if self._request is not None:
            return self._request.id
        for name, value in self._headers:
            if KNOWN_HEADERS.get(name.lower()) == ID:
                return value if valid_id(value) else b""
        return b""

    # -- the parser's calls

    def on_message_begin(self) -> None:
        self.phase = HEAD
        self.since = self._io.tick
        self._url = b""
        self._headers = []  # trailers of the request before are not this one's
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
        self._head_size = 0
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
        if known[LENGTH] and int(known[LENGTH]) > self._io.max_body:
            raise Refused(self._too_large())
        if known[ENCODING] and known[ENCODING].lower() != b"identity":
            raise Refused(problem(415, f"Content-Encoding {known[ENCODING].decode('latin-1')!r} is not supported"))
        if known[EXPECT]:
            if known[EXPECT].lower() != b"100-continue":
                raise Refused(problem(400, "Only 'Expect: 100-continue' is understood"))
            self._connection.encourage()
        self._request = request = Request(self._connection, parser.get_method(), self._url, self._headers, known)
        if known[CONNECTION] or not hosts:
            request.keep_alive = parser.should_keep_alive() and parser.get_http_version() == "1.1"
        self._headers = []

    def on_body(self, data: bytes) -> None:
        self._body.append(data)
        self._body_size += len(data)
        self._io.buffered += len(data)
        if self._body_size > self._io.max_body:
            raise Refused(self._too_large())
        if self._io.buffered > self._io.max_buffered:
            raise Refused(self._io.overloaded("too many large requests at a time"))

    def on_message_complete(self) -> None:
        self.phase = IDLE
        request, self._request = self._request, None
        assert request is not None
        body = self._body
        if body:
            request.body = body[0] if len(body) == 1 else b"".join(body)
            self.forget()
        request.arrived = monotonic()
        self.waiting.append(request)

    def _too_large(self) -> Answer:
        return problem(413, f"The body is larger than {self._io.max_body} bytes")
