"""The OpenAPI 3.1 document, made from the routes, their declarations and the table of audiences.

https://spec.openapis.org/oas/v3.1.1.html
"""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from flask import Flask
from pydantic import BaseModel, Field
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import Rule

from app import audiences
from app.api.endpoint import Declaration, declaration_of

VERSION = "1.0.0"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REF = "#/components/schemas/{model}"
INTRODUCTION = """\
What programs of an accounting practice use. Sign in for a bearer token; each call then works in one practice, the one
of that sign-in, and sees nothing of any other: what belongs to another practice answers 404, as what does not exist.
The API is for the practice's staff; people of its clients use the portal, and are answered 404 here.

Ids are UUIDs, dates are written `2026-11-30`, instants `2026-11-30T09:00:00Z`, and money is text such as `"350.00"`,
in the practice's currency and without tax. Lists come a page at a time: send `next_cursor` back as `cursor`.

Unknown fields and parameters are refused. Every error has one shape, `Error`, with a sentence that says what happened
and what to do; `fields` names each value that was wrong."""
TAGS = (
    "Sign-in",
    "Service requests",
    "Clients",
    "Services",
    "People and offices",
    "Xero",
    "This description",
)
"""The order in which they are shown; one that is not here comes last."""
AUDIENCE_WORDS = {
    audiences.PUBLIC: "anyone",
    audiences.SIGNED_IN: "anyone signed in",
    audiences.ADMIN: "admins",
    audiences.STAFF: "admins and accountants",
    audiences.CLIENT: "people of a client",
    audiences.SUPER: "super admins",
}
SENTENCES = {
    400: "The request cannot be understood.",
    401: "No token, or one that has expired or was ended. Sign in again.",
    403: "Your role does not allow it, the practice is suspended, or you entered it to read only.",
    404: "Not there, or not yours to see.",
    409: "It does not fit the state that the thing is in, or no practice was chosen.",
    413: "The body is too large.",
    415: "The body was not sent as application/json.",
    422: "A value is wrong: `fields` says which, and how to mend it.",
    429: "Too many tries. Wait a little.",
    502: "Xero did not answer as it should. Nothing was half done.",
}


class CompanyChoice(BaseModel):
    """A practice to choose at sign-in."""

    id: UUID
    name: str


class ErrorDetail(BaseModel):
    """What was wrong."""

    code: str = Field(description="One word for programs.", examples=["wrong_state"])
    message: str = Field(description="A plain sentence: what happened, and what to do.")
    fields: dict[str, list[str]] = Field(
        default={},
        description="By the name of the value, what is wrong with it. Only where a value can be named.",
    )
    companies: list[CompanyChoice] = Field(
        default=[], description="At sign-in only: the practices to choose from (code `choose_company`)."
    )


class Error(BaseModel):
    """The shape of every error."""

    error: ErrorDetail


@dataclass(frozen=True)
class Endpoint:
    """One method of one route, with what was declared about it."""

    rule: Rule
    method: str
    declaration: Declaration
    audience: str

    @property
    def path(self) -> str:
        """The path as OpenAPI writes it: `/api/requests/{request_id}`."""
        return "".join(
            f"{{{text}}}" if dynamic else text for dynamic, text in self.rule._trace if text != "|"
        )

    @property
    def id(self) -> str:
        """A name that no other endpoint has."""
        name = self.rule.endpoint.removeprefix("api_").replace(".", "_")
        alone = sum(method in (self.rule.methods or ()) for method in METHODS) == 1
        return name if alone else f"{name}_{self.method.lower()}"

    @property
    def for_browsers(self) -> bool:
        """Whether a browser's cookie opens it as well."""
        return self.rule.endpoint in audiences.BROWSER_TOO

    @property
    def needs_company(self) -> bool:
        return self.audience in audiences.ROLES_OF


def endpoints(app: Flask) -> Iterator[Endpoint]:
    """Every declared endpoint of the JSON API, by path."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        declaration = declaration_of(app.view_functions[rule.endpoint])
        if declaration is None or not rule.rule.startswith("/api/"):
            continue
        for method in METHODS:
            if method in (rule.methods or ()):
                yield Endpoint(rule, method, declaration, audiences.AUDIENCES[rule.endpoint])


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
        "parameters": [*_path_parameters(one.rule), *_query_parameters(one)],
        "responses": _responses(one, references),
    }
    if declared.body:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": references[(declared.body, "validation")]}},
        }
    if one.audience == audiences.PUBLIC:
        operation["security"] = []
    elif one.for_browsers:
        operation["security"] = [{"bearer": []}, {"browser": []}]
    return operation


def _path_parameters(rule: Rule) -> list[dict[str, Any]]:
    kinds = {"UUIDConverter": {"type": "string", "format": "uuid"}}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": kinds.get(type(rule._converters[name]).__name__, {"type": "string"}),
        }
        for name in sorted(rule.arguments)
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
        done["content"] = {declared.media: {"schema": {"type": "string"}}}
    error = {"application/json": {"schema": references[(Error, "serialization")]}}
    responses = {str(declared.status): done}
    if one.for_browsers:
        responses["302"] = {"description": "A browser is sent on to a page."}
    for status in statuses(one):
        responses[str(status)] = {"description": SENTENCES[status], "content": error}
    responses["default"] = {"description": "Something went wrong on our side.", "content": error}
    return responses


def statuses(one: Endpoint) -> list[int]:
    """The error statuses an endpoint may answer: its own, and those that follow from audience, path and
    body."""
    declared = one.declaration
    found = {422, *declared.errors}
    if one.audience != audiences.PUBLIC:
        found |= {401, 403}
    if one.needs_company:
        found |= {404, 409}
    if one.rule.arguments:
        found.add(404)
    if declared.body:
        found |= {400, 413, 415}
    if one.for_browsers and one.method != "GET":
        found.add(400)  # without the page's CSRF token
    return sorted(found)
