"""Schema files of the original SDK. The pickles are made here from stand-ins with the original's class names."""

from __future__ import annotations

import base64
import collections
import datetime
import pickle
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slipway.schema import InputError, SchemaError, parse_schema
from slipway.schema.legacy import read_pickle

np = pytest.importorskip("numpy")
pytest.importorskip("pandas")


@pytest.fixture(autouse=True)
def original(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, type]]:
    classes = {}
    for module, name in (("pythonUtil", "PythonSchema"), ("numpyUtil", "NumpySchema"), ("pandasUtil", "PandasSchema")):
        full = f"azureml.api.schema.{module}"
        stand_in = types.ModuleType(full)
        classes[name] = type(name, (), {"__module__": full})
        setattr(stand_in, name, classes[name])
        monkeypatch.setitem(sys.modules, full, stand_in)
    yield classes


def dumped(value: Any, protocol: int = 3) -> str:
    return base64.b64encode(pickle.dumps(value, protocol)).decode()


def schema(
    kind: int, value: Any, swagger: dict[str, Any] | None = None, version: str = "1.0.1b6", protocol: int = 3
) -> Any:
    part = {"type": kind, "internal": dumped(value, protocol), "swagger": swagger or {}, "version": version}
    return parse_schema({"input": {"x": part}}).inputs["x"]


def made(cls: type, **state: Any) -> Any:
    value = cls()
    value.__dict__.update(state)
    return value


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
def test_python_types(original: dict[str, type], protocol: int) -> None:
    cls = original["PythonSchema"]
    assert schema(0, made(cls, data_type=int), protocol=protocol).convert(7, "/x") == 7
    moment = schema(0, made(cls, data_type=datetime.datetime), protocol=protocol).convert("2017-11-30T12:00:00", "/x")
    assert moment == datetime.datetime(2017, 11, 30, 12)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    "dtype",
    ["<f8", ">f4", "i2", "?", "U7", "O", "M8[ns]", "M8[s]", [("a", "i4"), ("b", "f8", (2, 3)), ("c", [("d", "U3")])]],
)
def test_numpy_types(original: dict[str, type], dtype: Any, protocol: int) -> None:
    expected = np.dtype(dtype)
    item = schema(1, made(original["NumpySchema"], data_type=expected, shape=(1, 2)), protocol=protocol)
    item.prepare()
    assert item._dtype == expected and item.shape == [1, 2]


def test_pandas(original: dict[str, type]) -> None:
    value = made(
        original["PandasSchema"],
        column_names=["n", "t", "w", "o"],
        column_types=[np.dtype("i8"), np.dtype("O"), np.dtype("M8[ns]"), np.dtype("O")],
        shape=(2, 4),
        schema_map=collections.OrderedDict(n=np.dtype("i8")),
    )
    swagger = {"type": "array", "items": {"type": "object", "properties": {"t": {"type": "string"}}}}
    item = schema(3, value, swagger)
    frame = item.convert([{"o": [1], "w": "2017-11-30", "t": "a", "n": 1}], "/x")
    assert list(frame.columns) == ["n", "t", "w", "o"]
    with pytest.raises(InputError, match="/x/0/t: a string is expected"):
        item.convert([{"o": 1, "w": "2017-11-30", "t": 1, "n": 1}], "/x")


class Hostile:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return (eval, (f"open({str(self.target)!r}, 'w')",))


@pytest.mark.parametrize("protocol", [0, 2, 3, 4])
def test_nothing_is_executed(tmp_path: Path, original: dict[str, type], protocol: int) -> None:
    target = tmp_path / "executed"
    with pytest.raises(SchemaError, match=r"builtins\.eval|__builtin__\.eval"):
        schema(0, made(original["PythonSchema"], data_type=Hostile(target)), protocol=protocol)
    assert not target.exists()
    pickle.loads(base64.b64decode(dumped(Hostile(target), protocol))).close()
    assert target.exists()  # so the pickle was a live one


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b".",
        b"\x80\x03",
        b"\x80\x03}q\x00",
        b"garbage",
        b"\x80\x03h\x07.",
        b"\x80\x03(((.",
        b"\x80\x03K\x01K\x02b.",
        b"cos\nsystem\n.",
        b"\x80\x02\x82\x01.",
        b"I00\nI1\nI2\ns.",
        b"\x80\x03K\x01K\x02R.",
        pickle.dumps([1, 2, 3], 3),
        pickle.dumps({"data_type": int}, 3),
    ],
)
def test_damaged_pickles(data: bytes) -> None:
    with pytest.raises(SchemaError):
        part = {"type": 0, "internal": base64.b64encode(data).decode(), "swagger": {}}
        parse_schema({"input": {"x": part}})


def test_size_version_and_spark() -> None:
    with pytest.raises(SchemaError, match="larger than"):
        read_pickle("A" * (9 << 20))
    with pytest.raises(SchemaError, match="not base64"):
        read_pickle("not base64!")
    part = {"type": 0, "internal": "", "swagger": {}, "version": "2.0"}
    with pytest.raises(SchemaError, match="made by version 2.0"):
        parse_schema({"input": {"x": part}})
    struct = '{"type": "struct", "fields": [{"name": "a", "type": "integer", "nullable": true, "metadata": {}}]}'
    item = parse_schema({"input": {"x": {"type": 2, "internal": struct, "swagger": {}}}}).inputs["x"]
    assert item.internal()["fields"][0]["name"] == "a"
