"""A practice's mail stands behind its wall, and its links behind a seal."""

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from app.crypto import SealBrokenError
from app.extensions import db
from app.mail.outbox import read_body
from app.models import Mail
from app.tenancy import company_scope


@pytest.fixture
def raw(databases, database) -> Engine:
    return databases.engine(database, "countinghouse_app")


def seen(raw: Engine, company_id) -> set:
    with raw.begin() as connection:
        if company_id:
            connection.execute(text("select set_config('app.company_id', :c, true)"), {"c": str(company_id)})
        return set(connection.scalars(text("select id from mails")))


def test_raw_sql_sees_ones_own_mail_and_that_of_nobody(app: Flask, raw, cast, post_one):
    abc, smith, persons = post_one(cast.abc), post_one(cast.smith), post_one()
    assert seen(raw, cast.abc) == {abc.id, persons.id}
    assert seen(raw, cast.smith) == {smith.id, persons.id}
    assert seen(raw, None) == {persons.id}


def test_no_mail_is_written_or_moved_into_another_practice(app: Flask, raw, cast, post_one):
    mail = post_one(cast.abc)
    with raw.begin() as connection:
        connection.execute(text("select set_config('app.company_id', :c, true)"), {"c": str(cast.smith)})
        assert connection.execute(text("update mails set recipient = 'x'")).rowcount == 0
        assert connection.execute(text("delete from mails")).rowcount == 0
    with raw.connect() as connection:
        connection.execute(text("select set_config('app.company_id', :c, true)"), {"c": str(cast.abc)})
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(text("update mails set company_id = :c"), {"c": cast.smith})
    assert seen(raw, cast.abc) == {mail.id}


def test_the_link_is_not_to_be_read_in_the_table(app: Flask, superuser, post_one, cast):
    post_one(cast.abc)
    with superuser.connect() as connection:
        whole = connection.execute(text("select mails::text, sealed_body from mails")).one()
    assert "s3cret" not in whole[0]
    assert b"s3cret" not in bytes(whole[1])


def test_a_body_moved_to_another_mail_does_not_open(app: Flask, superuser, post_one, outbox, cast):
    one, two = post_one(cast.abc), post_one(cast.abc)
    outbox.set(two, f"sealed_body = (select sealed_body from mails where id = '{one.id}')")
    with app.app_context(), company_scope(cast.abc):
        assert read_body(db.session.get(Mail, one.id))
        with pytest.raises(SealBrokenError):
            read_body(db.session.get(Mail, two.id))
