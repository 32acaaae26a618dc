"""Contacts made for clients that have none, fifty a call, each once.

First it is looked whether Xero has them: a few clients one by one, many by reading all contacts once. Before a creating
call, the step and the clients in it are written and committed. A call whose answer was lost is read back: what changed
in Xero since then holds the contacts it made, known by our client number, which Xero allows once.
"""

from collections import Counter
from collections.abc import Collection
from uuid import UUID, uuid4

from sqlalchemy import exists, select, true, update

from app.extensions import db
from app.models import Client, ContactErrand, ContactMapping, database_now
from app.models.base import Json
from app.sync import causes
from app.sync.batches import one_by_one
from app.sync.contacts import kept, looking
from app.sync.contacts.acceptable import refusal
from app.sync.contacts.fields import of_client
from app.sync.contacts.looking import Wanted
from app.sync.outcomes import Blocked
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.calls import BATCH, Outcome
from app.xero.accounting.contacts import Contact, ContactFields
from app.xero.errors import Permanent

AT_ONCE = 1000


def create_some(
    run: Run,
    accounting: AccountingApi,
    connection_id: UUID,
    counts: Counter[str],
    only: Collection[UUID] | None = None,
) -> int:
    """Find or make the contacts of the clients that wait for one, a thousand at most; how many were decided. `only`:
    of these clients.

    Raises as `pushing.exchange`.
    """
    waiting = _wanted(connection_id, only)
    wanted = _acceptable(waiting, counts)
    run.save()
    if not wanted:
        return len(waiting)
    missing = _look_for(run, accounting, connection_id, wanted, counts)
    for start in range(0, len(missing), BATCH):
        _create(run, accounting, connection_id, missing[start : start + BATCH], counts)
    return len(waiting)


def _wanted(connection_id: UUID, only: Collection[UUID] | None) -> list[Wanted]:
    mapped = exists().where(
        ContactMapping.company_id == ContactErrand.company_id,
        ContactMapping.client_id == ContactErrand.client_id,
        ContactMapping.connection_id == connection_id,
    )
    rows = db.session.execute(
        select(ContactErrand.asked_at, Client)
        .join(ContactErrand.client)
        .where(
            ContactErrand.refused.is_(None),
            ContactErrand.create.is_(True),
            ContactErrand.batch.is_(None),
            true() if only is None else ContactErrand.client_id.in_(only),
            Client.archived_at.is_(None),
            ~mapped,
        )
        .order_by(ContactErrand.asked_at, ContactErrand.client_id)
        .limit(AT_ONCE)
    )
    return [Wanted(client.id, asked_at, client.number, of_client(client)) for asked_at, client in rows]


def _acceptable(wanted: list[Wanted], counts: Counter[str]) -> list[Wanted]:
    fitting, names = [], set[str]()
    for one in wanted:
        sentence = refusal(one.values, one.number)
        name = one.values["name"].casefold()
        if sentence is None and name in names:
            sentence = (
                f"Another client named “{one.values['name']}” is being sent as well, and Xero takes each name once."
                " Rename one of the two."
            )
        names.add(name)
        if sentence is None:
            fitting.append(one)
        else:
            kept.refuse(one, sentence, "not_acceptable", counts)
    return fitting


def _look_for(
    run: Run, accounting: AccountingApi, connection_id: UUID, wanted: list[Wanted], counts: Counter[str]
) -> list[Wanted]:
    """Map those whose contact is there, refuse those for whom a person must choose; the rest."""
    found = looking.find(accounting, wanted)
    missing = []
    for one in wanted:
        result = found[one.client_id]
        if result is None:
            missing.append(one)
        elif isinstance(result, Blocked):
            causes.open_cause(result.kind, result.subject, result.sentence)
            kept.refuse(one, result.sentence, result.kind, counts)
        else:
            contact, how = result
            _map_or_refuse(connection_id, one, contact, how, counts)
    run.save(attempts=0)
    return missing


def _map_or_refuse(
    connection_id: UUID, one: Wanted, contact: Contact, how: str, counts: Counter[str]
) -> None:
    """The errand stays: mapped, the two are compared next."""
    if not kept.map_found(connection_id, one.client_id, contact, how):
        sentence = (
            f"The contact “{contact.name}” in Xero fits, but it is another client’s already. Choose which contact"
            " this client is."
        )
        causes.open_cause(causes.CONTACT, one.client_id, sentence)
        kept.refuse(one, sentence, causes.CONTACT, counts)
        return
    counts["found"] += 1


# Making them.


def _create(
    run: Run, accounting: AccountingApi, connection_id: UUID, batch: list[Wanted], counts: Counter[str]
) -> None:
    """One creating call, written down before; what became of each is written with the step's result."""
    name = f"make contacts {uuid4().hex[:12]}"
    _mark(batch, name)
    by_number = {one.number: one for one in batch}

    def send(key: str) -> Json:
        fields = [ContactFields(number=one.number, **one.values) for one in batch]
        return _told(accounting, batch, one_by_one(accounting.create_contacts, fields, key))

    # A new step under a new name each time: one that is found begun is `lost.look`'s.
    run.step(name, send, lambda: None, lambda result: kept.keep(connection_id, by_number, result, counts))


def _mark(batch: list[Wanted], name: str) -> None:
    for one in batch:
        db.session.execute(
            update(ContactErrand)
            .where(ContactErrand.client_id == one.client_id)
            .values(batch=name, sent_at=database_now())
            .execution_options(synchronize_session=False)
        )


def _told(accounting: AccountingApi, batch: list[Wanted], outcomes: list[Outcome[Contact]]) -> Json:
    made, refused = {}, {}
    for one, outcome in zip(batch, outcomes, strict=True):
        contact = outcome.record
        said = " ".join(outcome.errors)
        if contact is None and any(word in said for word in kept.TAKEN):
            # Perhaps by ourselves: a job of this client was made at the same moment, or an answer was lost long ago.
            contact = _ours(accounting, one)
        if contact is not None:
            made[one.number] = kept.plain(contact)
        else:
            refused[one.number] = said
    return {"made": made, "refused": refused}


def _ours(accounting: AccountingApi, one: Wanted) -> Contact | None:
    try:
        contact = accounting.contact(one.number)
    except Permanent as refused:
        if refused.code == "not_found":
            return None
        raise
    ours = contact.status == "ACTIVE" and contact.number == one.number and kept.is_this(contact, one)
    return contact if ours else None
