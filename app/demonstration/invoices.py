"""The demonstration's invoices of the past: completed requests that were billed, and what became of them in Xero.

They are written here and then made in the simulator from the same rows, and what it answers is taken over as any answer
is, so both sides say the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.demonstration.people import PORTAL_CLIENT
from app.demonstration.simulated import SimulatedPast
from app.extensions import db
from app.models import (
    Client,
    Company,
    Connection,
    ContactMapping,
    Invoice,
    InvoiceLine,
    RequestEvent,
    Service,
    ServiceRequest,
    XeroListEntry,
    now,
)
from app.sync.invoices.bodies import WITH_LINES, fields_of
from app.sync.invoices.money import Charge, amounts_of, totals
from app.sync.invoices.taking import take
from app.sync.lists.lookup import Charged, charges_of, office_options, tax_rate_of
from app.xero.accounting.invoice_shapes import Invoice as Told

ADVICE_IS = "Individual Tax Return"
"""The service under which advice to a person is billed."""
LEFT_TO_BILL = 4
"""Of each practice's completed requests, the oldest ones: somebody forgot them."""
TERMS, PAID_AFTER = timedelta(days=14), timedelta(days=9)


@dataclass(frozen=True)
class _Work:
    """What one line bills. `at`: when the invoice was written; `request_id`: None for one written by hand."""

    client_id: UUID
    office_id: UUID | None
    service: Service
    description: str
    price: Decimal
    reference: str
    at: datetime
    request_id: UUID | None


@dataclass(frozen=True)
class _Fate:
    """The status it was made with in Xero (None: it was never sent), and what share of it was paid."""

    status: str | None
    paid: Decimal = Decimal(0)


_PAID = _Fate("AUTHORISED", Decimal(1))
_TO_BE_PAID = _Fate("AUTHORISED")
NEWEST_FIRST = (
    _Fate(None),
    _Fate("DRAFT"),
    _Fate("SUBMITTED"),
    _Fate("AUTHORISED"),
    _Fate("AUTHORISED"),
    _Fate("AUTHORISED", Decimal("0.40")),
    _PAID,
    _Fate("AUTHORISED"),
)
"""Of the completed requests, the newest in turn; those before them are paid."""


def bill(
    company: Company,
    connection: Connection,
    requests: Iterable[ServiceRequest],
    past: SimulatedPast,
    admin: str,
) -> None:
    """Bill what was completed and can be (not committed)."""
    writer = _Writer(connection, admin, ZoneInfo(company.time_zone))
    done = sorted((one for one in requests if writer.can_bill(one)), key=_completed)
    newest = reversed(done[LEFT_TO_BILL:])
    fates = {
        writer.write(one).id: NEWEST_FIRST[place] if place < len(NEWEST_FIRST) else _PAID
        for place, one in enumerate(newest)
    }
    theirs = select(Client).where(Client.name == PORTAL_CLIENT.name, Client.id.in_(_contacts(connection)))
    for client in db.session.scalars(theirs):
        fates[writer.write_by_hand(client, company.take_invoice_reference()).id] = _TO_BE_PAID
    db.session.flush()
    _make(connection, past, {one: fate for one, fate in fates.items() if fate.status})


def _completed(service_request: ServiceRequest) -> tuple[object, str]:
    return service_request.completed_at, service_request.reference


class _Writer:
    """Writes invoices of completed requests, an hour after the work was done."""

    def __init__(self, connection: Connection, admin: str, zone: ZoneInfo) -> None:
        self._connection, self._admin, self._zone = connection, admin, zone
        self._charges: Mapping[UUID, Charged] = charges_of(connection.id)
        self._options: Mapping[UUID, XeroListEntry | None] = office_options(connection.id)

    def can_bill(self, one: ServiceRequest) -> bool:
        mapped = self._charges[one.service_id].problem is None
        return one.completed_at is not None and mapped and one.office_id in self._options

    def write(self, one: ServiceRequest) -> Invoice:
        at = min((one.completed_at or one.created_at) + timedelta(hours=1), now())
        what = one.service.name
        return self._write(
            _Work(one.client_id, one.office_id, one.service, what, one.price, one.reference, at, one.id)
        )

    def write_by_hand(self, client: Client, reference: str) -> Invoice:
        """What the portal's own client finds there, to be paid in some days."""
        service = db.session.scalars(select(Service).where(Service.name == ADVICE_IS)).one()
        at, what = now() - timedelta(days=6), "Advice about working from home"
        return self._write(
            _Work(client.id, client.office_id, service, what, service.base_price / 2, reference, at, None)
        )

    def _write(self, one: _Work) -> Invoice:
        at, day = one.at, one.at.astimezone(self._zone).date()
        charged = self._charges[one.service.id]
        charge = Charge(Decimal(1), one.price, tax_rate_of(charged.tax_rate))
        amounts = amounts_of(charge, "Exclusive")
        sums = totals([amounts], "Exclusive")
        invoice = Invoice(
            id=uuid4(),
            connection_id=self._connection.id,
            client_id=one.client_id,
            service_request_id=one.request_id,
            reference=one.reference,
            currency=self._connection.base_currency or "AUD",
            issued_on=day,
            due_on=day + TERMS,
            subtotal=sums.subtotal,
            tax=sums.tax,
            total=sums.total,
            created_by=self._admin,
            created_at=at,
        )
        db.session.add(invoice)
        db.session.flush()
        option = self._options.get(one.office_id) if one.office_id else None
        line = InvoiceLine(
            invoice_id=invoice.id,
            position=0,
            description=one.description,
            quantity=charge.quantity,
            unit_amount=charge.unit_amount,
            service_id=one.service.id,
            office_id=one.office_id,
            account_id=charged.account.id if charged.account else None,
            tax_rate_id=charged.tax_rate.id if charged.tax_rate else None,
            item_id=charged.item.id if charged.item else None,
            tracking_option_id=option.id if option else None,
            line_amount=amounts.line,
            tax_amount=amounts.tax,
        )
        db.session.add(line)
        return invoice


def _make(connection: Connection, past: SimulatedPast, fates: Mapping[UUID, _Fate]) -> None:
    """Make them in the simulator, pay what was paid, and take over what it then says."""
    wanted = select(Invoice).where(Invoice.id.in_(fates)).order_by(Invoice.created_at, Invoice.id)
    invoices = db.session.scalars(wanted.options(*WITH_LINES)).all()
    contacts = _contacts(connection)
    fields = [fields_of(one, contacts[one.client_id], fates[one.id].status) for one in invoices]
    made = past.invoices(fields)
    for invoice, told in zip(invoices, made, strict=True):
        fate = fates[invoice.id]
        if fate.paid:
            day = min(invoice.issued_on + PAID_AFTER, now().date())
            past.pay(told.id, day, (invoice.total * fate.paid).quantize(Decimal("0.01")))
        invoice.asked_at, invoice.asked_by = invoice.created_at, invoice.created_by
        invoice.send_as = fate.status or invoice.send_as
    _take(invoices, past.invoices_again([told.id for told in made]))


def _contacts(connection: Connection) -> dict[UUID, str]:
    mine = ContactMapping.connection_id == connection.id
    rows = db.session.execute(select(ContactMapping.client_id, ContactMapping.xero_contact_id).where(mine))
    return dict(rows.all())


def _take(invoices: Sequence[Invoice], told: Sequence[Told]) -> None:
    """Written down as any answer of Xero's; what the requests' histories say of it happened when the story says."""
    take(list(zip(invoices, told, strict=True)))
    db.session.flush()
    by_request = {invoice.service_request_id: invoice for invoice in invoices if invoice.service_request_id}
    events = select(RequestEvent).where(
        RequestEvent.service_request_id.in_(by_request), RequestEvent.kind.in_(("invoice", "paid"))
    )
    for event in db.session.scalars(events):
        at = by_request[event.service_request_id].created_at
        event.at = min(at + PAID_AFTER, now()) if event.kind == "paid" else at
    for invoice in invoices:
        invoice.updated_at = min(invoice.created_at + PAID_AFTER, now())
