"""Schemas of a service's inputs and outputs: made from samples, kept as plain JSON, used to check requests.

A schema file::

    { "format": "slipway.schema/1",
      "input":  { "<name>": { "type": 0|1|2|3, "internal": {...}, "swagger": {...}, "required": true } },
      "output": { "<name>": { "type": ..., "internal": {...}, "swagger": {...} } } }

``type`` is a value of `DataTypes`, ``swagger`` a Swagger 2.0 fragment with an ``example``. ``internal`` is, by type:
STANDARD ``{"type": "<Python type>"}``; NUMPY ``{"dtype": <dtype>, "shape": [...]}`` with the dtype as NumPy's
``dtype.str`` or, for a structured one, a list of ``[name, dtype, shape]``; PANDAS ``{"columns": [{"name", "label"?,
"dtype", "kind"}], "shape": [...]}``; SPARK the JSON of its StructType. Files of the original SDK, whose ``internal`` is
a pickle, are read without executing it.
"""

from slipway.schema.definition import DataTypes, SampleDefinition
from slipway.schema.errors import InputError, SchemaError
from slipway.schema.generate import generate_schema
from slipway.schema.load import ServiceSchema, load_schema, parse_schema

__all__ = [
    "DataTypes",
    "InputError",
    "SampleDefinition",
    "SchemaError",
    "ServiceSchema",
    "generate_schema",
    "load_schema",
    "parse_schema",
]
