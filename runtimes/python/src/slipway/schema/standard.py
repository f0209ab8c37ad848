"""Inputs of Python's own types."""

from __future__ import annotations

import base64
import binascii
import datetime
import re
from typing import Any

from slipway.schema.errors import InputError, SchemaError, kind, shown
from slipway.schema.inputs import Input

SAMPLE_RECORDS = 3
INT64 = 1 << 63

_OBJECT = {"type": "object"}
# by the name of the Python type: Swagger fragment, what a caller has to send
_TYPES: dict[str, tuple[dict[str, Any], str]] = {
    "int": ({"type": "integer", "format": "int64"}, "a whole number"),
    "float": ({"type": "number", "format": "double"}, "a number"),
    "str": ({"type": "string"}, "a string"),
    "bool": ({"type": "boolean"}, "a boolean"),
    "bytes": ({"type": "string", "format": "byte"}, "a base64 string"),
    "bytearray": ({"type": "string", "format": "byte"}, "a base64 string"),
    "datetime": ({"type": "string", "format": "date-time"}, "a date-time such as 2017-11-30T12:00:00"),
    "date": ({"type": "string", "format": "date"}, "a date such as 2017-11-30"),
    "time": ({"type": "string", "format": "time"}, "a time such as 12:00:00"),
    "list": ({"type": "array", "items": _OBJECT}, "an array"),
    "tuple": ({"type": "array", "items": _OBJECT}, "an array"),
    "range": ({"type": "array", "items": {"type": "integer", "format": "int64"}}, "an array of whole numbers"),
    "dict": ({"type": "object", "additionalProperties": _OBJECT}, "an object"),
    "NoneType": (_OBJECT, "any value"),
}
# the most specific type first: bool is an int, datetime a date
_PYTHON = (bool, int, float, str, bytes, bytearray, datetime.datetime, datetime.date, datetime.time, list, tuple, range)


class StandardInput(Input):
    type = 0

    def __init__(self, name: str, swagger: dict[str, Any] | None = None) -> None:
        if name not in _TYPES:
            raise SchemaError(f"{name!r} is no type of a STANDARD input; it can be {', '.join(_TYPES)}")
        fragment, self._expected = _TYPES[name]
        super().__init__(fragment if swagger is None else swagger)
        self.name = name

    @classmethod
    def of_sample(cls, sample: Any) -> StandardInput:
        if type(sample).__module__ == "numpy" and getattr(sample, "shape", None) == ():
            sample = sample.item()
        if isinstance(sample, dict):
            name = "dict"
        elif sample is None:
            name = "NoneType"
        else:
            name = next((python.__name__ for python in _PYTHON if isinstance(sample, python)), type(sample).__name__)
        self = cls(name)
        self.example = example(sample)
        self.has_example = True
        return self

    def internal(self) -> dict[str, Any]:
        return {"type": self.name}

    def convert(self, value: Any, pointer: str) -> Any:
        try:
            return self._convert(value)
        except Unfit:
            raise InputError.one(pointer, f"{self._expected} is expected, got {kind(value)} ({shown(value)})") from None

    def _convert(self, value: Any) -> Any:
        name = self.name
        if name == "int":
            return whole(value)
        if name == "float":
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise Unfit
            return float(value)
        if name == "NoneType":
            return value
        if name in ("list", "tuple", "range"):
            if not isinstance(value, list):
                raise Unfit
            if name == "tuple":
                return tuple(value)
            return value if name == "list" else [whole(item) for item in value]
        if name == "dict" or name == "bool":
            if not isinstance(value, dict if name == "dict" else bool):
                raise Unfit
            return value
        if not isinstance(value, str):
            raise Unfit
        if name in ("bytes", "bytearray"):
            try:
                data = base64.b64decode(value, validate=True)
            except (binascii.Error, ValueError):
                raise Unfit from None
            return data if name == "bytes" else bytearray(data)
        return value if name == "str" else _MOMENTS[name](value)


class Unfit(Exception):
    pass


def whole(value: Any) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not -INT64 <= value < INT64:
        raise Unfit
    return value


_DATE = r"(\d{4})-(\d\d)-(\d\d)"
_TIME = r"(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|z|[+-]\d\d(?::?\d\d)?)?"
_is_date = re.compile(_DATE).fullmatch
_is_time = re.compile(_TIME).fullmatch
_is_datetime = re.compile(f"{_DATE}(?:[Tt ]{_TIME})?").fullmatch


def _zone(text: str | None) -> datetime.timezone | None:
    if text is None:
        return None
    if text in "Zz":
        return datetime.timezone.utc
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = datetime.timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return datetime.timezone(-offset if text[0] == "-" else offset)


def _clock(parts: tuple[str | None, ...]) -> tuple[int, int, int, int, datetime.timezone | None]:
    hour, minute, second, fraction, zone = parts
    return int(hour or 0), int(minute or 0), int(second or 0), int((fraction or "0")[:6].ljust(6, "0")), _zone(zone)


def parse_datetime(text: str) -> datetime.datetime:
    """ISO 8601, the same under every Python; other spellings when the image has dateutil, as the original did."""
    match = _is_datetime(text)
    try:
        if match is not None:
            parts = match.groups()
            return datetime.datetime(int(parts[0]), int(parts[1]), int(parts[2]), *_clock(parts[3:]))
        if not re.search(r"\d{4}", text) or len(text) > 100:
            raise Unfit
        from dateutil import parser

        parsed: datetime.datetime = parser.parse(text)
        return parsed
    except (ImportError, ValueError, OverflowError):
        raise Unfit from None


def _parse_date(text: str) -> datetime.date:
    match = _is_date(text)
    try:
        return datetime.date(*map(int, match.groups())) if match else parse_datetime(text).date()
    except ValueError:
        raise Unfit from None


def _parse_time(text: str) -> datetime.time:
    match = _is_time(text)
    try:
        return datetime.time(*_clock(match.groups())) if match else parse_datetime(text).timetz()
    except ValueError:
        raise Unfit from None


_MOMENTS = {"datetime": parse_datetime, "date": _parse_date, "time": _parse_time}


def example(sample: Any) -> Any:
    """The sample as JSON, at most three records of it."""
    return as_json(sample[:SAMPLE_RECORDS] if isinstance(sample, (list, tuple, range)) else sample)


def as_json(sample: Any) -> Any:
    if isinstance(sample, (list, tuple, range)):
        return [as_json(item) for item in sample]
    if isinstance(sample, dict):
        return {str(key): as_json(value) for key, value in sample.items()}
    if isinstance(sample, (bytes, bytearray)):
        return base64.b64encode(bytes(sample)).decode("ascii")
    if isinstance(sample, (datetime.datetime, datetime.date, datetime.time)):
        text = sample.isoformat()
        return None if text == "NaT" else text
    if isinstance(sample, datetime.timedelta):
        return sample.total_seconds()
    if isinstance(sample, float):
        return sample if sample == sample and abs(sample) != float("inf") else None
    if sample is None or isinstance(sample, (bool, int, str)):
        return sample
    if hasattr(sample, "tolist"):
        return as_json(sample.tolist())
    if type(sample).__name__ in ("NAType", "NaTType"):
        return None
    return str(sample)
