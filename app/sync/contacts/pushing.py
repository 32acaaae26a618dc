"""Fulfilling errands: clients are compared with their contacts as these are now, fifty a call, what travels to Xero is
written fifty a call, and contacts that are missing are made (`creating`).

One that Xero refuses is told on its client alone. An update names the contact by its id and says absolute values, so
that one whose answer was lost may be sent again: the errand is there until the answer is.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import and_, literal, or_, select

from app.extensions import db
from app.models import Client, Connection, ContactErrand, ContactMapping, now
from app.paging import Rows
from app.sync import successes
from app.sync.batches import one_by_one
from app.sync.contacts import creating, errands, living, lost, settling
from app.sync.contacts.acceptable import refusal
from app.sync.contacts.fields import tidy
from app.sync.contacts.settling import Send
from app.sync.live import connection_of, transport_of
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.calls import BATCH
from app.xero.accounting.contacts import Contact, ContactFields

REFUSED = "validation"


@dataclass(frozen=True)
class Wish:
    """An errand as a run has seen it."""

    client_id: UUID
    asked_at: datetime
    force: bool
    contact_id: str


def exchange(run: Run) -> None:
    """Fulfil every errand there is, those noted meanwhile too. Raises as `jobs.create`."""
    connection = connection_of(run)
    accounting, counts = AccountingApi(transport_of(run, connection)), Counter[str]()
    connection_id = connection.id
    lost.look_for_lost(run, accounting, connection_id)
    while True:
        _drop_needless(connection_id)
        wishes = _mapped(connection_id)
        if wishes:
            _compare(run, accounting, _connection(connection_id), wishes, counts)
        elif not creating.create_some(run, accounting, connection_id, counts) and _finished(run):
            break
    successes.succeeded(run, connection_id, counts)


def _connection(connection_id: UUID) -> Connection:
    return db.session.scalars(select(Connection).where(Connection.id == connection_id)).one()


def _finished(run: Run) -> bool:
    """Whether nobody waits, as `Run.last_look` means it."""
    run.last_look()
    return not errands.any_open()


def _open(connection_id: UUID) -> Rows:
    return (
        select(
            ContactErrand.client_id,
            ContactErrand.asked_at,
            ContactErrand.force,
            ContactMapping.xero_contact_id,
        )
        .join(ContactErrand.client)
        .outerjoin(
            ContactMapping,
            and_(
                ContactMapping.company_id == ContactErrand.company_id,
                ContactMapping.client_id == ContactErrand.client_id,
                ContactMapping.connection_id == connection_id,
            ),
        )
        .where(ContactErrand.refused.is_(None))
        .order_by(ContactErrand.asked_at, ContactErrand.client_id)
    )


def _drop_needless(connection_id: UUID) -> None:
    """Errands of clients that were archived meanwhile, and those that may not make the contact they lack."""
    needless = or_(
        Client.archived_at.is_not(None), and_(ContactMapping.id.is_(None), ContactErrand.create.is_(False))
    )
    rows = db.session.execute(_open(connection_id).where(needless)).all()
    errands.done((row.client_id, row.asked_at) for row in rows)


def _mapped(connection_id: UUID) -> list[Wish]:
    """The next errands of clients with a contact."""
    rows = db.session.execute(
        _open(connection_id).where(ContactMapping.id.is_not(None), Client.archived_at.is_(None)).limit(BATCH)
    )
    return [Wish(*row) for row in rows]


def _compare(
    run: Run, accounting: AccountingApi, connection: Connection, wishes: list[Wish], counts: Counter[str]
) -> None:
    terms = settling.terms_of(connection)
    found = living.read(accounting, [wish.contact_id for wish in wishes])
    settled = settling.settle(terms, found, [wish.client_id for wish in wishes if wish.force])
    counts.update(settled.counts)
    by_client = {wish.client_id: wish for wish in wishes}
    sends = [send for send in settled.sends if not _refused_here(send, by_client[send.client_id], counts)]
    waiting = {send.client_id for send in sends}
    refused = {send.client_id for send in settled.sends} - waiting
    errands.done(
        (wish.client_id, wish.asked_at) for wish in wishes if wish.client_id not in waiting | refused
    )
    run.save(attempts=0)
    if sends:
        write(run, accounting, sends, by_client, counts)


def _refused_here(send: Send, wish: Wish, counts: Counter[str]) -> bool:
    sentence = refusal(send.whole, send.number or "")
    if sentence:
        errands.refuse(wish.client_id, wish.asked_at, sentence, "not_acceptable")
        counts["refused"] += 1
    return sentence is not None


def wishes_of(client_ids: Iterable[UUID]) -> list[Wish]:
    """The errands of these clients, as they stand."""
    rows = db.session.execute(
        select(ContactErrand.client_id, ContactErrand.asked_at, ContactErrand.force, literal("")).where(
            ContactErrand.client_id.in_(list(client_ids))
        )
    )
    return [Wish(*row) for row in rows]


def _nobody(_send: Send, _refusal: str | None) -> None:
    """For those who ask nothing more."""


def write(
    run: Run,
    accounting: AccountingApi,
    sends: list[Send],
    wishes: dict[UUID, Wish],
    counts: Counter[str],
    told: Callable[[Send, str | None], None] = _nobody,
) -> None:
    """Send up to fifty, and write down what became of each (committed). `told(send, refusal)`: each as it ended."""
    outcomes = one_by_one(accounting.update_contacts, [_fields(send) for send in sends], str(uuid4()))
    for send, outcome in sorted(zip(sends, outcomes, strict=True), key=lambda pair: pair[0].client_id):
        wish = wishes[send.client_id]
        sentence = None if outcome.record else refusal_of(outcome.errors)
        if outcome.record is None:
            errands.refuse(wish.client_id, wish.asked_at, str(sentence), REFUSED)
            counts["refused"] += 1
        else:
            _sent(send, outcome.record)
            errands.done([(wish.client_id, wish.asked_at)])
            counts["sent"] += 1
        told(send, sentence)
    run.save(attempts=0)


def _fields(send: Send) -> tuple[str, ContactFields]:
    return send.contact_id, ContactFields(**send.whole, number=send.number)


def refusal_of(errors: tuple[str, ...]) -> str:
    """What Xero said against a contact, with what to do."""
    return f"Xero refused it: {' '.join(errors)} Change the client, and it is sent again."


def _sent(send: Send, contact: Contact) -> None:
    """What was sent is what both agree on now. Where Xero has stored it otherwise, that is its next change."""
    mapping = db.session.scalars(
        select(ContactMapping).where(ContactMapping.id == send.mapping_id).with_for_update()
    ).one_or_none()
    if mapping is None or mapping.xero_contact_id != send.contact_id:
        return
    mapping.agreed = {**mapping.agreed, **{name: tidy(name, value) for name, value in send.values.items()}}
    mapping.agreed_at = now()
    mapping.contact_name = contact.name
    mapping.contact_updated_at = contact.updated_at or mapping.contact_updated_at
