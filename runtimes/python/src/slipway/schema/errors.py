"""What can be wrong with a schema, and with a request."""

from __future__ import annotations

MAX_DETAILS = 10


class SchemaError(ValueError):
    """A schema or a sample cannot be used; the message names the input and says what to do."""


class InputError(ValueError):
    """A request does not fit the schema. `fields` has (JSON pointer, message) pairs, at most ten."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.fields = fields[:MAX_DETAILS]
        text = "; ".join(f"{pointer}: {message}" if pointer else message for pointer, message in self.fields)
        if len(fields) > MAX_DETAILS:
            text += "; and more"
        super().__init__(f"The input is not valid: {text}")

    @classmethod
    def one(cls, pointer: str, message: str) -> InputError:
        return cls([(pointer, message)])

    def details(self) -> list[dict[str, str]]:
        return [{"code": "invalid_input", "pointer": pointer, "message": message} for pointer, message in self.fields]


class Findings:
    """Collects what is wrong, a little more than is reported."""

    def __init__(self) -> None:
        self.fields: list[tuple[str, str]] = []

    def add(self, pointer: str, message: str) -> None:
        self.fields.append((pointer, message))

    @property
    def full(self) -> bool:
        return len(self.fields) > MAX_DETAILS

    def check(self) -> None:
        if self.fields:
            raise InputError(self.fields)


def step(name: object) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


def kind(value: object) -> str:
    """What a JSON value is, in the words of JSON."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, (list, tuple)):
        return "an array"
    return "an object"


def shown(value: object) -> str:
    """A value for an error text, short."""
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
