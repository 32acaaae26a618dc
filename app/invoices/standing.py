"""Where an invoice stands on its way to Xero, what is in its way, and what mends it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from app.invoices import queries
from app.invoices.words import CHANGES
from app.models import Invoice
from app.sync.causes import CONTACT
from app.sync.invoices.checking import Problem, problem_of
from app.sync.invoices.links import open_in_xero

POLL_SECONDS = 2


@dataclass(frozen=True)
class Standing:
    """`moving`: it is being sent or changed at this moment. `problem`: what would stop it, of one that is not in Xero;
    kind and subject as a cause has them. `version`: another one when anything that the page says has changed."""

    organisation: str
    moving: bool
    sentence: str | None
    problem: Problem | None
    xero_url: str | None
    version: str


def standing_of(invoice: Invoice) -> Standing:
    connection = queries.connection_of(invoice)
    waiting = invoice.push_state in {"new", "blocked", "refused"} and invoice.ended_at is None
    return Standing(
        organisation=connection.organisation_name,
        moving=invoice.push_state == "to_send" or invoice.is_changing,
        sentence=CHANGES.get(invoice.change or "") if invoice.is_changing else None,
        problem=_problem(invoice) if waiting else None,
        xero_url=open_in_xero(connection, invoice),
        version=_version(invoice),
    )


def _problem(invoice: Invoice) -> Problem | None:
    found = problem_of(invoice)
    if found is None and invoice.push_state == "blocked" and invoice.push_error:
        # It was stopped by what only a look into Xero could tell: the client's contact.
        return Problem(CONTACT, str(invoice.client_id), invoice.push_error)
    return found


def _version(invoice: Invoice) -> str:
    said: tuple[Any, ...] = (
        invoice.revision,
        invoice.push_state,
        invoice.push_error,
        invoice.xero_status,
        invoice.xero_due,
        invoice.change,
        invoice.change_error,
        invoice.xero_number,
        invoice.ended_at,
    )
    return sha256(repr(said).encode()).hexdigest()[:16]
