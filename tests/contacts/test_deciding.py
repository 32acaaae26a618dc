"""Where the two sides differ a person decides: field by field, or once for all by a rule."""

import re

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent, Company, ContactConflict
from app.sync.contacts.shown import token
from tests.support.pages import words
from tests.sync.contacts.practice import NO_LIMITS, Pair

CONFLICTS = "/clients/in-xero/conflicts"


@pytest.fixture
def pair(app, cast, simulator, work) -> Pair:
    simulator.limits(**NO_LIMITS)
    made = Pair(app, cast.abc, "ABC Pty Ltd", simulator, work)
    made.settings(push_client_changes=True)
    return made


def clash(pair: Pair, name: str, **fields: tuple[str, str]):
    """A client and a contact that differ in these fields (ours, theirs), never having been compared."""
    theirs = {"email": "EmailAddress", "tax_number": "TaxNumber", "company_number": "CompanyNumber"}
    contact_id = pair.make(name, **{theirs[field]: values[1] for field, values in fields.items()})
    client_id = pair.add(name, **{field: values[0] for field, values in fields.items()})
    pair.sync(client_id)
    return client_id, contact_id


def form(pair: Pair, client_id, **sides: str) -> dict[str, str]:
    """What the page's form sends: the values it showed, and the sides chosen."""
    with pair.scope():
        found = db.session.scalars(
            select(ContactConflict).where(ContactConflict.client_id == client_id)
        ).all()
        sent = {f"seen-{one.id}": token(one.ours, one.theirs) for one in found if one.resolved_at is None}
        chosen = {f"choice-{one.id}": sides[one.field] for one in found if one.field in sides}
    return {**sent, **chosen}


def test_each_field_is_decided_either_way(pair: Pair, browser):
    client_id, contact_id = clash(
        pair, "Two Ways Pty Ltd", email=("ours@two.example", "theirs@two.example"), tax_number=("1", "2")
    )
    jane = browser("jane@abc.test")
    page = jane.get(CONFLICTS)
    assert {"ours@two.example", "theirs@two.example", "never compared"} <= set(
        re.findall(r"[\w.@]+@[\w.]+|never compared", words(page))
    )
    answer = jane.post(CONFLICTS, form(pair, client_id, email="ours", tax_number="theirs"))
    assert answer.status_code == 302
    pair.work()
    assert pair.conflicts(client_id) == {}
    assert pair.theirs(contact_id)["EmailAddress"] == "ours@two.example"
    assert pair.ours(client_id)["tax_number"] == "2"
    assert "Both sides agree" in words(jane.get(CONFLICTS))
    with pair.scope():
        told = db.session.scalars(select(AuditEvent).where(AuditEvent.what == "client.conflict")).all()
        assert {tuple(sorted(event.after)) for event in told} == {("email", "kept"), ("kept", "tax_number")}
        assert {event.actor_name for event in told} == {"Jane Cooper"} or len(
            {e.actor_name for e in told}
        ) == 1


def test_what_has_moved_meanwhile_is_not_decided(pair: Pair, browser):
    client_id, contact_id = clash(pair, "Moving Pty Ltd", email=("ours@m.example", "theirs@m.example"))
    sent = form(pair, client_id, email="theirs")
    pair.edit(client_id, email="new@m.example")
    jane = browser("jane@abc.test")
    jane.post(CONFLICTS, sent)
    assert pair.ours(client_id)["email"] == "new@m.example"
    pair.work()
    assert pair.conflicts(client_id)["email"][0] == "new@m.example", "the page shows what stands now"

    # Xero's side moves after the page was opened: what was chosen is not written over it, and it is asked again.
    sent = form(pair, client_id, email="ours")
    pair.change(contact_id, EmailAddress="latest@m.example")
    jane.post(CONFLICTS, sent)
    pair.work()
    assert pair.theirs(contact_id)["EmailAddress"] == "latest@m.example"
    assert pair.conflicts(client_id)["email"][:2] == ("new@m.example", "latest@m.example")


def test_a_rule_settles_what_is_open_and_what_comes(pair: Pair, browser):
    first, contact = clash(pair, "Ruled One", company_number=("11", "12"))
    second, _ = clash(pair, "Ruled Two", company_number=("21", "22"))
    jane = browser("jane@abc.test")
    assert jane.post(CONFLICTS, {"rule": "company_number:theirs"}).status_code == 302
    pair.work()
    assert (pair.ours(first)["company_number"], pair.ours(second)["company_number"]) == ("12", "22")
    assert pair.conflicts() == {}
    with pair.scope():
        assert db.session.scalars(select(Company.contact_rules)).one() == {"company_number": "theirs"}
    admin = browser("admin@abc.test")
    saved = {
        "create_contacts": "y",
        "push_client_changes": "y",
        "contact_groups": "read",
        "rule_company_number": "ours",
    }
    assert admin.post("/settings/client-sync", saved).status_code == 302
    pair.edit(first, company_number="13")
    pair.change(contact, CompanyNumber="14")
    pair.read(everything=True)
    assert pair.theirs(contact)["CompanyNumber"] == "13"


def test_nonsense_decides_nothing(pair: Pair, browser):
    client_id, _ = clash(pair, "Nonsense Pty Ltd", email=("a@n.example", "b@n.example"))
    jane = browser("jane@abc.test")
    for sent in ({}, {"rule": "shoe_size:ours"}, {"rule": "email:both"}):
        assert jane.post(CONFLICTS, sent).status_code == 422, sent
    assert jane.post(CONFLICTS, {"choice-x": "ours", "seen-x": "y"}).status_code == 302, (
        "an id that nothing has"
    )
    assert set(pair.conflicts(client_id)) == {"email"}
    assert browser("admin@abc.test").post("/settings/client-sync", {"rule_email": "maybe"}).status_code == 422


def test_the_badge_and_the_pages_tell_of_it(pair: Pair, browser):
    clash(pair, "Badge Pty Ltd", email=("a@b.example", "b@b.example"))
    jane = browser("jane@abc.test")
    assert "1 to decide" in words(jane.get("/clients"))
    for path in ("/", "/sync/causes"):
        assert "1 detail of a client differs from Xero" in words(jane.get(path)), path
    assert "Conflicts 1" in words(jane.get("/clients/in-xero"))
