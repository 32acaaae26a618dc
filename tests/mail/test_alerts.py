"""A broken connection is told to the practice's admins by mail, once for each break."""

import threading

from flask import Flask
from sqlalchemy import select, text

from app.extensions import db
from app.models import Connection
from app.sync.connections import note_broken
from app.tenancy import company_scope

SENTENCE = "Xero no longer accepts this connection's sign-in."


def break_it(app: Flask, company_id, commit=True) -> str:
    with app.app_context(), company_scope(company_id):
        connection = db.session.scalars(select(Connection)).one()
        note_broken(connection, SENTENCE)
        db.session.commit() if commit else db.session.rollback()
        return connection.status


def test_each_admin_gets_one_mail_a_break(app: Flask, cast, outbox, superuser):
    with superuser.begin() as connection:
        connection.execute(
            text("update memberships set role = 'admin' where id = :i"),
            {"i": cast.member(cast.abc, "Jane").id},
        )
        connection.execute(
            text("update memberships set role = 'admin', active = false where id = :i"),
            {"i": cast.member(cast.abc, "Mike").id},
        )
    assert break_it(app, cast.abc) == "reconnect_needed"
    assert break_it(app, cast.abc) == "reconnect_needed"
    mails = outbox.all()
    assert [mail.recipient for mail in mails] == ["admin@abc.test", "jane@abc.test"]
    assert {mail.company_id for mail in mails} == {cast.abc}
    assert "ABC Pty Ltd" in mails[0].subject
    assert SENTENCE in mails[0].text
    assert mails[0].link == "/settings/integrations/xero"
    with app.app_context(), company_scope(cast.abc):
        db.session.scalars(select(Connection)).one().status = "connected"
        db.session.commit()
    break_it(app, cast.abc)
    assert len(outbox.all()) == 4


def test_rolled_back_with_what_caused_it(app: Flask, cast, outbox):
    break_it(app, cast.abc, commit=False)
    assert outbox.all() == []


def test_two_that_see_the_break_at_once_tell_of_it_once(app: Flask, cast, outbox):
    both = threading.Barrier(2)

    def see() -> None:
        with app.app_context(), company_scope(cast.abc):
            connection = db.session.scalars(select(Connection)).one()
            both.wait(5)
            note_broken(connection, SENTENCE)
            db.session.commit()

    threads = [threading.Thread(target=see) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [mail.recipient for mail in outbox.all()] == ["admin@abc.test"]
