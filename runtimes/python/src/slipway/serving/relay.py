"""Passes a waiting request on to the worker that has taken over the port."""

from __future__ import annotations

import asyncio
import time

from slipway.serving.answers import unprocessed
from slipway.serving.request import Request
from slipway.settings import Settings

_OWN = (b"connection", b"content-length", b"transfer-encoding", b"expect", b"x-ms-request-id", b"x-slipway-timeout-ms")
_NO_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def rebuild(request: Request, left: float) -> bytes:
    """The request as bytes, with the time that is left of a router's budget."""
    lines = [b"%b %b%b HTTP/1.1" % (request.method, request.path, b"?" + request.query if request.query else b"")]
    lines += [b"%b: %b" % (name, value) for name, value in request.headers if name.lower() not in _OWN]
    lines += [b"Connection: close", b"Content-Length: %d" % len(request.body), b"X-Ms-Request-Id: %b" % request.id]
    if request.budget:
        lines.append(b"X-Slipway-Timeout-Ms: %d" % max(1, round(left * 1000)))
    return b"\r\n".join(lines) + b"\r\n\r\n" + request.body


async def relay(request: Request, settings: Settings, port: int) -> None:
    limit = min(settings.timeout, request.budget) if request.budget else settings.timeout
    left = max(0.001, limit - (time.monotonic() - request.arrived)) if request.budget else limit
    connection = request.connection
    try:
        reader, writer = await asyncio.open_connection(_NO_ADDRESS.get(settings.host, settings.host), port)
    except OSError:
        connection.answer(request, unprocessed("The service is being replaced", request.id.decode()))
        return
    request.settle()
    try:
        writer.write(rebuild(request, left))
        while data := await asyncio.wait_for(reader.read(1 << 16), limit + 1):
            connection.relay(data)
    except (OSError, asyncio.TimeoutError):
        pass
    finally:
        writer.close()
        connection.current = None
        connection.finish()
