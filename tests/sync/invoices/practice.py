"""A practice that bills, and its organisation: invoices written here, and what stands in Xero."""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update

from app.extensions import db
from app.models import (
    ChargeMapping,
    Client,
    Connection,
    ContactMapping,
    Invoice,
    InvoiceLine,
    InvoicePayment,
    OfficeMapping,
    Operation,
    RequestEvent,
    ServiceRequest,
    XeroListEntry,
    now,
)
from app.models.operation import INTERACTIVE
from app.sync.connections import needed_connection
from app.sync.invoices import asking, money
from app.sync.invoices.links import id_in
from app.sync.invoices.money import Charge
from tests.sync.contacts.practice import BY, Pair

TAX = {"OUTPUT": Decimal(10), "EXEMPTOUTPUT": Decimal(0)}
HOUR = Charge(Decimal(1), Decimal("120.00"), Decimal(10))


class Books(Pair):
    """`Pair` that writes invoices. `lists`: code or name of an entry → its row's id."""

    def learn_lists(self) -> None:
        """The organisation's lists, as a reading of them would write them down."""
        with self.scope():
            connection_id = needed_connection().id
            entries = [
                *(
                    _entry(
                        "account",
                        row["AccountID"],
                        row.get("Code", ""),
                        row["Name"],
                        row["Class"] == "REVENUE",
                    )
                    for row in self.call("GET", "/Accounts")["Accounts"]
                ),
                *(
                    _entry("tax_rate", row["TaxType"], row["TaxType"], row["Name"], row["CanApplyToRevenue"])
                    for row in self.call("GET", "/TaxRates")["TaxRates"]
                ),
                *(
                    _entry("tracking_option", option["TrackingOptionID"], "", option["Name"], True, row)
                    for row in self.call("GET", "/TrackingCategories")["TrackingCategories"]
                    for option in row["Options"]
                ),
            ]
            for model in (ChargeMapping, OfficeMapping):
                db.session.execute(delete(model))
            db.session.execute(delete(XeroListEntry).where(XeroListEntry.connection_id == connection_id))
            db.session.add_all(XeroListEntry(connection_id=connection_id, **one) for one in entries)
            db.session.commit()
            rows = db.session.execute(select(XeroListEntry.code, XeroListEntry.name, XeroListEntry.id))
            self.lists: dict[str, UUID] = {row[0] or row[1]: row[2] for row in rows}

    def clients(self, *names: str) -> list[UUID]:
        """Clients with contacts."""
        made = [self.add(name) for name in names]
        contacts = [self.make(name) for name in names]
        with self.scope():
            connection_id = needed_connection().id
            db.session.add_all(
                ContactMapping(
                    connection_id=connection_id,
                    client_id=client_id,
                    xero_contact_id=contact_id,
                    contact_name=name,
                    found_by="created",
                )
                for client_id, contact_id, name in zip(made, contacts, names, strict=True)
            )
            db.session.commit()
        return made

    def request(self, client_id: UUID) -> UUID:
        """A completed request of the client, in Xero as a job or not."""
        with self.scope():
            pattern = db.session.scalars(select(ServiceRequest).limit(1)).one()
            made = ServiceRequest(
                reference=f"B-{uuid4().hex[:8]}",
                client_id=client_id,
                service_id=pattern.service_id,
                price=Decimal("330.00"),
                due_on=now().date(),
                status="completed",
            )
            made.assignee_id = pattern.assignee_id
            db.session.add(made)
            db.session.commit()
            return made.id

    def write(
        self,
        client_ids: Sequence[UUID],
        charges: Iterable[Charge] = (HOUR,),
        line_amounts: str = "Exclusive",
        **values: Any,
    ) -> list[UUID]:
        """An invoice for each of these clients, alike otherwise, with our totals."""
        charges = list(charges)
        amounts = [money.amounts_of(charge, line_amounts) for charge in charges]
        sums = money.totals(amounts, line_amounts)
        at = now()
        with self.scope():
            connection = needed_connection()
            carried = {
                "account_id": self.lists["200" if "200" in self.lists else "4-1000"],
                "tracking_option_id": next(
                    (self.lists[name] for name in ("Sydney", "Melbourne") if name in self.lists), None
                ),
            }
            made = []
            for client_id in client_ids:
                invoice = Invoice(
                    **{
                        "id": uuid4(),
                        "connection_id": connection.id,
                        "client_id": client_id,
                        "reference": f"REF-{uuid4().hex[:8]}",
                        "line_amounts": line_amounts,
                        "currency": "AUD",
                        "issued_on": at.date(),
                        "due_on": at.date() + timedelta(days=14),
                        "subtotal": sums.subtotal,
                        "tax": sums.tax,
                        "total": sums.total,
                        "created_by": BY,
                        **values,
                    }
                )
                made.append(invoice)
            db.session.add_all(made)
            db.session.flush()
            db.session.add_all(
                InvoiceLine(
                    invoice_id=invoice.id,
                    position=position,
                    description=f"Work {position}",
                    quantity=charge.quantity,
                    unit_amount=charge.unit_amount,
                    discount_rate=charge.discount_rate,
                    tax_rate_id=self.lists["OUTPUT" if charge.tax_rate else "EXEMPTOUTPUT"],
                    line_amount=amount.line,
                    tax_amount=amount.tax,
                    **carried,
                )
                for invoice in made
                for position, (charge, amount) in enumerate(zip(charges, amounts, strict=True), 1)
            )
            db.session.commit()
            return [invoice.id for invoice in made]

    # What people ask for.

    def ask(self, ids: Iterable[UUID], priority: int = INTERACTIVE) -> None:
        with self.scope():
            asking.ask_to_send(self._invoices(ids), BY, priority)
            db.session.commit()

    def send(self, ids: Iterable[UUID], priority: int = INTERACTIVE) -> None:
        self.ask(ids, priority)
        self.work(hurry=True)

    def change_ours(self, invoice_id: UUID, change: str) -> None:
        with self.scope():
            asking.ask_change(self._invoices([invoice_id])[0], change, BY)
            db.session.commit()
        self.work(hurry=True)

    def read_status(self) -> None:
        with self.scope():
            asking.ask_status(needed_connection(), BY)
            db.session.commit()
        self.work(hurry=True)

    def poll(self) -> bool:
        """What the clock does; whether there was anything to ask."""
        with self.scope():
            planned = asking.poll(needed_connection()) is not None
            db.session.commit()
        self.work(hurry=True)
        return planned

    @staticmethod
    def _invoices(ids: Iterable[UUID]) -> list[Invoice]:
        return list(db.session.scalars(select(Invoice).where(Invoice.id.in_(list(ids)))))

    def leases_end(self) -> None:
        """Time passes: whoever held an operation has lost it."""
        long_ago = now() - timedelta(minutes=1)
        with self.scope():
            running = update(Operation).where(Operation.state == "running")
            db.session.execute(running.values(lease_until=long_ago))
            db.session.commit()

    # How things stand.

    def invoice(self, invoice_id: UUID) -> Invoice:
        return self.invoices([invoice_id])[0]

    def invoices(self, ids: Iterable[UUID]) -> list[Invoice]:
        """In the order asked for, detached, with their lines."""
        ids = list(ids)
        with self.scope():
            found = {invoice.id: invoice for invoice in self._invoices(ids)}
            for invoice in found.values():
                assert invoice.lines
            db.session.expunge_all()
            return [found[invoice_id] for invoice_id in ids]

    def edit_invoice(self, invoice_id: UUID, **values: Any) -> None:
        with self.scope():
            db.session.execute(update(Invoice).where(Invoice.id == invoice_id).values(**values))
            db.session.commit()

    def paid(self, invoice_id: UUID) -> list[Decimal]:
        with self.scope():
            found = select(InvoicePayment.amount).where(InvoicePayment.invoice_id == invoice_id)
            return sorted(db.session.scalars(found))

    def history(self, request_id: UUID) -> list[tuple[str, bool]]:
        """Texts of what happened to the request, and whether only staff see each."""
        with self.scope():
            events = db.session.scalars(
                select(RequestEvent)
                .where(RequestEvent.service_request_id == request_id)
                .order_by(RequestEvent.at)
            )
            return [(event.text, event.internal) for event in events]

    def paid_on(self, request_id: UUID) -> date | None:
        with self.scope():
            return db.session.scalar(select(ServiceRequest.paid_on).where(ServiceRequest.id == request_id))

    def operation(self, kind: str) -> Operation:
        """The newest of that kind."""
        return self.operations(kind)[-1]

    def connection(self) -> Connection:
        with self.scope():
            found = needed_connection()
            db.session.expunge(found)
            return found

    def contact_name(self, client_id: UUID) -> str:
        with self.scope():
            return db.session.scalars(select(Client.name).where(Client.id == client_id)).one()

    # Theirs.

    def project(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """A call of Xero's Projects, as somebody there works with them."""
        url = f"{self.simulator.url}/projects.xro/2.0{path}"
        reply = self._http.request(method, url, json=body, timeout=20)
        assert reply.ok, reply.text
        return reply.json() if reply.content else {}

    def held(self) -> list[dict[str, Any]]:
        """Every sales invoice in the organisation, as the simulator keeps it."""
        return list(self.simulator.state(newest=0)["organisations"][self.organisation]["invoices"])

    def in_xero(self, ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
        """Our id → what leads back to it there."""
        found: dict[UUID, list[dict[str, Any]]] = {invoice_id: [] for invoice_id in ids}
        for invoice in self.held():
            ours = id_in(invoice["Url"])
            if ours in found:
                found[ours].append(invoice)
        return found

    def theirs_of(self, invoice_id: UUID) -> dict[str, Any]:
        [found] = self.in_xero([invoice_id])[invoice_id]
        return found

    def set_there(self, invoice_id: UUID, **fields: Any) -> None:
        """Somebody changes the invoice in Xero."""
        theirs = self.invoice(invoice_id).xero_invoice_id
        self.call("POST", f"/Invoices/{theirs}", {"InvoiceID": theirs, **fields})

    def pay(self, ids: Iterable[UUID], amount: Decimal | None = None) -> None:
        """Somebody in Xero books payments, in full unless told otherwise."""
        payments = [
            {
                "Invoice": {"InvoiceID": invoice.xero_invoice_id},
                "Account": {"Code": "090"},
                "Amount": str(amount or invoice.xero_total),
            }
            for invoice in self.invoices(ids)
        ]
        for start in range(0, len(payments), 50):
            self.call("PUT", "/Payments", {"Payments": payments[start : start + 50]})

    def take_back(self, invoice_id: UUID) -> None:
        for payment in self.theirs_payments(invoice_id):
            self.call("POST", f"/Payments/{payment}", {"Status": "DELETED"})

    def theirs_payments(self, invoice_id: UUID) -> list[str]:
        theirs = self.invoice(invoice_id).xero_invoice_id
        found = self.call("GET", f"/Invoices/{theirs}")["Invoices"][0]["Payments"]
        return [payment["PaymentID"] for payment in found]


def at_another_machine(deed: Callable[[], None]) -> None:
    """Do it in a thread, and so in a session, of its own, and wait for it."""
    failed: list[Exception] = []

    def run() -> None:
        try:
            deed()
        except Exception as error:  # noqa: BLE001  told by whoever waits
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert not failed, failed


def _entry(
    kind: str, xero_id: str, code: str, name: str, for_sales: bool, parent: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "kind": kind,
        "xero_id": xero_id,
        "code": code,
        "name": name,
        "for_sales": for_sales,
        "parent_xero_id": parent["TrackingCategoryID"] if parent else None,
    }
