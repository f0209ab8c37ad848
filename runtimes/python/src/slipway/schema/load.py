"""Reading schema files, ours and the original's."""

from __future__ import annotations

import json
from typing import Any

from slipway.schema.errors import Findings, InputError, SchemaError, kind, step
from slipway.schema.inputs import Input

FORMAT = "slipway.schema/1"
MAX_FILE = 64 << 20


class ServiceSchema:
    """The inputs and outputs of a service."""

    def __init__(self, inputs: dict[str, Input], outputs: dict[str, Input]) -> None:
        self.inputs = inputs
        self.outputs = outputs

    def prepare(self) -> None:
        """Imports the libraries that the inputs need. Raises SchemaError when one is missing."""
        for item in self.inputs.values():
            item.prepare()

    def arguments(self, body: bytes, required: tuple[str, ...]) -> dict[str, Any]:
        """The arguments of run() from the JSON body of a request. Raises InputError."""
        from slipway.schema.body import parse

        return self.arguments_from(parse(body), required)

    def arguments_from(self, document: Any, required: tuple[str, ...]) -> dict[str, Any]:
        inputs = self.inputs
        names = ", ".join(inputs) or "none"
        if not isinstance(document, dict):
            message = f"an object with the inputs ({names}) as keys is expected, got {kind(document)}"
            raise InputError.one("", message)
        findings = Findings()
        for name in document:
            if name not in inputs:
                findings.add(step(name), f"there is no input {name!r}; the inputs are: {names}")
        for name in required:
            if name not in document:
                findings.add(step(name), f"the input {name!r} is missing")
        findings.check()
        arguments: dict[str, Any] = {}
        for name, value in document.items():
            try:
                arguments[name] = inputs[name].convert(value, step(name))
            except InputError as error:
                findings.fields += error.fields
            if findings.full:
                break
        findings.check()
        return arguments


def load_schema(path: str) -> ServiceSchema:
    """Reads a schema file. Raises SchemaError with the file's name."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(MAX_FILE + 1)
        if len(text) > MAX_FILE:
            raise SchemaError(f"it is larger than {MAX_FILE} bytes")
        schema = parse_schema(json.loads(text))
        schema.prepare()
        return schema
    except FileNotFoundError:
        raise SchemaError(f"there is no schema file {path}; generate_schema(..., filepath=...) writes one") from None
    except (OSError, ValueError, RecursionError) as error:
        raise SchemaError(f"the schema file {path} cannot be used: {error}") from error


def parse_schema(document: Any) -> ServiceSchema:
    """A schema from its JSON document. Raises SchemaError."""
    if not isinstance(document, dict) or not isinstance(document.get("input", {}), dict):
        raise SchemaError('a schema is a JSON object with "input" and "output"')
    form = document.get("format")
    if form is not None and form != FORMAT:
        raise SchemaError(f"its format is {form!r}; this runtime reads {FORMAT!r}: make it again with this SDK")
    inputs = {name: _input(name, part) for name, part in document.get("input", {}).items()}
    outputs = {name: _input(name, part) for name, part in (document.get("output") or {}).items()}
    return ServiceSchema(inputs, outputs)


def _input(name: str, part: Any) -> Input:
    try:
        if not isinstance(part, dict):
            raise SchemaError("it is no object")
        for key in ("type", "internal", "swagger"):
            if key not in part:
                raise SchemaError(f"{key!r} is missing")
        if not isinstance(part["swagger"], dict):
            raise SchemaError("'swagger' is no object")
        internal = part["internal"]
        if isinstance(internal, str):
            from slipway.schema.legacy import legacy_input

            return legacy_input(part["type"], internal, part["swagger"], part.get("version", "0.1.0a11"))
        return _of_internal(part["type"], internal, part["swagger"])
    except SchemaError as error:
        raise SchemaError(f"{name!r}: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise SchemaError(f"{name!r}: the description is damaged ({type(error).__name__}: {error})") from error


def _of_internal(kind_of_input: Any, internal: dict[str, Any], swagger: dict[str, Any]) -> Input:
    if kind_of_input == 0:
        from slipway.schema.standard import StandardInput

        return StandardInput(internal["type"], swagger)
    if kind_of_input == 1:
        from slipway.schema.numpy_input import NumpyInput

        return NumpyInput(internal["dtype"], [int(size) for size in internal["shape"]], swagger)
    if kind_of_input == 2:
        from slipway.schema.spark_input import SparkInput

        return SparkInput(internal, swagger)
    if kind_of_input == 3:
        from slipway.schema.pandas_input import Column, PandasInput

        columns = [Column(c.get("label", c["name"]), c["dtype"], c["kind"]) for c in internal["columns"]]
        return PandasInput(columns, [int(size) for size in internal["shape"]], swagger)
    raise SchemaError(
        f"{kind_of_input!r} is no type of an input; it can be 0 (STANDARD), 1 (NUMPY), 2 (SPARK), 3 (PANDAS)"
    )
