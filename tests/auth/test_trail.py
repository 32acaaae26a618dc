"""What happens to a person's account stands in the log of each of their practices, and of nobody else's."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.audit import chain
from app.audit.verify import verify
from app.auth import second_factor_app
from app.extensions import db
from app.models import AuditEvent
from app.tenancy import company_scope
from tests.auth.test_second_factor import Phone, set_up

PASSWORD, NEW = "countinghouse-demo", "quiet teal otter lamps"
JANE = "jane@abc.test"


@pytest.fixture(autouse=True)
def jane_in_smith(superuser, cast):
    """Jane is a person of two practices."""
    with superuser.begin() as connection:
        connection.execute(
            text(
                "insert into memberships (company_id, id, user_id, role, active, created_at)"
                " select :company, :id, id, 'admin', true, now() from users where email = :jane"
            ),
            {"company": cast.smith, "id": uuid4(), "jane": JANE},
        )


@pytest.fixture
def phone(monkeypatch) -> Phone:
    return Phone(monkeypatch)


def told(cast, company_id) -> list[AuditEvent]:
    """What is told of Jane, oldest first, but for coming and going."""
    rows = cast.read(company_id, select(AuditEvent).order_by(AuditEvent.sequence))
    usual = {"person.signed_in", "person.opened", "person.signed_out"}
    return [row for row in rows if row.subject_label == "Jane Doe" and row.what not in usual]


def whats(cast, company_id) -> list[str]:
    return [row.what for row in told(cast, company_id)]


def test_each_change_is_told_to_every_practice_of_the_person(app: Flask, browser, outbox, cast, phone):
    jane, other = browser(JANE), browser(JANE)
    codes = set_up(jane, phone)
    assert "/sign-in" in other.get("/").location
    asks = {"password": PASSWORD, "code": phone.next()}
    jane.post("/account/second-factor/recovery-codes", asks)
    jane.post("/account/second-factor/recovery-codes", asks).close()  # the code again: a wrong one
    jane.post("/account/second-factor/app/off", {"password": PASSWORD, "code": phone.next()})
    browser(JANE), browser(JANE)
    jane.post("/account/sessions/end-others")
    jane.post("/account/password", {"current": PASSWORD, "password": NEW, "again": NEW})
    jane.post("/account/email", {"current": NEW, "email": "jane@else.example"})
    jane.post(outbox.last("email_confirm").link)
    expected = [
        "person.app_set_up",
        "person.codes_made",
        "person.code_failed",
        "person.app_removed",
        "person.sessions_ended",
        "person.password_changed",
        "person.email_changed",
    ]
    assert whats(cast, cast.abc) == whats(cast, cast.smith) == expected
    assert whats(cast, cast.xyz) == []
    for company_id, role in ((cast.abc, "accountant"), (cast.smith, "admin")):
        rows = {row.what: row for row in told(cast, company_id)}
        changed = rows["person.password_changed"]
        assert (changed.actor_name, changed.actor_role, changed.address) == ("Jane Doe", role, "127.0.0.1")
        assert rows["person.sessions_ended"].after == {"count": 2}
        assert rows["person.email_changed"].after == {"email": "jane@else.example"}
        assert rows["person.email_changed"].before == {"email": JANE}
        assert rows["person.code_failed"].actor_id is None
        said = repr([(row.before, row.after) for row in rows.values()])
        assert not any(secret in said for secret in (NEW, PASSWORD, phone.secret, *codes))
        with app.app_context(), company_scope(company_id):
            assert verify(company_id, []).whole


def test_a_reset_by_mail_a_recovery_code_and_one_device(browser, outbox, cast, phone, superuser):
    codes = set_up(browser(JANE), phone)
    nobody = browser(None)
    nobody.post("/password/forgot", {"email": JANE})
    nobody.post(outbox.last("password_reset").link, {"password": NEW, "again": NEW})
    nobody.post("/sign-in", {"email": JANE, "password": NEW})
    nobody.post("/sign-in/code", {"code": codes[0]})
    with superuser.begin() as connection:
        mine = connection.scalar(text("select id from user_sessions where ended_at is null"))
    nobody.post(f"/account/sessions/{mine}/end")
    assert whats(cast, cast.smith) == [
        "person.app_set_up",
        "person.password_reset",
        "person.code_used",
        "person.session_ended",
    ]
    assert told(cast, cast.abc)[2].after == {"left": 9}


def test_the_change_and_its_rows_stand_or_fall_together(browser, cast, monkeypatch):
    jane, append, wrote = browser(JANE), chain.append, []

    def second_breaks(connection, company_id, entries):
        if wrote:
            raise RuntimeError("no room")
        wrote.append(company_id)
        append(connection, company_id, entries)

    monkeypatch.setattr(chain, "append", second_breaks)
    sent = {"current": PASSWORD, "password": NEW, "again": NEW}
    assert jane.post("/account/password", sent).status_code == 500
    monkeypatch.undo()
    assert whats(cast, cast.abc) == whats(cast, cast.smith) == []
    assert browser(None).post("/sign-in", {"email": JANE, "password": PASSWORD}).status_code == 302


def test_a_second_factor_reset_by_the_operator(app: Flask, browser, api, outbox, cast, phone):
    jane, run = browser(JANE), app.test_cli_runner().invoke
    codes = set_up(jane, phone)
    words = ["people", "reset-second-factor"]
    for address, reason, says in (
        ("nobody@abc.test", "why", "There is no active person with the address nobody@abc.test."),
        (JANE, " ", "The reason is missing."),
        ("mike@abc.test", "why", "Mike Brown has no second factor"),
    ):
        refused = run(args=[*words, address, "--reason", reason])
        assert (refused.exit_code, says in refused.output) == (1, True), refused.output
    done = run(args=[*words, "JANE@abc.test"], input="Lost phone and codes; called back.\n")
    assert done.exit_code == 0, done.output
    assert "Jane Doe (jane@abc.test) signs in with the password alone now" in done.output
    assert "/sign-in" in jane.get("/").location
    with app.app_context():
        factor = db.session.scalars(select(second_factor_app.SecondFactor)).one()
        assert factor.app_secret is None
    mail = outbox.last("second_factor_reset")
    assert (mail.recipient, "Lost phone and codes; called back." in mail.text) == (JANE, True)
    assert not any(code in mail.text for code in codes)
    for company_id in (cast.abc, cast.smith):
        row = told(cast, company_id)[-1]
        assert (row.what, row.actor_name) == ("person.factor_reset", "The installation’s operator")
        assert row.after == {"reason": "Lost phone and codes; called back."}
        assert row.before == {"authenticator": True, "keys": 0, "codes": 10}
    assert browser(None).post("/sign-in", {"email": JANE, "password": PASSWORD}).location == "/companies"
