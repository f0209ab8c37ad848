"""Spark itself is too large for this suite; what it would be given is checked."""

from __future__ import annotations

import datetime
import json
import sys
import types
from typing import Any

import pytest

from slipway.schema import DataTypes, InputError, SampleDefinition, parse_schema

FIELDS = {
    "n": "long",
    "f": "double",
    "t": "string",
    "when": "timestamp",
    "list": {"type": "array", "elementType": "long"},
}
STRUCT = {"type": "struct", "fields": [{"name": n, "type": t, "nullable": n != "n"} for n, t in FIELDS.items()]}


class Frame:
    """As much of a Spark DataFrame as a sample needs."""

    schema = types.SimpleNamespace(json=lambda: json.dumps(STRUCT))

    def take(self, count: int) -> list[Any]:
        rows = [{"n": n, "f": 1.5, "t": "a", "when": datetime.datetime(2017, 9, 25), "list": [1]} for n in range(9)]
        return [types.SimpleNamespace(asDict=lambda recursive, row=row: row) for row in rows[:count]]


@pytest.fixture
def spark(monkeypatch: pytest.MonkeyPatch) -> None:
    session = types.SimpleNamespace(createDataFrame=lambda rows, struct, verifySchema: (rows, struct))
    builder = types.SimpleNamespace(getOrCreate=lambda: session)
    sql = types.ModuleType("pyspark.sql")
    sql.SparkSession = types.SimpleNamespace(builder=builder)  # type: ignore[attr-defined]
    kinds = types.ModuleType("pyspark.sql.types")
    kinds.StructType = types.SimpleNamespace(fromJson=lambda document: document)  # type: ignore[attr-defined]
    for module in (types.ModuleType("pyspark"), sql, kinds):
        monkeypatch.setitem(sys.modules, module.__name__, module)


def test_rows_and_struct(spark: None) -> None:
    part = json.loads(json.dumps(SampleDefinition(DataTypes.SPARK, Frame()).serialize()))
    assert len(part["swagger"]["example"]) == 3
    properties = part["swagger"]["items"]["properties"]
    assert properties["n"] == {"type": "integer", "format": "int64"}
    assert properties["list"] == {"type": "array", "items": {"type": "integer", "format": "int64"}}
    item = parse_schema({"input": {"x": part}}).inputs["x"]
    rows, struct = item.convert([{"when": "2017-09-25T01:00:00", "f": 3, "n": 7, "t": None}], "/x")
    assert struct == STRUCT
    assert rows == [{"when": datetime.datetime(2017, 9, 25, 1), "f": 3.0, "n": 7, "t": None}]
    with pytest.raises(InputError) as caught:
        item.convert([{"t": 1, "q": 1, "when": "soon"}, 7], "/x")
    assert {pointer for pointer, _ in caught.value.fields} == {"/x/0/n", "/x/0/t", "/x/0/q", "/x/0/when", "/x/1"}
