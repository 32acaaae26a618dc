"""What the simulated Xero knows: tables of records, some shared, some per organisation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

from simulator.journal import Entry, Journal, Record

SHARED_TABLES = (
    "organisations",
    "connections",
    "consents",
    "codes",
    "access_tokens",
    "refresh_tokens",
    "idempotency",
    "settings",
    "webhooks",
)


class Table:
    """Records by key. Reading gives the live record; a change counts only once it is saved."""

    def __init__(self, name: str, journal: Journal) -> None:
        self.name = name
        self._journal = journal
        self._records: dict[str, Record] = {}
        self._sorted: dict[str, list[Record]] = {}
        self._indexes: dict[str, tuple[Callable[[Record], Hashable], dict[Hashable, dict[str, None]]]] = {}

    def get(self, key: str | None) -> Record | None:
        return self._records.get(key) if key else None

    def __getitem__(self, key: str) -> Record:
        return self._records[key]

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def __len__(self) -> int:
        return len(self._records)

    def names(self) -> list[str]:
        """The keys, oldest first, as a list of their own."""
        return list(self._records)

    def all(self) -> list[Record]:
        """A list of the records, oldest first."""
        return list(self._records.values())

    def matching(self, index: str, key_of: Callable[[Record], Hashable], value: Hashable) -> list[Record]:
        """The records whose ``key_of`` gives the value, oldest first; the index is built at first use and
        then kept.
        """
        found = self._indexes.get(index)
        if found is None:
            entries: dict[Hashable, dict[str, None]] = {}
            for key, record in self._records.items():
                entries.setdefault(key_of(record), {})[key] = None
            found = self._indexes[index] = (key_of, entries)
        return [self._records[key] for key in found[1].get(value, ())]

    def in_order(self, order: str, key_of: Callable[[Record], Any]) -> list[Record]:
        """A list of the records sorted by ``key_of``; kept until something changes."""
        found = self._sorted.get(order)
        if found is None:
            found = self._sorted[order] = sorted(self._records.values(), key=key_of)
        return list(found)

    def _reindex(self, key: str, old: Record | None, new: Record | None) -> None:
        for key_of, entries in self._indexes.values():
            before = None if old is None else key_of(old)
            after = None if new is None else key_of(new)
            if old is not None and (new is None or before != after):
                entries[before].pop(key, None)
            if new is not None:
                entries.setdefault(after, {})[key] = None

    def save(self, key: str, record: Record) -> Record:
        """Store a record under its key. Hand in a new dict, not the stored one changed: indexes compare the
        two.
        """
        self._reindex(key, self._records.get(key), record)
        self._records[key] = record
        self._sorted.clear()
        self._journal.add(self.name, key, record)
        return record

    def remove(self, key: str) -> None:
        old = self._records.pop(key, None)
        self._sorted.clear()
        if old is not None:
            self._reindex(key, old, None)
            self._journal.add(self.name, key, None)

    def load(self, key: str, record: Record | None) -> None:
        """Put back what the journal holds, without writing it again."""
        self._sorted.clear()
        if record is None:
            self._records.pop(key, None)
        else:
            self._records[key] = record

    def entries(self) -> Iterator[Entry]:
        for key, record in self._records.items():
            yield self.name, key, record


class Organisation:
    """One Xero organisation (or practice) with its tables and the lock that orders its changes."""

    def __init__(self, organisation_id: str, state: State) -> None:
        self.id = organisation_id
        self.lock = threading.RLock()
        self._state = state
        self._tables: dict[str, Table] = {}

    @property
    def record(self) -> Record:
        """Name, ShortCode, country, currency and the like."""
        return self._state.organisations[self.id]

    @property
    def name(self) -> str:
        return str(self.record["Name"])

    def table(self, noun: str) -> Table:
        """The organisation's records of one noun, e.g. ``contacts``; made when first asked for."""
        found = self._tables.get(noun)
        if found is None:
            found = self._tables.setdefault(noun, Table(f"{self.id}/{noun}", self._state.journal))
        return found

    def tables(self) -> list[Table]:
        return list(self._tables.values())


class State:
    """Everything that is kept. ``lock`` orders changes of the shared tables."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.lock = threading.RLock()
        self._clear()

    def _clear(self) -> None:
        self._shared = {name: Table(name, self.journal) for name in SHARED_TABLES}
        self.organisations = self._shared["organisations"]
        self.connections = self._shared["connections"]
        self.consents = self._shared["consents"]
        self.codes = self._shared["codes"]
        self.access_tokens = self._shared["access_tokens"]
        self.refresh_tokens = self._shared["refresh_tokens"]
        self.idempotency = self._shared["idempotency"]
        self.settings = self._shared["settings"]
        self.webhooks = self._shared["webhooks"]
        self._by_id: dict[str, Organisation] = {}

    def organisation(self, organisation_id: str | None) -> Organisation | None:
        """The organisation of that id (the tenant id), if there is one."""
        if not organisation_id or organisation_id not in self.organisations:
            return None
        found = self._by_id.get(organisation_id)
        if found is None:
            found = self._by_id.setdefault(organisation_id, Organisation(organisation_id, self))
        return found

    def organisation_named(self, name: str | None) -> Organisation | None:
        """The organisation with that name, or with that id."""
        for record in self.organisations.all():
            if name in (record["Name"], record["OrganisationID"]):
                return self.organisation(record["OrganisationID"])
        return None

    def all_organisations(self) -> list[Organisation]:
        found = (self.organisation(key) for key in self.organisations.names())
        return [organisation for organisation in found if organisation]

    def person(self, person_id: str) -> Record | None:
        """The user record of a person, from the first organisation they belong to."""
        for organisation in self.all_organisations():
            if user := organisation.table("users").get(person_id):
                return user
        return None

    @contextmanager
    def change(self) -> Iterator[None]:
        """Hold the shared lock and put the changes on disk at the end."""
        with self.lock:
            yield
            self.journal.commit()

    def load(self) -> bool:
        """Read the journal; False when there is nothing to read."""
        found = False
        for table, key, record in self.journal.read():
            found = True
            owner, slash, noun = table.partition("/")
            if not slash:
                if owner in self._shared:
                    self._shared[owner].load(key, record)
            elif organisation := self.organisation(owner):
                organisation.table(noun).load(key, record)
        return found

    def snapshot(self) -> None:
        """Write the state as it is now over the journal."""
        self.journal.commit()
        self.journal.rewrite(entry for table in self._all_tables() for entry in table.entries())

    def forget_everything(self) -> None:
        """Empty every table, on disk too."""
        with self.lock:
            self.journal.commit()
            self._clear()
            self.journal.rewrite(())

    def _all_tables(self) -> Iterator[Table]:
        yield from self._shared.values()
        for organisation in self.all_organisations():
            yield from organisation.tables()
