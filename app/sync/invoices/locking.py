"""Invoices held until the commit."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models import Invoice


def locked(ids: Collection[UUID]) -> list[Invoice]:
    """These invoices as they are now, locked in one order so that no two wait for each other."""
    return list(
        db.session.scalars(
            select(Invoice)
            .where(Invoice.id.in_(ids))
            .order_by(Invoice.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
