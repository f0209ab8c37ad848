"""Samples, from which a schema is made."""

from __future__ import annotations

from typing import Any

from slipway.schema.errors import SchemaError
from slipway.schema.inputs import Input


class DataTypes:
    """Kinds of inputs: Python's own types, NumPy arrays, Spark and pandas data frames."""

    STANDARD = 0
    NUMPY = 1
    SPARK = 2
    PANDAS = 3


class SampleDefinition:
    """A sample of an input or output.

    `input_type` is a value of DataTypes, `sample_data` a value as run() gets or returns it. At most three records of
    it are kept, as the Swagger document's example. Raises SchemaError (a ValueError) for a sample of another type.
    """

    def __init__(self, input_type: int, sample_data: Any) -> None:
        self.type = input_type
        self.schema: Input = _input_of(input_type, sample_data)

    def serialize(self) -> dict[str, Any]:
        """The sample's part of a schema file."""
        return self.schema.to_json()


def _input_of(input_type: int, sample: Any) -> Input:
    if input_type == DataTypes.STANDARD:
        from slipway.schema.standard import StandardInput

        return StandardInput.of_sample(sample)
    if input_type == DataTypes.NUMPY:
        from slipway.schema.numpy_input import NumpyInput

        return NumpyInput.of_sample(sample)
    if input_type == DataTypes.PANDAS:
        from slipway.schema.pandas_input import PandasInput

        return PandasInput.of_sample(sample)
    if input_type == DataTypes.SPARK:
        from slipway.schema.spark_input import SparkInput

        return SparkInput.of_sample(sample)
    raise SchemaError(f"{input_type!r} is no sample type; use a value of DataTypes")
