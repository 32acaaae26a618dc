"""Two clients made one: what moves, what stays, and that no table is forgotten."""

import pytest
from sqlalchemy import func, select

from app.clients import merge as merging
from app.extensions import db
from app.models import (
    AuditEvent,
    Client,
    ClientTag,
    Connection,
    ContactMapping,
    Membership,
    ServiceRequest,
    Tag,
)
from app.sync.causes import CONTACT, open_cause
from app.tenancy import company_scope
from tests.support.pages import words

KNOWN = {
    "client_tags.client_id",
    "clients.merged_into_id",
    "contact_mappings.client_id",
    "document_asks.client_id",
    "document_erasures.client_id",
    "document_uploads.client_id",
    "documents.client_id",
    "invoices.client_id",
    "invitations.client_id",
    "memberships.client_id",
    "service_requests.client_id",
}
"""What goes to the survivor. A new table that refers to a client is named here, or in `app.clients.merge.STAYS`."""


def test_every_table_that_refers_to_a_client_is_thought_of():
    every = {f"{one.table.name}.{one.column}" for one in merging.every_reference()}
    staying = {one for one in every if one.split(".")[0] in merging.STAYS}
    assert every - staying == KNOWN
    assert {f"{one.table.name}.{one.column}" for one in merging.references()} == KNOWN


@pytest.fixture
def pair(app, cast):
    """Hannah with a portal, requests, a tag and a contact; and her double with a request, tags and another contact."""
    hannah = cast.client(cast.abc, "Hannah Whitlock")
    with app.app_context(), company_scope(cast.abc):
        connection = db.session.scalars(select(Connection)).first()
        double = Client(
            number="OLD-7",
            name="H. Whitlock",
            sort_name="h. whitlock",
            kind="other",
            mobile="0400 111 222",
            street="1 Lane",
            city="Bega",
        )
        db.session.add(double)
        db.session.flush()
        for name in ("Personal", "Old system"):
            tag = db.session.scalar(select(Tag).where(Tag.name == name)) or Tag(
                name=name, sort_name=name.casefold()
            )
            db.session.add(tag)
            db.session.flush()
            db.session.add(ClientTag(client_id=double.id, tag_id=tag.id))
        db.session.add(
            ContactMapping(
                client_id=double.id,
                connection_id=connection.id,
                xero_contact_id="other",
                contact_name="H Whitlock",
                found_by="person",
                agreed={},
            )
        )
        ours = select(ServiceRequest).where(ServiceRequest.client_id == hannah.id)
        moved = db.session.scalars(ours).first()
        moved.client_id = double.id
        mapped = db.session.scalar(select(ContactMapping).where(ContactMapping.client_id == hannah.id))
        if mapped is None:
            db.session.add(
                ContactMapping(
                    client_id=hannah.id,
                    connection_id=connection.id,
                    xero_contact_id="hers",
                    contact_name="Hannah Whitlock",
                    found_by="person",
                    agreed={},
                )
            )
        open_cause(CONTACT, double.id, "Choose.")
        found = hannah.id, double.id, moved.id
        db.session.commit()
    return found


def count(cast, column, client_id):
    return cast.read(cast.abc, select(func.count()).where(column == client_id))[0]


def test_side_by_side_checked_and_done(browser, cast, pair):
    hannah, double, request = pair
    jane = browser("jane@abc.test")
    assert "H. Whitlock" in words(jane.get(f"/clients/{hannah}/merge?q=old-7"))
    sides = words(jane.get(f"/clients/{hannah}/merge/{double}"))
    assert "OLD-7, will be archived" in sides
    before = count(cast, ServiceRequest.client_id, hannah)
    check = jane.post(f"/clients/{hannah}/merge/{double}", {"take-mobile": "other", "take-address": "other"})
    told = words(check)
    assert "1 request of OLD-7 goes" in told
    assert "1 tag of OLD-7 goes" in told, "the tag that both have does not"
    assert "Contacts can be merged in Xero’s own pages only" in told
    assert cast.read(cast.abc, select(Client.merged_into_id).where(Client.id == double)) == [None]

    stale = jane.post(f"/clients/{hannah}/merge/{double}/confirmed", {"seen": "before", "take": "mobile"})
    assert stale.location.endswith(f"/clients/{hannah}/merge/{double}")
    seen = check.text.split('name="seen" value="')[1].split('"')[0]
    done = jane.post(
        f"/clients/{hannah}/merge/{double}/confirmed", {"seen": seen, "take": ["mobile", "address"]}
    )
    assert done.location.endswith(f"/clients/{hannah}")

    [kept] = cast.read(cast.abc, select(Client).where(Client.id == hannah))
    [gone] = cast.read(cast.abc, select(Client).where(Client.id == double))
    assert (kept.mobile, kept.street, kept.city, kept.kind) == (
        "0400 111 222",
        "1 Lane",
        "Bega",
        "individual",
    )
    assert (gone.merged_into_id, gone.archived_at is None) == (hannah, False)
    assert count(cast, ServiceRequest.client_id, hannah) == before + 1
    assert cast.read(cast.abc, select(ServiceRequest.client_id).where(ServiceRequest.id == request)) == [
        hannah
    ]
    names = select(Tag.name).join(ClientTag, ClientTag.tag_id == Tag.id).where(ClientTag.client_id == hannah)
    assert set(cast.read(cast.abc, names)) == {"Personal", "Old system"}
    contacts = dict.fromkeys(
        cast.read(cast.abc, select(ContactMapping.xero_contact_id).where(ContactMapping.client_id == double))
    )
    assert list(contacts) == ["other"], "the survivor keeps its own contact"
    assert count(cast, Membership.client_id, hannah) == 1

    away = jane.get(f"/clients/{double}")
    assert away.location.endswith(f"/clients/{hannah}")
    page = words(jane.get(f"/clients/{hannah}"))
    assert "H. Whitlock (OLD-7) was merged into this client" in page
    assert "Merged another client into one" in page
    told = cast.read(cast.abc, select(AuditEvent).where(AuditEvent.what.like("client.merged%")))
    assert {(one.what, one.subject_id) for one in told} == {
        ("client.merged", hannah),
        ("client.merged_away", double),
    }
    assert jane.post(f"/clients/{double}/unarchive").status_code == 409
    assert jane.get(f"/clients/{hannah}/merge/{double}").status_code == 302, "merged once only"


def test_a_strangers_client_is_merged_with_nobody(browser, cast):
    ours, theirs = cast.client(cast.abc), cast.client(cast.smith)
    jane = browser("jane@abc.test")
    for one, other in ((ours.id, theirs.id), (theirs.id, ours.id)):
        assert jane.get(f"/clients/{one}/merge/{other}").status_code == 404
        assert jane.post(f"/clients/{one}/merge/{other}/confirmed", {"seen": ""}).status_code == 404
    assert cast.client(cast.smith).merged_into_id is None
