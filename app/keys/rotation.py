"""Sealing anew with the present master key what another one sealed: row by row, each committed, so that it may be
interrupted anywhere and run again; and counting what is sealed with which.

A row is locked while it is sealed anew. A refresh of tokens holds no row lock while it asks Xero, and tells by the
stored bytes whether a new consent came in between, so a grant's lock (app/sync/grant_lock.py) is held as well.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from app import lookups
from app.crypto import MasterKeys, SealBrokenError
from app.extensions import db
from app.keys.places import OF_A_COMPANY, OF_NOBODY, Place
from app.sync import grant_lock
from app.sync.own_session import own_transaction

AT_ONCE = 500
"""Ids read at a time."""


@dataclass(frozen=True)
class Owner:
    """A company, or what belongs to none."""

    company_id: UUID | None
    name: str

    @property
    def places(self) -> tuple[Place, ...]:
        return OF_A_COMPANY if self.company_id else OF_NOBODY


@dataclass
class Tally:
    """How it went with one owner's values in one place."""

    done: int = 0
    busy: int = 0
    """Held by somebody all the while: the next run has them."""
    closed: Counter[str] = field(default_factory=Counter)
    """Those that do not open, by the sentence that says why."""

    @property
    def left(self) -> int:
        return self.busy + self.closed.total()


def owners() -> list[Owner]:
    """Everybody with secrets: every company, suspended ones too, and people's own."""
    named = lookups.companies_named(db.session, "")
    db.session.remove()
    return [*(Owner(one.company_id, one.name) for one in named), Owner(None, "People’s own")]


def versions(owner: Owner, place: Place) -> dict[int, int]:
    """How many of the owner's values each key version sealed."""
    with own_transaction(owner.company_id) as session:
        counted = select(place.version, func.count()).where(
            place.column.is_not(None), *place.mine(owner.company_id)
        )
        return dict(session.execute(counted.group_by(place.version)).all())


def rotate(owner: Owner, place: Place, keys: MasterKeys) -> Tally:
    """Seal anew all that another key sealed."""
    tally = Tally()
    for row_id in _older(owner, place, keys.seals):
        try:
            with grant_lock.alone(row_id, wait=True) if place.refreshed else nullcontext():
                tally.done += _seal_anew(owner, place, row_id, keys)
        except SealBrokenError as closed:
            tally.closed[str(closed)] += 1
        except (grant_lock.BusyError, OperationalError):
            tally.busy += 1
    return tally


def _older(owner: Owner, place: Place, seals: int) -> Iterator[UUID]:
    last: UUID | None = None
    while True:
        with own_transaction(owner.company_id) as session:
            found = select(place.row).where(place.version != seals, *place.mine(owner.company_id))
            if last is not None:
                found = found.where(place.row > last)
            row_ids = list(session.scalars(found.order_by(place.row).limit(AT_ONCE)))
        yield from row_ids
        if len(row_ids) < AT_ONCE:
            return
        last = row_ids[-1]


def _seal_anew(owner: Owner, place: Place, row_id: UUID, keys: MasterKeys) -> int:
    """1, or 0 when somebody has sealed it anew, or wiped it, meanwhile. Raises `SealBrokenError`."""
    model = place.column.class_
    with own_transaction(owner.company_id) as session:
        still = (place.row == row_id, place.version != keys.seals)
        sealed = session.scalar(select(place.column).where(*still).with_for_update())
        if sealed is None:
            return 0
        vault = place.vault(keys, owner.company_id, row_id)
        value = vault.seal(vault.open(sealed, row_id, place.field), row_id, place.field)
        anew = update(model).where(place.row == row_id).values({place.column.key: value})
        session.execute(anew.execution_options(synchronize_session=False))
    return 1
