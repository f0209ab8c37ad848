"""What every kind of input can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class Input(ABC):
    """One named input or output: its JSON form, its Swagger fragment, and the way from JSON to Python."""

    type: int

    def __init__(self, swagger: dict[str, Any]) -> None:
        self.swagger = {key: value for key, value in swagger.items() if key != "example"}
        self.example: Any = swagger.get("example")
        self.has_example = "example" in swagger

    @abstractmethod
    def internal(self) -> dict[str, Any]:
        """The JSON that `parse_schema` makes the same input of."""

    @abstractmethod
    def convert(self, value: Any, pointer: str) -> Any:
        """The Python value of a parsed JSON value. Raises InputError with pointers below `pointer`."""

    def prepare(self) -> None:
        """Imports what `convert` needs, so that the first request need not wait. Raises SchemaError."""

    def to_json(self) -> dict[str, Any]:
        swagger = {**self.swagger, "example": self.example} if self.has_example else self.swagger
        return {"type": self.type, "internal": self.internal(), "swagger": swagger}
