"""Offices in Xero: which tracking category they are, which option each is, and options made for those without."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, delete, func, select

from app.audit import record as audit
from app.checks import one_line
from app.errors import Problem, WrongState, field_problem
from app.extensions import db
from app.integrations.charges import RENAMED_LATELY, Saved
from app.integrations.suggested import UNDECIDED
from app.models import Connection, InvoiceLine, Office, OfficeMapping, Operation, XeroListEntry, now
from app.sync.lists import remapping
from app.sync.lists.impact import blocked_invoices
from app.sync.lists.planning import MOST_ACTIVE, Wish, plan_making
from app.sync.lists.suggesting import Suggestion, category_of_offices, for_office
from app.sync.lists.words import gone_word, left
from app.sync.names import normal_name

NO_TRACKING = "none"
CATEGORY, OPTION = "tracking_category", "tracking_option"
LONGEST_NAME = 100


@dataclass(frozen=True)
class Tracking:
    """The organisation's categories and options, all that is known, and the category that stands for the offices."""

    categories: list[XeroListEntry]
    options: list[XeroListEntry]
    chosen: XeroListEntry | None

    @property
    def active(self) -> list[XeroListEntry]:
        return [one for one in self.categories if one.usable]

    @property
    def may_add(self) -> bool:
        return len(self.active) < MOST_ACTIVE

    @property
    def offered(self) -> list[XeroListEntry]:
        """The usable options of the chosen category."""
        if self.chosen is None:
            return []
        return [one for one in self.options if one.usable and one.parent_xero_id == self.chosen.xero_id]

    def find(self, value: str) -> XeroListEntry | None:
        return next((one for one in self.options if str(one.id) == value), None)


@dataclass(frozen=True)
class OfficeRow:
    """An office with what is saved and what is suggested; `choice` is what the select shows."""

    office_id: UUID
    name: str
    saved: str
    option: XeroListEntry | None
    """The option saved, as Xero has it now."""
    suggested: Suggestion | None
    elsewhere: bool
    """The option is one of another category than the chosen one."""
    archived_twin: bool
    """Xero has an archived option of this name, so it takes the name for no other."""
    waiting: int
    """Invoices that wait for this row."""

    @property
    def field(self) -> str:
        return f"office-{self.office_id}"

    @property
    def choice(self) -> str:
        return str(self.suggested.entry.id) if self.suggested else self.saved

    @property
    def unsaved(self) -> bool:
        return self.choice != self.saved

    @property
    def stale(self) -> str | None:
        return left(self.option) if self.option else None

    @property
    def renamed(self) -> bool:
        option = self.option
        if option is None or option.previous_name is None or option.renamed_at is None:
            return False
        return option.renamed_at > now() - RENAMED_LATELY

    @property
    def lacking(self) -> bool:
        """Undecided, and Xero has no option that could be meant: one can be made."""
        return self.saved == UNDECIDED and self.suggested is None and not self.archived_twin


def tracking_of(connection: Connection, category_id: str = "") -> Tracking:
    """What Xero has, with the category a person asked for (an id of ours), else the one offices are mapped to, else the
    one that is probably theirs."""
    found: dict[str, list[XeroListEntry]] = {CATEGORY: [], OPTION: []}
    for one in db.session.scalars(
        select(XeroListEntry)
        .where(XeroListEntry.connection_id == connection.id, XeroListEntry.kind.in_(found))
        .order_by(func.lower(XeroListEntry.name), XeroListEntry.id)
    ):
        found[one.kind].append(one)
    usable = [one for one in found[CATEGORY] if one.usable]
    asked = next((one for one in usable if str(one.id) == category_id), None)
    chosen = asked or _of_mapped(connection, usable) or _probable(usable, found[OPTION])
    return Tracking(found[CATEGORY], found[OPTION], chosen)


def _of_mapped(connection: Connection, usable: list[XeroListEntry]) -> XeroListEntry | None:
    parents = db.session.scalars(
        select(XeroListEntry.parent_xero_id)
        .join(
            OfficeMapping,
            and_(
                OfficeMapping.option_id == XeroListEntry.id,
                OfficeMapping.company_id == XeroListEntry.company_id,
            ),
        )
        .where(OfficeMapping.connection_id == connection.id)
    )
    for parent, _ in Counter(parents.all()).most_common():
        for one in usable:
            if one.xero_id == parent:
                return one
    return None


def _probable(usable: list[XeroListEntry], options: list[XeroListEntry]) -> XeroListEntry | None:
    names = db.session.scalars(select(Office.name).where(Office.active)).all()
    return category_of_offices(names, usable, [one for one in options if one.usable])


def rows(connection: Connection, tracking: Tracking) -> list[OfficeRow]:
    """All open offices: those that invoices wait for first, then the stale, then the undecided."""
    waiting = blocked_invoices(InvoiceLine.office_id, connection.id)
    mapped = and_(
        OfficeMapping.office_id == Office.id,
        OfficeMapping.company_id == Office.company_id,
        OfficeMapping.connection_id == connection.id,
    )
    ours = db.session.execute(
        select(Office.id, Office.name, OfficeMapping.id.label("mapping_id"), OfficeMapping.option_id)
        .outerjoin(OfficeMapping, mapped)
        .where(Office.active)
    ).all()
    taken = {one.option_id for one in ours if one.option_id}
    free = [one for one in tracking.offered if one.id not in taken]
    archived = {
        normal_name(one.name)
        for one in tracking.options
        if tracking.chosen and one.parent_xero_id == tracking.chosen.xero_id and not one.usable
    }
    found = []
    for one in ours:
        saved = UNDECIDED if one.mapping_id is None else str(one.option_id) if one.option_id else NO_TRACKING
        option = tracking.find(saved)
        elsewhere = bool(option and tracking.chosen and option.parent_xero_id != tracking.chosen.xero_id)
        open_question = saved == UNDECIDED or (option is not None and (elsewhere or not option.usable))
        found.append(
            OfficeRow(
                one.id,
                one.name,
                saved,
                option,
                for_office(one.name, free) if open_question else None,
                elsewhere,
                normal_name(one.name) in archived,
                waiting.get(one.id, 0),
            )
        )
    return sorted(
        found,
        key=lambda row: (-row.waiting, not row.stale, row.saved != UNDECIDED, row.name.casefold()),
    )


def save(connection: Connection, tracking: Tracking, choices: Mapping[str, str], by: str) -> Saved:
    """Write these choices (field of a row → value) and let go on what waited for them. The caller commits.

    Raises `Problem` whose fields are the rows'. Nothing is written to Xero.
    """
    current = rows(connection, tracking)
    wanted = {row.office_id: choices.get(row.field, row.saved) for row in current}
    _check(current, wanted, tracking)
    changed = [row for row in current if wanted[row.office_id] != row.saved]
    # All first, so that two offices can change places.
    db.session.execute(
        delete(OfficeMapping).where(
            OfficeMapping.connection_id == connection.id,
            OfficeMapping.office_id.in_([row.office_id for row in changed]),
        )
    )
    for row in changed:
        value = wanted[row.office_id]
        if value == UNDECIDED:
            continue
        option_id = None if value == NO_TRACKING else UUID(value)
        db.session.add(
            OfficeMapping(
                connection_id=connection.id, office_id=row.office_id, option_id=option_id, confirmed_by=by
            )
        )
    db.session.flush()
    if changed:
        before = {row.name: _said(row.saved, tracking) for row in changed}
        after = {row.name: _said(wanted[row.office_id], tracking) for row in changed}
        audit.record("mapping.offices", connection, before, after)
    newly = [row.office_id for row in changed if row.saved == UNDECIDED]
    taken = remapping.take_over(connection.id, newly)
    return Saved(len(changed), taken.invoices, taken.released)


def _said(value: str, tracking: Tracking) -> str | None:
    if value == NO_TRACKING:
        return "No tracking"
    option = tracking.find(value)
    return option.name if option else None


def _check(current: Iterable[OfficeRow], wanted: Mapping[UUID, str], tracking: Tracking) -> None:
    chosen = Counter(value for value in wanted.values() if value not in (UNDECIDED, NO_TRACKING))
    offered = {str(one.id) for one in tracking.offered}
    fields: dict[str, list[str]] = {}
    for row in current:
        value = wanted[row.office_id]
        if value in (UNDECIDED, NO_TRACKING):
            continue
        option = tracking.find(value)
        if option is None:
            fields[row.field] = [f"{row.name}: this option is not in the list. Choose one from it."]
        elif value not in offered and value != row.saved:
            why = gone_word(option) or "an option of another tracking category"
            fields[row.field] = [f"{row.name}: “{option.name}” is {why}. Choose another option."]
        elif chosen[value] > 1:
            fields[row.field] = [
                f"{row.name}: “{option.name}” is chosen for more than one office. Each option stands for one only."
            ]
    if fields:
        raise Problem("Some rows need another look. Nothing was saved.", fields=fields)


def make_missing(connection: Connection, tracking: Tracking, name: str, by: str) -> Operation:
    """Have options made in Xero for the offices that have none, in the chosen category or in a new one of this name
    (not committed). Raises `Problem` for a name that cannot be, `WrongState` when there is nothing to make."""
    lacking = [row for row in rows(connection, tracking) if row.lacking]
    if not lacking:
        raise WrongState("Every office has an option, or a decision: there is nothing to make.")
    category = tracking.chosen.name if tracking.chosen else one_line(name)
    if not tracking.chosen and not tracking.may_add:
        raise field_problem("category", "Xero allows two active tracking categories. Choose one of the two.")
    if not 1 <= len(category) <= LONGEST_NAME:
        raise field_problem("name", f"Give the category a name of at most {LONGEST_NAME} characters.")
    wish = Wish(
        category,
        tracking.chosen.xero_id if tracking.chosen else None,
        tuple(sorted(str(row.office_id) for row in lacking)),
    )
    operation = plan_making(connection, wish, by)
    audit.record(
        "mapping.tracking_made",
        connection,
        None,
        {"category": category, "options": [r.name for r in lacking]},
    )
    return operation
