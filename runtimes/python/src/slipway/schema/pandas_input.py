"""Inputs that are pandas data frames: a list of records with the sample's columns, in any order of the keys."""

from __future__ import annotations

from typing import Any

from slipway.schema.errors import Findings, InputError, SchemaError, kind, shown, step
from slipway.schema.inputs import Input
from slipway.schema.numpy_input import swagger_of_dtype
from slipway.schema.standard import SAMPLE_RECORDS, Unfit, as_json, parse_datetime

_EXPECTED = {
    "number": "a number",
    "integer": "a number",
    "boolean": "a boolean",
    "string": "a string",
    "datetime": "a date-time",
    "timedelta": "a timedelta",
}


class Column:
    """A column: its name in JSON, its label in the frame (not always text), dtype, and kind of values."""

    __slots__ = ("dtype", "kind", "label", "name")

    def __init__(self, label: Any, dtype: str, kind: str) -> None:
        self.label = label
        self.name = str(label)
        self.dtype = dtype
        self.kind = kind

    def to_json(self) -> dict[str, Any]:
        column = {"name": self.name, "dtype": self.dtype, "kind": self.kind}
        return column if isinstance(self.label, str) else {**column, "label": self.label}


class PandasInput(Input):
    type = 3

    def __init__(self, columns: list[Column], shape: list[int], swagger: dict[str, Any] | None = None) -> None:
        self.columns = columns
        self.shape = shape
        if len({column.name for column in columns}) != len(columns):
            raise SchemaError("a PANDAS sample needs columns of different names")
        if swagger is None:
            properties = {column.name: _swagger(column) for column in columns}
            swagger = {"type": "array", "items": {"type": "object", "properties": properties}}
        super().__init__(swagger)
        self._names = {column.name for column in columns}
        self._pandas: Any = None
        self._index: Any = None
        self._floats = False

    @classmethod
    def of_sample(cls, sample: Any) -> PandasInput:
        import pandas as pd

        if not isinstance(sample, pd.DataFrame):
            raise SchemaError(f"a PANDAS sample has to be a DataFrame, not {type(sample).__name__}")
        columns = [Column(_label(label), str(sample[label].dtype), _kind(sample[label])) for label in sample.columns]
        self = cls(columns, list(sample.shape))
        rows = sample.head(SAMPLE_RECORDS).itertuples(index=False, name=None)
        self.example = [
            {column.name: _example(value) for column, value in zip(columns, row, strict=True)} for row in rows
        ]
        self.has_example = True
        return self

    def internal(self) -> dict[str, Any]:
        return {"columns": [column.to_json() for column in self.columns], "shape": self.shape}

    def prepare(self) -> None:
        try:
            import pandas
        except ImportError as error:
            raise SchemaError("the schema has a PANDAS input and the image has no pandas; add it") from error
        self._pandas = pandas
        self._index = pandas.Index([column.label for column in self.columns])
        self._floats = all(column.dtype == "float64" for column in self.columns)

    def convert(self, value: Any, pointer: str) -> Any:
        if self._pandas is None:
            self.prepare()
        if not isinstance(value, list):
            raise InputError.one(pointer, f"an array of objects, one for each row, is expected, got {kind(value)}")
        names = self._names
        for row in value:
            if type(row) is not dict or row.keys() != names:
                self._explain(value, pointer)
        if not value:
            return self._pandas.DataFrame(
                {c.label: self._pandas.Series([], dtype=_empty_dtype(c)) for c in self.columns}, columns=self._index
            )
        if self._floats:
            import numpy as np

            order = [column.name for column in self.columns]
            array = np.array([[row[name] for name in order] for row in value])
            if array.dtype.kind in "if":
                return self._pandas.DataFrame(array.astype(float, copy=False), columns=self._index)
        findings = Findings()
        data = {c.label: self._column(c, [row[c.name] for row in value], pointer, findings) for c in self.columns}
        findings.check()
        return self._pandas.DataFrame(data, columns=self._index)

    def _explain(self, rows: list[Any], pointer: str) -> None:
        findings = Findings()
        for index, row in enumerate(rows):
            where = pointer + step(index)
            if not isinstance(row, dict):
                findings.add(where, f"an object with a value for each column is expected, got {kind(row)}")
                continue
            for column in self.columns:
                if column.name not in row:
                    findings.add(where + step(column.name), f"the column {column.name!r} is missing")
            for name in row:
                if name not in self._names:
                    findings.add(where + step(name), f"{shown(name)} is no column of this input")
            if findings.full:
                break
        findings.check()

    def _column(self, column: Column, values: list[Any], pointer: str, findings: Findings) -> Any:
        """The values for the frame. Numbers stay as they came where the sample had whole ones and a row has not."""
        pandas = self._pandas
        if column.kind not in _EXPECTED:
            return pandas.Series(values, dtype=column.dtype if column.dtype in ("category", "object") else None)
        converted: list[Any] = []
        for index, value in enumerate(values):
            try:
                converted.append(None if value is None else _CONVERT[column.kind](value))
            except Unfit:
                where = pointer + step(index) + step(column.name)
                findings.add(where, f"{_EXPECTED[column.kind]} is expected, got {kind(value)} ({shown(value)})")
                if findings.full:
                    break
        if findings.fields:
            return converted
        try:
            return self._series(column, converted)
        except (ValueError, TypeError, OverflowError) as error:
            findings.add(pointer, f"the column {column.name!r} cannot become {column.dtype}: {error}")
            return converted

    def _series(self, column: Column, values: list[Any]) -> Any:
        pandas = self._pandas
        if column.kind == "datetime":
            moments = pandas.to_datetime(pandas.Series(values, dtype=object), utc="," in column.dtype)
            return moments.dt.tz_convert(_zone_of(column.dtype)) if "," in column.dtype else moments
        if column.kind == "timedelta":
            return pandas.to_timedelta(pandas.Series(values, dtype=object))
        if column.dtype[:1].isupper() or column.dtype.startswith(("string", "str")):  # pandas' own, they know null
            return pandas.Series(values, dtype=column.dtype)
        if column.kind == "string":
            return pandas.Series(values, dtype=object)
        if column.kind == "boolean":
            return pandas.Series(values, dtype=bool if None not in values else object)
        series = pandas.Series([float("nan") if value is None else value for value in values])
        if column.kind == "number" or series.dtype.kind in "iu":
            return series.astype(column.dtype) if column.kind == "number" or _in_range(series, column.dtype) else series
        return series


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unfit
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool) and not (isinstance(value, int) and value in (0, 1)):
        raise Unfit
    return bool(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit
    return value


def _datetime(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Unfit
    if isinstance(value, str):
        return parse_datetime(value)
    import datetime

    try:  # pandas writes date-times as milliseconds unless told otherwise
        return datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=value)
    except OverflowError:
        raise Unfit from None


def _timedelta(value: Any) -> Any:
    import pandas as pd

    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Unfit
    try:
        return pd.to_timedelta(value, **({} if isinstance(value, str) else {"unit": "s"}))
    except (ValueError, OverflowError):
        raise Unfit from None


_CONVERT = {
    "number": _number,
    "integer": _number,
    "boolean": _boolean,
    "string": _string,
    "datetime": _datetime,
    "timedelta": _timedelta,
}


def _in_range(series: Any, dtype: str) -> bool:
    import numpy as np

    limits = np.iinfo(dtype)
    return bool(series.min() >= limits.min and series.max() <= limits.max)


def _zone_of(dtype: str) -> str:
    return dtype.partition(",")[2].strip(" ]")


def _empty_dtype(column: Column) -> Any:
    return "object" if column.kind == "string" and column.dtype == "object" else column.dtype


def _label(label: Any) -> Any:
    if isinstance(label, (str, bool)):
        return label
    if type(label).__module__ == "numpy":
        label = label.item()
    return label if isinstance(label, (int, float)) else str(label)


def _kind(series: Any) -> str:
    dtype = str(series.dtype).lower()
    if dtype.startswith(("datetime64", "period")):
        return "datetime" if dtype.startswith("datetime64") else "object"
    if dtype.startswith("timedelta64"):
        return "timedelta"
    if dtype.startswith(("int", "uint")):
        return "integer"
    if dtype.startswith("float"):
        return "number"
    if dtype.startswith("bool"):
        return "boolean"
    if dtype.startswith("str"):
        return "string"
    if dtype == "object":
        present = [value for value in series if value is not None and value == value]
        if present and all(isinstance(value, str) for value in present):
            return "string"
    return "object"


def _swagger(column: Column) -> dict[str, Any]:
    if column.kind == "integer":
        return {"type": "integer", "format": column.dtype.lower()}
    if column.kind == "number":
        return {"type": "number", "format": "double" if column.dtype.lower() == "float64" else "float"}
    codes = {"boolean": "b", "string": "U", "datetime": "M", "timedelta": "m"}
    return swagger_of_dtype(codes.get(column.kind, "O"))


def _example(value: Any) -> Any:
    return None if value is None or value != value else as_json(value)
