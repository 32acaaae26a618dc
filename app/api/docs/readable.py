"""The OpenAPI document turned into what the page at /api/docs shows. It reads nothing but the document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup, escape

from app.api.docs.words import AUDIENCE_WORDS

Schema = dict[str, Any]
_EXAMPLES = {
    "uuid": "0b5f3c1e-7a44-4f0a-9c57-2d1a6c1f8e20",
    "date": "2026-11-30",
    "date-time": "2026-11-30T09:00:00Z",
}


@dataclass(frozen=True)
class Value:
    """A parameter or field: its kind in words; `schema` names the schema to look at, if it is one."""

    name: str
    kind: str
    needed: bool
    words: Markup
    schema: str | None = None


@dataclass(frozen=True)
class Operation:
    """One endpoint as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    paragraphs: list[Markup]
    audience: str
    parameters: list[Value]
    body: list[Value]
    answer: str | None
    answers: list[tuple[str, Markup]]
    curl: str


@dataclass(frozen=True)
class Group:
    name: str
    operations: list[Operation] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.name.lower().replace(" ", "-")


def marked(words: str) -> Markup:
    """The words with what stands between backticks as code."""
    parts = words.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if position % 2 else escape(part)
        for position, part in enumerate(parts)
    )


def paragraphs(words: str) -> list[Markup]:
    """The paragraphs of a description."""
    return [marked(part.replace("\n", " ")) for part in words.split("\n\n") if part]


def groups(document: Schema) -> list[Group]:
    """The endpoints by tag, in the document's order."""
    found = {tag["name"]: Group(tag["name"]) for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found[operation["tags"][0]].operations.append(_operation(document, path, method, operation))
    return list(found.values())


def schemas(document: Schema) -> Iterator[tuple[str, Markup, list[Value]]]:
    """Every schema: name, description, fields."""
    for name, schema in document["components"]["schemas"].items():
        yield name, marked(schema.get("description", "")), _fields(schema)


def _operation(document: Schema, path: str, method: str, operation: Schema) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    media, body = next(((media, one["schema"]) for media, one in content.items()), ("", None))
    responses = operation["responses"]
    return Operation(
        id=operation["operationId"].replace("_", "-"),
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        paragraphs=paragraphs(operation["description"]),
        audience=AUDIENCE_WORDS[operation["x-audience"]],
        parameters=[
            _value(one["name"], one["schema"], one["required"], one.get("description", ""))
            for one in operation["parameters"]
        ],
        body=_fields(_resolved(document, body)) if body else [],
        answer=_answer(responses),
        answers=[(status, marked(response["description"])) for status, response in responses.items()],
        curl=_curl(document, path, method, operation, media, body),
    )


def _answer(responses: Schema) -> str | None:
    for status, response in responses.items():
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        if status.startswith("2") and schema:
            return _name(schema)
    return None


def _fields(schema: Schema) -> list[Value]:
    needed = schema.get("required", ())
    return [
        _value(name, one, name in needed, one.get("description", ""))
        for name, one in schema.get("properties", {}).items()
    ]


def _value(name: str, schema: Schema, needed: bool, words: str) -> Value:
    return Value(name, _kind(schema), needed, marked(words), _named(schema))


def _named(schema: Schema) -> str | None:
    if "$ref" in schema:
        return _name(schema)
    for inner in (schema.get("items"), *schema.get("anyOf", ())):
        if inner and (name := _named(inner)):
            return name
    return None


def _name(schema: Schema) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _kind(schema: Schema) -> str:
    """The type in words: “text, at most 200 characters”, “date or null”, “list of ClientOut”."""
    if "$ref" in schema:
        return _name(schema)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return "one of " + ", ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        most = f", at most {schema['maxItems']}" if "maxItems" in schema else ""
        return f"list of {_kind(schema['items'])}{most}"
    if schema.get("type") == "object":
        return "object"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    if "contentMediaType" in schema:
        return "file"
    kind = {"uuid": "id (UUID)", "date": "date", "date-time": "instant"}.get(schema.get("format", ""))
    kind = kind or words.get(schema.get("type", ""), str(schema.get("type", "any")))
    return kind + _limits(schema)


def _limits(schema: Schema) -> str:
    limits = []
    if "maxLength" in schema:
        limits.append(f"at most {schema['maxLength']:,} characters")
    if "minimum" in schema and "maximum" in schema:
        limits.append(f"{schema['minimum']} to {schema['maximum']}")
    elif "minimum" in schema:
        limits.append(f"{schema['minimum']} or more")
    if schema.get("default") is not None:
        limits.append(f"{json.dumps(schema['default'])} when left out")
    return "".join(f", {limit}" for limit in limits)


def _resolved(document: Schema, schema: Schema) -> Schema:
    found: Schema = document["components"]["schemas"][_name(schema)] if "$ref" in schema else schema
    return found


def _curl(
    document: Schema, path: str, method: str, operation: Schema, media: str, body: Schema | None
) -> str:
    for one in operation["parameters"]:
        if one["in"] == "path":
            path = path.replace("{" + one["name"] + "}", str(_example(document, one["schema"])))
    lines = [f"curl {document['servers'][0]['url']}{path}"]
    if method != "get":
        lines[0] = lines[0].replace("curl ", f"curl -X {method.upper()} ", 1)
    if operation.get("security") != []:
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if body and media == "multipart/form-data":
        given = _example_body(document, _resolved(document, body))
        lines += [
            f"-F '{name}={'@statement.pdf' if name == 'file' else value}'" for name, value in given.items()
        ]
    elif body:
        lines.append('-H "Content-Type: application/json"')
        lines.append("-d '" + json.dumps(_example_body(document, _resolved(document, body))) + "'")
    return " \\\n  ".join(lines)


def _example_body(document: Schema, schema: Schema) -> Schema:
    """What must be given; if nothing must, the first field."""
    properties = schema.get("properties", {})
    names = schema.get("required") or list(properties)[:1]
    return {name: _example(document, properties[name]) for name in names}


def _example(document: Schema, schema: Schema) -> Any:
    schema = _resolved(document, schema)
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0])
    if schema.get("type") == "array":
        return [_example(document, schema["items"])]
    if schema.get("type") == "object":
        return _example_body(document, schema)
    plain = {"integer": 1, "number": 1, "boolean": True}
    return _EXAMPLES.get(schema.get("format", "")) or plain.get(schema.get("type", ""), "…")
