"""The API described: OpenAPI for programs, a page for people, both whole and true."""

import json
import re
from io import BytesIO
from typing import Any

from pydantic import BaseModel
from werkzeug.datastructures import FileStorage

from app.api.docs import readable
from app.api.docs.endpoints import endpoints, statuses
from app.api.docs.openapi import document
from app.api.endpoint import declaration_of
from app.api.shapes import Body, Query
from app.audiences import AUDIENCES

UNDECLARED: dict[str, str] = {
    "xero_webhooks.receive": "Xero's server calls it with a signature; no program of a practice does",
}
"""Endpoints under /api without a declaration, each with its reason."""
TOLERANT = {
    "integrations.callback": "Xero may send parameters that we do not know",
}
"""Endpoints that pass over unknown parameters, each with its reason."""


def test_every_endpoint_under_api_is_declared(app):
    undeclared = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/") and declaration_of(app.view_functions[rule.endpoint]) is None
    }
    assert undeclared <= UNDECLARED.keys()


def test_the_document_is_served_to_anyone_and_is_json(api, app):
    answer = api().get("/api/openapi.json")
    assert answer.status_code == 200
    assert answer.json["openapi"] == "3.1.0"
    assert answer.json == json.loads(json.dumps(document(app, "http://localhost:8000")))


def test_every_reference_leads_somewhere_and_every_schema_is_used(app):
    made = document(app, "http://localhost")
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(made)))
    assert used == set(made["components"]["schemas"])


def test_operations_have_one_id_each_and_words(app):
    operations = _operations(document(app, "http://localhost"))
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(ids) == len(set(ids))
    assert all(operation["summary"] and operation["tags"] for _, _, operation in operations)


def test_paths_name_their_parameters(app):
    for path, _, operation in _operations(document(app, "http://localhost")):
        named = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))


def test_security_follows_the_table_of_audiences(app):
    made = document(app, "http://localhost")
    for one in endpoints(app):
        operation = made["paths"][one.path][one.method.lower()]
        assert operation["x-audience"] == AUDIENCES[one.rule.endpoint]
        assert (operation.get("security") == []) == (one.audience == "public")
        assert ("401" in operation["responses"]) == (401 in statuses(one))
        names = {parameter["name"] for parameter in operation["parameters"]}
        assert ("company_id" in names) == one.needs_company


def test_bodies_and_queries_refuse_what_they_do_not_know(app):
    for one in endpoints(app):
        if one.rule.endpoint not in TOLERANT:
            for shape in filter(None, (one.declaration.body, one.declaration.query)):
                assert issubclass(shape, Body | Query), one.id
                assert shape.model_config["extra"] == "forbid", one.id


def test_answers_promise_every_field(app):
    for name, schema in document(app, "http://localhost")["components"]["schemas"].items():
        incoming = schema.get("additionalProperties") is not None
        if not incoming and name != "ErrorDetail":
            assert set(schema.get("required", ())) == set(schema["properties"]), name


def test_changes_promise_no_default(app):
    schema = document(app, "http://localhost")["components"]["schemas"]["RequestChange"]
    assert "required" not in schema
    assert not any("default" in described for described in schema["properties"].values())


def test_the_page_shows_every_endpoint_to_anyone_without_a_script(browser, app):
    page = browser(None).get("/api/docs")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    for one in endpoints(app):
        assert f"<code>{one.path}</code>" in text
        assert one.declaration.summary.replace("'", "&#39;") in text
    anchors = set(re.findall(r'href="#([^"]+)"', text))
    assert anchors <= set(re.findall(r'id="([^"]+)"', text))


def test_the_examples_of_the_page_are_what_the_endpoints_take(app):
    found = {one.id.replace("_", "-"): one.declaration.body for one in endpoints(app)}
    tried = 0
    for group in readable.groups(document(app, "http://localhost")):
        for operation in group.operations:
            shape: type[BaseModel] | None = found[operation.id]
            body = re.search(r"-d '(.*)'", operation.curl)
            fields = dict(re.findall(r"-F '(\w+)=([^']*)'", operation.curl))
            assert (body is None and not fields) == (shape is None)
            if shape and fields:
                file = FileStorage(BytesIO(b"A line."), "statement.pdf")
                shape.model_validate({name: file if name == "file" else one for name, one in fields.items()})
            if shape and body:
                shape.model_validate_json(body[1])
                tried += 1
    assert tried >= 10


def _operations(made: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in made["paths"].items()
        for method, operation in methods.items()
    ]
