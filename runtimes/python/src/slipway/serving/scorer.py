"""From a request to an answer, through the user's run(). Called in the threads of the user's code."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from slipway.context import current_request
from slipway.encoding import NotEncodable, encode
from slipway.schema import InputError
from slipway.serving.answers import JSON, RAN, RUN_FAILED, Answer, problem
from slipway.serving.metrics import Metrics
from slipway.serving.request import Request
from slipway.serving.script import Script
from slipway.serving.stdio import LogSender, LogStream

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*").fullmatch
_RESERVED = {
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "keep-alive",
    "upgrade",
    "trailer",
    "x-ms-request-id",
    "x-ms-client-request-id",
    "x-ms-run-function-failed",
    "x-slipway-unprocessed",
}


class Scorer:
    def __init__(self, script: Script, sender: LogSender, streams: tuple[LogStream, ...], metrics: Metrics) -> None:
        self._script = script
        self._sender = sender
        self._streams = streams
        self._metrics = metrics

    def score(self, request: Request) -> Answer:
        ident = request.id.decode()
        try:
            arguments = self._arguments(request)
        except InputError as error:
            return problem(400, str(error), ident, details=error.details())
        token = current_request.set(ident)
        try:
            result = self._script.call(arguments, lambda: headers_of(request))
            return self._answer(result, ident)
        except BaseException as error:  # also sys.exit(): one request must not end the others
            self._metrics.run_failures += 1
            self._sender.exception(error)
            message = f"The scoring script failed; its log has the reason under the request id {ident}"
            return problem(500, message, ident, headers=RUN_FAILED)
        finally:
            for stream in self._streams:
                if stream.has_parts:
                    stream.finish()
            current_request.reset(token)

    def _arguments(self, request: Request) -> dict[str, Any] | str:
        schema = self._script.schema
        if request.method != b"POST":
            values = query_values(request.query)
            return json.dumps(values) if schema is None else schema.arguments_from(values, self._script.required)
        if schema is not None:
            return schema.arguments(request.body, self._script.required)
        try:
            return request.body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError.one("", f"the body is not UTF-8: byte {error.start} does not belong there") from None

    def _answer(self, result: Any, ident: str) -> Answer:
        headers: Any = None
        if type(result) is dict and ("aml_response_body" in result or "aml_response_headers" in result):
            headers = result.get("aml_response_headers")
            result = result.get("aml_response_body", {})
        try:
            if not headers:
                return Answer(200, encode(result), RAN)
            return self._with_headers(result, headers)
        except NotEncodable as error:
            self._sender.send(f"run() returned what cannot be sent: {error}", level="error", stream="runtime")
            message = f"The scoring script returned {error}. Its log has more under the request id {ident}"
            return problem(500, message, ident, headers=RAN)

    def _with_headers(self, result: Any, headers: Any) -> Answer:
        lines = [RAN]
        content_type = JSON
        for name, value in dict(headers).items():
            name, value = str(name), str(value)
            if not _TOKEN(name) or not _VALUE(value):
                self._sender.send(
                    f"response header {name!r} is not valid and left out", level="warning", stream="runtime"
                )
            elif name.lower() == "content-type":
                content_type = value.encode("latin-1")
            elif name.lower() not in _RESERVED:
                lines.append(f"{name}: {value}\r\n".encode("latin-1"))
        if content_type.split(b";")[0].strip().lower() != JSON and isinstance(result, (str, bytes)):
            body = result.encode() if isinstance(result, str) else result
        else:
            body = encode(result)
        return Answer(200, body, b"".join(lines), content_type)


def headers_of(request: Request) -> dict[str, str]:
    """The request's headers under the names that WSGI servers give them (X-Caller); repeated ones are joined."""
    headers: dict[str, str] = {}
    for raw, value in request.headers:
        name = raw.decode("latin-1").title()
        text = value.decode("latin-1")
        headers[name] = f"{headers[name]},{text}" if name in headers else text
    return headers


def query_values(query: bytes) -> dict[str, Any]:
    """``a=1&a=x`` as {"a": [1, "x"]}: what looks like JSON is parsed, a repeated key becomes a list."""
    values: dict[str, list[Any]] = {}
    try:
        pairs = parse_qsl(query.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError:
        raise InputError.one("", "the query is not valid UTF-8, or has more than 1000 fields") from None
    for name, text in pairs:
        values.setdefault(name, []).append(_parsed(text))
    return {name: items[0] if len(items) == 1 else items for name, items in values.items()}


def _parsed(text: str) -> Any:
    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return text
