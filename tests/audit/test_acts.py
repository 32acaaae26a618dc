"""What people do stands in the log: who, what, from where, before and after; once, and in their own company's."""

import pytest
from sqlalchemy import select

from app.models import AuditEvent, Client, CompanyEntry, Office, ServiceRequest

PASSWORD = "countinghouse-demo"


def rows(cast, company_id, what=None):
    statement = select(AuditEvent).order_by(AuditEvent.sequence)
    return cast.read(company_id, statement.where(AuditEvent.what == what) if what else statement)


def one(cast, company_id, what):
    found = rows(cast, company_id, what)
    assert len(found) == 1, [row.what for row in rows(cast, company_id)]
    return found[0]


def test_who_from_where_and_what_changed(browser, cast):
    nina = browser("admin@xyz.test")
    office = cast.read(cast.xyz, select(Office).order_by(Office.name))[0]
    agent = {"User-Agent": "Mozilla/5.0 (a test)"}
    nina.post(f"/settings/offices/{office.id}", {"name": "Harbour"}, headers=agent)
    row = one(cast, cast.xyz, "office.renamed")
    assert (row.actor_name, row.actor_role, row.entry_id) == ("Nina Zhou", "admin", None)
    assert (row.subject_kind, row.subject_id, row.subject_label) == ("office", office.id, "Harbour")
    assert (row.before, row.after) == ({"name": office.name}, {"name": "Harbour"})
    assert (row.address, row.agent) == ("127.0.0.1", "Mozilla/5.0 (a test)")
    assert len(row.correlation_id) == 32
    nina.post(f"/settings/offices/{office.id}", {"name": "Harbour"})
    assert len(rows(cast, cast.xyz, "office.renamed")) == 1, "nothing changed, nothing told"


def test_a_request_from_beginning_to_end(api, cast):
    nina = api("admin@xyz.test")
    client, service = cast.client(cast.xyz), cast.read(cast.xyz, select(ServiceRequest))[0].service_id
    omar, lucy = cast.member(cast.xyz, "Omar"), cast.member(cast.xyz, "Lucy")
    made = nina.post("/api/requests", {"client_id": str(client.id), "service_id": str(service)}).json
    path = f"/api/requests/{made['id']}"
    assert nina.patch(path, {"price": "77.50", "note": "Ring first"}).status_code == 200
    for member in (omar, lucy):
        assert nina.post(f"{path}/assign", {"accountant_id": str(member.id)}).status_code == 200
    assert nina.patch(path, {"status": "in_progress"}).status_code == 200
    assert nina.post(f"{path}/comments", {"text": "Said something"}).status_code in {200, 201}
    assert nina.patch(path, {"status": "cancelled"}).status_code == 200
    told = [
        row
        for row in rows(cast, cast.xyz)
        if row.subject_label == made["reference"] and row.subject_kind == "request"
    ]
    assert [row.what for row in told] == [
        "request.created",
        "request.edited",
        "request.assigned",
        "request.reassigned",
        "request.status",
        "request.comment",
        "request.status",
    ]
    created, edited, assigned, passed, moved, said, cancelled = told
    assert created.before is None
    assert created.after["client_id"] == str(client.id)
    assert edited.after == {"price": "77.50", "note": "Ring first"}
    assert edited.before["note"] is None
    assert (assigned.before, assigned.after) == ({"assignee_id": None}, {"assignee_id": str(omar.id)})
    assert (passed.before, passed.after) == ({"assignee_id": str(omar.id)}, {"assignee_id": str(lucy.id)})
    assert (moved.before, moved.after) == ({"status": "assigned"}, {"status": "in_progress"})
    assert said.after["text"] == "Said something"
    assert cancelled.after == {"status": "cancelled"}


@pytest.mark.parametrize(
    ("path", "data", "what"),
    [
        ("/clients/new", {"name": "New Ltd", "kind": "company"}, "client.added"),
        ("/clients/{client}/edit", {"name": "Other Ltd", "kind": "company"}, "client.edited"),
        ("/clients/{client}/archive", {}, "client.archived"),
        ("/services/new", {"name": "Advice", "base_price": "10", "default_due_days": "3"}, "service.added"),
        (
            "/services/{service}/edit",
            {"name": "BAS plus", "base_price": "1", "default_due_days": "3"},
            "service.edited",
        ),
        ("/services/{service}/deactivate", {}, "service.switched_off"),
        ("/settings/offices", {"name": "Second"}, "office.added"),
        ("/settings/job-names", {"pattern": "{client} {reference}"}, "practice.changed"),
        ("/settings/client-sync", {"push_client_changes": "y"}, "practice.changed"),
    ],
)
def test_each_change_is_told(browser, cast, path, data, what):
    client, service = cast.client(cast.xyz), cast.service(cast.xyz, "BAS")
    nina = browser("admin@xyz.test")
    answer = nina.post(path.format(client=client.id, service=service.id), data)
    assert answer.status_code == 302, answer.text
    assert one(cast, cast.xyz, what).after


def test_what_is_refused_is_not_told(browser, cast):
    nina = browser("admin@xyz.test")
    assert nina.post("/clients/new", {"name": "", "kind": "company"}).status_code == 422
    assert (
        nina.post("/settings/job-names", {"pattern": "{client} {reference}", "do": "try"}).status_code == 200
    )
    assert rows(cast, cast.xyz) == []


def test_signing_in_and_out(browser, cast):
    nobody = browser(None)
    before = len(rows(cast, cast.smith))
    for email in ("admin@xyz.test", "nobody@xyz.test"):
        # Told once the answer is out: an address that is known must not take longer.
        nobody.post("/sign-in", {"email": email, "password": "wrong"}).close()
    nobody.post("/sign-in", {"email": "admin@xyz.test", "password": PASSWORD})
    nobody.post("/sign-out")
    failed, came, left = rows(cast, cast.xyz)
    assert (failed.what, failed.actor_id, failed.subject_label) == (
        "person.sign_in_failed",
        None,
        "Nina Zhou",
    )
    assert failed.address == "127.0.0.1"
    assert (came.what, came.actor_name, came.actor_role) == ("person.signed_in", "Nina Zhou", "admin")
    assert (left.what, left.actor_name) == ("person.signed_out", "Nina Zhou")
    assert len(rows(cast, cast.smith)) == before
    assert "wrong" not in repr([(row.before, row.after) for row in (failed, came, left)])


def test_programs_sign_in_as_well(api, cast):
    answer = api(None).post("/api/auth/login", {"email": "omar@xyz.test", "password": PASSWORD})
    assert answer.status_code == 200
    assert one(cast, cast.xyz, "person.signed_in").actor_name == "Omar Haddad"


def test_what_a_super_admin_does_is_told_to_the_practice(browser, cast):
    robin = browser("super@countinghouse.test")
    wish = {"reason": "Nina rang about a wrong price.", "minutes": "15", "writes": "y"}
    robin.post(f"/platform/practices/{cast.xyz}/enter", wish)
    robin.post("/clients/new", {"name": "By Robin", "kind": "company"})
    robin.post("/platform/leave")
    came, added, left = rows(cast, cast.xyz)
    entry = cast.read(cast.xyz, select(CompanyEntry))[0]
    assert (came.what, came.after["reason"]) == ("visit.begun", wish["reason"])
    assert [row.actor_role for row in (came, added, left)] == ["super"] * 3
    assert {row.entry_id for row in (came, added, left)} == {entry.id}
    assert (added.what, left.what) == ("client.added", "visit.ended")
    assert cast.read(cast.xyz, select(Client).where(Client.name == "By Robin"))


def test_connecting_is_told(cast):
    """The demonstration connected ABC through the same actions."""
    assert [row.what for row in rows(cast, cast.abc)][:1] == ["connection.taken_up"]
