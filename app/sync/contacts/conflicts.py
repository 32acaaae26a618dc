"""Open conflicts are kept as the two sides stand: opened, brought up to date, and closed when the two agree."""

from collections.abc import Sequence

from sqlalchemy import select

from app.extensions import db
from app.models import ContactConflict, ContactMapping, now
from app.sync.contacts.agreement import Difference

VANISHED = "vanished"


def keep(mapping: ContactMapping, differences: Sequence[Difference]) -> None:
    """These, and no others, are the mapping's open conflicts (not committed; the mapping is locked by the caller)."""
    still = {one.field: one for one in differences}
    for conflict in _open(mapping):
        found = still.pop(conflict.field, None)
        if found is None:
            close(conflict, VANISHED, None)
            continue
        conflict.ours, conflict.theirs, conflict.agreed = found.ours, found.theirs, found.agreed
    for one in still.values():
        db.session.add(
            ContactConflict(
                client_id=mapping.client_id,
                mapping_id=mapping.id,
                field=one.field,
                ours=one.ours,
                theirs=one.theirs,
                agreed=one.agreed,
            )
        )


def close(conflict: ContactConflict, resolution: str, by: str | None) -> None:
    """Nobody need decide it any more."""
    conflict.resolved_at, conflict.resolution, conflict.resolved_by = now(), resolution, by


def _open(mapping: ContactMapping) -> Sequence[ContactConflict]:
    return db.session.scalars(
        select(ContactConflict).where(
            ContactConflict.mapping_id == mapping.id, ContactConflict.resolved_at.is_(None)
        )
    ).all()
