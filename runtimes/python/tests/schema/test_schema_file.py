from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slipway.schema import (
    DataTypes,
    InputError,
    SampleDefinition,
    SchemaError,
    generate_schema,
    load_schema,
    parse_schema,
)
from slipway.schema.body import parse
from slipway.schema.swagger import swagger_document


def standard(value: Any) -> SampleDefinition:
    return SampleDefinition(DataTypes.STANDARD, value)


class TestGenerate:
    def test_writes_plain_json(self, tmp_path: Path) -> None:
        def run(text, limit=3, request_headers=None):  # type: ignore[no-untyped-def]
            pass

        path = tmp_path / "deep" / "schema.json"
        made = generate_schema(
            run,
            inputs={"text": standard("ä"), "limit": standard(3)},
            outputs={"aml_response_body": {"label": standard(0)}, "aml_response_headers": standard({})},
            filepath=str(path),
        )
        assert json.loads(path.read_text(encoding="utf-8")) == made
        assert made["format"] == "slipway.schema/1"
        assert {name: part["required"] for name, part in made["input"].items()} == {"text": True, "limit": False}
        assert set(made["output"]) == {"label"}
        assert set(load_schema(str(path)).inputs) == {"text", "limit"}

    def test_a_bare_file_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        generate_schema(lambda a: a, {"a": standard(1)}, filepath="schema.json")
        assert (tmp_path / "schema.json").exists()

    @pytest.mark.parametrize(
        ("run", "inputs", "message"),
        [
            (lambda a: a, None, "no inputs are given"),
            (lambda a, b: a, {"a": standard(1)}, "Argument mismatch"),
            (lambda a: a, {"b": standard(1)}, "'a' is not in inputs"),
            (lambda a: a, {"a": 1}, "wrap the sample"),
            (lambda request_headers: 1, {"request_headers": standard({})}, "can be no input"),
        ],
    )
    def test_names_and_parameters_have_to_fit(self, run: Any, inputs: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            generate_schema(run, inputs)

    def test_import_names_of_the_original(self) -> None:
        from azureml.api.realtime.services import generate_schema as generate
        from azureml.api.schema.dataTypes import DataTypes as Types
        from azureml.api.schema.sampleDefinition import SampleDefinition as Sample
        from azureml.datacollector import ModelDataCollector
        from azureml.logging import get_azureml_logger

        assert (generate, Types, Sample) == (generate_schema, DataTypes, SampleDefinition)
        assert (Types.STANDARD, Types.NUMPY, Types.SPARK, Types.PANDAS) == (0, 1, 2, 3)
        ModelDataCollector("m").collect([1])
        get_azureml_logger().log("accuracy", 0.9)


class TestLoad:
    @pytest.mark.parametrize(
        ("document", "message"),
        [
            ([], "a schema is a JSON object"),
            ({"format": "slipway.schema/2"}, "this runtime reads 'slipway.schema/1'"),
            ({"input": {"a": {"type": 0, "internal": {}}}}, "'a': 'swagger' is missing"),
            ({"input": {"a": {"type": 9, "internal": {}, "swagger": {}}}}, "9 is no type"),
            ({"input": {"a": {"type": 0, "internal": {"type": "set"}, "swagger": {}}}}, "'set' is no type"),
            ({"input": {"a": {"type": 1, "internal": {"dtype": "<f8"}, "swagger": {}}}}, "damaged"),
        ],
    )
    def test_names_what_is_wrong(self, document: Any, message: str) -> None:
        with pytest.raises(SchemaError, match=message):
            parse_schema(document)

    def test_unreadable_files_are_named(self, tmp_path: Path) -> None:
        path = tmp_path / "s.json"
        path.write_text("{")
        with pytest.raises(SchemaError, match=r"s\.json cannot be used"):
            load_schema(str(path))
        path.write_text("[" * 100_000)
        with pytest.raises(SchemaError, match=r"s\.json cannot be used"):
            load_schema(str(path))


class TestArguments:
    SCHEMA = parse_schema({"input": {n: standard(1).serialize() for n in ("a", "b")}})

    def test_missing_unknown_and_wrong(self) -> None:
        assert self.SCHEMA.arguments(b'{"b": 1}', ("b",)) == {"b": 1}
        with pytest.raises(InputError) as caught:
            self.SCHEMA.arguments(b'{"c": 1}', ("a", "b"))
        assert dict(caught.value.fields).keys() == {"/c", "/a", "/b"}
        with pytest.raises(InputError) as caught:
            self.SCHEMA.arguments(b'{"a": "x", "b": null}', ())
        assert dict(caught.value.fields).keys() == {"/a", "/b"}
        with pytest.raises(InputError, match=r"an object with the inputs \(a, b\) as keys is expected, got an array"):
            self.SCHEMA.arguments(b"[]", ())


class TestBody:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b'{"a": NaN}',
            b'{"a": Infinity}',
            b'{"a": 1e999}',
            b'{"a": "\\ud800"}',
            b'{"a": "\xff"}',
            b'\xef\xbb\xbf{"a": 1}',
            b'{"a": 1} x',
            b"[" * 100_000,
            b'{"a": ' * 100_000,
            b"{'a': 1}",
            b'{"a": 01}',
        ],
    )
    def test_is_strict(self, body: bytes) -> None:
        with pytest.raises(InputError):
            parse(body)

    @pytest.mark.parametrize(
        ("body", "name"),
        [
            (b'{"a": 1, "a": 2}', "a"),
            (b'{"a": [{"x": 1.5, "y": 2.5, "x": 1.5}]}', "x"),
            (b'{"a\\"": 1, "a\\"": 2}', 'a"'),
            (b'{"\\\\": 1, "\\u005c": "\\\\\\""}', "\\\\"),
        ],
    )
    def test_refuses_a_key_twice(self, body: bytes, name: str) -> None:
        with pytest.raises(InputError, match="occurs twice"):
            parse(body)

    @pytest.mark.parametrize(
        "body",
        [
            b'{"a": [1.5, "x\\"y", 2.5], "b": {"a": "\\\\"}, "c": ["\\\\\\"", [[1.5], ["s"]]]}',
            b'{"__proto__": 1, "a": [1.0, "between", 2.0]}',
            b'{"": ""}',
            '{"ä": "\\u00e4\\\\"}'.encode(),
        ],
    )
    def test_takes_strings_of_every_kind(self, body: bytes) -> None:
        assert parse(body) == json.loads(body)


def test_swagger_document() -> None:
    schema = parse_schema({"input": {"a": standard(b"\x00").serialize()}, "output": {"b": standard(1.5).serialize()}})
    document = json.loads(swagger_document("iris", "2", "/p", schema, ("a",)))
    assert document["info"] == {"title": "iris", "description": "API of the service iris", "version": "2"}
    assert set(document["paths"]) == {"/p/", "/p/score"}
    assert document["definitions"]["ServiceInput"] == {
        "type": "object",
        "properties": {"a": {"type": "string", "format": "byte"}},
        "example": {"a": "AA=="},
        "required": ["a"],
    }
    assert document["definitions"]["ServiceOutput"]["example"] == {"b": 1.5}
    generic = json.loads(swagger_document("iris", "2", "", None))
    assert generic["definitions"]["ServiceInput"] == {"type": "object"}
