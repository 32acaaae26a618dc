"""Who waits to be compared with Xero: errands are written with what causes them, and read by `exchange`."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import ContactErrand, now
from app.tenancy import current_company_id


def note(client_ids: Iterable[UUID], by: str, *, create: bool = False, force: bool = False) -> None:
    """Have these clients compared (not committed). One that waits already gets the wider wish of the two; one that was
    refused is tried afresh."""
    at = now()
    rows = [
        {
            "company_id": current_company_id(),
            "id": uuid4(),
            "client_id": client_id,
            "asked_at": at,
            "asked_by": by,
            "create": create,
            "force": force,
            "created_at": at,
        }
        # In one order, so that two who note the same clients wait for each other instead of both for ever.
        for client_id in sorted(set(client_ids))
    ]
    if not rows:
        return
    wish = insert(ContactErrand).values(rows)
    db.session.execute(
        wish.on_conflict_do_update(
            index_elements=["company_id", "client_id"],
            set_={
                "asked_at": wish.excluded.asked_at,
                "asked_by": wish.excluded.asked_by,
                "create": or_(ContactErrand.create, wish.excluded.create),
                "force": or_(ContactErrand.force, wish.excluded.force),
                "refused": None,
                "refused_code": None,
            },
        )
    )


def any_open() -> bool:
    """Whether somebody waits."""
    return (
        db.session.scalar(select(ContactErrand.id).where(ContactErrand.refused.is_(None)).limit(1))
        is not None
    )


def done(seen: Iterable[tuple[UUID, datetime]]) -> None:
    """These wishes (client, when it was asked) are fulfilled; a newer one of the same client stays (not committed)."""
    wishes = [
        and_(ContactErrand.client_id == client_id, ContactErrand.asked_at == asked_at)
        for client_id, asked_at in seen
    ]
    if wishes:
        db.session.execute(
            delete(ContactErrand).where(or_(*wishes)).execution_options(synchronize_session=False)
        )


def refuse(client_id: UUID, asked_at: datetime, sentence: str, code: str) -> None:
    """This client's contact could not be written; the wish stands with the reason until it is asked for again or
    the client is changed (not committed)."""
    db.session.execute(
        update(ContactErrand)
        .where(ContactErrand.client_id == client_id, ContactErrand.asked_at == asked_at)
        .values(refused=sentence, refused_code=code, batch=None, sent_at=None)
        .execution_options(synchronize_session=False)
    )
