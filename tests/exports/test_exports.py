"""An export of everything: whole, without secrets, of one practice only, and never half."""

import hashlib
import io
import json
import os
import re
import time
from contextlib import closing
from datetime import timedelta
from uuid import uuid4
from zipfile import ZipFile

import pytest
from sqlalchemy import LargeBinary, select, text

from app.exports import actions, contents, storage
from app.extensions import db, task_queue
from app.models import AuditEvent, CompanyExport, Model, PlatformEvent, now
from app.tasks import exports as tasks
from app.tasks.periodic import count_stored
from app.tenancy import company_scope, company_tables
from tests.house.walls import Practice, mark_alike, telling
from tests.support.pages import words

ROBIN, ALICE = "super@countinghouse.test", "admin@abc.test"
WHY = "They leave us for another system."


def exports_of(cast, company_id):
    return cast.read(company_id, select(CompanyExport).order_by(CompanyExport.created_at))


def write_all(app):
    """What a worker does with what was rung for."""
    with app.app_context():
        jobs = task_queue().jobs
    for job in jobs:
        if job.func_name == actions.WRITE:
            with app.app_context():
                tasks.write(*job.args)
            job.delete()


def opened(response):
    assert response.status_code == 200
    assert response.mimetype == "application/zip"
    with closing(response):
        return ZipFile(io.BytesIO(response.data))


def lines(zipped, name):
    return [json.loads(line) for line in zipped.read(f"tables/{name}.jsonl").splitlines()]


def test_everything_of_one_practice_and_no_secret(app, browser, cast, superuser, simulator):
    """Every row of every table is there; nothing sealed, nothing that opens something, nothing of the neighbours."""
    mark_alike(superuser, cast.smith)
    alice = browser(ALICE)
    alice.post("/settings/people", {"email": "new@abc.test", "role": "accountant"})
    alice.post("/settings/integrations/xero/connect")
    assert alice.post("/settings/export").location == "/settings/export"
    assert "The export is being written" in words(alice.get("/settings/export"))
    again = alice.post("/settings/export")
    assert "is being written already" in words(alice.get(again.location))
    write_all(app)
    page = words(alice.get("/settings/export"))
    assert re.search(r"File [0-9]+ kB [0-9,]+ rows as they stood", page)
    answer = alice.post("/settings/export/download")
    assert "ABC-Accounting-" in answer.headers["Content-Disposition"]
    zipped = opened(answer)
    (export,) = exports_of(cast, cast.abc)
    assert (export.state, export.attempts) == ("ready", 1)

    manifest = json.loads(zipped.read("manifest.json"))
    assert zipped.testzip() is None
    assert manifest["practice"] == {"id": str(cast.abc), "name": "ABC Accounting"}
    assert (manifest["asked_by"], manifest["schema"] >= "0008") == ("Alice Carter", True)
    # The documents themselves, each under its id, as its row says.
    papers = lines(zipped, "documents")
    assert manifest["documents"]["files"] == len(papers) > 3
    assert manifest["documents"]["not_as_received"] == []
    for paper in papers:
        held = zipped.read(f"documents/{paper['id']}.{paper['extension']}")
        assert hashlib.sha256(held).hexdigest() == paper["sha256"]
    for entry in manifest["files"]:
        body = zipped.read(entry["name"])
        assert hashlib.sha256(body).hexdigest() == entry["sha256"], entry["name"]
        assert len(body.splitlines()) == entry["rows"], entry["name"]
    assert export.rows == sum(entry["rows"] for entry in manifest["files"])

    everything = b"\n".join(zipped.read(name) for name in zipped.namelist()).decode(errors="replace")
    held = {name.removeprefix("tables/").removesuffix(".jsonl") for name in zipped.namelist()}
    tables = {table.name for table in company_tables()}
    assert tables - contents.LEFT_OUT.keys() <= held
    with superuser.connect() as connection:
        for table in sorted(tables & held - {"audit_events", "audit_views", "company_exports"}):
            count = connection.scalar(
                text(f"select count(*) from {table} where company_id = :c"), {"c": cast.abc}
            )
            assert len(lines(zipped, table)) == count, table
        secrets = list(_secrets(connection))
    assert len(secrets) > 10, "the cast has no secrets, so nothing is proved"
    assert [one for one in secrets if one in everything] == []
    theirs, ours = Practice(superuser, cast.smith), Practice(superuser, cast.abc)
    canaries = telling(theirs.texts(), ours.texts())
    assert len(canaries) > 50
    assert [one for one in canaries if one in everything] == []
    assert not theirs.table_of.keys() - ours.table_of.keys() & set(re.findall(r"[0-9a-f-]{36}", everything))
    assert lines(zipped, "xero_staff")[0]["xero_user_id"]
    assert any(one["xero_job_id"] for one in lines(zipped, "service_requests"))
    assert {"name": "Jane Doe", "email": "jane@abc.test"}.items() <= {
        **next(one for one in lines(zipped, "people") if one["name"] == "Jane Doe")
    }.items()
    told = [one.what for one in cast.read(cast.abc, select(AuditEvent).order_by(AuditEvent.sequence))]
    assert told[-2:] == ["practice.export_asked", "practice.export_downloaded"]


def _secrets(connection):
    """Every value of every column that an export keeps back, of everybody, as it would stand in a file."""
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            if contents.is_secret(column) or (
                table.name in contents.LEFT_OUT and column.name.endswith("_hash")
            ):
                for value in connection.scalars(select(column).where(column.is_not(None))):
                    if isinstance(value, bytes | memoryview):
                        yield bytes(value).hex()
                    elif len(str(value)) > 15 and not isinstance(value, bool):
                        yield str(value)


def test_no_column_that_opens_something_is_exported(app):
    """Over the metadata, so that a new table's secrets are found, too: what is bytes, and what is called so."""
    suspicious = re.compile(
        r"pass|secret|token|hash|seal|verif|key|cipher|session|otp|recover|code$", re.IGNORECASE
    )
    harmless = {
        *("audit_events.hash", "audit_events.previous_hash"),
        *(
            "clients.postal_code",
            "contact_errands.refused_code",
            "connections.short_code",
            "services.account_code",
            "services.item_code",
            "xero_list_entries.code",
        ),
        *("operations.error_code", "xero_calls.error_code"),
    }
    with app.app_context():
        exported = {
            f"{part.name}.{column.name}"
            for part in contents.parts_of(uuid4())
            for column in part.statement.selected_columns
            if not isinstance(column.type, LargeBinary) or pytest.fail(f"{part.name}.{column.name} is bytes")
        }
    assert {name for name in exported if suspicious.search(name.split(".")[1])} - harmless == set()
    assert "grants.xero_user_id" in exported


def test_a_worker_that_dies_leaves_nothing_to_download(app, browser, cast, superuser):
    alice = browser(ALICE)
    alice.post("/settings/export")
    (export,) = exports_of(cast, cast.abc)
    dead = uuid4()
    with app.app_context():
        half = storage._part(cast.abc, dead)
        half.write_bytes(b"PK half")
        os.utime(half, (time.time() - 7200,) * 2)
        task_queue().empty()
    _change(
        superuser,
        export,
        "state = 'running', lease = :lease, lease_until = now() - interval '1 s'",
        lease=dead,
    )
    refused = alice.post("/settings/export/download")
    assert "There is no finished export" in words(alice.get(refused.location))
    tasks.sweep(app)
    write_all(app)
    (export,) = exports_of(cast, cast.abc)
    assert (export.state, export.lease) == ("ready", None)
    opened(alice.post("/settings/export/download"))
    tasks.remove_left_files(app)
    assert not half.exists()
    assert storage_of(app, cast.abc).exists(), "the finished file stays"


def test_a_run_that_was_only_asleep_offers_nothing(app, browser, cast, superuser, monkeypatch):
    """Its lease went to another run while it wrote: what it wrote is thrown away."""
    browser(ALICE).post("/settings/export")
    (export,) = exports_of(cast, cast.abc)
    monkeypatch.setattr(actions, "RENEW_SECONDS", 0)
    write = actions.write

    def asleep(*arguments):
        _change(superuser, export, "lease = gen_random_uuid()")
        return write(*arguments)

    monkeypatch.setattr(actions, "write", asleep)
    with app.app_context():
        assert actions.carry_out(cast.abc, export.id) is None
        assert list(storage._folder().glob("*.part")) == []
    monkeypatch.setattr(actions, "write", write)
    _change(superuser, export, "lease_until = now() - interval '1 s', attempts = 3")
    with app.app_context():
        assert actions.carry_out(cast.abc, export.id) == "failed", "it has killed enough workers"
    assert "did not work" in words(browser(ALICE).get("/settings/export"))


def test_it_goes_after_a_week_and_a_new_one_takes_its_place(app, browser, cast, superuser):
    alice = browser(ALICE)
    for _ in range(2):
        alice.post("/settings/export")
        write_all(app)
    first, second = exports_of(cast, cast.abc)
    assert (first.state, second.state) == ("gone", "ready")
    assert timedelta(days=6) < second.expires_at - now() <= timedelta(days=7)
    _change(superuser, second, "expires_at = now() - interval '1 s'")
    refused = alice.post("/settings/export/download")
    assert "its time is over" in words(alice.get(refused.location))
    tasks.sweep(app)
    assert exports_of(cast, cast.abc)[1].state == "gone"
    assert not storage_of(app, cast.abc).exists()
    assert "was removed" in words(alice.get("/settings/export"))
    count_stored(app)


def test_the_platform_exports_with_a_reason_that_the_practice_reads(app, browser, cast):
    robin = browser(ROBIN)
    place = f"/platform/practices/{cast.xyz}"
    page = robin.post(f"{place}/export", {"why": "so"})
    assert (page.status_code, words(page).count("Say in at least 10 characters")) == (422, 2)
    assert exports_of(cast, cast.xyz) == []
    robin.post(f"{place}/export", {"why": WHY})
    write_all(app)
    assert WHY in words(robin.get(place))
    people = {one["name"] for one in lines(opened(robin.post(f"{place}/export/download")), "people")}
    assert people == {"Nina Zhou", "Omar Haddad", "Lucy Tran"}
    nina = browser("admin@xyz.test")
    log = words(nina.get("/settings/audit"))
    assert "Downloaded the export of everything" in log
    assert "Robin Vale" in log
    with app.app_context():
        acts = [
            (one.what, one.details)
            for one in db.session.scalars(select(PlatformEvent).order_by(PlatformEvent.at))
        ]
    assert acts == [("practice.export_asked", {"reason": WHY}), ("practice.export_downloaded", {})]
    assert (
        "There is no finished export"
        in words(browser(ALICE).get(browser(ALICE).post("/settings/export/download").location))
        or exports_of(cast, cast.abc) == []
    )


def test_a_reading_visit_and_an_accountant_take_nothing_along(app, browser, cast):
    robin, jane = browser(ROBIN), browser("jane@abc.test")
    robin.post(f"/platform/practices/{cast.abc}/enter", {"reason": WHY, "minutes": "60"})
    for person, status in ((robin, 403), (jane, 403), (browser("client@abc.test"), 404)):
        for path in ("/settings/export", "/settings/export/download"):
            assert person.post(path).status_code == status
    assert exports_of(cast, cast.abc) == []


def storage_of(app, company_id):
    with app.app_context(), company_scope(company_id):
        return storage.finished(company_id)


def _change(superuser, export, what, **values):
    with superuser.begin() as connection:
        connection.execute(
            text(f"update company_exports set {what} where id = :id"), {"id": export.id, **values}
        )
