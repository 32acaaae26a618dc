"""schemathesis makes up calls from the OpenAPI document, right ones and wrong ones, for every operation: no fault, no
status and no header that the document does not name, no answer that breaks its schema.

`make test` makes up a few of each, always the same ones; `make proof` many (EXAMPLES, SEED).
"""

import os
import warnings
from collections import Counter
from typing import Any
from uuid import UUID

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from sqlalchemy import select

from app.api.docs.openapi import document
from app.models import Client, Document, Invitation, Invoice, Membership, Office, Service, ServiceRequest

SEED = int(os.environ.get("SEED", "7"))
EXAMPLES = int(os.environ.get("EXAMPLES", "5"))
"""Calls of each kind, right and wrong, for each operation."""
NOT_MADE_UP = {
    ("POST", "/api/auth/logout"),  # it would end the sign-in that the other calls need
}
CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
IDS = {
    "accountant_id": Membership,
    "assignee_id": Membership,
    "client_id": Client,
    "document_id": Document,
    "invitation_id": Invitation,
    "invoice_id": Invoice,
    "office_id": Office,
    "person_id": Membership,
    "request_id": ServiceRequest,
    "request_ids": ServiceRequest,
    "service_id": Service,
    "service_request_id": ServiceRequest,
}


def described(app) -> dict[str, Any]:
    """The document without its word on faults: `default` would cover every status."""
    made = document(app, "http://localhost")
    for operations in made["paths"].values():
        for operation in operations.values():
            del operation["responses"]["default"]
    return made


@pytest.fixture
def ids(cast) -> dict[str, list[UUID]]:
    """Some that exist, and of another practice the last."""
    return {
        name: [
            *cast.read(cast.abc, select(model.id).order_by(model.id).limit(20)),
            *cast.read(cast.smith, select(model.id).limit(1)),
        ]
        for name, model in IDS.items()
    }


@pytest.mark.timeout(3600)
@pytest.mark.filterwarnings("default")
def test_made_up_calls_are_answered_as_documented(app, api, ids, contract):
    # What fails must say so itself instead of becoming an answer.
    schema = schemathesis.openapi.from_dict(described(app))
    schema.app = app
    headers = api("admin@abc.test").headers
    answers: Counter[int] = Counter()
    operations = [one.ok() for one in schema.get_all_operations()]
    for operation in operations:
        if (operation.method.upper(), operation.path) in NOT_MADE_UP:
            continue
        for mode in GenerationMode:
            if mode is GenerationMode.NEGATIVE and not _takes_anything(operation):
                continue
            answers += _made_up(operation, mode, headers, ids, contract)
    told = dict(sorted(answers.items()))
    print(f"\nschemathesis: {sum(answers.values())} calls of {len(operations)} operations, {told}")
    assert max(answers) < 500
    assert answers[200] + answers[201] > sum(answers.values()) / 10, f"hardly anything was right: {answers}"
    assert answers[422] > sum(answers.values()) / 10, f"hardly anything was wrong: {answers}"


def _made_up(
    operation, mode: GenerationMode, headers: dict[str, str], ids: dict[str, list[UUID]], contract
) -> Counter[int]:
    answers: Counter[int] = Counter()
    checks = [CHECKS.get_one(name) for name in CHECKED]

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=_strategy(operation, mode), real=st.booleans(), which=st.integers(0, 20))
    def call(case: Any, real: bool, which: int) -> None:
        if real:
            case.path_parameters = _with_ids(case.path_parameters, ids, which)
            case.query = _with_ids(case.query, ids, which)
            case.body = _with_ids(case.body, ids, which)
        response = case.call(headers=headers)
        answers[response.status_code] += 1
        case.validate_response(response, checks=checks)
        # Our own reading is stricter in one thing: a field that no schema names is one nobody meant to send.
        if response.headers.get("content-type") == ["application/json"]:
            raw = operation.definition.raw["responses"][str(response.status_code)]
            schema = raw["content"]["application/json"]["schema"]
            contract.hold(response.json(), schema, f"{operation.label} → {response.status_code}")

    call()
    return answers


def _takes_anything(operation) -> bool:
    """Whether there is anything to get wrong."""
    raw = operation.definition.raw
    return bool(raw["parameters"] or raw.get("requestBody"))


def _strategy(operation, mode: GenerationMode):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return operation.as_strategy(generation_mode=mode)


def _with_ids(value: Any, ids: dict[str, list[UUID]], which: int) -> Any:
    """Where the value is an object: with ids that exist in the fields that carry some, so that calls find something."""
    if not isinstance(value, dict):
        return value
    return {name: _id(ids[name], one, which) if name in ids else one for name, one in value.items()}


def _id(known: list[UUID], made_up: Any, which: int) -> Any:
    one = str(known[which % len(known)])
    return [one] if isinstance(made_up, list) else one
