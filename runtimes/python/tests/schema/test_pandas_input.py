from __future__ import annotations

import json
from typing import Any

import pytest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

from slipway.schema import DataTypes, InputError, SampleDefinition, SchemaError, parse_schema  # noqa: E402

FRAME = pd.DataFrame(
    {
        "whole": [1, 2],
        "fraction": [1.5, np.nan],
        "text": pd.Series(["a", None], dtype=object),
        "flag": [True, False],
        "when": pd.to_datetime(["2017-11-30T12:00", "2017-12-01T00:00"]),
        "zoned": pd.to_datetime(["2017-11-30T12:00+01:00", "2017-12-01T00:00+01:00"]),
        "kind": pd.Categorical(["x", "y"]),
        "anything": pd.Series([[1], {"a": 2}], dtype=object),
    }
)
ROW = {
    "anything": {"deep": [1]},
    "kind": "z",
    "zoned": "2017-11-30T12:00:00Z",
    "when": "2017-11-30T12:00:00",
    "flag": False,
    "text": "ä",
    "fraction": 2,
    "whole": 3,
}


def again(sample: Any) -> Any:
    part = json.loads(json.dumps(SampleDefinition(DataTypes.PANDAS, sample).serialize(), allow_nan=False))
    return parse_schema({"input": {"x": part}}).inputs["x"]


def test_restores_order_and_types() -> None:
    frame = again(FRAME).convert([ROW, ROW], "/x")
    assert list(frame.columns) == list(FRAME.columns)
    assert frame["whole"].dtype == "int64" and frame["fraction"].tolist() == [2.0, 2.0]
    assert frame["flag"].dtype == bool and frame["text"].tolist() == ["ä", "ä"]
    assert frame["when"].dt.hour.tolist() == [12, 12]
    assert frame["zoned"].dt.tz is not None and frame["zoned"].dt.hour.tolist() == [13, 13]
    assert frame["anything"].tolist() == [{"deep": [1]}] * 2


def test_null_is_a_missing_value_everywhere() -> None:
    frame = again(FRAME).convert([ROW, dict.fromkeys(ROW)], "/x")
    assert frame.iloc[1].isna().all()
    assert frame["whole"].tolist()[0] == 3


def test_whole_number_columns_take_fractions_as_they_come() -> None:
    assert again(FRAME).convert([{**ROW, "whole": 3.5}], "/x")["whole"].tolist() == [3.5]


def test_frames_of_fractions() -> None:
    item = again(pd.DataFrame({"a": [1.0], 2: [2.0]}))
    frame = item.convert([{"2": 1, "a": 2}, {"a": 3, "2": None}], "/x")
    assert list(frame.columns) == ["a", 2]
    assert frame.dtypes.tolist() == [np.dtype(float)] * 2
    assert frame["a"].tolist() == [2.0, 3.0] and np.isnan(frame[2][1])


def test_no_rows() -> None:
    frame = again(FRAME).convert([], "/x")
    assert (len(frame), list(frame.columns), frame["whole"].dtype) == (0, list(FRAME.columns), np.dtype("int64"))


@pytest.mark.parametrize(
    ("value", "fields"),
    [
        ({"whole": 1}, {"/x": "an array of objects"}),
        ([1], {"/x/0": "an object with a value for each column is expected, got a number"}),
        ([ROW, {**ROW, "text": 7}], {"/x/1/text": "a string is expected, got a number"}),
        ([{**ROW, "whole": "7"}], {"/x/0/whole": "a number is expected, got a string ('7')"}),
        ([{**ROW, "fraction": True}], {"/x/0/fraction": "a number is expected, got a boolean"}),
        ([{**ROW, "flag": "yes"}], {"/x/0/flag": "a boolean is expected"}),
        ([{**ROW, "when": "soon"}], {"/x/0/when": "a date-time is expected"}),
        ([{k: v for k, v in ROW.items() if k != "flag"}], {"/x/0/flag": "the column 'flag' is missing"}),
        ([ROW, {**ROW, "a/b~": 1}], {"/x/1/a~1b~0": "'a/b~' is no column of this input"}),
        ([{**ROW, "flag": 7, "text": 7}], {"/x/0/text": "a string", "/x/0/flag": "a boolean"}),
    ],
)
def test_refuses_with_pointers(value: Any, fields: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        again(FRAME).convert(value, "/x")
    found = dict(caught.value.fields)
    assert found.keys() == fields.keys()
    assert all(message in found[pointer] for pointer, message in fields.items())


def test_swagger_and_example() -> None:
    item = again(FRAME)
    properties = item.swagger["items"]["properties"]
    assert properties["whole"] == {"type": "integer", "format": "int64"}
    assert properties["fraction"] == {"type": "number", "format": "double"}
    assert properties["text"] == {"type": "string"}
    assert properties["when"] == {"type": "string", "format": "date-time"}
    assert item.example[1]["fraction"] is None
    assert item.convert(item.example, "/x")["whole"].tolist() == [1, 2]


def test_samples_that_are_refused() -> None:
    with pytest.raises(SchemaError, match="has to be a DataFrame, not Series"):
        SampleDefinition(DataTypes.PANDAS, pd.Series([1]))
    with pytest.raises(SchemaError, match="columns of different names"):
        SampleDefinition(DataTypes.PANDAS, pd.DataFrame([[1, 2]], columns=["1", 1]))
