"""What a client's people are told by mail about documents. Nothing here commits."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from app.auth.viewer import CompanyView
from app.extensions import db
from app.mail.outbox import post, public_link
from app.models import Client, Company, Document, DocumentAsk, Membership, User


def people_of(client_id: UUID) -> Sequence[Row[str, str]]:
    """Who reads this client's portal now. Row: email, name."""
    return db.session.execute(
        select(User.email, User.name)
        .select_from(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.client_id == client_id, Membership.active, User.active)
        .order_by(User.email)
    ).all()


def asked(company: Company | CompanyView, client: Client, asks: Iterable[DocumentAsk], by: str) -> int:
    """Tell them what is wanted, all in one mail each; how many mails that is."""
    wanted = [
        {"type": ask.doc_type, "year": ask.tax_year, "note": ask.note, "due_on": ask.due_on} for ask in asks
    ]
    count = "a document" if len(wanted) == 1 else f"{len(wanted)} documents"
    return _tell(company, client, "documents_asked", f"{company.name} asks you for {count}", by, wanted)


def rejected(company: Company | CompanyView, client: Client, documents: Iterable[Document], by: str) -> int:
    """Tell them what has to be sent again, and why."""
    returned = [{"name": one.name, "type": one.doc_type, "reason": one.reason} for one in documents]
    what = returned[0]["type"] if len(returned) == 1 else f"{len(returned)} documents"
    return _tell(company, client, "document_rejected", f"Please send {what} again", by, returned)


def _tell(
    company: Company | CompanyView,
    client: Client,
    kind: str,
    subject: str,
    by: str,
    documents: list[dict[str, Any]],
) -> int:
    people = people_of(client.id)
    for email, name in people:
        post(
            kind,
            email,
            subject,
            {"name": name, "by": by, "documents": documents, "url": public_link("portal.index")},
            company=company,
            reason=f"You get this mail because you look after {client.name}’s papers with {company.name}.",
        )
    return len(people)
