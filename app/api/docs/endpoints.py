"""The declared endpoints of the JSON API, found in the routes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

from app import audiences
from app.api import idempotency
from app.api.endpoint import Declaration, declaration_of

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PART = re.compile(r"<(?:(?P<converter>[^:<>]+):)?(?P<name>[^<>]+)>")


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
        return _PART.sub(r"{\g<name>}", self.rule.rule)

    @property
    def parts(self) -> dict[str, str]:
        """The names in the path with their converters: `{"request_id": "uuid"}`."""
        return {part["name"]: part["converter"] or "string" for part in _PART.finditer(self.rule.rule)}

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
    def keyed(self) -> bool:
        """Whether an `Idempotency-Key` counts."""
        return self.needs_company and self.method in idempotency.METHODS and self.declaration.keyed

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


def statuses(one: Endpoint) -> list[int]:
    """The error statuses an endpoint may answer: its own, and those that follow from audience, path and
    body."""
    declared = one.declaration
    found = {422, *declared.errors}
    if one.audience != audiences.PUBLIC:
        found |= {401, 403, 429}
    if one.needs_company:
        found |= {404, 409}
    if one.rule.arguments:
        found.add(404)
    if declared.body:
        found |= {400, 413, 415}
    if one.for_browsers and one.method != "GET":
        found.add(400)  # without the page's CSRF token
    return sorted(found)
