"""What the organisation's lists say now: how a service is charged, an office's option, and what may be chosen."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from app.extensions import db
from app.models import ChargeMapping, Office, OfficeMapping, Service, XeroListEntry
from app.models.xero_list import ACTIVE
from app.sync.lists.words import left, named

CHARGES_PAGE = "Settings → Xero → Accounts and tax"
OFFICES_PAGE = "Settings → Xero → Offices"


@dataclass(frozen=True)
class Charged:
    """How a service is charged in an organisation."""

    service_id: UUID
    service: str
    active: bool
    """Whether the service is still offered."""
    account: XeroListEntry | None
    tax_rate: XeroListEntry | None
    """The mapping's, or else the account's own; None where neither is in the list (no tax)."""
    item: XeroListEntry | None
    problem: str | None
    """A sentence with what to do, when its lines cannot be sent as they are mapped."""

    @property
    def stale(self) -> tuple[XeroListEntry, ...]:
        """What it is mapped to and cannot be used any more."""
        return tuple(one for one in (self.account, self.tax_rate, self.item) if one and not one.usable)


def entries(
    connection_id: UUID, kind: str, *, for_sales: bool = True, active: bool = True
) -> list[XeroListEntry]:
    """A list's entries by code and name; `for_sales`, `active`: only those that are."""
    statement = select(XeroListEntry).where(
        XeroListEntry.connection_id == connection_id, XeroListEntry.kind == kind
    )
    if for_sales:
        statement = statement.where(XeroListEntry.for_sales)
    if active:
        statement = statement.where(XeroListEntry.status == ACTIVE)
    return list(
        db.session.scalars(
            statement.order_by(XeroListEntry.code, func.lower(XeroListEntry.name), XeroListEntry.id)
        )
    )


def tax_rate_of(entry: XeroListEntry | None) -> Decimal:
    """The rate of a tax rate in per cent; 0 for none, or where Xero did not tell one."""
    told = (entry.details.get("rate") if entry else None) or "0"
    try:
        return Decimal(str(told))
    except InvalidOperation:
        return Decimal(0)


def own_tax_rate(account: XeroListEntry, tax_rates: dict[str, XeroListEntry]) -> XeroListEntry | None:
    """The tax rate that Xero has for the account itself. `tax_rates`: by TaxType."""
    return tax_rates.get(str(account.details.get("tax_type") or ""))


def charges_of(connection_id: UUID) -> dict[UUID, Charged]:
    """How each service is charged, those without a mapping and those switched off too. Two statements."""
    account, tax_rate, item = (aliased(XeroListEntry) for _ in range(3))
    mapped = and_(
        ChargeMapping.service_id == Service.id,
        ChargeMapping.company_id == Service.company_id,
        ChargeMapping.connection_id == connection_id,
    )
    statement = (
        select(Service.id, Service.name, Service.active, account, tax_rate, item)
        .select_from(Service)
        .outerjoin(ChargeMapping, mapped)
    )
    for entry, column in (
        (account, ChargeMapping.account_id),
        (tax_rate, ChargeMapping.tax_rate_id),
        (item, ChargeMapping.item_id),
    ):
        statement = statement.outerjoin(
            entry, and_(entry.id == column, entry.company_id == ChargeMapping.company_id)
        )
    known = {one.code: one for one in entries(connection_id, "tax_rate", for_sales=False, active=False)}
    found = {}
    for service_id, name, active, its_account, its_rate, its_item in db.session.execute(statement):
        rate = its_rate or (own_tax_rate(its_account, known) if its_account else None)
        problem = _problem(name, its_account, rate, its_item)
        found[service_id] = Charged(service_id, name, active, its_account, rate, its_item, problem)
    return found


def _problem(service: str, account: XeroListEntry | None, *others: XeroListEntry | None) -> str | None:
    if account is None:
        return (
            f"It is not known yet to which account “{service}” is charged. A practice admin chooses it under"
            f" {CHARGES_PAGE}."
        )
    for entry in (account, *others):
        if entry is not None and (why := left(entry)):
            return (
                f"“{service}” is charged with the {named(entry)}, which {why}. A practice admin chooses another under"
                f" {CHARGES_PAGE}."
            )
    return None


def office_options(connection_id: UUID) -> dict[UUID, XeroListEntry | None]:
    """Office → its tracking option, usable or not (`office_problems`); None: its lines carry none, on purpose.
    An office that nobody has decided about is not in it."""
    statement = (
        select(OfficeMapping.office_id, XeroListEntry)
        .select_from(OfficeMapping)
        .outerjoin(
            XeroListEntry,
            and_(
                XeroListEntry.id == OfficeMapping.option_id,
                XeroListEntry.company_id == OfficeMapping.company_id,
            ),
        )
        .where(OfficeMapping.connection_id == connection_id)
    )
    return {row[0]: row[1] for row in db.session.execute(statement)}


def office_problems(connection_id: UUID) -> dict[UUID, str]:
    """Office → why lines of it cannot be sent with its tracking, as a sentence with what to do. Two statements.

    What the practice's setting `track_offices` says is the caller's to ask.
    """
    decided = office_options(connection_id)
    found = {}
    for office_id, name in db.session.execute(select(Office.id, Office.name)):
        problem = office_problem(name, office_id in decided, decided.get(office_id))
        if problem:
            found[office_id] = problem
    return found


def office_problem(office: str, decided: bool, option: XeroListEntry | None) -> str | None:
    """What is wrong with one office's option."""
    if not decided:
        return (
            f"It is not decided yet which tracking option in Xero stands for the office “{office}”. A practice admin"
            f" decides it under {OFFICES_PAGE}."
        )
    why = left(option) if option else None
    if option is None or why is None:
        return None
    return (
        f"The office “{office}” has the {named(option)}, which {why}. A practice admin chooses another under"
        f" {OFFICES_PAGE}."
    )
