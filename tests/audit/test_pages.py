"""Settings → Audit log: lists with filters, one entry, exports, the JSON API; for admins and visitors only."""

import csv
import io
import json
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import AuditEvent, now
from app.settings import actions as settings
from app.tenancy import company_scope
from tests.support.pages import words

PAGES = [
    "/settings/audit",
    "/settings/audit/views",
    "/settings/audit/export.csv",
    "/settings/audit/export.jsonl",
]


def events(cast, company_id):
    return cast.read(company_id, select(AuditEvent).order_by(AuditEvent.sequence))


@pytest.fixture
def nina(browser, cast):
    """XYZ's admin, who has done three things."""
    nina = browser("admin@xyz.test")
    client = cast.client(cast.xyz)
    nina.post("/settings/offices", {"name": "=Second"})
    nina.post(f"/clients/{client.id}/edit", {"name": "Other Ltd", "kind": "company", "notes": "Rings back"})
    nina.post("/settings/job-names", {"pattern": "{client} {reference}"})
    return nina


def test_the_list_and_its_filters(nina, cast):
    page = words(nina.get("/settings/audit"))
    assert "3 entries" in page
    for said in (
        "Added an office",
        "Changed a client",
        "Changed the practice’s settings",
        "Nina Zhou",
        "127.0.0.1",
    ):
        assert said in page, said
    member = cast.member(cast.xyz, "Nina")
    omar = cast.member(cast.xyz, "Omar")
    today = now().date()
    client = cast.client(cast.xyz)
    for query, count in (
        (f"who={member.user_id}", "3 entries"),
        (f"who={omar.user_id}", "0 entries"),
        ("who=super", "0 entries"),
        ("who=nonsense", "3 entries"),
        ("what=client.", "1 entry"),
        ("what=office.added", "1 entry"),
        ("what=office.closed", "0 entries"),
        ("subject=other", "1 entry"),
        (f"subject_id={client.id}", "1 entry"),
        (f"since={today - timedelta(days=2)}&until={today + timedelta(days=2)}", "3 entries"),
        (f"since={today + timedelta(days=2)}", "0 entries"),
        (f"until={today - timedelta(days=2)}", "0 entries"),
        ("since=0001-01-01&until=9999-12-31", "3 entries"),
    ):
        assert count in words(nina.get(f"/settings/audit?{query}")), query


def test_one_entry_shows_what_changed(nina, cast):
    event = next(row for row in events(cast, cast.xyz) if row.what == "client.edited")
    page = nina.get(f"/settings/audit/{event.id}")
    assert "<ins>Rings back</ins>" in page.text
    assert f"<del>{event.before['name']}</del>" in page.text
    assert event.hash in page.text
    office = next(row for row in events(cast, cast.xyz) if row.what == "office.added")
    assert "=Second" in words(nina.get(f"/settings/audit/{office.id}"))


def test_names_stand_for_ids(browser, api, cast):
    request = cast.request(cast.xyz, status="new")
    omar = cast.member(cast.xyz, "Omar")
    api("admin@xyz.test").post(f"/api/requests/{request.id}/assign", {"accountant_id": str(omar.id)})
    event = events(cast, cast.xyz)[-1]
    page = words(browser("admin@xyz.test").get(f"/settings/audit/{event.id}"))
    assert "Assigned to – Omar Haddad" in page
    assert str(omar.id) not in page


def test_pages_of_the_list(app, browser, cast):
    with app.app_context(), company_scope(cast.xyz):
        for number in range(60):
            settings.add_office(f"Office {number:02}")
        db.session.commit()
    nina = browser("admin@xyz.test")
    first = nina.get("/settings/audit")
    following = first.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = nina.get(following)
    assert "Office 59" in first.text
    assert "Office 05" in second.text
    assert "Office 59" not in second.text
    assert 'rel="prev"' in second.text


def test_the_csv_is_safe_and_filtered(nina):
    answer = nina.get("/settings/audit/export.csv?what=office.")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
    headings, row = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    told = dict(zip(headings, row, strict=True))
    assert (told["Who"], told["What"], told["Name"]) == ("Nina Zhou", "Added an office", "'=Second")
    assert "Name: – → =Second" in told["What changed"]


def test_the_json_lines_can_be_verified_by_anyone(nina, cast):
    lines = nina.get("/settings/audit/export.jsonl").text.splitlines()
    assert len(lines) == 3
    rows = [json.loads(line) for line in reversed(lines)]
    previous = "0" * 64
    for row in rows:
        sealed = row.pop("hash")
        assert row["previous_hash"] == previous
        written = json.dumps(row, sort_keys=True, separators=(",", ":"))
        assert sha256(written.encode("ascii")).hexdigest() == sealed
        previous = sealed
    assert previous == events(cast, cast.xyz)[-1].hash


def test_exports_are_told(nina, cast):
    nina.get("/settings/audit/export.csv?what=office.")
    page = words(nina.get("/settings/audit/views"))
    assert "Exported the audit log" in page
    assert "what: office." in page
    assert "1 view" in words(nina.get("/settings/audit/views?what=audit.exported"))


def test_the_api_tells_the_same(nina, api, cast):
    nina_api = api("admin@xyz.test")
    first = nina_api.get("/api/audit?limit=2").json
    assert [item["sequence"] for item in first["items"]] == [3, 2]
    assert first["items"][1]["after"]["name"] == "Other Ltd"
    rest = nina_api.get(f"/api/audit?limit=2&cursor={first['next_cursor']}").json
    assert ([item["sequence"] for item in rest["items"]], rest["next_cursor"]) == ([1], None)
    assert len(nina_api.get("/api/audit?what=client.").json["items"]) == 1
    assert nina_api.get("/api/audit?what=%25").status_code == 422
    assert api("jane@abc.test").get("/api/audit").status_code == 403


@pytest.mark.parametrize("path", PAGES)
def test_nobody_else_sees_it(nina, browser, cast, path):
    assert nina.get(path).status_code == 200
    assert browser("omar@xyz.test").get(path).status_code == 403
    assert browser("client@abc.test").get(path).status_code == 404
    event = events(cast, cast.xyz)[0]
    smith = browser("admin@smith.test")
    assert smith.get(f"/settings/audit/{event.id}").status_code == 404
    assert "Other Ltd" not in smith.get(path).text
