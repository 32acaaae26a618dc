"""Accounts and tax: to which account, with which tax rate and as which item each service is charged in Xero.

Suggestions are shown with their reason and never saved by themselves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.audit import record as audit
from app.errors import Problem
from app.extensions import db
from app.integrations.suggested import UNDECIDED
from app.models import ChargeMapping, Connection, InvoiceLine, Service, XeroListEntry, now
from app.sync.lists import remapping
from app.sync.lists.impact import blocked_invoices
from app.sync.lists.lookup import own_tax_rate, tax_rate_of
from app.sync.lists.suggesting import Suggestion, for_service, instead_of
from app.sync.lists.words import NOUNS, gone_word, label_of, left

ACCOUNT, TAX_RATE, ITEM = "account", "tax_rate", "item"
PARTS = (ACCOUNT, TAX_RATE, ITEM)
RENAMED_LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Lists:
    """The organisation's lists by kind, all that is known, and what of them a line may carry."""

    known: Mapping[str, Mapping[str, XeroListEntry]]
    """Part → id as text → entry, in the order they are shown."""

    @cached_property
    def usable(self) -> dict[str, list[XeroListEntry]]:
        return {part: [one for one in found.values() if one.usable] for part, found in self.known.items()}

    @cached_property
    def offered(self) -> dict[str, dict[str, str]]:
        """Part → value of the select → what stands there."""
        return {part: {str(one.id): _offered(one) for one in found} for part, found in self.usable.items()}

    def gone(self, part: str, value: str) -> str | None:
        """What stands in the select for a value that is not offered any more."""
        entry = self.find(part, value)
        return f"{_offered(entry)} – {gone_word(entry)}" if entry and not entry.usable else None

    def find(self, part: str, value: str) -> XeroListEntry | None:
        return self.known[part].get(value)


@dataclass(frozen=True)
class ChargeRow:
    """A service with what is saved and what is suggested, by part."""

    service_id: UUID
    name: str
    saved: Mapping[str, str]
    entries: Mapping[str, XeroListEntry]
    """What is saved, as Xero has it now."""
    suggested: Mapping[str, Suggestion]
    own_tax: str | None
    """What tax its account has by itself, in words that name it."""
    waiting: int
    """Invoices that wait for this row."""

    def field(self, part: str) -> str:
        return f"{part}-{self.service_id}"

    def choice(self, part: str) -> str:
        """What the select shows: the suggestion's, else what is saved."""
        suggestion = self.suggested.get(part)
        return str(suggestion.entry.id) if suggestion else self.saved[part]

    @property
    def mapped(self) -> bool:
        return self.saved[ACCOUNT] != UNDECIDED

    @property
    def stale(self) -> bool:
        """Whether it is mapped to something that cannot be used any more."""
        return any(not one.usable for one in self.entries.values())

    def left(self, part: str) -> str | None:
        """Why what is saved cannot be used, as a sentence."""
        entry = self.entries.get(part)
        why = left(entry) if entry else None
        return f"“{label_of(entry)}” {why}." if entry and why else None

    def renamed(self, part: str) -> str | None:
        """What it was called until lately."""
        entry = self.entries.get(part)
        if entry is None or entry.renamed_at is None or entry.renamed_at < now() - RENAMED_LATELY:
            return None
        return entry.previous_name

    @property
    def unsaved(self) -> int:
        return sum(self.choice(part) != self.saved[part] for part in PARTS)


@dataclass(frozen=True)
class Saved:
    """What saving did: rows changed, unsent invoices that took it over, waiting ones that go on."""

    changed: int
    taken_over: int
    released: int


def lists_of(connection: Connection) -> Lists:
    known: dict[str, dict[str, XeroListEntry]] = {part: {} for part in PARTS}
    entries = db.session.scalars(
        select(XeroListEntry).where(
            XeroListEntry.connection_id == connection.id, XeroListEntry.kind.in_(PARTS)
        )
    ).all()
    for one in sorted(entries, key=lambda one: (label_of(one).casefold(), one.id)):
        known[one.kind][str(one.id)] = one
    return Lists(known)


def rows(connection: Connection, lists: Lists) -> list[ChargeRow]:
    """All active services: those that invoices wait for first, then the stale, then the unmapped. Two statements."""
    waiting = blocked_invoices(InvoiceLine.service_id, connection.id)
    mapped = and_(
        ChargeMapping.service_id == Service.id,
        ChargeMapping.company_id == Service.company_id,
        ChargeMapping.connection_id == connection.id,
    )
    found = db.session.execute(
        select(Service, ChargeMapping)
        .outerjoin(ChargeMapping, mapped)
        .where(or_(Service.active, Service.id.in_(waiting)))
    ).all()
    used = Counter(
        entry_id
        for _, mapping in found
        if mapping
        for entry_id in (mapping.account_id, mapping.tax_rate_id, mapping.item_id)
        if entry_id
    )
    made = [_row(service, mapping, lists, used, waiting.get(service.id, 0)) for service, mapping in found]
    return sorted(
        made, key=lambda row: (-row.waiting, not row.stale, row.mapped, row.name.casefold(), row.service_id)
    )


def _row(
    service: Service, mapping: ChargeMapping | None, lists: Lists, used: Mapping[UUID, int], waiting: int
) -> ChargeRow:
    ids = {
        ACCOUNT: mapping.account_id if mapping else None,
        TAX_RATE: mapping.tax_rate_id if mapping else None,
        ITEM: mapping.item_id if mapping else None,
    }
    saved = {part: str(entry_id) if entry_id else UNDECIDED for part, entry_id in ids.items()}
    entries = {part: one for part in PARTS if (one := lists.find(part, saved[part]))}
    if mapping is None:
        suggested = _for_unmapped(service, lists, used)
    else:
        suggested = {
            part: better
            for part, one in entries.items()
            if not one.usable and (better := instead_of(one, lists.usable[part], used))
        }
    account = suggested[ACCOUNT].entry if ACCOUNT in suggested else entries.get(ACCOUNT)
    own = _own_tax(account, lists) if account else None
    return ChargeRow(service.id, service.name, saved, entries, suggested, own, waiting)


def _for_unmapped(service: Service, lists: Lists, used: Mapping[UUID, int]) -> dict[str, Suggestion]:
    usable = lists.usable
    found = for_service(service, usable[ACCOUNT], usable[TAX_RATE], usable[ITEM], used)
    if found.account is None:
        # A tax rate or an item alone would be no mapping.
        return {}
    parts = {ACCOUNT: found.account, TAX_RATE: found.tax_rate, ITEM: found.item}
    return {part: suggestion for part, suggestion in parts.items() if suggestion}


def _own_tax(account: XeroListEntry, lists: Lists) -> str:
    """`200: GST on Income, 10%`: what Xero has for the account itself."""
    rate = own_tax_rate(account, {one.code: one for one in lists.known[TAX_RATE].values()})
    return f"{account.code}: {_offered(rate) if rate else 'no tax'}"


def _offered(entry: XeroListEntry) -> str:
    if entry.kind != TAX_RATE:
        return label_of(entry)
    return f"{entry.name}, {tax_rate_of(entry).normalize():f}%"


def save(connection: Connection, choices: Mapping[str, str], by: str) -> Saved:
    """Write these choices (field of a row → value) and let go on what waited for them. The caller commits.

    Raises `Problem` whose fields are the rows'. Nothing is written to Xero.
    """
    lists = lists_of(connection)
    current = rows(connection, lists)
    wanted = {
        row.service_id: {part: choices.get(row.field(part), row.saved[part]) for part in PARTS}
        for row in current
    }
    _check(current, wanted, lists)
    changed = [row for row in current if wanted[row.service_id] != row.saved]
    kept = {
        one.service_id: one
        for one in db.session.scalars(
            select(ChargeMapping).where(ChargeMapping.connection_id == connection.id).with_for_update()
        )
    }
    for row in changed:
        _write(connection, kept.get(row.service_id), row.service_id, wanted[row.service_id], by)
    db.session.flush()
    if changed:
        before = {row.name: _said(row.saved, lists) for row in changed}
        after = {row.name: _said(wanted[row.service_id], lists) for row in changed}
        audit.record("mapping.charges", connection, before, after)
    taken = remapping.take_over(connection.id)
    return Saved(len(changed), taken.invoices, taken.released)


def _write(
    connection: Connection,
    mapping: ChargeMapping | None,
    service_id: UUID,
    value: Mapping[str, str],
    by: str,
) -> None:
    if value[ACCOUNT] == UNDECIDED:
        if mapping is not None:
            db.session.delete(mapping)
        return
    if mapping is None:
        mapping = ChargeMapping(connection_id=connection.id, service_id=service_id)
        db.session.add(mapping)
    mapping.account_id = UUID(value[ACCOUNT])
    mapping.tax_rate_id = UUID(value[TAX_RATE]) if value[TAX_RATE] else None
    mapping.item_id = UUID(value[ITEM]) if value[ITEM] else None
    mapping.confirmed_by = by


def _said(value: Mapping[str, str], lists: Lists) -> str | None:
    names = [label_of(one) for part in PARTS if (one := lists.find(part, value[part]))]
    return ", ".join(names) or None


def _check(current: Iterable[ChargeRow], wanted: Mapping[UUID, Mapping[str, str]], lists: Lists) -> None:
    fields: dict[str, list[str]] = {}
    for row in current:
        value = wanted[row.service_id]
        for part in PARTS:
            if sentence := _wrong(row, part, value, lists):
                fields[row.field(part)] = [sentence]
    if fields:
        raise Problem("Some rows need another look. Nothing was saved.", fields=fields)


def _wrong(row: ChargeRow, part: str, value: Mapping[str, str], lists: Lists) -> str | None:
    chosen, noun = value[part], NOUNS[part]
    if chosen == UNDECIDED:
        if part == ACCOUNT and (value[TAX_RATE] or value[ITEM]):
            return f"{row.name}: choose an account too, or neither tax rate nor item."
        return None
    entry = lists.find(part, chosen)
    if entry is None:
        return f"{row.name}: this {noun} is not in the list. Choose one from it."
    if chosen != row.saved[part] and (word := gone_word(entry)):
        return f"{row.name}: “{label_of(entry)}” is {word}. Choose another {noun}."
    return None
