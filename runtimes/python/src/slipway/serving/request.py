"""One request, from its last byte to its answer."""

from __future__ import annotations

import random
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from slipway.serving.connection import Connection

_ID = re.compile(rb"[\x21-\x7e]{1,128}").fullmatch
_CLIENT_ID = re.compile(rb"[\x20-\x7e]{1,256}").fullmatch
_random = random.SystemRandom().getrandbits


class Request:
    """`claim` and `settle` say once each who may run it and who may answer it: threads race for both."""

    __slots__ = (
        "_claims",
        "_settles",
        "arrived",
        "body",
        "budget",
        "client_id",
        "connection",
        "content_type",
        "headers",
        "id",
        "keep_alive",
        "method",
        "path",
        "query",
        "released",
        "timer",
    )

    def __init__(
        self,
        connection: Connection,
        method: bytes,
        path: bytes,
        query: bytes,
        headers: list[tuple[bytes, bytes]],
        body: bytes,
        keep_alive: bool,
    ) -> None:
        self.connection = connection
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.keep_alive = keep_alive
        self.arrived = time.monotonic()
        self.id = b""
        self.client_id = b""
        self.content_type = b""
        self.budget = 0.0  # seconds a router gives; 0: the caller is no router
        self.timer: TimerHandle | None = None
        self.released = False
        self._claims = [True]
        self._settles = [True]
        for name, value in headers:
            known = _KNOWN.get(name) or _KNOWN.get(name.lower())
            if known == 1:
                self.content_type = value
            elif known == 2:
                self.id = value if _ID(value) else b""
            elif known == 3:
                self.client_id = value if _CLIENT_ID(value) else b""
            elif known == 4 and value.isdigit():
                self.budget = min(max(1, int(value[:12])), 86_400_000) / 1000
        if not self.id:
            self.id = make_id()

    def claim(self) -> bool:
        try:
            return self._claims.pop()
        except IndexError:
            return False

    def settle(self) -> bool:
        try:
            return self._settles.pop()
        except IndexError:
            return False

    @property
    def settled(self) -> bool:
        return not self._settles


_KNOWN = {b"content-type": 1, b"x-ms-request-id": 2, b"x-ms-client-request-id": 3, b"x-slipway-timeout-ms": 4}
_KNOWN.update({b"Content-Type": 1, b"X-Ms-Request-Id": 2, b"X-Slipway-Timeout-Ms": 4})


def make_id() -> bytes:
    """A random UUID, version 4, as text."""
    text = b"%032x" % ((_random(128) & ~(0xF000 << 64 | 0xC000 << 48)) | 0x4000 << 64 | 0x8000 << 48)
    return b"%b-%b-%b-%b-%b" % (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
