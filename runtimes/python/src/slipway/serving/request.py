"""One request, from its last byte to its answer."""

from __future__ import annotations

import random
import re
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from slipway.serving.connection import Connection

valid_id = re.compile(rb"[\x21-\x7e]{1,128}").fullmatch
_CLIENT_ID = re.compile(rb"[\x20-\x7e]{1,256}").fullmatch
_random = random.Random().getrandbits  # ids have to differ, not to be secret

# headers that the server reads, by their place in a list of their values
HOST, LENGTH, EXPECT, ENCODING, CONNECTION, CONTENT_TYPE, ID, CLIENT_ID, BUDGET = range(9)
NO_HEADERS = [b""] * 9
KNOWN_HEADERS: dict[bytes, int] = {}
for _place, _name in enumerate(
    (
        "Host",
        "Content-Length",
        "Expect",
        "Content-Encoding",
        "Connection",
        "Content-Type",
        "X-Ms-Request-Id",
        "X-Ms-Client-Request-Id",
        "X-Slipway-Timeout-Ms",
    )
):
    KNOWN_HEADERS[_name.encode()] = KNOWN_HEADERS[_name.lower().encode()] = _place


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
        self, connection: Connection, method: bytes, url: bytes, headers: list[tuple[bytes, bytes]], known: list[bytes]
    ) -> None:
        self.connection = connection
        self.method = method
        self.path, _, self.query = url.partition(b"?")
        self.headers = headers
        self.body = b""
        self.keep_alive = True
        self.arrived = monotonic()
        ident = known[ID]
        self.id = ident if ident and valid_id(ident) else make_id()
        client_id = known[CLIENT_ID]
        self.client_id = client_id if client_id and _CLIENT_ID(client_id) else b""
        self.content_type = known[CONTENT_TYPE]
        budget = known[BUDGET]
        # seconds a router gives; 0: the caller is no router
        self.budget = min(max(1, int(budget[:12])), 86_400_000) / 1000 if budget.isdigit() else 0.0
        self.timer: TimerHandle | None = None
        self.released = True  # it takes no place, or no longer
        self._claims = [True]
        self._settles = [True]

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


def make_id() -> bytes:
    """A random UUID, version 4, as text."""
    text = b"%032x" % ((_random(128) & ~(0xF000 << 64 | 0xC000 << 48)) | 0x4000 << 64 | 0x8000 << 48)
    return b"%b-%b-%b-%b-%b" % (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
