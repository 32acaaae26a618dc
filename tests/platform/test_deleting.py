"""Deleting a practice for good: closed at once, kept until the day, then gone to the last row; no other is touched."""

import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.extensions import db, task_queue
from app.models import AuditEvent, Company, CompanyClosing, Model, PlatformEvent, now
from app.platform import erasing
from app.storage import files
from app.storage.place import place_at
from app.tasks import erasing as tasks
from app.tasks.exports import write as write_export
from app.tenancy import company_scope
from tests.house.walls import Practice, mark_alike, telling
from tests.support.pages import words

ROBIN = "super@countinghouse.test"
WHY = "The contract ended and the notice period is over."
ALL_TABLES = (
    "select c.relname from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
    " order by c.relname"
)


def close(person, company_id, **changed):
    return person.post(f"/platform/practices/{company_id}/close", {"typed": "", "because": WHY, **changed})


def rows_with(superuser, needles):
    """Tables with a row that has one of these texts anywhere, read past all walls: table → how many rows."""
    found = {}
    with superuser.connect() as connection:
        for table in connection.scalars(text(ALL_TABLES)).all():
            count = connection.scalar(
                text(
                    f"select count(*) from {table} t where exists (select from unnest(:n) one where"
                    " strpos(t::text, one) > 0)"
                ),
                {"n": list(needles)},
            )
            if count:
                found[table] = count
    return found


def time_has_come(superuser, since="1 hour"):
    with superuser.begin() as connection:
        connection.execute(text(f"update company_closings set erase_after = now() - interval '{since}'"))


def test_closed_at_once_and_kept_after_all(app, browser, cast, outbox):
    robin, nina = browser(ROBIN), browser("admin@xyz.test")
    place = f"/platform/practices/{cast.xyz}"
    for typed, because, said in (
        ("xyz", WHY, "Type the practice’s name as it stands here: XYZ Partners."),
        ("XYZ Partners", "so", "Say in at least 10 characters why it is deleted."),
    ):
        page = close(robin, cast.xyz, typed=typed, because=because)
        assert (page.status_code, words(page).count(said)) == (422, 2)
    assert nina.get("/clients").status_code == 200
    assert close(robin, cast.xyz, typed=" XYZ  Partners ").location == place
    (closing,) = cast.read(cast.xyz, select(CompanyClosing))
    assert timedelta(days=29) < closing.erase_after - now() <= timedelta(days=30)
    (company,) = cast.read(cast.xyz, select(Company))
    day = re.search(r"deleted for good on (\d+ \w+ \d{4})", company.suspension_reason).group(1)
    told = words(nina.get("/clients"))
    assert nina.get("/clients").status_code == 403
    assert WHY in told
    assert day in told
    (mail,) = outbox.all("practice_closing")
    assert (mail.recipient, day in mail.subject, WHY in mail.text, day in mail.html) == (
        "admin@xyz.test",
        *[True] * 3,
    )
    assert "XYZ Partners To be deleted" in words(robin.get("/platform"))
    assert "Everything is deleted for good on" in words(robin.get(place))
    assert close(robin, cast.xyz, typed="XYZ Partners").status_code == 409
    assert "Take that back" in words(robin.post(f"{place}/resume"))
    with app.app_context():
        assert erasing.erase(cast.xyz) is False, "its day has not come"
    assert robin.post(f"{place}/keep").location == place
    assert nina.get("/clients").status_code == 200
    assert outbox.last("practice_kept").recipient == "admin@xyz.test"
    assert robin.post(f"{place}/keep").status_code == 409
    acts = cast.read(cast.xyz, select(AuditEvent.what).order_by(AuditEvent.sequence))
    assert acts == ["practice.closed", "practice.kept"]


def test_gone_to_the_last_row_and_nobody_else_touched(app, browser, cast, superuser, simulator, monkeypatch):
    robin, alice = browser(ROBIN), browser("admin@abc.test")
    mark_alike(superuser, cast.smith)
    alice.get("/clients")
    alice.post("/settings/people", {"email": "invited@abc.test", "role": "accountant"})
    alice.post("/settings/export")
    for job in [job for job in task_queue_jobs(app) if job.func_name.endswith("exports.write")]:
        with app.app_context():
            write_export(*job.args)
    with app.app_context(), company_scope(cast.abc):
        files.put(uuid4(), io.BytesIO(b"a client's papers"), 1000)
        db.session.commit()
        place = place_at(app.extensions["settings"].documents_url)
        assert list(place.names(cast.abc))
    robin.post(f"/platform/practices/{cast.abc}/enter", {"reason": WHY, "minutes": "60"})
    robin.post("/platform/leave")
    jane = cast.member(cast.abc, "Jane").user_id
    with superuser.begin() as connection:
        connection.execute(
            text(
                "insert into memberships (company_id, id, user_id, role, active, created_at)"
                " values (:c, gen_random_uuid(), :u, 'accountant', false, now())"
            ),
            {"c": cast.smith, "u": jane},
        )
    close(robin, cast.abc, typed="ABC Accounting")
    ours, theirs = Practice(superuser, cast.abc), Practice(superuser, cast.smith)
    janes = {"jane@abc.test", "Jane Doe"}
    needles = {
        str(cast.abc),
        *telling(ours.texts() - janes, theirs.texts() | {"Robin Vale", "ABC Accounting", WHY}),
    }
    assert len(rows_with(superuser, needles)) > 15
    time_has_come(superuser)
    _killed_half_way(app, cast, monkeypatch)
    assert robin.post(f"/platform/practices/{cast.abc}/keep").status_code == 409, "there is no way back now"
    tasks.ring_due(app)
    (job,) = [job for job in task_queue_jobs(app) if job.func_name == tasks.ERASE]
    with app.app_context():
        tasks.run(*job.args)

    assert rows_with(superuser, needles) == {"platform_events": 1}
    with app.app_context():
        assert erasing.erase(cast.abc) is False, "twice is harmless"
        (record,) = db.session.scalars(select(PlatformEvent))
        assert not list(place.names(cast.abc))
        assert not list(app.extensions["settings"].export_folder.glob(f"{cast.abc}*"))
    assert (record.what, record.company_name, record.actor_name) == (
        "practice.deleted",
        "ABC Accounting",
        "Robin Vale",
    )
    assert (record.details["reason"], record.details["xero"]) == (WHY, "told")
    assert record.details["rows"]["clients"] == len(ours.rows["clients"])
    state = simulator.state()
    assert state["organisations"]["ABC Pty Ltd"]["connections"] == []
    assert state["organisations"]["Smith & Co"]["connections"]
    with superuser.connect() as connection:
        left = set(connection.scalars(text("select email from users")))
        assert {"jane@abc.test", ROBIN, "admin@smith.test"} <= left
        assert not {"admin@abc.test", "mike@abc.test", "client@abc.test"} & left
    after = Practice(superuser, cast.smith)
    assert after.rows == theirs.rows
    assert browser("admin@smith.test").get("/clients").status_code == 200
    assert "Deleted the practice for good ABC Accounting" in words(robin.get("/platform/log"))


def _killed_half_way(app, cast, monkeypatch):
    """The worker dies at its fifth table."""
    real, seen = erasing._empty, []

    def dying(table, company_id):
        seen.append(table.name)
        if len(seen) == 5:
            raise KeyboardInterrupt
        real(table, company_id)

    with monkeypatch.context() as patch, app.app_context():
        patch.setattr(erasing, "_empty", dying)
        with pytest.raises(KeyboardInterrupt):
            erasing.erase(cast.abc)
    (closing,) = cast.read(cast.abc, select(CompanyClosing))
    assert closing.begun_at is not None


def task_queue_jobs(app):
    with app.app_context():
        return task_queue().jobs


def test_while_xero_is_away_it_waits_some_days(app, browser, cast, superuser, simulator):
    close(browser(ROBIN), cast.abc, typed="ABC Accounting")
    time_has_come(superuser)
    simulator.fault("503", path="/connections", times=9)
    with app.app_context():
        assert erasing.erase(cast.abc) is False
    assert cast.client(cast.abc), "nothing is deleted before Xero was told"
    time_has_come(superuser, "4 days")
    with app.app_context():
        assert erasing.erase(cast.abc) is True
        (record,) = db.session.scalars(select(PlatformEvent))
    assert record.details["xero"] == "not_told"


def test_the_applications_role_cannot_shorten_it(browser, cast, superuser, databases, database):
    """Whoever holds the application's sign-in to the database deletes no log and no practice before its time."""
    close(browser(ROBIN), cast.xyz, typed="XYZ Partners")
    role = databases.engine(database, "countinghouse_app")
    columns, values = "company_id, id, asked_by, reason", ":c, gen_random_uuid(), 'x', 'x'"
    insert = f"insert into company_closings ({columns}, {{}}) values ({values}, now())"
    forbidden = (
        "update company_closings set erase_after = now()",
        insert.format("erase_after"),
        insert.format("asked_at"),
        "delete from companies where id = :c",
        "delete from audit_events",
        "select erase_logs(:c, 10)",
        "select erase_company(:c)",
    )
    for company_id in (cast.xyz, cast.smith):
        for statement in forbidden:
            _refused(role, company_id, statement, company_id)
    time_has_come(superuser)
    for statement in ("select erase_logs(:c, 10)", "select erase_company(:c)"):
        _refused(role, cast.smith, statement, cast.xyz)


def _refused(role, scope, statement, company_id):
    with role.connect() as connection:
        connection.execute(text("select set_config('app.company_id', :c, true)"), {"c": str(scope)})
        with pytest.raises(DBAPIError, match=r"permission denied|not to be deleted"):
            connection.execute(text(statement), {"c": company_id})


def test_every_table_of_a_practice_is_emptied_by_somebody():
    """Over the metadata: a new company table is found without anybody listing it."""
    mine = {
        table.name
        for table in Model.metadata.sorted_tables
        if "company_id" in table.columns
        or any(key.column.table.name == "companies" for key in table.foreign_keys)
    }
    emptied = {table.name for table in erasing.tables_to_empty()}
    assert mine - emptied == erasing.BY_FUNCTION | {"user_sessions"}
    accounts = {table.name for table, _ in erasing.account_tables()}
    of_people = {
        table.name
        for table in Model.metadata.sorted_tables
        if any(key.column.table.name == "users" for key in table.foreign_keys)
    }
    assert of_people - emptied == accounts
