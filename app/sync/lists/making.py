"""Tracking options made in Xero for offices that have none: the category where it is wanted, then an option an office.

Each is looked for by its name before it is sent, and read back by it when an answer was lost. An option that is made is
its office's in the transaction that records it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import Office, OfficeMapping, XeroListEntry, now
from app.models.base import Json
from app.models.xero_list import ACTIVE
from app.sync.lists import remapping
from app.sync.lists.planning import MOST_ACTIVE, Wish, wish_of
from app.sync.live import connection_of, transport_of
from app.sync.run import Run
from app.tenancy import current_company_id
from app.xero.accounting import AccountingApi, TrackingCategory, TrackingOption
from app.xero.errors import Permanent

Entry = TypeVar("Entry", TrackingCategory, TrackingOption)


def make(run: Run) -> None:
    """The operation. Raises `Blocked`, `app.xero.errors.XeroError`, `NotYet`, `LeaseLost`."""
    connection = connection_of(run)
    wish = wish_of(run.operation)
    accounting, connection_id = AccountingApi(transport_of(run, connection)), connection.id
    categories = accounting.tracking_categories(include_archived=True)
    category_id, options = _category(run, accounting, connection_id, wish, categories)
    archived = []
    for office_id, name in _undecided(connection_id, wish):
        there = _named(options, name)
        if there is not None and there.status != ACTIVE:
            archived.append(name)
            continue
        _option(run, accounting, _Place(connection_id, category_id, wish.category), office_id, name, there)
    decided = [UUID(one) for one in wish.offices]
    remapping.take_over(connection_id, decided)
    if archived:
        run.save()
        names = ", ".join(f"“{name}”" for name in archived)
        raise Permanent(
            "option_archived",
            f"{names} stands archived in the tracking category “{wish.category}”, and Xero takes a name only once."
            " Restore it in Xero, read the lists again, and map the office to it.",
            whose_move="practice",
        )


@dataclass(frozen=True)
class _Place:
    """Where an option goes: ours and Xero's ids of the organisation's category, and its name."""

    connection_id: UUID
    category_id: str
    category: str


def _category(
    run: Run,
    accounting: AccountingApi,
    connection_id: UUID,
    wish: Wish,
    categories: Sequence[TrackingCategory],
) -> tuple[str, Sequence[TrackingOption]]:
    """Xero's id of the category, and the options it has."""
    known = next((one for one in categories if one.id == wish.category_id), None)
    if wish.category_id is None and not run.started("category"):
        known = _named(categories, wish.category)
    if known is not None:
        if known.status != ACTIVE:
            raise _category_left(wish)
        return known.id, known.options
    if wish.category_id is not None:
        raise _category_left(wish)
    if not run.started("category") and sum(one.status == ACTIVE for one in categories) >= MOST_ACTIVE:
        raise Permanent(
            "two_categories",
            "Xero allows two active tracking categories, and this organisation has two. Choose one of them for the"
            " offices, or archive one in Xero first.",
            whose_move="practice",
        )

    def send(key: str) -> Json:
        return {"category_id": accounting.create_tracking_category(wish.category, key).id}

    def read_back() -> Json | None:
        found = _named(accounting.tracking_categories(), wish.category)
        return {"category_id": found.id} if found else None

    def then(result: Json) -> None:
        _keep(connection_id, "tracking_category", str(result["category_id"]), wish.category)

    category_id = str(run.step("category", send, read_back, then)["category_id"])
    made = next((one for one in categories if one.id == category_id), None)
    return category_id, made.options if made else ()


def _category_left(wish: Wish) -> Permanent:
    return Permanent(
        "category_left",
        f"The tracking category “{wish.category}” is not active in Xero any more. Read the lists again, and choose"
        " another one for the offices.",
        whose_move="practice",
    )


def _named(entries: Sequence[Entry], name: str) -> Entry | None:
    wanted = name.strip().casefold()
    return next((one for one in entries if one.name.strip().casefold() == wanted), None)


def _undecided(connection_id: UUID, wish: Wish) -> list[tuple[UUID, str]]:
    """The wished offices that nobody has decided about meanwhile. Id and name."""
    decided = select(OfficeMapping.office_id).where(OfficeMapping.connection_id == connection_id)
    rows = db.session.execute(
        select(Office.id, Office.name)
        .where(Office.id.in_([UUID(one) for one in wish.offices]), Office.id.not_in(decided))
        .order_by(Office.name)
    )
    return [(office_id, name) for office_id, name in rows]


def _option(
    run: Run,
    accounting: AccountingApi,
    place: _Place,
    office_id: UUID,
    name: str,
    there: TrackingOption | None,
) -> None:
    step = f"option: {name}"

    def send(key: str) -> Json:
        return {"option_id": accounting.create_tracking_option(place.category_id, name, key).id}

    def read_back() -> Json | None:
        category = next(
            (one for one in accounting.tracking_categories() if one.id == place.category_id), None
        )
        found = _named(category.options, name) if category else None
        return {"option_id": found.id} if found else None

    def then(result: Json) -> None:
        _map(run, place, office_id, str(result["option_id"]), name)

    if there is not None and not run.started(step):
        then({"option_id": there.id})
        run.save()
    else:
        run.step(step, send, read_back, then)


def _map(run: Run, place: _Place, office_id: UUID, option_id: str, name: str) -> None:
    """The option is the office's, unless another office has it or somebody decided meanwhile."""
    entry_id = _keep(
        place.connection_id, "tracking_option", option_id, name, place.category_id, place.category
    )
    db.session.execute(
        insert(OfficeMapping)
        .values(
            company_id=current_company_id(),
            id=uuid4(),
            connection_id=place.connection_id,
            office_id=office_id,
            option_id=entry_id,
            confirmed_by=run.operation.requested_by,
            created_at=now(),
        )
        .on_conflict_do_nothing()
    )


def _keep(
    connection_id: UUID,
    kind: str,
    xero_id: str,
    name: str,
    parent: str | None = None,
    category: str | None = None,
) -> UUID:
    """The entry's row, made before the lists are read again."""
    values = {
        "name": name,
        "status": ACTIVE,
        "for_sales": True,
        "parent_xero_id": parent,
        "details": {"category": category} if category else {},
        "left_at": None,
        "seen_at": now(),
    }
    return db.session.scalars(
        insert(XeroListEntry)
        .values(
            company_id=current_company_id(),
            id=uuid4(),
            connection_id=connection_id,
            kind=kind,
            xero_id=xero_id,
            code="",
            created_at=now(),
            **values,
        )
        .on_conflict_do_update(index_elements=["company_id", "connection_id", "kind", "xero_id"], set_=values)
        .returning(XeroListEntry.id)
    ).one()
