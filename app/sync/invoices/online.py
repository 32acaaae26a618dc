"""Where a client sees and pays an invoice: asked of Xero once, for invoices that the portal shows."""

from collections import Counter
from uuid import UUID

from sqlalchemy import exists, select, update

from app.extensions import db
from app.models import Invoice, Membership
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.errors import Permanent

AT_ONCE = 20
"""A call each: so many in a run, the rest in the next."""
NONE_THERE = ""


def read_some(run: Run, accounting: AccountingApi, connection_id: UUID, counts: Counter[str]) -> None:
    """Ask for the addresses of approved, unpaid invoices of clients with a portal, `AT_ONCE` at most (committed).

    Raises XeroError, but for an invoice that has none.
    """
    in_portal = exists().where(
        Membership.company_id == Invoice.company_id,
        Membership.client_id == Invoice.client_id,
        Membership.active,
    )
    wanted = db.session.execute(
        select(Invoice.id, Invoice.xero_invoice_id)
        .where(
            Invoice.connection_id == connection_id,
            Invoice.xero_status == "AUTHORISED",
            Invoice.online_url.is_(None),
            in_portal,
        )
        .order_by(Invoice.created_at.desc(), Invoice.id)
        .limit(AT_ONCE)
    ).all()
    for invoice_id, xero_invoice_id in wanted:
        url = _ask(accounting, str(xero_invoice_id))
        db.session.execute(
            update(Invoice)
            .where(Invoice.id == invoice_id)
            .values(online_url=url)
            .execution_options(synchronize_session=False)
        )
        counts["links"] += 1
        run.save(attempts=0)


def _ask(accounting: AccountingApi, xero_invoice_id: str) -> str:
    try:
        url = accounting.online_invoice_url(xero_invoice_id)
    except Permanent as refused:
        if refused.code not in {"validation", "not_found", "bad_request"}:
            raise
        return NONE_THERE
    # It becomes a link on our pages: nothing but an address may.
    return url if url.startswith(("https://", "http://")) else NONE_THERE
