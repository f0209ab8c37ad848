"""What goes back to the caller, and the errors of the scoring contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

REASONS = {
    200: b"200 OK",
    400: b"400 Bad Request",
    404: b"404 Not Found",
    405: b"405 Method Not Allowed",
    408: b"408 Request Timeout",
    413: b"413 Content Too Large",
    414: b"414 URI Too Long",
    415: b"415 Unsupported Media Type",
    431: b"431 Request Header Fields Too Large",
    500: b"500 Internal Server Error",
    503: b"503 Service Unavailable",
    504: b"504 Gateway Timeout",
}

JSON = b"application/json"
RAN = b"x-ms-run-function-failed: False\r\n"
RUN_FAILED = b"x-ms-run-function-failed: True\r\n"
# the only answer that a router may send to another replica: no code of the user's has seen the request
UNPROCESSED = b"X-Slipway-Unprocessed: 1\r\nRetry-After: 1\r\n"


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: bytes = b""  # whole lines with their line ends
    content_type: bytes = JSON


def problem(
    status: int, message: str, request_id: str = "", *, headers: bytes = b"", details: Sequence[Any] = ()
) -> Answer:
    """An error in the form of the service's Swagger document (``message``, ``status_code``)."""
    body: dict[str, Any] = {"message": message, "status_code": status}
    if details:
        body["details"] = list(details)
    if request_id:
        body["requestId"] = request_id
    return Answer(status, orjson.dumps(body), headers)


def unprocessed(message: str, request_id: str) -> Answer:
    return problem(503, message, request_id, headers=UNPROCESSED)


def wrong_type() -> Answer:
    """415 in the original's own words; clients compare the whole body."""
    return Answer(415, b'{"message":"Expects Content-Type to be application/json"}')


def wire(answer: Answer, request_id: bytes, client_id: bytes, close: bool, bodiless: bool) -> bytes:
    """The bytes of an HTTP/1.1 answer."""
    status, body, headers, content_type = answer
    return b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n%b%b%b%b\r\n%b" % (
        REASONS.get(status) or b"%d Status" % status,
        content_type,
        len(body),
        b"X-Ms-Request-Id: %b\r\n" % request_id if request_id else b"",
        b"x-ms-client-request-id: %b\r\n" % client_id if client_id else b"",
        headers,
        b"Connection: close\r\n" if close else b"",
        b"" if bodiless else body,
    )
