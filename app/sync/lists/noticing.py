"""Which mappings no longer hold: a cause for each is opened before anything fails, and closed when it holds again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models import Cause, Company, Office, XeroListEntry
from app.sync import causes
from app.sync.causes import CHARGE, EARLY, OFFICE
from app.sync.lists import impact
from app.sync.lists.lookup import Charged, charges_of, entries, office_options, office_problem
from app.sync.lists.suggesting import instead_of
from app.sync.lists.words import label_of, left, listed, named

Key = tuple[str, str]
"""Kind and subject of a cause."""


@dataclass(frozen=True)
class Settled:
    """How many causes are open now, and how many operations and invoices go on."""

    open: int
    released: int


def settle(connection_id: UUID) -> Settled:
    """Bring the causes of mappings in line with the lists and mappings as they are (not committed).

    What waited for one that is closed goes on, operations and invoices. One that was opened because a mapping is
    missing stays until somebody maps it.
    """
    standing = {(one.kind, one.subject): one for one in _open_causes()}
    charges = charges_of(connection_id)
    options, offices = _offices(connection_id)
    wrong = _of_charges(connection_id, charges) | _of_offices(connection_id, options, offices)
    for key, sentence in wrong.items():
        cause = standing.pop(key, None) or causes.open_cause(*key, sentence)
        cause.sentence = sentence
    missing = {(CHARGE, str(one.service_id)): one.problem for one in charges.values() if one.problem}
    missing |= {
        (OFFICE, str(office_id)): office_problem(name, False, None) or ""
        for office_id, name in offices.items()
        if office_id not in options
    }
    kept = standing.keys() & missing.keys()
    for key in kept:
        standing[key].sentence = missing[key]
    released = sum(causes.resolve(*key) for key in standing.keys() - kept)
    return Settled(len(wrong) + len(kept), released)


def _open_causes() -> Sequence[Cause]:
    return db.session.scalars(select(Cause).where(Cause.kind.in_(EARLY), Cause.resolved_at.is_(None))).all()


def _offices(connection_id: UUID) -> tuple[dict[UUID, XeroListEntry | None], dict[UUID, str]]:
    """What offices are mapped to, and their names; nothing where lines carry no tracking."""
    if not db.session.scalar(select(Company.track_offices)):
        return {}, {}
    rows = db.session.execute(select(Office.id, Office.name))
    return office_options(connection_id), {row[0]: row[1] for row in rows}


def _of_charges(connection_id: UUID, charges: Mapping[UUID, Charged]) -> dict[Key, str]:
    """A sentence for each service that is mapped to something unusable. Services with the same trouble have the same
    sentence, so that pages can show them as one."""
    users: dict[XeroListEntry, list[Charged]] = {}
    for one in charges.values():
        for entry in one.stale if one.active else ():
            users.setdefault(entry, []).append(one)
    used = impact.mappings_with(connection_id) if users else {}
    found: dict[Key, list[str]] = {}
    for entry, theirs in users.items():
        names = sorted((one.service for one in theirs), key=str.casefold)
        waiting = impact.requests_of_services([one.service_id for one in theirs])
        sentence = _sentence(connection_id, entry, names, waiting, used)
        for one in theirs:
            found.setdefault((CHARGE, str(one.service_id)), []).append(sentence)
    return {key: " ".join(sentences) for key, sentences in found.items()}


def _of_offices(
    connection_id: UUID, options: Mapping[UUID, XeroListEntry | None], offices: Mapping[UUID, str]
) -> dict[Key, str]:
    found = {}
    for office_id, option in options.items():
        name = offices.get(office_id)
        if name is None or option is None or office_problem(name, True, option) is None:
            continue
        waiting = impact.requests_of_office(office_id)
        found[OFFICE, str(office_id)] = _sentence(connection_id, option, [f"the office {name}"], waiting, {})
    return found


def _sentence(
    connection_id: UUID, entry: XeroListEntry, users: list[str], requests: int, used: Mapping[UUID, int]
) -> str:
    said = f"The {named(entry)} {left(entry)}. {_begun(listed(users))} {'uses' if len(users) == 1 else 'use'} it."
    invoices = impact.unsent_with(entry.id)
    blocks = [
        f"{count:,} {one if count == 1 else many}"
        for count, one, many in (
            (requests, "open request from being billed", "open requests from being billed"),
            (invoices, "invoice from being sent", "invoices from being sent"),
        )
        if count
    ]
    if blocks:
        said += f" It will keep {' and '.join(blocks)}."
    suggestion = instead_of(entry, entries(connection_id, entry.kind), used)
    if suggestion is None:
        return said
    return f"{said} Suggested instead: “{label_of(suggestion.entry)}” ({suggestion.reason})."


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]
