"""The chain of the audit log: appended with the change, unbroken under load, and every tampering found."""

import threading
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from app.audit import record as audit
from app.audit.chain import BEGINNING, hash_of
from app.audit.verify import Anchor, verify
from app.clients import actions as clients
from app.extensions import db
from app.models import AuditEvent, Client, Office
from app.settings import actions as settings
from app.tenancy import ScopeError, company_scope

THREADS, CHANGES = 8, 25


def rows(cast, company_id):
    return cast.read(company_id, select(AuditEvent).order_by(AuditEvent.sequence))


def ten_offices(app, company_id):
    for number in range(10):
        with app.app_context(), company_scope(company_id):
            settings.add_office(f"Office {number}")
            db.session.commit()


def findings(app, company_id, anchors=()):
    with app.app_context(), company_scope(company_id):
        return [(one.sequence, one.sentence) for one in verify(company_id, anchors).findings]


def head(app, cast, company_id):
    last = rows(cast, company_id)[-1]
    return Anchor(str(company_id), "XYZ Partners", last.sequence, last.hash, "2026-11-20T00:00:00+00:00")


def tamper(superuser, company_id, *statements, **values):
    with superuser.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), {"c": company_id, **values})


def test_a_row_hangs_on_the_one_before(app, cast):
    ten_offices(app, cast.xyz)
    found = rows(cast, cast.xyz)
    assert [row.sequence for row in found] == list(range(1, 11))
    assert found[0].previous_hash == BEGINNING
    for row, following in pairwise(found):
        assert following.previous_hash == row.hash
        assert following.at >= row.at
    assert findings(app, cast.xyz) == []


def test_what_is_not_done_is_not_told(app, cast):
    with app.app_context(), company_scope(cast.xyz):
        settings.add_office("Undone")
        db.session.rollback()
        office = settings.add_office("Done")
        half = db.session.begin_nested()
        settings.rename_office(office, "Half done")
        half.rollback()
        with db.session.begin_nested():
            settings.rename_office(office, "Renamed")
        db.session.commit()
    assert [(row.what, row.subject_label) for row in rows(cast, cast.xyz)] == [
        ("office.added", "Done"),
        ("office.renamed", "Renamed"),
    ]


def test_a_change_whose_row_cannot_be_written_is_not_made(app, cast, monkeypatch):
    monkeypatch.setattr("app.audit.chain.hash_of", lambda _row: None)  # the column takes no null
    with app.app_context(), company_scope(cast.xyz):
        settings.add_office("Unlogged")
        with pytest.raises(Exception, match="null value"):
            db.session.commit()
        db.session.rollback()
    assert "Unlogged" not in [office.name for office in cast.read(cast.xyz, select(Office))]


def test_outside_a_company_nothing_can_be_told(app):
    with app.app_context(), pytest.raises(ScopeError):
        audit.record("office.added", audit.Subject("office", None, "Nowhere"))


def test_eight_people_at_once_leave_one_chain(app, cast):
    """Changes that lock the company's row, the client's and the chain, in different orders: no deadlock, no gap."""
    start, problems = threading.Barrier(THREADS), []
    client_ids = [client.id for client in cast.read(cast.xyz, select(Client).order_by(Client.number))]

    def work(number: int) -> None:
        start.wait()
        for turn in range(CHANGES):
            try:
                with app.app_context(), company_scope(cast.xyz):
                    client_id = client_ids[(number + turn) % len(client_ids)]
                    client = db.session.scalars(
                        select(Client).where(Client.id == client_id).with_for_update()
                    ).one()
                    clients.edit_client(client, notes=f"{number} {turn}")
                    if turn % 3 == number % 3:
                        clients.create_client(name=f"Client {number} {turn}", kind="company")
                    db.session.commit()
            except Exception as problem:  # noqa: BLE001  whatever it is, the test shows it
                problems.append(repr(problem))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    made = sum(row.what == "client.added" for row in rows(cast, cast.xyz))
    assert made == sum(turn % 3 == number % 3 for number in range(THREADS) for turn in range(CHANGES))
    assert sum(row.what == "client.edited" for row in rows(cast, cast.xyz)) == THREADS * CHANGES
    assert findings(app, cast.xyz) == []


_ALL_BUT_ID_AND_SEQUENCE = ", ".join(
    column.name
    for column in AuditEvent.__table__.columns
    if column.name not in {"company_id", "id", "sequence"}
)
TAMPERINGS = {
    "changed": (
        ["update audit_events set actor_name = 'X' where company_id = :c and sequence = 5"],
        5,
        "was changed",
    ),
    "contents": (
        ["update audit_events set after = null where company_id = :c and sequence = 5"],
        5,
        "was changed",
    ),
    "backdated": (
        ["update audit_events set at = at - interval '1 day' where company_id = :c and sequence = 5"],
        5,
        "was backdated",
    ),
    "deleted": (["delete from audit_events where company_id = :c and sequence = 5"], 6, "5 is missing"),
    "beginning": (
        ["delete from audit_events where company_id = :c and sequence < 4"],
        4,
        "1 to 3 is missing",
    ),
    "reordered": (
        [
            "update audit_events set sequence = sequence - 9 where company_id = :c and sequence in (4, 5)",
            "update audit_events set sequence = -sequence where company_id = :c and sequence < 0",
        ],
        4,
        "does not hang on",
    ),
    "inserted": (
        [
            "update audit_events set sequence = -sequence - 1 where company_id = :c and sequence >= 5",
            "update audit_events set sequence = -sequence where company_id = :c and sequence < 0",
            (
                f"insert into audit_events (company_id, id, sequence, {_ALL_BUT_ID_AND_SEQUENCE})"
                f" select company_id, gen_random_uuid(), 5, {_ALL_BUT_ID_AND_SEQUENCE} from audit_events"
                " where company_id = :c and sequence = 4"
            ),
        ],
        5,
        "does not hang on",
    ),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_is_found(app, cast, superuser, tampering):
    statements, place, sentence = TAMPERINGS[tampering]
    ten_offices(app, cast.xyz)
    tamper(superuser, cast.xyz, *statements)
    assert any(at == place and sentence in said for at, said in findings(app, cast.xyz))


def test_only_an_anchor_finds_a_shortened_chain(app, cast, superuser):
    ten_offices(app, cast.xyz)
    anchor = head(app, cast, cast.xyz)
    tamper(superuser, cast.xyz, "delete from audit_events where company_id = :c and sequence > 8")
    assert findings(app, cast.xyz) == []
    assert findings(app, cast.xyz, [anchor]) == [
        (10, "was anchored and is not there any more: rows were taken away.")
    ]


def test_only_an_anchor_finds_a_chain_written_anew(app, cast, superuser):
    ten_offices(app, cast.xyz)
    anchor = head(app, cast, cast.xyz)
    previous = BEGINNING
    for row in rows(cast, cast.xyz):
        values = {
            name: getattr(row, name)
            for name in AuditEvent.__table__.columns.keys()  # noqa: SIM118  a collection of columns, not a mapping
        }
        forged = {**values, "actor_name": "Nobody", "previous_hash": previous}
        previous = hash_of(forged)
        tamper(
            superuser,
            cast.xyz,
            "update audit_events set actor_name = 'Nobody', previous_hash = :previous, hash = :hash"
            " where company_id = :c and id = :id",
            previous=forged["previous_hash"],
            hash=previous,
            id=row.id,
        )
    assert findings(app, cast.xyz) == []
    assert findings(app, cast.xyz, [anchor]) == [
        (10, "is not the row that was anchored: the chain was written anew.")
    ]


def test_another_companys_anchor_says_nothing(app, cast):
    ten_offices(app, cast.xyz)
    strange = Anchor(str(UUID(int=1)), "Elsewhere", 3, "0" * 64, "2026-11-20T00:00:00+00:00")
    assert findings(app, cast.xyz, [strange]) == []


def test_the_command_anchors_and_compares(app, cast, superuser, tmp_path):
    ten_offices(app, cast.xyz)
    file, run = tmp_path / "anchors", app.test_cli_runner().invoke
    first = run(args=["audit", "verify", "--company", "xyz partners", "--anchor", str(file)])
    last = rows(cast, cast.xyz)[-1]
    assert (first.exit_code, f"XYZ Partners: 10 rows, head {last.hash}, whole" in first.output) == (0, True)
    assert len(file.read_text().splitlines()) == 1
    again = run(args=["audit", "verify", "--all", "--anchor", str(file)])
    assert again.exit_code == 0, again.output
    assert "ABC Accounting" in again.output
    assert "Smith Tax Co." in again.output
    before = file.read_text()
    tamper(superuser, cast.xyz, "delete from audit_events where company_id = :c and sequence = 10")
    assert run(args=["audit", "verify"]).exit_code == 0, "without the anchor nobody can know"
    broken = run(args=["audit", "verify", "--anchor", str(file)])
    assert (broken.exit_code, "row 10 was anchored" in broken.output) == (1, True)
    assert file.read_text() == before
    unknown = run(args=["audit", "verify", "--company", "Nobody"])
    assert (unknown.exit_code, "There is no practice called Nobody." in unknown.output) == (1, True)
    file.write_text("{}\n")
    assert "no anchor" in run(args=["audit", "verify", "--anchor", str(file)]).output


def test_secrets_are_never_written(app, cast):
    with app.app_context(), company_scope(cast.xyz):
        member = cast.member(cast.xyz, "Nina")
        audit.record(
            "practice.changed",
            member.user,
            None,
            {"password_hash": "x", "in": {"refresh_token": "y"}, "a": 1.5},
        )
        db.session.commit()
    [row] = rows(cast, cast.xyz)
    assert row.after == {
        "password_hash": "(not written here)",
        "in": {"refresh_token": "(not written here)"},
        "a": "1.5",
    }
    assert cast.read(cast.xyz, select(func.count(AuditEvent.id))) == [1]
    assert findings(app, cast.xyz) == []
