"""Calls made up from the OpenAPI document: mostly right, here and there nonsense."""

import json
from io import BytesIO
from random import Random
from string import printable
from typing import Any
from urllib.parse import quote
from uuid import UUID

from app.api.docs.endpoints import Endpoint

JUNK = [
    *(None, True, 0, -1, 1e308, 2**70, 0.1 + 0.2, "", " ", "\0", "é😀", "x" * 300, "x" * 6000, [], {}, [[]]),
    *(
        {"a": 1},
        "2026-11-30",
        "2026-02-30",
        "9999-12-31",
        "0001-01-01",
        "-0",
        "1e5",
        "NaN",
        "<b>",
        "' or 1=1",
    ),
    *("%", "\\", "\u202e", "\ufeff"),
]
LETTERS = printable + "éß\0\u200b\u2028😀<>&%_\\'"


class Nonsense:
    """Makes up calls. `ids`: by the name of a value, ids that exist; `odds`: how often a value is
    nonsense."""

    def __init__(self, document: dict[str, Any], ids: dict[str, list[UUID]], seed: int, odds: float = 0.1):
        self._document = document
        self._ids = ids
        self._random = Random(seed)
        self._odds = odds

    def call(self, one: Endpoint) -> tuple[str, dict[str, Any]]:
        """An address with its query, and the body as keyword arguments of a test client."""
        operation = self._document["paths"][one.path][one.method.lower()]
        path, query = one.path, []
        for parameter in operation["parameters"]:
            name = parameter["name"]
            if parameter["in"] == "path":
                path = path.replace(f"{{{name}}}", self._id(name))
            elif name != "company_id" and self._random.random() < 0.2:
                value = self._value(parameter["schema"], name)
                query.append(f"{name}={quote(value if isinstance(value, str) else json.dumps(value))}")
        body = operation.get("requestBody")
        sent = {}
        if body:
            ((media, content),) = body["content"].items()
            value = self._value(content["schema"], "")
            sent = {"data": json.dumps(value), "content_type": media}
            if media == "multipart/form-data" and isinstance(value, dict):
                sent["data"] = {name: _field(name, one) for name, one in value.items() if one is not None}
        return path + ("?" + "&".join(query) if query else ""), sent

    def _id(self, name: str) -> str:
        known = self._ids.get(name) or [one for some in self._ids.values() for one in some]
        return str(self._random.choice(known))

    def _value(self, schema: dict[str, Any], name: str) -> Any:
        roll = self._random
        if roll.random() < self._odds:
            return roll.choice(JUNK)
        if "$ref" in schema:
            return self._value(self._document["components"]["schemas"][schema["$ref"].split("/")[-1]], name)
        if "anyOf" in schema:
            return self._value(roll.choice(schema["anyOf"]), name)
        if "enum" in schema:
            return roll.choice(schema["enum"])
        makers = {
            "object": self._object,
            "array": lambda: [self._value(schema["items"], name) for _ in range(roll.randint(0, 4))],
            "integer": lambda: roll.randint(schema.get("minimum", -5), schema.get("maximum", 1000)),
            "number": lambda: round(roll.uniform(0, 10_000), 2),
            "boolean": lambda: roll.random() < 0.5,
            "null": lambda: None,
            "string": self._text,
        }
        made = makers[schema["type"]]
        return made(schema, name) if schema["type"] in {"object", "string"} else made()  # type: ignore[operator]

    def _object(self, schema: dict[str, Any], _name: str) -> dict[str, Any]:
        needed = schema.get("required", ())
        return {
            name: self._value(described, name)
            for name, described in schema.get("properties", {}).items()
            if name in needed or self._random.random() < 0.5
        }

    def _text(self, schema: dict[str, Any], name: str) -> str:
        roll = self._random
        if schema.get("format") == "uuid":
            return self._id(name)
        if schema.get("format") == "date":
            return f"20{roll.randint(20, 45)}-{roll.randint(1, 12):02}-{roll.randint(1, 28):02}"
        if "pattern" in schema:
            return f"{roll.randint(0, 9_999_999)}.{roll.randint(0, 99):02}"
        most = min(schema.get("maxLength", 40), 40)
        return "".join(roll.choice(LETTERS) for _ in range(roll.randint(0, most)))


def _field(name: str, value: Any) -> Any:
    """A form's field; the file is text under a name."""
    text = value if isinstance(value, str) else json.dumps(value)
    encoded = text.encode(errors="replace")
    return (BytesIO(encoded), "statement.txt") if name == "file" else encoded.decode()
