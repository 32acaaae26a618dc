"""Before an invoice is sent: whether its lines can stand in Xero as the organisation's lists are now.

The lists are as they were last read (`app.sync.lists`); what changed in Xero since is Xero's to refuse. Lock dates are
not looked at here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import (
    Client,
    Company,
    ContactMapping,
    Invoice,
    InvoiceLine,
    Office,
    Service,
    XeroListEntry,
)
from app.sync.causes import CHARGE, CONTACT, OFFICE
from app.sync.lists.lookup import Charged, charges_of, office_options, office_problem
from app.sync.lists.words import left, named

_IN_USE = "ACTIVE"


@dataclass(frozen=True)
class Problem:
    """Why an invoice is not sent. `kind`, `subject`: of the cause that blocks it; None and empty where only the invoice
    itself can be mended."""

    kind: str | None
    subject: str
    sentence: str


@dataclass(frozen=True)
class _Line:
    """A line with what it carries, and the names its sentence needs. `place`: from 1."""

    place: int
    service_id: UUID | None
    service: str | None
    office_id: UUID | None
    office: str | None
    account: XeroListEntry | None
    tax_rate: XeroListEntry | None
    item: XeroListEntry | None
    option: XeroListEntry | None

    @property
    def charge(self) -> tuple[XeroListEntry | None, ...]:
        return self.account, self.tax_rate, self.item


def problem_of(invoice: Invoice) -> Problem | None:
    """What keeps this invoice from being sent now, the first of several; None: nothing."""
    return problems_of([invoice]).get(invoice.id)


def problems_of(invoices: Iterable[Invoice]) -> dict[UUID, Problem]:
    """The same for many invoices: invoice id → its problem, those without one left out. A handful of statements for
    each organisation, however many there are."""
    found: dict[UUID, Problem] = {}
    for connection_id, some in _by_connection(invoices).items():
        lines, judge = _lines(some), _Judge(connection_id, some)
        for invoice_id, invoice in some.items():
            problem = judge.of(invoice, lines.get(invoice_id, []))
            if problem is not None:
                found[invoice_id] = problem
    return found


def _by_connection(invoices: Iterable[Invoice]) -> dict[UUID, dict[UUID, Invoice]]:
    found: dict[UUID, dict[UUID, Invoice]] = {}
    for invoice in invoices:
        found.setdefault(invoice.connection_id, {})[invoice.id] = invoice
    return found


class _Judge:
    """What the invoices of one organisation are held against; asked for once, and only where it is needed."""

    def __init__(self, connection_id: UUID, invoices: Mapping[UUID, Invoice]) -> None:
        self._connection_id = connection_id
        self._contacts = _contacts(connection_id, {one.client_id for one in invoices.values()})
        self._tracks_offices = bool(db.session.scalar(select(Company.track_offices)))
        self._decided: dict[UUID, XeroListEntry | None] | None = None
        self._charges: dict[UUID, Charged] | None = None

    def of(self, invoice: Invoice, lines: list[_Line]) -> Problem | None:
        if (contact := self._contacts.get(invoice.client_id)) is not None:
            return _contact_problem(invoice.client_id, contact)
        for line in lines:
            problem = self._of_charge(invoice, line) or self._of_office(invoice, line)
            if problem is not None:
                return problem
        return None

    def _of_charge(self, invoice: Invoice, line: _Line) -> Problem | None:
        if line.account is None and line.service_id is None:
            # A description, or a line written by hand: as a draft it may stand without an account.
            return None if invoice.send_as == "DRAFT" else _of_itself(line, "has no account", "Choose one")
        wrong = next((one for one in line.charge if one and self._why(one)), None)
        if line.account is not None and wrong is None:
            return None
        mapped = self._charge(line.service_id)
        if mapped is not None and mapped.problem:
            return Problem(CHARGE, str(line.service_id), mapped.problem)
        if wrong is None:
            return _of_itself(line, "has no account", "Choose one")
        return _of_itself(line, f"has the {named(wrong)}, which {self._why(wrong)}", "Choose another")

    def _of_office(self, invoice: Invoice, line: _Line) -> Problem | None:
        why = self._why(line.option) if line.option else None
        if line.option is not None and why is None:
            return None
        if self._tracks_offices and invoice.tracks_offices and line.office_id and line.office:
            decided, option = self._decision(line.office_id)
            # A line without an option, where the office has one, is so on purpose.
            sentence = office_problem(line.office, decided, option) if line.option or not decided else None
            if sentence:
                return Problem(OFFICE, str(line.office_id), sentence)
        if line.option is None:
            return None
        return _of_itself(line, f"has the {named(line.option)}, which {why}", "Choose another")

    def _why(self, entry: XeroListEntry) -> str | None:
        if entry.connection_id != self._connection_id:
            return "is of another organisation"
        return left(entry)

    def _charge(self, service_id: UUID | None) -> Charged | None:
        if service_id is None:
            return None
        if self._charges is None:
            self._charges = charges_of(self._connection_id)
        return self._charges.get(service_id)

    def _decision(self, office_id: UUID) -> tuple[bool, XeroListEntry | None]:
        if self._decided is None:
            self._decided = office_options(self._connection_id)
        return office_id in self._decided, self._decided.get(office_id)


def _of_itself(line: _Line, what: str, do: str) -> Problem:
    return Problem(None, "", f"Line {line.place} {what}. {do} on the invoice.")


def _lines(invoices: Mapping[UUID, Invoice]) -> dict[UUID, list[_Line]]:
    account, tax_rate, item, option = (aliased(XeroListEntry) for _ in range(4))
    statement = select(
        InvoiceLine.invoice_id,
        InvoiceLine.service_id,
        Service.name,
        InvoiceLine.office_id,
        Office.name,
        account,
        tax_rate,
        item,
        option,
    ).select_from(InvoiceLine)
    for entry, column in (
        (account, InvoiceLine.account_id),
        (tax_rate, InvoiceLine.tax_rate_id),
        (item, InvoiceLine.item_id),
        (option, InvoiceLine.tracking_option_id),
        (Service, InvoiceLine.service_id),
        (Office, InvoiceLine.office_id),
    ):
        statement = statement.outerjoin(
            entry, and_(entry.id == column, entry.company_id == InvoiceLine.company_id)
        )
    rows = db.session.execute(
        statement.where(InvoiceLine.invoice_id.in_(invoices)).order_by(
            InvoiceLine.invoice_id, InvoiceLine.position
        )
    )
    found: dict[UUID, list[_Line]] = {}
    for row in rows:
        lines = found.setdefault(row[0], [])
        lines.append(_Line(len(lines) + 1, *row[1:]))
    return found


def _contacts(connection_id: UUID, client_ids: set[UUID]) -> dict[UUID, Row[UUID, str, str, str]]:
    """The clients whose contact cannot be invoiced. Row: client_id, name, contact_name, contact_status."""
    rows = db.session.execute(
        select(
            ContactMapping.client_id, Client.name, ContactMapping.contact_name, ContactMapping.contact_status
        )
        .join(
            Client,
            and_(Client.id == ContactMapping.client_id, Client.company_id == ContactMapping.company_id),
        )
        .where(
            ContactMapping.connection_id == connection_id,
            ContactMapping.client_id.in_(client_ids),
            ContactMapping.contact_status != _IN_USE,
        )
    )
    return {row[0]: row for row in rows}


def _contact_problem(client_id: UUID, row: Row[UUID, str, str, str]) -> Problem:
    what = {"ARCHIVED": "is archived in Xero", "GONE": "is no longer in Xero"}.get(
        row.contact_status, "was erased in Xero"
    )
    return Problem(
        CONTACT,
        str(client_id),
        f"The contact “{row.contact_name}” of “{row.name}” {what}, so no invoice can be made for it. Bring it back"
        " there, or choose another contact; the invoice goes on by itself.",
    )
