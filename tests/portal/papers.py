"""Documents of the portal in tests: asks, decisions, and a second client's person."""

from datetime import timedelta
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import delete, select

from app.extensions import db
from app.models import Client, Document, DocumentAsk, Membership, StoredFile, User, now
from app.tenancy import company_scope
from tests.support.people import Cast

HANNAH, OTTO = "client@abc.test", "otto@other.test"


def write(app: Flask, company_id: UUID, *rows: object) -> None:
    with app.app_context(), company_scope(company_id):
        db.session.add_all(rows)
        db.session.commit()


def clear(app: Flask, cast: Cast) -> None:
    """Take away what the demonstration asks for and has received."""
    for company_id in (cast.abc, cast.smith):
        with app.app_context(), company_scope(company_id):
            for model in (Document, DocumentAsk, StoredFile):
                db.session.execute(delete(model))
            db.session.commit()


def person_of(app: Flask, company_id: UUID, client_id: UUID, email: str = OTTO) -> None:
    """Somebody of this client who may sign in."""
    user = User(id=uuid4(), email=email, name="Otto Other", password_hash="")
    write(app, company_id, user, Membership(user_id=user.id, role="client", client_id=client_id))


def ask(
    app: Flask, company_id: UUID, client_id: UUID, doc_type: str = "Bank statements", **more: object
) -> UUID:
    row = DocumentAsk(
        **{
            "id": uuid4(),
            "client_id": client_id,
            "doc_type": doc_type,
            "due_on": now().date() + timedelta(days=9),
            "asked_by": "Jane Doe",
            **more,
        }
    )
    ask_id: UUID = row.id
    write(app, company_id, row)
    return ask_id


def decide(app: Flask, company_id: UUID, document_id: UUID, state: str, reason: str | None = None) -> None:
    with app.app_context(), company_scope(company_id):
        document = db.session.scalars(select(Document).filter_by(id=document_id)).one()
        document.state, document.reason = state, reason
        document.decided_by, document.decided_at = "Jane Doe", now()
        if state == "accepted" and document.ask_id:
            db.session.scalars(select(DocumentAsk).filter_by(id=document.ask_id)).one().state = "fulfilled"
        db.session.commit()


def another_client(cast: Cast, client_id: UUID) -> Client:
    found: Client = cast.read(cast.abc, select(Client).where(Client.id != client_id).order_by(Client.number))[
        0
    ]
    return found
