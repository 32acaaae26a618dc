"""A mail server, and the app as it is outside the demonstration."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from flask import Flask
from pydantic import SecretStr

from app.extensions import db
from app.mail.outbox import post
from app.models import Company
from app.tenancy import company_scope
from tests.support.mails import Outbox, Posted
from tests.support.smtp import MailTaker, mail_taker


@pytest.fixture
def taker() -> Iterator[MailTaker]:
    with mail_taker() as server:
        yield server


@pytest.fixture
def real(app: Flask, taker: MailTaker) -> MailTaker:
    """Mail goes to the mail server, as in production."""
    set_server(app, taker.url)
    return taker


def set_server(app: Flask, url: str | None) -> None:
    app.extensions["settings"] = app.extensions["settings"].model_copy(
        update={
            "demo": False,
            "smtp_url": SecretStr(url) if url else None,
            "mail_from": "Countinghouse <no-reply@practice.example>",
        }
    )


@pytest.fixture
def post_one(app: Flask, outbox: Outbox) -> Callable[..., Posted]:
    """`post_one(company_id)`: a committed mail of that company, or of none."""

    def posted(company_id: UUID | None = None, to: str = "nina@practice.example", **how: object) -> Posted:
        words = {"name": "Nina", "url": "http://localhost:8000/password/reset/s3cret"}
        with app.app_context():
            if company_id is None:
                post("password_reset", to, "A new password", words, reason="Because.", **how)
                db.session.commit()
            else:
                with company_scope(company_id):
                    company = db.session.scalars(db.select(Company)).one()
                    post(
                        "password_reset",
                        to,
                        "A new password",
                        words,
                        company=company,
                        reason="Because.",
                        **how,
                    )
                    db.session.commit()
        return outbox.all()[-1]

    return posted
