"""Sweeping up: bytes that no row knows, left by a process that died, and uploads' rows that became nothing."""

import logging
from datetime import timedelta
from itertools import islice

from sqlalchemy import select

from app.extensions import db, settings
from app.models import StoredFile, now
from app.storage.place import place_at
from app.tenancy import current_company_id

log = logging.getLogger(__name__)

OLD = timedelta(days=1)
"""Longer than any upload lasts: what is written right now is never swept."""
AT_ONCE = 500


def sweep() -> int:
    """Remove this company's bytes that are a day old and that no row knows; how many files that were."""
    place, company_id = place_at(settings().documents_url), current_company_id()
    names = (name for name, at in place.names(company_id) if at < now() - OLD)
    swept = 0
    while portion := list(islice(names, AT_ONCE)):
        for name in _unknown(portion):
            place.remove_listed(company_id, name)
            swept += 1
    if swept:
        log.info("Swept %s files that belonged to nothing", swept)
    return swept


def _unknown(names: list[str]) -> list[str]:
    keys = {name.partition(".")[0] for name in names}
    rows = db.session.execute(select(StoredFile.key, StoredFile.pieces).where(StoredFile.key.in_(keys)))
    known: set[str] = set()
    for key, pieces in rows:
        known |= {key, *(f"{key}.{name}" for name, _ in pieces)}
    return [name for name in names if name not in known]
