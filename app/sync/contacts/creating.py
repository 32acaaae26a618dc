"""Contacts made for clients that have none, fifty a call, each once.

First it is looked whether Xero has them: a few clients one by one, many by reading all contacts once. Before a creating
call, the step and the clients in it are written and committed. A call whose answer was lost is read back: what changed
in Xero since then holds the contacts it made, known by our client number, which Xero allows once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db, settings
from app.models import Client, ContactErrand, ContactMapping, database_now, now
from app.models.base import Json
from app.sync import causes
from app.sync.contacts import errands, looking
from app.sync.contacts.acceptable import refusal
from app.sync.contacts.batches import one_by_one
from app.sync.contacts.fields import Values, of_client, of_contact
from app.sync.contacts.looking import Wanted
from app.sync.names import normal_name
from app.sync.outcomes import Blocked, NotYet
from app.sync.run import Run
from app.tenancy import current_company_id
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.calls import BATCH, Outcome
from app.xero.accounting.contacts import Contact, ContactFields
from app.xero.errors import Permanent

AT_ONCE = 1000
LOOK_BACK = timedelta(minutes=10)
"""How long before a lost call it is looked for: Xero's clock and ours may run apart."""
TAKEN = ("is already assigned to another contact", "must be unique")


def create_some(run: Run, accounting: AccountingApi, connection_id: UUID, counts: Counter[str]) -> int:
    """Find or make the contacts of the clients that wait for one, a thousand at most; how many were decided.

    Raises as `pushing.exchange`.
    """
    waiting = _wanted(connection_id)
    wanted = _acceptable(waiting, counts)
    run.save()
    if not wanted:
        return len(waiting)
    missing = _look_for(run, accounting, connection_id, wanted, counts)
    for start in range(0, len(missing), BATCH):
        _create(run, accounting, connection_id, missing[start : start + BATCH], counts)
    return len(waiting)


def _wanted(connection_id: UUID) -> list[Wanted]:
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
            Client.archived_at.is_(None),
            ~mapped,
        )
        .order_by(ContactErrand.asked_at, ContactErrand.client_id)
        .limit(AT_ONCE)
    )
    return [Wanted(client.id, asked_at, client.number, of_client(client)) for asked_at, client in rows]


def _acceptable(wanted: list[Wanted], counts: Counter[str]) -> list[Wanted]:
    kept, names = [], set[str]()
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
            kept.append(one)
        else:
            _refuse(one, sentence, "not_acceptable", counts)
    return kept


def _refuse(one: Wanted, sentence: str, code: str, counts: Counter[str]) -> None:
    errands.refuse(one.client_id, one.asked_at, sentence, code)
    counts["refused"] += 1


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
            _refuse(one, result.sentence, result.kind, counts)
        else:
            contact, how = result
            _map_or_refuse(connection_id, one, contact, how, counts)
    run.save(attempts=0)
    return missing


def _map_or_refuse(
    connection_id: UUID, one: Wanted, contact: Contact, how: str, counts: Counter[str]
) -> None:
    """The errand stays: mapped, the two are compared next."""
    if not _map(connection_id, one.client_id, contact, how, {}):
        sentence = (
            f"The contact “{contact.name}” in Xero fits, but it is another client’s already. Choose which contact"
            " this client is."
        )
        causes.open_cause(causes.CONTACT, one.client_id, sentence)
        _refuse(one, sentence, causes.CONTACT, counts)
        return
    counts["found"] += 1


def _map(connection_id: UUID, client_id: UUID, contact: Contact, how: str, agreed: Values) -> bool:
    """Map the contact unless it, or the client, is mapped already; whether that was done (not committed)."""
    at = now()
    made = db.session.scalar(
        insert(ContactMapping)
        .values(
            company_id=current_company_id(),
            id=uuid4(),
            connection_id=connection_id,
            client_id=client_id,
            xero_contact_id=contact.id,
            contact_name=contact.name,
            found_by=how,
            contact_status="ACTIVE",
            contact_updated_at=contact.updated_at,
            agreed=agreed,
            agreed_at=at if agreed else None,
            agreed_groups={},
            created_at=at,
        )
        .on_conflict_do_nothing()
        .returning(ContactMapping.id)
    )
    return made is not None


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

    # A new step under a new name each time: one that is found begun is `look_for_lost`'s.
    run.step(name, send, lambda: None, lambda result: _keep(connection_id, by_number, result, counts))


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
        if contact is None and any(word in said for word in TAKEN):
            # Perhaps by ourselves: a job of this client was made at the same moment, or an answer was lost long ago.
            contact = _ours(accounting, one)
        if contact is not None:
            made[one.number] = _plain(contact)
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
    ours = contact.status == "ACTIVE" and contact.number == one.number and _is_this(contact, one)
    return contact if ours else None


def _plain(contact: Contact) -> Json:
    agreed = of_contact(contact)
    return {
        "id": contact.id,
        "name": contact.name,
        "updated_at": contact.updated_at.isoformat() if contact.updated_at else None,
        "values": agreed,
    }


def _keep(connection_id: UUID, batch: dict[str, Wanted], result: Json, counts: Counter[str]) -> None:
    for number, one in sorted(batch.items(), key=lambda item: item[1].client_id):
        made = result["made"].get(number)
        if made is not None:
            _map_plain(connection_id, one, made)
            counts["created"] += 1
            errands.done([(one.client_id, one.asked_at)])
        elif said := result["refused"].get(number):
            code = "contact_name_taken" if any(word in said for word in TAKEN) else "validation"
            _refuse(one, f"Xero refused it: {said} {_REMEDY[code]}", code, counts)
    _unmark(list(batch.values()))


_REMEDY = {
    "contact_name_taken": "Choose that contact for this client, or rename one of the two.",
    "validation": "Change the client, and it is sent again.",
}


def _map_plain(connection_id: UUID, one: Wanted, made: Json) -> None:
    """What both have is what they agree on; where Xero has stored something else, it is compared next."""
    agreed = {name: value for name, value in made["values"].items() if value == one.values[name]}
    updated_at = datetime.fromisoformat(made["updated_at"]) if made["updated_at"] else None
    at = now()
    db.session.execute(
        insert(ContactMapping)
        .values(
            company_id=current_company_id(),
            id=uuid4(),
            connection_id=connection_id,
            client_id=one.client_id,
            xero_contact_id=made["id"],
            contact_name=made["name"],
            found_by="created",
            contact_status="ACTIVE",
            contact_updated_at=updated_at,
            agreed=agreed,
            agreed_at=at,
            agreed_groups={},
            created_at=at,
        )
        .on_conflict_do_nothing()
    )


def _unmark(batch: Iterable[Wanted]) -> None:
    db.session.execute(
        update(ContactErrand)
        .where(ContactErrand.client_id.in_([one.client_id for one in batch]))
        .values(batch=None, sent_at=None)
        .execution_options(synchronize_session=False)
    )


# Looking for what a lost call has made.


def look_for_lost(run: Run, accounting: AccountingApi, connection_id: UUID) -> None:
    """Map what earlier creating calls made whose answers were lost, this operation's or another's, and let the rest be
    made anew. Raises `NotYet` while Xero may still be carrying one out."""
    for name, batch in sorted(_lost().items()):
        by_number = {one.number: one for one, _ in batch}
        sent_at = min(at for _, at in batch)

        def read_back(by_number: dict[str, Wanted] = by_number, sent_at: datetime = sent_at) -> Json:
            return _contacts_by_number(accounting, sent_at, by_number)

        def keep(result: Json, by_number: dict[str, Wanted] = by_number) -> None:
            _keep(connection_id, by_number, result, Counter())

        if run.started(name):
            run.step(name, _never, read_back, keep)
            continue
        wait = settings().read_back_after_seconds - _age(name)
        if wait > 0:
            raise NotYet(wait)
        run.save()
        keep(read_back())
        run.save(attempts=0)


def _never(_key: str) -> Json:
    raise AssertionError("a call that was sent is never sent again: what it lacks is made by another")


def _lost() -> dict[str, list[tuple[Wanted, datetime]]]:
    """The clients of each creating call that has no result."""
    found: dict[str, list[tuple[Wanted, datetime]]] = defaultdict(list)
    rows = db.session.execute(
        select(ContactErrand, Client).join(ContactErrand.client).where(ContactErrand.batch.is_not(None))
    )
    for errand, client in rows:
        one = Wanted(client.id, errand.asked_at, client.number, of_client(client))
        found[str(errand.batch)].append((one, errand.sent_at or errand.asked_at))
    return found


def _age(name: str) -> float:
    """Seconds since the call was sent, by the database's clock."""
    since = func.extract("epoch", database_now() - func.max(ContactErrand.sent_at))
    return float(db.session.scalar(select(since).where(ContactErrand.batch == name)) or 0)


def _contacts_by_number(accounting: AccountingApi, sent_at: datetime, by_number: dict[str, Wanted]) -> Json:
    """Those of the batch that stand in Xero, from what has changed since shortly before the call."""
    found = {
        contact.number: _plain(contact)
        for page in accounting.contacts(since=sent_at - LOOK_BACK)
        for contact in page
        if contact.number in by_number and _is_this(contact, by_number[contact.number])
    }
    return {"made": found, "refused": {}}


def _is_this(contact: Contact, one: Wanted) -> bool:
    return normal_name(contact.name) == normal_name(one.values["name"])
