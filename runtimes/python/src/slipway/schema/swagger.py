"""The Swagger 2.0 document of a service."""

from __future__ import annotations

import json
from typing import Any

from slipway.schema.inputs import Input
from slipway.schema.load import ServiceSchema


def swagger_document(
    name: str, version: str, prefix: str, schema: ServiceSchema | None, required: tuple[str, ...] = ()
) -> bytes:
    """The document as JSON. Without a schema the input and the output stay generic and have no example."""
    service_input = _definition(schema.inputs if schema else {})
    if required and schema:
        service_input["required"] = list(required)
    document: dict[str, Any] = {
        "swagger": "2.0",
        "info": {"title": name, "description": f"API of the service {name}", "version": version},
        "schemes": ["https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {"Bearer": {"type": "apiKey", "name": "Authorization", "in": "header"}},
        "paths": {
            f"{prefix}/": {
                "get": {
                    "operationId": "ServiceHealthCheck",
                    "description": "Tells whether the service is healthy",
                    "produces": ["text/plain"],
                    "responses": {
                        "200": {"description": "The service is healthy", "schema": {"type": "string"}},
                        "default": _error(),
                    },
                }
            },
            f"{prefix}/score": {
                "post": {
                    "operationId": "RunMLService",
                    "description": "Runs the service's model on the input",
                    "security": [{"Bearer": []}],
                    "parameters": [
                        {
                            "name": "serviceInputPayload",
                            "in": "body",
                            "required": True,
                            "description": "The input of the model",
                            "schema": {"$ref": "#/definitions/ServiceInput"},
                        }
                    ],
                    "responses": {
                        "200": {
                            "description": "The output of the model",
                            "schema": {"$ref": "#/definitions/ServiceOutput"},
                        },
                        "default": _error(),
                    },
                }
            },
        },
        "definitions": {
            "ServiceInput": service_input,
            "ServiceOutput": _definition(schema.outputs if schema else {}),
            "ErrorResponse": {
                "type": "object",
                "properties": {
                    "status_code": {"type": "integer", "format": "int32"},
                    "message": {"type": "string"},
                },
            },
        },
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8")


def _error() -> dict[str, Any]:
    return {"description": "Something went wrong", "schema": {"$ref": "#/definitions/ErrorResponse"}}


def _definition(items: dict[str, Input]) -> dict[str, Any]:
    definition: dict[str, Any] = {"type": "object"}
    if items:
        definition["properties"] = {name: item.swagger for name, item in items.items()}
        examples = {name: item.example for name, item in items.items() if item.has_example}
        if examples:
            definition["example"] = examples
    return definition
