"""Hundreds of made-up calls: whatever is sent, the answer is one that the document promises, and never our
fault."""

from collections import Counter

from sqlalchemy import select

from app.api.docs.endpoints import endpoints
from app.models import Client, Document, Membership, Office, Service, ServiceRequest
from tests.api.nonsense import Nonsense

CALLS = 400
LEFT_OUT = {"api_auth.logout", "api_docs.page", "api_docs.document"}


def test_whatever_is_sent_is_answered_as_documented(app, api, cast, contract):
    app.config["PROPAGATE_EXCEPTIONS"] = True
    program = api("admin@abc.test")
    found = [one for one in endpoints(app) if one.rule.endpoint.startswith("api_")]
    found = [one for one in found if one.rule.endpoint not in LEFT_OUT]
    made_up = Nonsense(contract.document, _ids(cast), seed=7)
    answers: Counter[int] = Counter()
    for number in range(CALLS):
        one = found[number % len(found)]
        path, sent = made_up.call(one)
        # CheckedApi holds status and body against the document.
        answers[program._open(one.method, path, **sent).status_code] += 1
    assert max(answers) < 500
    assert answers[200] + answers[201] > CALLS / 4, f"hardly anything was right: {answers}"
    assert answers[422] > CALLS / 10, f"hardly anything was wrong: {answers}"
    called = {(one.method, one.path) for one in found}
    assert {(method, path) for method, path, _ in contract.seen} >= called


def _ids(cast):
    models = {
        "client_id": Client,
        "service_id": Service,
        "document_id": Document,
        "request_id": ServiceRequest,
        "service_request_id": ServiceRequest,
        "request_ids": ServiceRequest,
        "office_id": Office,
        "accountant_id": Membership,
        "assignee_id": Membership,
    }
    own = {name: cast.read(cast.abc, select(model.id).limit(20)) for name, model in models.items()}
    return {name: [*found, cast.client(cast.smith).id] for name, found in own.items()}
