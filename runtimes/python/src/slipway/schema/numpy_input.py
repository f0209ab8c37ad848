"""Inputs that are NumPy arrays. The first dimension is free, the others are the sample's."""

from __future__ import annotations

import datetime
from typing import Any

from slipway.schema.errors import Findings, InputError, SchemaError, kind, shown, step
from slipway.schema.inputs import Input
from slipway.schema.standard import SAMPLE_RECORDS, as_json

# what a dtype's description holds: a NumPy type string, or fields as [name, description, shape of a sub-array]
Description = Any


class NumpyInput(Input):
    type = 1

    def __init__(self, dtype: Description, shape: list[int], swagger: dict[str, Any] | None = None) -> None:
        self.description = dtype
        self.shape = shape
        if swagger is None:
            swagger = swagger_of_dtype(dtype)
            for _ in shape:
                swagger = {"type": "array", "items": swagger}
        super().__init__(swagger)
        self._dtype: Any = None

    @classmethod
    def of_sample(cls, sample: Any) -> NumpyInput:
        import numpy as np

        if not isinstance(sample, (np.ndarray, np.generic)):
            raise SchemaError(f"a NUMPY sample has to be a NumPy array, not {type(sample).__name__}")
        array = np.asarray(sample)
        self = cls(describe(array.dtype), list(array.shape))
        self.example = records_example(array)
        self.has_example = True
        return self

    def internal(self) -> dict[str, Any]:
        return {"dtype": self.description, "shape": self.shape}

    def prepare(self) -> None:
        try:
            self._dtype = restore(self.description)
        except ImportError as error:
            raise SchemaError("the schema has a NUMPY input and the image has no numpy; add it") from error
        except (TypeError, ValueError) as error:
            raise SchemaError(f"the schema's dtype {self.description!r} is not one of NumPy's: {error}") from error

    def convert(self, value: Any, pointer: str) -> Any:
        if self._dtype is None:
            self.prepare()
        wanted = len(self.shape)
        if wanted and not isinstance(value, list):
            raise InputError.one(pointer, f"an array of {wanted} dimensions is expected, got {kind(value)}")
        array = to_array(value, self._dtype, pointer, wanted)
        if array.ndim != wanted:
            raise InputError.one(
                pointer, f"{wanted} dimensions are expected, got an array with {array.ndim} dimensions"
            )
        if list(array.shape[1:]) != self.shape[1:]:
            sizes = ", ".join(["*", *map(str, self.shape[1:])])
            got = ", ".join(map(str, array.shape))
            raise InputError.one(pointer, f"an array of the shape ({sizes}) is expected, got ({got}); only * is free")
        return array


def describe(dtype: Any) -> Description:
    if dtype.names is None:
        return dtype.str
    fields = []
    for name in dtype.names:
        base, shape = dtype.fields[name][0].base, dtype.fields[name][0].shape
        fields.append([name, describe(base), list(shape)])
    return fields


def restore(description: Description) -> Any:
    import numpy as np

    if isinstance(description, str):
        return np.dtype(description)
    return np.dtype([(name, restore(base), tuple(shape)) for name, base, shape in description])


_SIZES = {"f2": "float", "f4": "float", "f8": "double", "f16": "double", "g": "double"}


def swagger_of_dtype(description: Description) -> dict[str, Any]:
    if not isinstance(description, str):
        properties = {}
        for name, base, shape in description:
            inner = swagger_of_dtype(base)
            for _ in shape:
                inner = {"type": "array", "items": inner}
            properties[name] = inner
        return {"type": "object", "properties": properties}
    code = description.lstrip("<>|=")
    letter = code[0]
    if letter in "iu" and code[1:].isdigit():
        return {"type": "integer", "format": f"{'u' if letter == 'u' else ''}int{int(code[1:]) * 8}"}
    if letter == "f":
        return {"type": "number", "format": _SIZES.get(code, "double")}
    if letter == "b":
        return {"type": "boolean"}
    if letter == "M":
        return {"type": "string", "format": "date-time"}
    if letter == "m":
        return {"type": "string", "format": "timedelta"}
    if letter == "U":
        return {"type": "string"}
    if letter in "SV":
        return {"type": "string", "format": "binary"}
    return {"type": "object"}


def records_example(array: Any) -> Any:
    if array.dtype.names is not None:
        rows = array[:SAMPLE_RECORDS] if array.ndim else array
        return _named(rows.tolist(), array.dtype, array.ndim)
    return as_json(array[:SAMPLE_RECORDS].tolist() if array.ndim else array.item())


def _named(value: Any, dtype: Any, depth: int) -> Any:
    if depth:
        return [_named(item, dtype, depth - 1) for item in value]
    return {
        name: _named(item, dtype.fields[name][0], 0) if dtype.fields[name][0].names else as_json(item)
        for name, item in zip(dtype.names, value, strict=True)
    }


def to_array(value: Any, dtype: Any, pointer: str, dimensions: int) -> Any:
    """An array of the dtype, without silent losses: no cut fractions, no overflow, no text taken for a number."""
    import numpy as np

    if dtype.names is not None:
        return np.array(_tuples(value, dtype, pointer, dimensions), dtype=dtype)
    letter = dtype.kind
    try:
        if letter in "fiub":
            return _numbers(value, dtype, pointer, dimensions)
        if letter == "O":
            return np.array(value, dtype=object)
        _check_leaves(value, pointer, dimensions, "a string" if letter in "USV" else "a date-time or a number", letter)
        if letter == "U":
            return np.array(value, dtype=str)
        if letter in "SV":
            return np.char.encode(np.array(value, dtype=str), "utf-8")
        return np.array(value, dtype=dtype)
    except (ValueError, TypeError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        _check_regular(value, pointer, dimensions)
        raise InputError.one(pointer, f"the array cannot become {dtype}: {error}") from None


def _numbers(value: Any, dtype: Any, pointer: str, dimensions: int) -> Any:
    import numpy as np

    try:
        array = np.array(value)
    except (ValueError, OverflowError):
        array = None
    if array is None or array.dtype.kind not in "fiub" or (array.dtype.kind == "b") != (dtype.kind == "b"):
        if array is not None and array.size == 0:
            return array.astype(dtype)
        _check_regular(value, pointer, dimensions)
        expected = "a boolean" if dtype.kind == "b" else "a number"
        _check_leaves(value, pointer, dimensions, expected, dtype.kind)
        return np.array(value, dtype=dtype)  # null has become NaN
    if dtype.kind in "iu" and array.size:
        cast = array.astype(dtype) if array.dtype.kind != "f" else np.where(np.isfinite(array), array, 0).astype(dtype)
        wrong = np.argwhere(cast != array)
        if len(wrong):
            findings = Findings()
            for index in wrong.tolist():
                got = array[tuple(index)].item()
                findings.add(pointer + "".join(map(step, index)), f"a whole number ({dtype}) is expected, got {got!r}")
                if findings.full:
                    break
            findings.check()
        return cast
    return array.astype(dtype, copy=False)


def _check_regular(value: Any, pointer: str, dimensions: int) -> None:
    """Refuses rows of different lengths, naming the first that differs."""
    if dimensions < 2 or not isinstance(value, list):
        return
    length = None
    for index, row in enumerate(value):
        if not isinstance(row, list):
            raise InputError.one(pointer + step(index), f"an array is expected, got {kind(row)}")
        if length is not None and len(row) != length:
            message = f"rows of one length are expected: this has {len(row)} values, the first {length}"
            raise InputError.one(pointer + step(index), message)
        length = len(row)
        _check_regular(row, pointer + step(index), dimensions - 1)


def _fits(item: Any, letter: str) -> bool:
    if letter in "iuf":
        return (isinstance(item, (int, float)) and not isinstance(item, bool)) or (item is None and letter == "f")
    if letter == "b":
        return isinstance(item, bool)
    if letter in "Mm":
        return item is None or (isinstance(item, (str, int, datetime.date)) and not isinstance(item, bool))
    return isinstance(item, str)


def _check_leaves(value: Any, pointer: str, dimensions: int, expected: str, letter: str) -> None:
    findings = Findings()

    def visit(item: Any, where: str) -> None:
        if findings.full:
            return
        if isinstance(item, list):
            for index, inner in enumerate(item):
                visit(inner, where + step(index))
        elif not _fits(item, letter):
            findings.add(where, f"{expected} is expected, got {kind(item)} ({shown(item)})")

    visit(value, pointer)
    findings.check()


def _tuples(value: Any, dtype: Any, pointer: str, dimensions: int) -> Any:
    if dimensions:
        if not isinstance(value, list):
            raise InputError.one(pointer, f"an array is expected, got {kind(value)}")
        return [_tuples(item, dtype, pointer + step(i), dimensions - 1) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        raise InputError.one(
            pointer, f"an object with the fields {', '.join(dtype.names)} is expected, got {kind(value)}"
        )
    findings = Findings()
    for name in dtype.names:
        if name not in value:
            findings.add(pointer + step(name), "this field is missing")
    for name in value:
        if name not in dtype.names:
            findings.add(pointer + step(name), f"this field is not expected; the fields are {', '.join(dtype.names)}")
    findings.check()
    fields = []
    for name in dtype.names:
        field = dtype.fields[name][0]
        array = to_array(value[name], field.base, pointer + step(name), len(field.shape))
        if array.shape != field.shape:
            message = f"an array of the shape {field.shape} is expected, got {array.shape}"
            raise InputError.one(pointer + step(name), message)
        fields.append(array.item() if array.ndim == 0 else array)
    return tuple(fields)
