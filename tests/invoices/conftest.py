"""What the tests of invoices share: people at their browsers, mapped books, readers of what was written."""

from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import Invoice, InvoiceLine, ServiceRequest, TimeEntry, now
from app.tenancy import company_scope
from tests.support.chart import keep_books


class Rows:
    """What stands in the database about ABC's invoices."""

    def __init__(self, app, cast) -> None:
        self.app, self.cast = app, cast

    def invoice(self, invoice_id: str | UUID) -> Invoice:
        return self.cast.read(self.cast.abc, select(Invoice).where(Invoice.id == UUID(str(invoice_id))))[0]

    def of_request(self, request_id: UUID) -> list[Invoice]:
        mine = select(Invoice).where(Invoice.service_request_id == request_id)
        return self.cast.read(self.cast.abc, mine.order_by(Invoice.created_at))

    def lines(self, invoice_id: str | UUID) -> list[InvoiceLine]:
        mine = select(InvoiceLine).where(InvoiceLine.invoice_id == UUID(str(invoice_id)))
        return self.cast.read(self.cast.abc, mine.order_by(InvoiceLine.position))

    def completed(self, count: int) -> list[ServiceRequest]:
        """Completed requests that nobody has billed, the oldest first."""
        billed = select(Invoice.service_request_id).where(Invoice.service_request_id.is_not(None))
        found = select(ServiceRequest).where(
            ServiceRequest.status == "completed", ServiceRequest.id.not_in(billed)
        )
        ordered = found.order_by(ServiceRequest.created_at, ServiceRequest.id).limit(count)
        return self.cast.read(self.cast.abc, ordered)

    def set(self, invoice_id: str | UUID, **values) -> None:
        """As what Xero told would have set them."""
        with self.app.app_context(), company_scope(self.cast.abc):
            db.session.execute(update(Invoice).where(Invoice.id == UUID(str(invoice_id))).values(values))
            db.session.commit()

    def worked(self, request_id: UUID, *entries: tuple[str, int, str]) -> None:
        """Time on a request's job: task, minutes, rate an hour."""
        with self.app.app_context(), company_scope(self.cast.abc):
            for place, (task, minutes, rate) in enumerate(entries):
                db.session.add(
                    TimeEntry(
                        service_request_id=request_id,
                        xero_time_entry_id=f"time-{request_id}-{place}",
                        task_name=task,
                        charge_type="TIME",
                        rate=rate,
                        person_name="Jane Doe",
                        worked_on=now().date(),
                        minutes=minutes,
                        description="",
                        xero_status="ACTIVE",
                        read_at=now(),
                    )
                )
            db.session.commit()


@pytest.fixture
def rows(app, cast) -> Rows:
    return Rows(app, cast)


@pytest.fixture
def books(app, cast, no_invoices) -> dict[str, UUID]:
    """ABC's organisation, read and mapped."""
    return keep_books(app, cast.abc)


IN_XERO = {
    "push_state": "sent",
    "xero_invoice_id": "11111111-1111-1111-1111-111111111111",
    "xero_number": "INV-0042",
    "xero_currency": "AUD",
}
