"""A small reader of OpenAPI 3.0: finds the schema of an answer and says where an answer does not fit it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

SPECIFICATIONS = Path(__file__).parents[3] / "shared" / "xero-openapi"
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Specification:
    """One of Xero's published files."""

    def __init__(self, file_name: str) -> None:
        text = (SPECIFICATIONS / file_name).read_text(encoding="utf-8")
        self.document: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)

    def _resolve(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            found: Any = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def schema(self, method: str, path: str, status: int) -> dict[str, Any] | None:
        """The schema of the JSON answer; None when the answer has none. Raises KeyError for an answer not
        foreseen.
        """
        operation = self.document["paths"][path][method.lower()]
        response = self._resolve(operation["responses"][str(status)])
        return (response.get("content") or {}).get("application/json", {}).get("schema")

    def misfits(self, value: Any, schema: dict[str, Any], where: str = "$") -> list[str]:
        """Each place where the value does not fit; properties the schema does not name count too."""
        schema = self._resolve(schema)
        if value is None:
            return []  # Xero sends null for what is not set, whatever the schema says
        if "oneOf" in schema:
            return self.misfits(value, schema["oneOf"][0], where)
        properties, required = self._properties(schema)
        kind = schema.get("type") or ("object" if properties else None)
        if kind in _TYPES and (
            not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind in ("integer", "number"))
        ):
            return [f"{where}: {value!r} is no {kind}"]
        if isinstance(value, list):
            items = schema.get("items", {})
            return [
                one
                for number, item in enumerate(value)
                for one in self.misfits(item, items, f"{where}[{number}]")
            ]
        if isinstance(value, dict):
            return self._object_misfits(value, properties, required, where)
        return list(_plain_misfits(value, schema, where))

    def _object_misfits(
        self, value: dict[str, Any], properties: dict[str, Any], required: list[str], where: str
    ) -> list[str]:
        # The Files specification requires names that are no properties of its objects ("manufacturer");
        # these say nothing.
        needed = [name for name in required if name in properties]
        found = [f"{where}: {name} is missing" for name in needed if name not in value]
        if properties:
            found += [
                f"{where}: {name} is not in the specification" for name in value if name not in properties
            ]
        for name, inner in properties.items():
            if name in value:
                found += self.misfits(value[name], inner, f"{where}.{name}")
        return found

    def _properties(self, schema: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        properties, required = dict(schema.get("properties", {})), list(schema.get("required", []))
        for part in schema.get("allOf", []):
            inner, needed = self._properties(self._resolve(part))
            properties |= inner
            required += needed
        return properties, required


def _plain_misfits(value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
    if "enum" in schema and value != "" and value not in schema["enum"]:
        yield f"{where}: {value!r} is none of {schema['enum'][:8]}"
    if schema.get("format") == "uuid" and not _GUID.fullmatch(str(value)):
        yield f"{where}: {value!r} is no GUID"
    if isinstance(schema.get("maxLength"), int) and len(value) > schema["maxLength"]:
        yield f"{where}: longer than {schema['maxLength']}"
