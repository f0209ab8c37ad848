from __future__ import annotations

import json
from typing import Any

import pytest

np = pytest.importorskip("numpy")

from slipway.schema import DataTypes, InputError, SampleDefinition, SchemaError, parse_schema  # noqa: E402


def again(sample: Any) -> Any:
    """The input as a server reads it: through the schema file."""
    part = json.loads(json.dumps(SampleDefinition(DataTypes.NUMPY, sample).serialize(), allow_nan=False))
    return parse_schema({"input": {"x": part}}).inputs["x"]


@pytest.mark.parametrize(
    ("sample", "value"),
    [
        (np.zeros((1, 2)), [[1, 2], [3.5, 4]]),
        (np.zeros((1, 2), np.float32), [[1, 2]]),
        (np.zeros((1, 2), np.int8), [[127, -128.0]]),
        (np.zeros(3, np.uint64), [2**64 - 1]),
        (np.zeros((1, 1), bool), [[True], [False]]),
        (np.zeros(0), []),
        (np.float64(3), 4),
        (np.array(["a"]), ["longer than the sample"]),
        (np.array([{}], dtype=object), [1]),
        (np.zeros((1, 2, 2)), [[[1, 2], [3, 4]]]),
    ],
)
def test_converts(sample: Any, value: Any) -> None:
    array = again(sample).convert(value, "/x")
    assert array.tolist() == value
    assert array.dtype.kind == sample.dtype.kind
    assert array.ndim == sample.ndim


def test_null_is_nan_for_fractions_only() -> None:
    assert np.isnan(again(np.zeros((1, 2))).convert([[1, None]], "/x")[0, 1])
    with pytest.raises(InputError, match="/x/0/1: a number is expected, got null"):
        again(np.zeros((1, 2), int)).convert([[1, None]], "/x")


def test_dates_and_bytes() -> None:
    moments = again(np.array(["2017-01-01T00:00"], dtype="M8[s]")).convert(["2017-11-30T12:00:00"], "/x")
    assert moments == np.array(["2017-11-30T12:00:00"], dtype="M8[s]")
    assert again(np.array([b"ab"])).convert(["grün"], "/x").tolist() == ["grün".encode()]


@pytest.mark.parametrize(
    ("sample", "value", "pointer", "message"),
    [
        (np.zeros((1, 2)), [[1, 2, 3]], "/x", r"the shape \(\*, 2\) is expected, got \(1, 3\)"),
        (np.zeros((1, 2)), [1, 2], "/x", "2 dimensions are expected, got an array with 1 dimensions"),
        (np.zeros((1, 2)), 7, "/x", "an array of 2 dimensions is expected, got a number"),
        (np.zeros((1, 2)), None, "/x", "got null"),
        (np.zeros((1, 2)), [[1, 2], [3]], "/x/1", "this has 1 values, the first 2"),
        (np.zeros((1, 2)), [[1, "b"]], "/x/0/1", "a number is expected, got a string"),
        (np.zeros((1, 2)), [[1, {}]], "/x/0/1", "got an object"),
        (np.zeros((1, 2)), [[1, 2], 3], "/x/1", "an array is expected, got a number"),
        (np.zeros(1, int), [2.5], "/x/0", "a whole number .int64. is expected, got 2.5"),
        (np.zeros(1, np.int8), [1, 128], "/x/1", "got 128"),
        (np.zeros(1, np.uint8), [-1], "/x/0", "got -1"),
        (np.zeros(1, bool), [1], "/x/0", "a boolean is expected"),
        (np.zeros(1, float), [True], "/x/0", "a number is expected, got a boolean"),
        (np.array(["a"]), [1], "/x/0", "a string is expected"),
        (np.array(["2017"], dtype="M8[s]"), ["soon"], "/x", "cannot become"),
    ],
)
def test_refuses_without_silent_losses(sample: Any, value: Any, pointer: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        again(sample).convert(value, "/x")
    assert caught.value.fields[0][0] == pointer


def test_reports_ten_at_most() -> None:
    with pytest.raises(InputError) as caught:
        again(np.zeros((1, 50))).convert([["x"] * 50], "/x")
    assert len(caught.value.details()) == 10 and str(caught.value).endswith("and more")


def test_structured_types() -> None:
    dtype = np.dtype([("name", "U5"), ("at", "f4", (2,)), ("inner", [("n", "i2")])])
    item = again(np.array([("a", [1, 2], (3,))], dtype=dtype))
    assert item.swagger["items"]["properties"] == {
        "name": {"type": "string"},
        "at": {"type": "array", "items": {"type": "number", "format": "float"}},
        "inner": {"type": "object", "properties": {"n": {"type": "integer", "format": "int16"}}},
    }
    assert item.example == [{"name": "a", "at": [1.0, 2.0], "inner": {"n": 3}}]
    array = item.convert([{"inner": {"n": 4}, "name": "b", "at": [5, 6]}], "/x")
    assert array.dtype == dtype
    assert (array[0]["name"], array[0]["at"].tolist(), array[0]["inner"]["n"]) == ("b", [5.0, 6.0], 4)
    with pytest.raises(InputError, match="/x/0/inner: this field is missing.*/x/0/q: this field is not expected"):
        item.convert([{"name": "b", "at": [5, 6], "q": 1}], "/x")
    with pytest.raises(InputError, match="/x/0/at: an array of the shape"):
        item.convert([{"inner": {"n": 4}, "name": "b", "at": [5]}], "/x")


def test_swagger_and_example() -> None:
    part = SampleDefinition(DataTypes.NUMPY, np.arange(10, dtype=np.uint16).reshape(5, 2)).serialize()
    assert part == {
        "type": 1,
        "internal": {"dtype": "<u2", "shape": [5, 2]},
        "swagger": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer", "format": "uint16"}},
            "example": [[0, 1], [2, 3], [4, 5]],
        },
    }
    assert SampleDefinition(DataTypes.NUMPY, np.array([np.nan])).schema.example == [None]
    with pytest.raises(SchemaError, match="has to be a NumPy array, not list"):
        SampleDefinition(DataTypes.NUMPY, [1])
