"""Which path is answered by what."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import orjson

from slipway.serving.answers import Answer, problem, wrong_type
from slipway.serving.request import Request

if TYPE_CHECKING:
    from slipway.serving.ioloop import IoLoop
    from slipway.serving.worker import Worker

Handler = Callable[["IoLoop", Request], "Answer | None"]
TEXT = b"text/plain; charset=utf-8"


class Routes:
    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._prefix = worker.settings.path_prefix.encode()
        self._get: dict[bytes, Handler] = {
            b"/": self._health,
            b"/score": self._score,
            b"/swagger.json": self._swagger,
            b"/healthz": lambda _io, _request: Answer(200, b'{"status":"alive"}'),
            b"/readyz": self._ready,
            b"/metrics": self._metrics,
        }
        self._has_schema = bool(worker.settings.schema)

    def answer(self, io: IoLoop, request: Request) -> Answer | None:
        """The answer, or None when one will follow."""
        path, method = request.path, request.method
        if method == b"POST" and path == b"/score":
            return self._score(io, request)
        handler = self._get.get(self._own(path))
        if handler is None:
            return problem(404, "There is no such path; a service has /, /score and /swagger.json", request.id.decode())
        if method == b"GET" or (method == b"HEAD" and handler != self._score):
            return handler(io, request)
        if handler == self._score:
            if method == b"POST":
                return self._score(io, request)
            return self._not_allowed(request, b"GET, POST")
        return self._not_allowed(request, b"GET, HEAD")

    def _own(self, path: bytes) -> bytes:
        if path[:7] == b"http://":
            path = b"/" + path[7:].partition(b"/")[2]
        if self._prefix and path.startswith(self._prefix + b"/"):
            path = path[len(self._prefix) :]
        return path

    @staticmethod
    def _not_allowed(request: Request, allowed: bytes) -> Answer:
        message = f"{request.method.decode('latin-1')} is not allowed here; use {allowed.decode()}"
        return problem(405, message, request.id.decode(), headers=b"Allow: %b\r\n" % allowed)

    def _score(self, io: IoLoop, request: Request) -> Answer | None:
        if self._has_schema and request.method == b"POST" and not is_json(request.content_type):
            return wrong_type()
        return io.score(request)

    def _health(self, _io: IoLoop, request: Request) -> Answer:
        if not self._worker.ready:
            return problem(503, "The service is starting", request.id.decode())
        return Answer(200, b"Healthy", content_type=TEXT)

    def _swagger(self, _io: IoLoop, request: Request) -> Answer:
        if not self._worker.ready:
            return problem(503, "The service is starting", request.id.decode())
        return Answer(200, self._worker.swagger)

    def _ready(self, io: IoLoop, _request: Request) -> Answer:
        worker = self._worker
        state = worker.state(io)
        body = {"id": worker.settings.replica, "revision": worker.settings.revision}
        if state != "ready":
            return Answer(503, orjson.dumps({**body, "state": state}))
        return Answer(200, orjson.dumps(body))

    def _metrics(self, _io: IoLoop, _request: Request) -> Answer:
        return Answer(200, self._worker.metrics.text(self._worker.gauges()), content_type=b"text/plain; version=0.0.4")


def is_json(content_type: bytes) -> bool:
    """application/json, in any case, with no charset but UTF-8."""
    if content_type == b"application/json":
        return True
    kind, *parameters = (part.strip().lower() for part in content_type.split(b";"))
    if kind != b"application/json":
        return False
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        if name == b"charset" and value.strip(b'"') not in (b"utf-8", b"utf8", b"us-ascii"):
            return False
    return True
