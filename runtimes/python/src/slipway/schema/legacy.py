"""Schema files of the original SDK: their `internal` is base64 of a Python pickle.

The pickle is not executed. Its opcodes are read one by one and build plain data; a class or function is only its name,
and only names that such a schema has reason to hold are let through.
"""

from __future__ import annotations

import base64
import binascii
import json
import pickletools
from typing import Any

from slipway.schema.errors import SchemaError
from slipway.schema.inputs import Input
from slipway.schema.numpy_input import Description, NumpyInput, swagger_of_dtype
from slipway.schema.pandas_input import Column, PandasInput
from slipway.schema.spark_input import SparkInput
from slipway.schema.standard import StandardInput

MAX_INTERNAL = 8 << 20
MAX_OPCODES = 1_000_000

_BUILTIN = {"int", "float", "str", "bool", "bytes", "bytearray", "list", "tuple", "dict", "range", "unicode", "long"}
_ALLOWED = {
    *(("builtins", name) for name in _BUILTIN),
    *(("__builtin__", name) for name in _BUILTIN),
    *(("datetime", name) for name in ("datetime", "date", "time")),
    ("numpy", "dtype"),
    ("collections", "OrderedDict"),
    ("copyreg", "_reconstructor"),
    ("copy_reg", "_reconstructor"),
    ("builtins", "object"),
    ("__builtin__", "object"),
    ("_codecs", "encode"),
}
_SCHEMAS = {"PythonSchema": 0, "NumpySchema": 1, "PandasSchema": 3}


class Symbol:
    """The name of a class or function, never the thing itself."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name


class Built:
    """What a pickle would have made by calling a symbol."""

    def __init__(self, symbol: Any, arguments: tuple[Any, ...]) -> None:
        self.symbol = symbol
        self.arguments = arguments
        self.state: Any = None


def legacy_input(kind: Any, internal: str, swagger: dict[str, Any], version: str) -> Input:
    """An input of an original schema file. Raises SchemaError."""
    major = str(version).partition(".")[0]
    if major not in ("0", "1"):
        raise SchemaError(f"it was made by version {version} of the original SDK; versions 0 and 1 are understood")
    if kind == 2:
        return SparkInput(json.loads(internal), swagger)
    if kind not in (0, 1, 3):
        raise SchemaError(f"{kind!r} is no type of an input")
    built = read_pickle(internal)
    symbol = built.symbol if isinstance(built, Built) else None
    if not isinstance(symbol, Symbol) or _SCHEMAS.get(symbol.name) != kind or not isinstance(built.state, dict):
        raise SchemaError("its pickle does not hold a schema of this type")
    state = built.state
    if kind == 0:
        return StandardInput(_standard(state["data_type"]), swagger)
    shape = [int(size) for size in state["shape"]]
    if kind == 1:
        return NumpyInput(_dtype(state["data_type"]), shape, swagger)
    names, types = list(state["column_names"]), list(state["column_types"])
    if len(names) != len(types):
        raise SchemaError("it has not as many column types as columns")
    return PandasInput([_column(*pair, swagger) for pair in zip(names, types, strict=True)], shape, swagger)


def _standard(symbol: Any) -> str:
    if not isinstance(symbol, Symbol):
        raise SchemaError("its Python type is not one by name")
    return {"unicode": "str", "long": "int"}.get(symbol.name, symbol.name)


def _column(name: Any, dtype: Any, swagger: dict[str, Any]) -> Column:
    code = _dtype(dtype)
    if not isinstance(code, str):
        raise SchemaError(f"the column {name!r} has a structured type")
    letter = code.lstrip("<>|=")[0]
    if letter == "O":  # text and anything else have one dtype; only the Swagger fragment tells them apart
        declared = swagger.get("items", {}).get("properties", {}).get(str(name), {})
        return Column(name, "object", "string" if declared.get("type") == "string" else "object")
    if letter == "M":
        return Column(name, "datetime64[ns]", "datetime")
    if letter == "m":
        return Column(name, "timedelta64[ns]", "timedelta")
    if letter in "US":
        return Column(name, "object", "string")
    if swagger_of_dtype(code)["type"] == "object":
        raise SchemaError(f"the column {name!r} has the type {code}, which is not understood")
    bits = int(code.lstrip("<>|=")[1:]) * 8
    kinds = {"i": ("integer", f"int{bits}"), "u": ("integer", f"uint{bits}"), "f": ("number", f"float{bits}")}
    kind, dtype_name = kinds.get(letter, ("boolean", "bool"))
    return Column(name, dtype_name, kind)


def _dtype(value: Any) -> Description:
    """A dtype's description from the arguments and the state with which NumPy would have made it."""
    if not isinstance(value, Built) or not isinstance(value.symbol, Symbol) or value.symbol.name != "dtype":
        raise SchemaError("a dtype is expected in its pickle")
    code = str(value.arguments[0])
    state = value.state if isinstance(value.state, tuple) else (3, "|", None, None, None)
    _, order, subarray, names, fields = state[:5]
    if subarray is not None:
        raise SchemaError("a sub-array is only understood inside a structured type")
    if names:
        described = []
        for name in names:
            field = fields[name][0]
            inner = field.state[2] if isinstance(field, Built) and isinstance(field.state, tuple) else None
            base, shape = inner if inner is not None else (field, ())
            sizes = list(shape) if isinstance(shape, tuple) else [shape]
            described.append([name, _dtype(base), sizes])
        return described
    if code[:1] in "Mm" and len(state) > 8 and state[8]:
        unit = state[8][1][0]
        code += f"[{unit.decode() if isinstance(unit, bytes) else unit}]"
    return (order if order in "<>" else "|") + code


def read_pickle(internal: str) -> Any:
    """Plain data from the base64 of a pickle; symbols and calls stay names. Raises SchemaError."""
    if len(internal) > MAX_INTERNAL:
        raise SchemaError(f"its pickle is larger than {MAX_INTERNAL} bytes")
    try:
        data = base64.b64decode(internal, validate=True)
    except (binascii.Error, ValueError):
        raise SchemaError("its 'internal' is not base64") from None
    try:
        return _Reader().read(data)
    except (IndexError, KeyError, TypeError, AttributeError) as error:
        raise SchemaError(f"its pickle is damaged ({type(error).__name__})") from error
    except ValueError as error:
        raise error if isinstance(error, SchemaError) else SchemaError(f"its pickle is damaged ({error})") from error


_MARK = object()
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_VALUES = {
    *("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4", "BINFLOAT", "FLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "UNICODE", "STRING", "BINSTRING", "SHORT_BINSTRING"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
}


class _Reader:
    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def read(self, data: bytes) -> Any:
        stack, memo = self._stack, self._memo
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            name = opcode.name
            if count > MAX_OPCODES:
                raise SchemaError("its pickle is too long")
            if name in _VALUES:
                stack.append(argument)
            elif name in _CONSTANTS:
                stack.append(_CONSTANTS[name])
            elif name in ("PROTO", "FRAME"):
                pass
            elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
                memo[int(str(argument))] = stack[-1]
            elif name == "MEMOIZE":
                memo[len(memo)] = stack[-1]
            elif name in ("BINGET", "LONG_BINGET", "GET"):
                stack.append(memo[int(str(argument))])
            elif name == "STOP":
                return stack.pop()
            else:
                self._build(name, argument)
        raise SchemaError("its pickle has no end")

    def _build(self, name: str, argument: Any) -> None:
        stack = self._stack
        if name == "MARK":
            stack.append(_MARK)
        elif name in ("EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT"):
            stack.append({"EMPTY_TUPLE": (), "EMPTY_LIST": [], "EMPTY_DICT": {}}[name])
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            size = int(name[-1])
            stack[-size:] = [tuple(stack[-size:])]
        elif name in ("TUPLE", "LIST"):
            items = self._marked()
            stack.append(tuple(items) if name == "TUPLE" else items)
        elif name == "DICT":
            stack.append(_pairs(self._marked()))
        elif name == "APPEND":
            item = stack.pop()
            stack[-1].append(item)
        elif name == "APPENDS":
            items = self._marked()
            stack[-1].extend(items)
        elif name in ("SETITEM", "SETITEMS"):
            items = [stack.pop(-2), stack.pop()] if name == "SETITEM" else self._marked()
            target = stack[-1]
            if not isinstance(target, Built):  # the entries of an OrderedDict are not needed
                target.update(_pairs(items))
        elif name == "GLOBAL":
            stack.append(_symbol(*argument.split(" ", 1)))
        elif name == "STACK_GLOBAL":
            symbol = stack.pop()
            stack.append(_symbol(stack.pop(), symbol))
        elif name in ("REDUCE", "NEWOBJ"):
            arguments = stack.pop()
            stack.append(_call(stack.pop(), arguments))
        elif name == "BUILD":
            state = stack.pop()
            stack[-1].state = state
        else:
            raise SchemaError(f"its pickle has the instruction {name}, which no schema needs")

    def _marked(self) -> list[Any]:
        items: list[Any] = []
        while (item := self._stack.pop()) is not _MARK:
            items.append(item)
        items.reverse()
        return items


def _pairs(items: list[Any]) -> dict[Any, Any]:
    return dict(zip(items[::2], items[1::2], strict=True))


def _symbol(module: Any, name: Any) -> Symbol:
    schema_class = name in _SCHEMAS and str(module).startswith("azureml.api.")
    if not schema_class and (module, name) not in _ALLOWED:
        raise SchemaError(f"its pickle names {module}.{name}, which no schema needs; it was not executed")
    return Symbol(str(module), str(name))


def _call(symbol: Any, arguments: Any) -> Any:
    if not isinstance(symbol, Symbol):
        raise SchemaError("its pickle calls something that is no name")
    if symbol.name == "encode":  # how Python 2's protocol writes bytes
        return str(arguments[0]).encode("latin-1")
    if symbol.name == "_reconstructor":
        return Built(arguments[0], ())
    return Built(symbol, tuple(arguments))
