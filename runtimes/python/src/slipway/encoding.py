"""JSON for whatever a script returns: Python's own types, NumPy, pandas, dates, decimals, bytes.

Always strict JSON: NaN and the infinities become null.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import decimal
import enum
import json
import math
import os
import uuid
from collections.abc import Mapping, Set
from typing import Any

import orjson

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
_Fragment: Any = getattr(orjson, "Fragment", None)


class NotEncodable(TypeError):
    """The value has a part that JSON has no form for; the message names its type."""


def encode(value: Any) -> bytes:
    """One JSON document. Raises NotEncodable."""
    try:
        return orjson.dumps(value, _default, _OPTIONS)
    except TypeError:
        pass
    # whole numbers beyond 64 bits, keys of other types, lone surrogates: slower and more patient
    try:
        return json.dumps(_plain(value, 0), allow_nan=False, separators=(",", ":")).encode()
    except NotEncodable:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        raise NotEncodable(f"a value of type {type(value).__name__} cannot become JSON: {error}") from error


def _default(value: Any) -> Any:
    if isinstance(value, decimal.Decimal) and _Fragment is not None:
        return _Fragment(str(value).encode()) if value.is_finite() else None
    return convert(value)


def convert(value: Any) -> Any:
    """The nearest thing that JSON knows, one level deep. Raises NotEncodable."""
    if isinstance(value, (set, frozenset, Set)):
        try:
            return sorted(value)
        except TypeError:
            return list(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, decimal.Decimal):
        return float(value) if value.is_finite() else None
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        text = value.isoformat()
        return None if text == "NaT" else text
    if isinstance(value, datetime.timedelta):
        seconds = value.total_seconds()
        return None if math.isnan(seconds) else seconds
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, range):
        return list(value)
    return _convert_library(value)


def _convert_library(value: Any) -> Any:
    """NumPy and pandas, recognised without importing them."""
    module = type(value).__module__.partition(".")[0]
    name = type(value).__name__
    if module == "pandas":
        if name == "DataFrame":
            columns = [str(column) for column in value.columns]
            return [dict(zip(columns, row, strict=True)) for row in value.itertuples(index=False, name=None)]
        if name in ("NAType", "NaTType"):
            return None
        if hasattr(value, "tolist"):
            return value.tolist()
        return str(value)
    if module == "numpy":
        if name in ("datetime64", "timedelta64"):
            return None if value != value else str(value)
        if name == "matrix" or hasattr(value, "tolist"):
            plain = value.tolist()
            if type(plain) is not type(value):
                return plain
    if hasattr(value, "__array__"):
        return _convert_library(value.__array__())
    raise NotEncodable(f"a value of type {type(value).__module__}.{type(value).__qualname__} cannot become JSON")


def _plain(value: Any, depth: int) -> Any:
    if depth > 250:
        raise NotEncodable("the value is nested deeper than 250 levels, or holds itself")
    if value is None or isinstance(value, (bool, int)):
        return int(value) if isinstance(value, int) and not isinstance(value, (bool, enum.Enum)) else _bare(value)
    if isinstance(value, str):
        return str(_bare(value))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {_key(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, enum.Enum):
        return _plain(value.value, depth + 1)
    if isinstance(value, uuid.UUID):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name), depth + 1) for field in dataclasses.fields(value)}
    return _plain(convert(value), depth + 1)


def _bare(value: Any) -> Any:
    return value.value if isinstance(value, enum.Enum) else value


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str(_bare(key))
    if key is None or isinstance(key, (bool, int, float)):
        return json.dumps(_bare(key))
    plain = convert(key) if not isinstance(key, (tuple, uuid.UUID, enum.Enum)) else _bare(key)
    return plain if isinstance(plain, str) else str(plain)
