"""Importing contacts: what a person sees and chooses, what is done, set aside and taken back; and killed workers."""

import re
from collections import Counter
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import delete, func, select, update

from app.extensions import db
from app.models import (
    Client,
    ClientTag,
    ContactImport,
    ContactImportRow,
    ContactMapping,
    IgnoredContact,
    Operation,
    ServiceRequest,
    Tag,
    now,
)
from app.sync.contacts import imports
from app.sync.contacts.fields import of_client
from tests.proof.deaths import Killed, dying_at

HOME = "/settings/integrations/xero/contacts/imports"


@pytest.fixture
def admin(browser, pair):
    # As a practice begins: what the demonstration has of an import is out of the way.
    with pair.scope():
        db.session.execute(delete(IgnoredContact))
        db.session.commit()
    return browser("admin@abc.test")


def _begun(pair, admin) -> str:
    """An import whose preview is read; the address of its page."""
    answer = admin.post(HOME)
    assert answer.status_code == 302
    pair.work()
    return str(answer.location)


def _row(pair, name: str) -> ContactImportRow:
    with pair.scope():
        newest = select(func.max(ContactImport.number)).scalar_subquery()
        statement = (
            select(ContactImportRow)
            .join(ContactImport, ContactImport.id == ContactImportRow.import_id)
            .where(ContactImportRow.name == name, ContactImport.number == newest)
        )
        found = db.session.scalars(statement).one()
        db.session.expunge(found)
        return found


def _text(page) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.get_data(as_text=True)).split())


def _calls(pair, since: int) -> list[str]:
    """The calls to the organisation's API since then, as "GET Contacts"."""
    lines = pair.simulator.ledger()[since:]
    return [
        f"{line['method']} {line['path'].rpartition('/')[2]}" for line in lines if "/api.xro/" in line["path"]
    ]


def _run(pair, admin, page: str) -> None:
    check = admin.get(f"{page}/check")
    version = re.search(r'name="version" value="(\d+)"', check.get_data(as_text=True))
    assert version is not None, _text(check)
    assert admin.post(f"{page}/run", {"version": version[1]}).status_code == 302
    pair.work()


def test_from_the_preview_to_the_undo(pair, admin, api):
    exact, twin, other_twin, differs = pair.add_many(
        ["Exact Ltd", "Twin Trading", "Trading Twin Pty Ltd", "Old Name"]
    )
    pair.edit_many([exact], email="post@exact.test")
    pair.edit_many([differs], email="same@differs.test", phone="02 9000 0001")
    pair.work()
    pair.make(
        "Exact", EmailAddress="POST@exact.test", Phones=[{"PhoneType": "MOBILE", "PhoneNumber": "0400 1"}]
    )
    pair.make("Twin Trading", EmailAddress="")
    pair.make(
        "Old Name",
        EmailAddress="same@differs.test",
        Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "02 9000 0002"}],
    )
    newcomer = pair.make("Newcomer P/L", EmailAddress="hello@newcomer.test", FirstName="Nora")
    kept = pair.make("Built On Ltd")
    pair.make("Power & Water Supply")
    groups = pair.call("PUT", "/ContactGroups", {"Name": "Big  ones"})["ContactGroups"]
    pair.call(
        "PUT",
        f"/ContactGroups/{groups[0]['ContactGroupID']}/Contacts",
        {"Contacts": [{"ContactID": newcomer}]},
    )
    before = len(pair.simulator.ledger())

    page = _begun(pair, admin)
    shown = admin.get(page)
    assert "Waits for your choices" in _text(shown)
    assert [
        (_row(pair, name).kind, _row(pair, name).why)
        for name in ("Exact", "Twin Trading", "Old Name", "Newcomer P/L")
    ] == [
        ("match", "e-mail"),
        ("possible", "several_name"),
        ("conflict", "differs"),
        ("new", "nobody"),
    ]
    first = _text(shown)
    assert first.index("Old Name") < first.index("Twin Trading") < first.index("Built On Ltd")
    assert "Phone : ours 02 9000 0001, in Xero 02 9000 0002" in first
    assert "Trading Twin Pty Ltd" in _text(admin.get(f"{page}?kind=possible"))
    assert "Newcomer" not in _text(admin.get(f"{page}?q=twin")).split("What happens")[1]
    with pair.scope():
        assert db.session.scalar(select(func.count(ContactMapping.id))) == 0

    assert admin.post(f"{page}/choices/all", {"of": "match", "choose": "match"}).status_code == 302
    wrong = admin.post(f"{page}/choices", {f"row-{_row(pair, 'Newcomer P/L').id}": f"match:{exact}"})
    assert wrong.status_code == 422
    assert "not among those that fit" in _text(wrong)
    chosen = {"Newcomer P/L": "import", "Built On Ltd": "import", "Power & Water Supply": "ignore"}
    chosen |= {"Old Name": f"match:{differs}", "Twin Trading": "skip"}
    admin.post(f"{page}/choices", {f"row-{_row(pair, name).id}": value for name, value in chosen.items()})
    check = _text(admin.get(f"{page}/check"))
    assert "New clients 2" in check
    assert "Matched with clients 2" in check
    stale = admin.post(f"{page}/run", {"version": "0"})
    assert "choices have changed" in _text(admin.get(stale.location))
    _run(pair, admin, page)

    with pair.scope():
        made = db.session.scalars(select(Client).where(Client.name == "Newcomer P/L")).one()
        mapping = db.session.scalars(select(ContactMapping).where(ContactMapping.client_id == made.id)).one()
        tags = db.session.scalars(
            select(Tag.name).join(ClientTag, ClientTag.tag_id == Tag.id).where(ClientTag.client_id == made.id)
        ).all()
        assert (made.kind, made.sort_name, made.email) == ("company", "newcomer p/l", "hello@newcomer.test")
        assert re.fullmatch(r"ABC-C\d+", made.number)
        assert mapping.agreed == of_client(made)
        assert (mapping.xero_contact_id, mapping.found_by, tags) == (newcomer, "import", ["Big ones"])
    assert pair.ours(exact) == {**pair.ours(exact), "name": "Exact Ltd", "mobile": "0400 1"}
    agreed = pair.mapping(exact).agreed
    assert agreed["mobile"] == "0400 1"
    assert agreed.keys().isdisjoint({"name", "email"}), "written otherwise there, so not agreed on"
    assert pair.ours(differs)["phone"] == "02 9000 0001"
    assert "phone" not in pair.mapping(differs).agreed
    assert {call.split()[0] for call in _calls(pair, before)} == {"GET"}
    result = _text(admin.get(f"{page}?outcome=imported"))
    assert "Nothing was written to Xero" in result
    assert "Newcomer P/L" in result

    with pair.scope():
        built = db.session.scalars(
            select(ContactMapping.client_id).where(ContactMapping.xero_contact_id == kept)
        ).one()
        service = db.session.scalars(select(ServiceRequest.service_id).limit(1)).one()
        work = ServiceRequest(
            reference="ABC-X1", client_id=built, service_id=service, price=1, due_on=now().date()
        )
        db.session.add(work)
        db.session.commit()
    undo = _text(admin.get(f"{page}/undo"))
    assert "Clients removed 1" in undo
    assert "The client has service requests." in undo
    admin.post(f"{page}/undo")
    pair.work()
    with pair.scope():
        names = set(db.session.scalars(select(Client.name)))
        assert "Newcomer P/L" not in names
        assert "Built On Ltd" in names
        assert db.session.scalars(select(ContactMapping.client_id)).all() == [built]
        assert db.session.scalars(select(IgnoredContact)).all() == []
        assert "Big ones" not in set(db.session.scalars(select(Tag.name)))
    assert pair.ours(exact)["mobile"] == ""
    assert "The client has service requests." in _text(admin.get(f"{page}?outcome=kept"))
    assert pair.mapped([twin, other_twin]) == 0


def test_what_moved_since_the_preview_is_set_aside(pair, admin):
    edited, mapped_since = pair.add_many(["Edited Ltd", "Mapped Ltd"])
    for name in ("Edited Ltd", "Mapped Ltd", "Changed There", "Archived There", "Added Here", "Fine"):
        pair.make(name)
    page = _begun(pair, admin)
    for kind, choice in (("match", "match"), ("new", "import")):
        admin.post(f"{page}/choices/all", {"of": kind, "choose": choice})
    pair.simulator.advance(5)
    pair.change(_row(pair, "Changed There").contact_id, FirstName="Chris")
    pair.change(_row(pair, "Archived There").contact_id, ContactStatus="ARCHIVED")
    pair.edit_many([edited], notes="Somebody was here.")
    with pair.scope():
        db.session.add(
            ContactMapping(
                connection_id=db.session.scalars(select(ContactImport.connection_id)).first(),
                client_id=mapped_since,
                xero_contact_id="elsewhere",
                contact_name="Another contact",
                found_by="person",
                agreed={},
            )
        )
        db.session.add(
            Client(number="M-1", name="Added Here Pty Ltd", sort_name="added here pty ltd", kind="company")
        )
        db.session.commit()
    assert "2 clients have moved since the preview" in _text(admin.get(f"{page}/check"))
    _run(pair, admin, page)
    told = {
        name: _row(pair, name)
        for name in ("Edited Ltd", "Mapped Ltd", "Changed There", "Archived There", "Added Here")
    }
    assert {row.outcome for row in told.values()} == {"set_aside"}
    reasons = [str(row.reason) for row in told.values()]
    words = (
        "was changed after the preview",
        "Another contact already",
        "changed in Xero",
        "archived in Xero",
        "Added Here Pty Ltd fits",
    )
    assert all(word in reason for word, reason in zip(words, reasons, strict=True)), reasons
    assert _row(pair, "Fine").outcome == "imported"
    assert "Added Here Pty Ltd fits" in _text(admin.get(f"{page}?outcome=set_aside"))


def _forsaken(pair) -> None:
    """The worker is dead: its lease runs out, and Redis was lost as well."""
    pair.app.extensions["redis"].flushall()
    with pair.scope():
        db.session.execute(
            update(Operation)
            .where(Operation.state == "running")
            .values(lease_until=now() - timedelta(minutes=1))
        )
        # Deaths count as attempts that got no further; here each got one commit further.
        db.session.execute(update(Operation).values(attempts=0))
        db.session.commit()


def _live_and_die(pair, commit: int, when: str) -> int:
    """Workers that die one after the other until nothing is left to do; how many died."""
    for died in range(200):
        try:
            with dying_at(commit, when, lambda: None):
                pair.work()
        except Killed:
            _forsaken(pair)
            continue
        return died
    raise AssertionError("The work does not end")


@pytest.mark.parametrize(("commit", "when"), [(1, "after"), (2, "before")])
@pytest.mark.timeout(240)
def test_workers_that_die_at_every_commit_do_everything_once(pair, api, commit, when):
    admin = api("admin@abc.test")
    pair.simulator.post("seed", {"organisation": "ABC Pty Ltd", "contacts": 60})
    with pair.scope():
        before = Counter(db.session.scalars(select(Client.name)))
    sizes = patch.object(imports, "PORTION", 10), patch("app.sync.contacts.previewing.PAGE", 20)
    with sizes[0], sizes[1]:
        made = admin.post("/api/contact-imports", {"dry_run": False, "choose": "exact_and_new"}).get_json()
        assert _live_and_die(pair, commit, when) > 5
        path = f"/api/contact-imports/{made['id']}"
        found = admin.get(f"{path}?limit=200").get_json()
        assert (found["phase"], found["state"], found["problem"]) == ("import", "done", None)
        done = {row["contact_id"]: row["client_id"] for row in found["rows"] if row["outcome"] == "imported"}
        with pair.scope():
            mapped = dict(
                db.session.execute(select(ContactMapping.xero_contact_id, ContactMapping.client_id)).all()
            )
            clients = Counter(db.session.scalars(select(Client.name))) - before
        assert {contact: str(client) for contact, client in mapped.items()} == done
        assert len(done) == found["done"] == found["to_do"] == found["counts"]["outcomes"]["imported"] >= 60
        assert clients == Counter(row["name"] for row in found["rows"] if row["outcome"] == "imported")
        assert set(clients.values()) == {1}
        assert admin.post(f"{path}/undo").status_code == 200
        assert _live_and_die(pair, commit, when) > 3
    with pair.scope():
        assert Counter(db.session.scalars(select(Client.name))) == before
        assert db.session.scalar(select(func.count(ContactMapping.id))) == 0
    assert admin.get(path).get_json()["counts"]["undone"] == {"undone": len(done)}


def test_both_practices_by_programs_pause_go_on_and_few_calls(pair, api, work):
    abc, smith = api("admin@abc.test"), api("admin@smith.test")
    pair.simulator.post("seed", {"organisation": "ABC Pty Ltd", "contacts": 2100})
    pair.simulator.advance(600)
    before = len(pair.simulator.ledger())
    assert abc.post("/api/contact-imports", {"dry_run": False}).get_json()["error"]["fields"]["choose"]
    ours = abc.post("/api/contact-imports", {"dry_run": False, "choose": "exact_and_new"})
    assert ours.status_code == 201
    assert abc.post("/api/contact-imports", {"dry_run": True}).status_code == 409
    path = f"/api/contact-imports/{ours.get_json()['id']}"
    assert smith.get(path).status_code == smith.post(f"{path}/pause").status_code == 404
    assert abc.post(f"{path}/pause").get_json()["state"] == "paused"
    work()
    assert abc.get(path).get_json()["contacts_read"] == 0
    assert abc.post(f"{path}/resume").get_json()["state"] == "working"
    work()
    found = abc.get(path, query_string={"outcome": "imported", "limit": 1}).get_json()
    assert (found["state"], found["done"]) == ("done", found["to_do"])
    assert found["counts"]["outcomes"]["imported"] >= 2100
    assert found["rows"][0]["outcome"] == "imported"
    assert found["next_cursor"]
    # Three pages of a thousand, and one call for what has changed since.
    assert _calls(pair, before) == ["GET Contacts"] * 4
    assert found["calls"] == 4

    theirs = smith.post("/api/contact-imports", {"dry_run": True, "choose": "exact"}).get_json()
    work()
    there = smith.get(f"/api/contact-imports/{theirs['id']}").get_json()
    assert (there["phase"], there["state"]) == ("preview", "ready")
    assert 0 < there["contacts_read"] < 100
    again = abc.post("/api/contact-imports", {"dry_run": True}).get_json()
    work()
    assert abc.get(f"/api/contact-imports/{again['id']}").get_json()["counts"]["kinds"]["mapped"] >= 2100
    assert smith.post(f"/api/contact-imports/{theirs['id']}/cancel").get_json()["state"] == "cancelled"
    assert smith.post(f"/api/contact-imports/{theirs['id']}/undo").status_code == 409


def test_a_contact_taken_off_the_ignore_list_is_looked_at_again(pair, admin):
    pair.make("Power & Water Supply")
    page = _begun(pair, admin)
    admin.post(f"{page}/choices", {f"row-{_row(pair, 'Power & Water Supply').id}": "ignore"})
    _run(pair, admin, page)
    page = _begun(pair, admin)
    assert _row(pair, "Power & Water Supply").kind == "ignored"
    admin.post(f"{page}/cancel")
    listed = admin.get("/settings/integrations/xero/contacts/ignored").get_data(as_text=True)
    one = re.search(r'name="ids" value="([^"]+)"', listed)
    assert one is not None
    admin.post("/settings/integrations/xero/contacts/ignored", {"ids": one[1]})
    _begun(pair, admin)
    assert _row(pair, "Power & Water Supply").kind == "new"
