"""`generate_schema`: a schema file from samples of the inputs and outputs of run()."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from slipway.schema.definition import SampleDefinition
from slipway.schema.errors import SchemaError
from slipway.schema.load import FORMAT

HEADERS = "request_headers"
BODY = "aml_response_body"


def generate_schema(
    run_func: Callable[..., Any],
    inputs: Mapping[str, SampleDefinition] | None = None,
    outputs: Mapping[str, Any] | None = None,
    filepath: str | None = None,
) -> dict[str, Any]:
    """Makes the schema of a scoring script, and writes it when `filepath` is given (missing folders are made).

    `inputs` names each parameter of `run_func` with a sample; `request_headers` is filled by the server and has none.
    A parameter with a default is optional for callers. `outputs` describes the answer for the Swagger document; a key
    `aml_response_body` that holds a dict of samples is unwrapped. Raises SchemaError (a ValueError) when names and
    parameters do not fit.
    """
    inputs = dict(inputs or {})
    required = _check(run_func, inputs)
    outputs = dict(outputs or {})
    body = outputs.pop(BODY, None)
    if isinstance(body, Mapping):
        outputs.update(body)
    elif body is not None:
        outputs[BODY] = body
    outputs.pop("aml_response_headers", None)
    schema: dict[str, Any] = {
        "format": FORMAT,
        "input": {name: {**_serialized(name, inputs[name]), "required": name in required} for name in inputs},
    }
    if outputs:
        schema["output"] = {name: _serialized(name, sample) for name, sample in outputs.items()}
    if filepath:
        folder = os.path.dirname(filepath)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(filepath, "w", encoding="utf-8") as file:
            json.dump(schema, file, ensure_ascii=False, allow_nan=False)
            file.write("\n")
    return schema


def _serialized(name: str, sample: Any) -> dict[str, Any]:
    if not isinstance(sample, SampleDefinition):
        raise SchemaError(
            f"{name!r} is a {type(sample).__name__}; wrap the sample: SampleDefinition(DataTypes.X, sample)"
        )
    return sample.serialize()


def _check(run_func: Callable[..., Any], inputs: Mapping[str, SampleDefinition]) -> set[str]:
    """The names of the inputs that callers have to give."""
    parameters = {n: p for n, p in inspect.signature(run_func).parameters.items() if n != HEADERS}
    if HEADERS in inputs:
        raise SchemaError(f"{HEADERS!r} is filled by the server and can be no input")
    if parameters and not inputs:
        raise SchemaError(f"run({', '.join(parameters)}) has parameters, but no inputs are given")
    if len(parameters) != len(inputs):
        raise SchemaError(
            f"Argument mismatch: run({', '.join(parameters)}) takes {len(parameters)}, "
            f"inputs has {len(inputs)} ({', '.join(inputs)})"
        )
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    for name, parameter in parameters.items():
        if name not in inputs and parameter.kind not in variable:
            raise SchemaError(f"run()'s parameter {name!r} is not in inputs ({', '.join(inputs)})")
    return {n for n in inputs if n not in parameters or parameters[n].default is inspect.Parameter.empty}
