"""Staff mapping: who of ours is who in Xero. Suggestions are never saved by themselves, and a tie suggests nobody."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, func, select

from app.audit import record as audit
from app.errors import Problem
from app.extensions import db
from app.integrations.suggested import UNDECIDED, shown
from app.models import Connection, Membership, StaffMapping, User, XeroStaff
from app.models.membership import STAFF_ROLES
from app.sync.names import normal_name

NOBODY = "none"
"""Values of a row's choice beside a person's id: not decided, and "not in Xero" decided on purpose."""
EMAIL, NAME = "same e-mail", "same name"


@dataclass(frozen=True)
class Person:
    """Somebody in Xero as a choice."""

    id: UUID
    name: str
    email: str | None
    gone: bool


@dataclass(frozen=True)
class StaffRow:
    """One of ours with what is saved and what is suggested; `choice` is what the select shows."""

    membership_id: UUID
    name: str
    email: str
    role: str
    saved: str
    suggested: Person | None
    reason: str | None
    stale: bool
    """The person chosen is no longer in Xero."""

    @property
    def choice(self) -> str:
        return shown(self.saved, self.suggested.id if self.suggested else None)

    @property
    def unsaved(self) -> bool:
        return self.choice != self.saved

    @property
    def exact(self) -> bool:
        return self.unsaved and self.reason == EMAIL

    @property
    def field(self) -> str:
        return f"staff-{self.membership_id}"


def people_in_xero(connection: Connection) -> list[Person]:
    """The organisation's people by name; those who vanished there last."""
    rows = db.session.execute(
        select(XeroStaff.id, XeroStaff.name, XeroStaff.email, XeroStaff.gone_at)
        .where(XeroStaff.connection_id == connection.id)
        .order_by(XeroStaff.gone_at.is_not(None), func.lower(XeroStaff.name), XeroStaff.id)
    )
    return [Person(person_id, name, email, gone_at is not None) for person_id, name, email, gone_at in rows]


def rows(connection: Connection, people: list[Person]) -> list[StaffRow]:
    """All staff of the practice, those without a valid person first."""
    ours = _ours(connection)
    taken = {one.xero_staff_id for one in ours if one.xero_staff_id}
    suggestions = suggest(
        [(one.id, one.name, one.email) for one in ours if one.mapping_id is None],
        [person for person in people if not person.gone and person.id not in taken],
    )
    gone = {person.id for person in people if person.gone}
    found = []
    for one in ours:
        saved = (
            UNDECIDED if one.mapping_id is None else str(one.xero_staff_id) if one.xero_staff_id else NOBODY
        )
        person, reason = suggestions.get(one.id, (None, None))
        found.append(
            StaffRow(one.id, one.name, one.email, one.role, saved, person, reason, one.xero_staff_id in gone)
        )
    return sorted(found, key=lambda row: (not row.stale, row.saved != UNDECIDED, row.name.casefold()))


def _ours(connection: Connection) -> list[Row[Any]]:
    statement = (
        select(
            Membership.id,
            User.name,
            User.email,
            Membership.role,
            StaffMapping.id.label("mapping_id"),
            StaffMapping.xero_staff_id,
        )
        .join(User, User.id == Membership.user_id)
        .outerjoin(
            StaffMapping,
            and_(
                StaffMapping.membership_id == Membership.id,
                StaffMapping.company_id == Membership.company_id,
                StaffMapping.connection_id == connection.id,
            ),
        )
        .where(Membership.active, Membership.role.in_(STAFF_ROLES))
    )
    return list(db.session.execute(statement))


def suggest(
    ours: Iterable[tuple[UUID, str, str]], theirs: Iterable[Person]
) -> dict[UUID, tuple[Person, str]]:
    """Who is probably who, with the reason: the same e-mail, or failing that the same name.

    `ours`: membership id, name, e-mail. A key that stands twice on either side suggests nobody.
    """
    ours, theirs = list(ours), list(theirs)
    found = _pairs(
        {one[0]: one[2].casefold() for one in ours},
        {person: (person.email or "").casefold() for person in theirs},
        EMAIL,
    )
    named = {person.id for person, _ in found.values()}
    by_name = _pairs(
        {one[0]: normal_name(one[1]) for one in ours if one[0] not in found},
        {person: normal_name(person.name) for person in theirs if person.id not in named},
        NAME,
    )
    return {**by_name, **found}


def _pairs(
    ours: Mapping[UUID, str], theirs: Mapping[Person, str], reason: str
) -> dict[UUID, tuple[Person, str]]:
    mine, yours = Counter(ours.values()), Counter(theirs.values())
    by_key = {key: person for person, key in theirs.items()}
    return {
        membership_id: (by_key[key], reason)
        for membership_id, key in ours.items()
        if key and mine[key] == 1 and yours[key] == 1
    }


def save(connection: Connection, choices: Mapping[UUID, str], by: str) -> int:
    """Write these choices (membership id → value of its row); how many changed. The caller commits.

    Raises `Problem` whose fields are the rows' (`staff-<id>`): a person who is not there, or chosen twice.
    Nothing is written to Xero.
    """
    people = {str(person.id): person for person in people_in_xero(connection)}
    current = rows(connection, list(people.values()))
    wanted = {row.membership_id: choices.get(row.membership_id, row.saved) for row in current}
    _check(current, wanted, people)
    changed = [row for row in current if wanted[row.membership_id] != row.saved]
    # All first, so that two people can change places.
    db.session.execute(
        delete(StaffMapping).where(
            StaffMapping.connection_id == connection.id,
            StaffMapping.membership_id.in_([row.membership_id for row in changed]),
        )
    )
    for row in changed:
        value = wanted[row.membership_id]
        if value != UNDECIDED:
            db.session.add(
                StaffMapping(
                    connection_id=connection.id,
                    membership_id=row.membership_id,
                    xero_staff_id=None if value == NOBODY else people[value].id,
                    confirmed_by=by,
                )
            )
    db.session.flush()
    if changed:
        names = {UNDECIDED: None, NOBODY: "Not in Xero"} | {
            key: person.name for key, person in people.items()
        }
        before = {row.name: names.get(row.saved) for row in changed}
        after = {row.name: names[wanted[row.membership_id]] for row in changed}
        audit.record("mapping.staff", connection, before, after)
    return len(changed)


def _check(current: list[StaffRow], wanted: Mapping[UUID, str], people: Mapping[str, Person]) -> None:
    chosen = Counter(value for value in wanted.values() if value not in (UNDECIDED, NOBODY))
    fields: dict[str, list[str]] = {}
    for row in current:
        value = wanted[row.membership_id]
        if value in (UNDECIDED, NOBODY):
            continue
        person = people.get(value)
        if person is None:
            fields[row.field] = [f"{row.name}: this person is not in the list. Choose somebody from it."]
        elif person.gone and value != row.saved:
            fields[row.field] = [f"{row.name}: {person.name} is no longer in Xero. Choose somebody else."]
        elif chosen[value] > 1:
            fields[row.field] = [
                f"{row.name}: {person.name} is chosen for more than one of your people. Each stands for one only."
            ]
    if fields:
        raise Problem("Some rows need another look. Nothing was saved.", fields=fields)
