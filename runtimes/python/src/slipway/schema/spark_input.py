"""Inputs that are Spark data frames: a list of records, described by a StructType."""

from __future__ import annotations

import json
from typing import Any

from slipway.schema.errors import Findings, InputError, SchemaError, kind, shown, step
from slipway.schema.inputs import Input
from slipway.schema.standard import SAMPLE_RECORDS, Unfit, as_json, parse_datetime

_SIMPLE: dict[str, dict[str, Any]] = {
    "byte": {"type": "integer", "format": "int8"},
    "short": {"type": "integer", "format": "int16"},
    "integer": {"type": "integer", "format": "int32"},
    "long": {"type": "integer", "format": "int64"},
    "float": {"type": "number", "format": "float"},
    "double": {"type": "number", "format": "double"},
    "boolean": {"type": "boolean"},
    "string": {"type": "string"},
    "binary": {"type": "string", "format": "binary"},
    "date": {"type": "string", "format": "date"},
    "timestamp": {"type": "string", "format": "date-time"},
}

_KINDS = {"integer": "a number", "number": "a number", "boolean": "a boolean", "string": "a string"}


class SparkInput(Input):
    type = 2

    def __init__(self, struct: dict[str, Any], swagger: dict[str, Any] | None = None) -> None:
        if not isinstance(struct, dict) or struct.get("type") != "struct":
            raise SchemaError("the schema of a SPARK input has to be a StructType as JSON")
        self.struct = struct
        super().__init__({"type": "array", "items": _swagger(struct)} if swagger is None else swagger)
        self._session: Any = None
        self._type: Any = None

    @classmethod
    def of_sample(cls, sample: Any) -> SparkInput:
        if not hasattr(sample, "schema") or not hasattr(sample, "take"):
            raise SchemaError(f"a SPARK sample has to be a Spark DataFrame, not {type(sample).__name__}")
        self = cls(json.loads(sample.schema.json()))
        self.example = [as_json(row.asDict(recursive=True)) for row in sample.take(SAMPLE_RECORDS)]
        self.has_example = True
        return self

    def internal(self) -> dict[str, Any]:
        return self.struct

    def prepare(self) -> None:
        try:
            from pyspark.sql import SparkSession
            from pyspark.sql.types import StructType
        except ImportError as error:
            raise SchemaError("the schema has a SPARK input and the image has no pyspark; add it") from error
        self._session = SparkSession.builder.getOrCreate()
        self._type = StructType.fromJson(self.struct)

    def convert(self, value: Any, pointer: str) -> Any:
        if self._session is None:
            self.prepare()
        if not isinstance(value, list):
            raise InputError.one(pointer, f"an array of objects, one for each row, is expected, got {kind(value)}")
        fields = {field["name"]: field for field in self.struct["fields"]}
        findings = Findings()
        for index, row in enumerate(value):
            where = pointer + step(index)
            if not isinstance(row, dict):
                findings.add(where, f"an object with a value for each column is expected, got {kind(row)}")
                continue
            for name, field in fields.items():
                if name not in row and not field.get("nullable", True):
                    findings.add(where + step(name), f"the column {name!r} is missing")
            for name in row.keys() - fields.keys():
                findings.add(where + step(name), "this is no column of this input")
            for name in row.keys() & fields.keys():
                declared, cell = fields[name]["type"], row[name]
                expected = _KINDS.get(_swagger(declared)["type"])
                if expected is not None and cell is not None and kind(cell) != expected:
                    findings.add(where + step(name), f"{expected} is expected, got {kind(cell)} ({shown(cell)})")
                elif declared in ("float", "double") and cell is not None:
                    row[name] = float(cell)
                elif declared in ("date", "timestamp") and cell is not None:
                    row[name] = _moment(cell, declared, where + step(name), findings)
        findings.check()
        try:
            return self._session.createDataFrame(value, self._type, verifySchema=True)
        except (TypeError, ValueError) as error:
            raise InputError.one(pointer, f"the rows do not fit the schema: {error}") from None


def _moment(text: str, declared: str, pointer: str, findings: Findings) -> Any:
    try:
        moment = parse_datetime(text)
        return moment.date() if declared == "date" else moment
    except Unfit:
        findings.add(pointer, f"a {declared} is expected, got {shown(text)}")
        return None


def _swagger(struct: Any) -> dict[str, Any]:
    if isinstance(struct, str):
        return dict(_SIMPLE.get(struct, {"type": "object"}))
    if struct.get("type") == "struct":
        return {"type": "object", "properties": {f["name"]: _swagger(f["type"]) for f in struct["fields"]}}
    if struct.get("type") == "array":
        return {"type": "array", "items": _swagger(struct["elementType"])}
    return {"type": "object"}
