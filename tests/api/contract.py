"""Holds every answer of the JSON API against what its OpenAPI document promises."""

import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.api.docs.endpoints import endpoints
from app.api.docs.openapi import document
from tests.support.people import Api

WORDS = {"title", "description", "examples", "default"}
"""Of a schema: what describes and does not limit."""
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


class Contract:
    """The document of one app, and the promise it makes for a method and an address."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.document = document(app, "http://localhost")
        self._paths = {(one.rule.endpoint, one.method): one.path for one in endpoints(app)}
        self.seen: set[tuple[str, str, int]] = set()

    def check(self, method: str, path: str, response: TestResponse) -> None:
        """Raise AssertionError when the answer is not what the document says. Addresses that are none are
        passed."""
        try:
            endpoint, _ = self.app.url_map.bind("localhost").match(path.partition("?")[0], method)
        except HTTPException:
            return
        if (endpoint, method) not in self._paths:
            return
        where = f"{method} {path} → {response.status_code}"
        promised = self.document["paths"][self._paths[endpoint, method]][method.lower()]["responses"]
        assert str(response.status_code) in promised, f"{where}: a status that is not documented"
        self.seen.add((method, self._paths[endpoint, method], response.status_code))
        content = promised[str(response.status_code)].get("content")
        if content is None:
            assert response.data == b"", f"{where}: a body that is not documented"
            return
        assert response.mimetype in content, f"{where}: {response.mimetype}"
        if response.mimetype == "application/json":
            self.hold(response.json, content["application/json"]["schema"], where)

    def hold(self, value: Any, schema: dict[str, Any], where: str) -> None:
        """Raise AssertionError unless the value fits the schema, every word of which is understood."""
        rules = {name: rule for name, rule in schema.items() if name not in WORDS}
        if "$ref" in rules:
            name = rules.pop("$ref").removeprefix("#/components/schemas/")
            self.hold(value, self.document["components"]["schemas"][name], where)
        if "anyOf" in rules:
            self._hold_one(value, rules.pop("anyOf"), where)
        for name, rule in sorted(rules.items(), key=lambda one: one[0] != "type"):
            getattr(self, f"_{name}")(value, rule, schema, where)

    def _hold_one(self, value: Any, choices: list[dict[str, Any]], where: str) -> None:
        refused = []
        for choice in choices:
            try:
                return self.hold(value, choice, where)
            except AssertionError as refusal:
                refused.append(str(refusal))
        raise AssertionError(f"{where}: {value!r} fits none: {refused}")

    def _type(self, value: Any, rule: str, _schema: dict[str, Any], where: str) -> None:
        right = isinstance(value, TYPES[rule]) and (rule == "boolean" or not isinstance(value, bool))
        assert right, f"{where}: {value!r} is no {rule}"

    def _properties(self, value: Any, rule: dict[str, Any], schema: dict[str, Any], where: str) -> None:
        # Stricter than the document must be: what it does not name is a field nobody meant to send.
        unknown = value.keys() - rule.keys()
        assert not unknown or "additionalProperties" in schema, f"{where}: fields not documented: {unknown}"
        for name in rule.keys() & value.keys():
            self.hold(value[name], rule[name], f"{where}.{name}")

    def _required(self, value: Any, rule: list[str], _schema: dict[str, Any], where: str) -> None:
        assert not set(rule) - value.keys(), f"{where}: without {set(rule) - value.keys()}"

    def _items(self, value: Any, rule: dict[str, Any], _schema: dict[str, Any], where: str) -> None:
        for position, item in enumerate(value):
            self.hold(item, rule, f"{where}[{position}]")

    def _additionalProperties(self, value: Any, rule: Any, schema: dict[str, Any], where: str) -> None:  # noqa: N802
        if isinstance(rule, dict):
            for name in value.keys() - schema.get("properties", {}).keys():
                self.hold(value[name], rule, f"{where}.{name}")

    def _enum(self, value: Any, rule: list[Any], _schema: dict[str, Any], where: str) -> None:
        assert value in rule, f"{where}: {value!r} is none of {rule}"

    def _const(self, value: Any, rule: Any, _schema: dict[str, Any], where: str) -> None:
        assert value == rule, f"{where}: {value!r} is not {rule!r}"

    def _pattern(self, value: Any, rule: str, _schema: dict[str, Any], where: str) -> None:
        assert re.search(rule, value), f"{where}: {value!r} does not look like {rule}"

    def _format(self, value: Any, rule: str, _schema: dict[str, Any], where: str) -> None:
        parse = {"uuid": UUID, "date": date.fromisoformat, "date-time": datetime.fromisoformat}[rule]
        parsed = parse(value)
        assert rule != "date-time" or parsed.tzinfo, f"{where}: {value!r} has no time zone"


class CheckedApi(Api):
    """A program whose every answer is held against the document."""

    def __init__(self, app: Flask, email: str | None, contract: Contract) -> None:
        super().__init__(app, email)
        self._contract = contract

    def _open(self, method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
        response = super()._open(method, path, body, **more)
        self._contract.check(method, path, response)
        return response

    def with_token(self, token: str) -> "CheckedApi":
        """Send this access token from now on."""
        self.headers["Authorization"] = f"Bearer {token}"
        return self
