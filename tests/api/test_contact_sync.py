"""Contacts brought together by programs, and by a scheduler outside with the installation's secret."""

import pytest
from sqlalchemy import select

from app.config import load_settings
from app.extensions import db
from app.models import Operation
from app.sync import operations
from app.tenancy import company_scope
from tests.sync.contacts.practice import NO_LIMITS, Pair

CRON = "/api/cron/xero-sync"
SECRET = "a-secret-for-schedulers-0123"


@pytest.fixture
def pair(app, cast, simulator, work) -> Pair:
    simulator.limits(**NO_LIMITS)
    return Pair(app, cast.abc, "ABC Pty Ltd", simulator, work)


def test_one_client_is_compared_with_and_without_force(pair: Pair, api):
    contact_id = pair.make("By Program", EmailAddress="theirs@p.example")
    client_id = pair.add("By Program", email="ours@p.example")
    jane = api("jane@abc.test")
    planned = jane.post(f"/api/clients/{client_id}/sync", {})
    assert (planned.status_code, planned.json["kind"]) == (202, operations.EXCHANGE_CONTACTS)
    pair.work()
    assert set(pair.conflicts(client_id)) == {"email"}
    assert jane.post(f"/api/clients/{client_id}/sync", {"force_update": True}).status_code == 202
    pair.work()
    assert pair.theirs(contact_id)["EmailAddress"] == "ours@p.example"
    assert pair.conflicts() == {}
    assert jane.post(f"/api/clients/{client_id}/sync", {"force_update": "yes"}).status_code == 422
    assert api("admin@smith.test").post(f"/api/clients/{client_id}/sync", {}).status_code == 404


def test_a_practice_is_brought_together(pair: Pair, api):
    admin = api("admin@abc.test")
    pair.make("Unknown Here")
    for what, kind in (
        ("everything", operations.RECONCILE_CONTACTS),
        ("changes", operations.READ_CHANGES),
        ("groups", operations.SYNC_GROUPS),
        ("missing", operations.EXCHANGE_CONTACTS),
    ):
        answer = admin.post("/api/integrations/xero/sync", {"what": what})
        assert (answer.status_code, answer.json["kind"]) == (202, kind)
        pair.work()
    assert admin.post("/api/integrations/xero/sync", {"what": "all"}).status_code == 422
    assert api("jane@abc.test").post("/api/integrations/xero/sync", {}).status_code == 403
    with pair.scope():
        newest = select(Operation).where(Operation.kind == operations.EXCHANGE_CONTACTS)
        counts = db.session.scalars(newest.order_by(Operation.created_at.desc())).first().result["counts"]
    assert counts["created"] + counts["found"] > 50


@pytest.fixture
def with_secret(app):
    """The installation has a secret for schedulers."""
    before = app.extensions["settings"]
    values = {field.alias or name: getattr(before, name) for name, field in type(before).model_fields.items()}
    app.extensions["settings"] = load_settings(**{**values, "CRON_SECRET": SECRET})
    yield
    app.extensions["settings"] = before


def test_without_a_secret_the_schedulers_address_is_off(app):
    answer = app.test_client().get(CRON)
    assert answer.status_code == 404
    assert "CRON_SECRET" in answer.json["error"]["message"]


@pytest.mark.usefixtures("with_secret", "simulator")
def test_a_scheduler_has_every_connected_practice_read(app, cast):
    client = app.test_client()
    for headers in ({}, {"X-Cron-Secret": "wrong"}, {"Authorization": "Bearer wrong"}):
        assert client.post(CRON, headers=headers).status_code == 401
    for method, headers in (
        ("get", {"X-Cron-Secret": SECRET}),
        ("post", {"Authorization": f"Bearer {SECRET}"}),
    ):
        answer = getattr(client, method)(CRON, headers=headers)
        assert answer.status_code == 200, answer.json
        assert answer.json == {"practices": 3, "planned": 2, "not_connected": 1}
        assert "Set-Cookie" not in answer.headers
    for company, planned in ((cast.abc, 1), (cast.smith, 1), (cast.xyz, 0)):
        with app.app_context(), company_scope(company):
            found = select(Operation.id).where(Operation.kind == operations.READ_CHANGES)
            assert len(db.session.scalars(found).all()) == planned, "asked twice, read once"
    answers = [client.get(CRON, headers={"X-Cron-Secret": SECRET}).status_code for _ in range(6)]
    assert answers[-1] == 429
    for _ in range(12):
        refused = client.get(CRON, headers={"X-Cron-Secret": "guess"}).status_code
    assert refused == 429
