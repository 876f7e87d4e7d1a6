"""What programs may ask of the server, described as OpenAPI."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

_PHOTOGRAPH = {"image/*": {"schema": {"type": "string", "format": "binary"}}}
_ERROR = {
    "application/json": {
        "schema": {
            "type": "object",
            "properties": {"error": {"type": "string"}, "hint": {"type": "string"}},
        }
    }
}
_ANSWERS = {
    "400": "an option that is wrong, or does not go with the photograph",
    "401": "the token is missing or wrong",
    "413": "more bytes than --max-upload",
    "422": "the photograph cannot be read or written",
}
_REFERENCE = {
    "name": "reference",
    "in": "query",
    "description": "The key of a photograph in colour whose colours are taken on; several are possible.",
    "schema": {"type": "array", "items": {"type": "string"}},
}
_NAME = {
    "name": "name",
    "in": "query",
    "description": "What results made with it call it.",
    "schema": {"type": "string"},
}
_KEY = {
    "application/json": {
        "schema": {"type": "object", "properties": {"key": {"type": "string"}}, "required": ["key"]}
    }
}
_VARIANT = {
    "name": "variant",
    "in": "query",
    "description": "Which of the variants to answer with, from 1 on.",
    "schema": {"type": "integer", "minimum": 1},
}


def description(options: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The document; `options` are the parameters that `colorcli colorize` has as options."""
    answers = {code: {"description": text, "content": _ERROR} for code, text in _ANSWERS.items()}
    colorize = {
        "operationId": "colorize",
        "summary": "Colour a photograph: what `colorcli colorize - < PHOTOGRAPH` writes, byte for byte.",
        "parameters": [*options, _VARIANT, _REFERENCE],
        "requestBody": {"required": True, "content": _PHOTOGRAPH},
        "responses": {"200": {"description": "the result", "content": _PHOTOGRAPH}, **answers},
    }
    references = {
        "operationId": "keepReference",
        "summary": "Keep a photograph in colour for `reference`; the one used longest ago makes room.",
        "parameters": [_NAME],
        "requestBody": {"required": True, "content": _PHOTOGRAPH},
        "responses": {"200": {"description": "its key", "content": _KEY}, **answers},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "colorcli", "version": version("colorcli")},
        "paths": {"/colorize": {"post": colorize}, "/references": {"post": references}},
        "components": {
            "securitySchemes": {
                "header": {"type": "http", "scheme": "bearer"},
                "query": {"type": "apiKey", "in": "query", "name": "token"},
            }
        },
        "security": [{"header": []}, {"query": []}],
    }
