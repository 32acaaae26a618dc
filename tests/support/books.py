"""A practice's mappings and its organisation's lists side by side, for tests of what invoices carry."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from app.extensions import db
from app.models import (
    Cause,
    ChargeMapping,
    Client,
    Connection,
    Invoice,
    InvoiceLine,
    Office,
    OfficeMapping,
    Service,
    XeroListEntry,
)
from app.sync.causes import EARLY
from app.sync.invoices.money import Charge, amounts_of, totals
from app.sync.lists.planning import plan_read
from app.tenancy import company_scope
from tests.support.people import Cast
from tests.support.simulator import SimulatorProcess

NOUNS = {
    "account": ("accounts", "AccountID"),
    "item": ("items", "ItemID"),
    "tax_rate": ("tax_rates", "TaxType"),
    "tracking_category": ("tracking", "TrackingCategoryID"),
}


class Books:
    """Ours through models, theirs through the simulator's console."""

    def __init__(self, cast: Cast, company_id: UUID, organisation: str, simulator: SimulatorProcess) -> None:
        self.cast, self.company_id, self.organisation = cast, company_id, organisation
        self.simulator = simulator

    @contextmanager
    def scope(self) -> Iterator[Connection]:
        """The company's scope with its connection; committed at the end."""
        with self.cast.app.app_context(), company_scope(self.company_id):
            yield db.session.scalars(select(Connection)).one()
            db.session.commit()

    # Their side.

    def press(self, kind: str, name: str, wish: str, new: str = "") -> None:
        """Rename, archive, restore or vanish an entry in Xero."""
        organisation = self.simulator.state(newest=0)["organisations"][self.organisation]
        if kind == "tracking_option":
            found = next(
                option["TrackingOptionID"]
                for category in organisation["tracking"]
                for option in category["Options"]
                if option["Name"] == name
            )
        else:
            noun, id_field = NOUNS[kind]
            found = next(one[id_field] for one in organisation[noun] if one["Name"] == name)
        short = kind.removeprefix("tracking_")
        self.simulator.do("list", self.organisation, kind=short, id=found, wish=wish, name=new)

    def plan(self) -> None:
        """Have the lists read."""
        with self.scope() as connection:
            plan_read(connection, "A test")

    # Our side.

    def entry(self, kind: str, name: str) -> XeroListEntry:
        statement = select(XeroListEntry).where(XeroListEntry.kind == kind, XeroListEntry.name == name)
        return self.cast.read(self.company_id, statement)[0]

    def forget(self) -> None:
        """No mapping and no cause of one, whatever the cast came with."""
        with self.scope():
            for model in (ChargeMapping, OfficeMapping):
                db.session.execute(delete(model))
            db.session.execute(delete(Cause).where(Cause.kind.in_(EARLY)))

    def charge(self, service: str, account: str, tax_rate: str = "", item: str = "") -> UUID:
        """Map a service; the entries by name. The service's id."""
        with self.scope() as connection:
            service_id = db.session.scalars(select(Service.id).where(Service.name == service)).one()
            db.session.add(
                ChargeMapping(
                    connection_id=connection.id,
                    service_id=service_id,
                    account_id=self.entry("account", account).id,
                    tax_rate_id=self.entry("tax_rate", tax_rate).id if tax_rate else None,
                    item_id=self.entry("item", item).id if item else None,
                    confirmed_by="A test",
                )
            )
        return service_id

    def track(self, office: str, option: str | None) -> UUID:
        """Map an office; its id."""
        with self.scope() as connection:
            office_id = db.session.scalars(select(Office.id).where(Office.name == office)).one()
            option_id = self.entry("tracking_option", option).id if option else None
            db.session.add(
                OfficeMapping(
                    connection_id=connection.id,
                    office_id=office_id,
                    option_id=option_id,
                    confirmed_by="A test",
                )
            )
        return office_id

    def causes(self) -> list[Cause]:
        """The open ones of mappings, by sentence."""
        statement = select(Cause).where(Cause.kind.in_(EARLY), Cause.resolved_at.is_(None))
        return self.cast.read(self.company_id, statement.order_by(Cause.sentence, Cause.subject))

    def invoice(self, *lines: dict[str, Any], push_state: str = "new", **values: Any) -> UUID:
        """An invoice that is not sent, with these columns of its lines; each at 100.00 and 10 % if nothing is said."""
        with self.scope() as connection:
            invoice_id = uuid4()
            amounts = amounts_of(Charge(Decimal(1), Decimal(100), Decimal(10)), "Exclusive")
            sums = totals([amounts] * len(lines), "Exclusive")
            client_id = db.session.scalars(select(Client.id).order_by(Client.number).limit(1)).one()
            db.session.add(
                Invoice(
                    id=invoice_id,
                    connection_id=connection.id,
                    **{
                        "client_id": client_id,
                        "reference": f"T-{invoice_id.hex[:6]}",
                        "currency": "AUD",
                        "issued_on": date(2026, 11, 20),
                        "due_on": date(2026, 12, 4),
                        "created_by": "A test",
                        "subtotal": sums.subtotal,
                        "tax": sums.tax,
                        "total": sums.total,
                        "push_state": push_state,
                        **values,
                    },
                )
            )
            db.session.flush()
            for position, line in enumerate(lines):
                columns = {
                    "description": "Work",
                    "quantity": Decimal(1),
                    "unit_amount": Decimal(100),
                    "line_amount": amounts.line,
                    "tax_amount": amounts.tax,
                    **line,
                }
                db.session.add(InvoiceLine(invoice_id=invoice_id, position=position, **columns))
        return invoice_id

    def lines(self, invoice_id: UUID) -> list[InvoiceLine]:
        statement = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id)
        return self.cast.read(self.company_id, statement.order_by(InvoiceLine.position))
