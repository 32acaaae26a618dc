"""The OpenAPI 3.1 document, made from the routes, their declarations and the table of audiences.

https://spec.openapis.org/oas/v3.1.1.html
"""

import inspect
from collections.abc import Mapping
from typing import Any, Literal

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from app import audiences
from app.api import idempotency
from app.api.docs.endpoints import Endpoint, endpoints, statuses
from app.api.docs.error_shape import Error
from app.api.docs.words import INTRODUCTION, SENTENCES, TAGS

VERSION = "1.0.0"
RATE_HEADERS = {
    "RateLimit-Limit": "Calls a minute that this sign-in may make.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "Seconds until they are whole again.",
}
REF = "#/components/schemas/{model}"


def document(app: Flask, server: str) -> dict[str, Any]:
    """The whole document as plain JSON values. `server`: where this installation is reached."""
    found = list(endpoints(app))
    references, definitions = _schemas(found)
    paths: dict[str, dict[str, Any]] = {}
    for one in found:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Countinghouse", "version": VERSION, "description": INTRODUCTION},
        "servers": [{"url": server}],
        "tags": [{"name": tag} for tag in _tags(found)],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "browser": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": app.config["SESSION_COOKIE_NAME"],
                    "description": "The sign-in of a browser; unsafe methods then need the CSRF token.",
                },
            },
        },
    }


def _tags(found: list[Endpoint]) -> list[str]:
    used = dict.fromkeys(one.declaration.tag for one in found)
    return [*(tag for tag in TAGS if tag in used), *(tag for tag in used if tag not in TAGS)]


References = Mapping[tuple[Any, JsonSchemaMode], dict[str, Any]]
"""Where the schema of a model stands, as it comes in or as it goes out."""


def _schemas(found: list[Endpoint]) -> tuple[References, dict[str, Any]]:
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Error, "serialization"): None}
    incoming: Literal["validation"] = "validation"
    outgoing: Literal["serialization"] = "serialization"
    for one in found:
        if one.declaration.body:
            models[(one.declaration.body, incoming)] = None
        if one.declaration.answer:
            models[(one.declaration.answer, outgoing)] = None
    references, definitions = models_json_schema(list(models), ref_template=REF)
    schemas: dict[str, Any] = definitions["$defs"]
    return references, dict(sorted(schemas.items()))


def _operation(one: Endpoint, references: References) -> dict[str, Any]:
    declared = one.declaration
    operation: dict[str, Any] = {
        "operationId": one.id,
        "tags": [declared.tag],
        "summary": declared.summary,
        "description": inspect.cleandoc(declared.description),
        "x-audience": one.audience,
        "parameters": [*_path_parameters(one), *_query_parameters(one), *_header_parameters(one)],
        "responses": _responses(one, references),
    }
    if declared.body:
        operation["requestBody"] = {
            "required": True,
            "content": {declared.takes: {"schema": references[(declared.body, "validation")]}},
        }
    if one.audience == audiences.PUBLIC:
        operation["security"] = []
    elif one.for_browsers:
        operation["security"] = [{"bearer": []}, {"browser": []}]
    return operation


def _path_parameters(one: Endpoint) -> list[dict[str, Any]]:
    kinds = {"uuid": {"type": "string", "format": "uuid"}, "int": {"type": "integer"}}
    return [
        {"name": name, "in": "path", "required": True, "schema": kinds.get(converter, {"type": "string"})}
        for name, converter in one.parts.items()
    ]


def _query_parameters(one: Endpoint) -> list[dict[str, Any]]:
    parameters = []
    if one.declaration.query:
        schema = one.declaration.query.model_json_schema()
        for name, described in schema.get("properties", {}).items():
            words = described.pop("description", None)
            parameter = {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "schema": _without_null(described),
            }
            parameters.append(parameter | ({"description": words} if words else {}))
    if one.needs_company:
        parameters.append(
            {
                "name": "company_id",
                "in": "query",
                "required": False,
                "description": "Super admins only: the practice, which they must have entered.",
                "schema": {"type": "string", "format": "uuid"},
            }
        )
    return parameters


def _header_parameters(one: Endpoint) -> list[dict[str, Any]]:
    if not one.keyed:
        return []
    words = "Sent again with the same key within 24 hours, the call is not carried out again: the first answer comes."
    schema = {
        "type": "string",
        "minLength": 1,
        "maxLength": idempotency.LONGEST,
        "pattern": idempotency.PATTERN,
    }
    name = idempotency.HEADER
    return [{"name": name, "in": "header", "required": False, "description": words, "schema": schema}]


def _headers(one: Endpoint, status: int) -> dict[str, Any]:
    """The headers of an answer, by name."""
    names = {}
    if one.audience != audiences.PUBLIC:
        names = dict(RATE_HEADERS)
    if status == 429:
        names["Retry-After"] = "Seconds to wait."
    found = {name: {"description": words, "schema": {"type": "integer"}} for name, words in names.items()}
    if one.keyed and status == one.declaration.status:
        words = "`true` when the call was carried out before, under the same key."
        found[idempotency.REPLAY] = {"description": words, "schema": {"type": "string"}}
    return {"headers": found} if found else {}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: a parameter is given or left out."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    rest = {
        key: value for key, value in schema.items() if key != "anyOf" and (key, value) != ("default", None)
    }
    if len(choices) == 1:
        return {**rest, **choices[0]}
    return rest | ({"anyOf": choices} if choices else {})


def _responses(one: Endpoint, references: References) -> dict[str, Any]:
    declared = one.declaration
    done: dict[str, Any] = {"description": "Done."}
    if declared.answer:
        done["content"] = {"application/json": {"schema": references[(declared.answer, "serialization")]}}
    elif declared.media != "application/json":
        # What is no text has no schema: the media type says it all (OpenAPI 3.1, 4.8.14.2).
        text = declared.media.startswith("text/")
        done["content"] = {declared.media: {"schema": {"type": "string"}} if text else {}}
    error = {"application/json": {"schema": references[(Error, "serialization")]}}
    responses = {str(declared.status): done | _headers(one, declared.status)}
    if one.for_browsers:
        responses["302"] = {"description": "A browser is sent on to a page."}
    for status in statuses(one):
        responses[str(status)] = {
            "description": SENTENCES[status],
            **_headers(one, status),
            "content": error,
        }
    responses["default"] = {"description": "Something went wrong on our side.", "content": error}
    return responses
