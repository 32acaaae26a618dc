"""The organisation that invoices go to and come from, and whether its consent covers them."""

from sqlalchemy import select

from app.extensions import db
from app.models import Connection, Grant
from app.sync import causes
from app.sync.live import connection_of
from app.sync.outcomes import Blocked, Needless
from app.sync.run import Run
from app.xero.scopes import covers

SCOPE = "accounting.invoices"


def the_connection(run: Run) -> Connection:
    """The connection this operation was planned for. Raises `Blocked` unless it is live, `Needless` when the practice
    has another organisation now."""
    connection = connection_of(run)
    if connection.id != run.operation.subject_id:
        raise Needless(
            "This was asked for another organisation, which the practice is not connected to any more."
        )
    return connection


def needs_consent(connection: Connection) -> None:
    """Raise `Blocked` (cause SCOPE) where the consent does not cover invoices."""
    granted = db.session.scalar(select(Grant.scopes).where(Grant.id == connection.grant_id)) or ""
    if not covers(granted.split(), SCOPE):
        raise Blocked(
            causes.SCOPE,
            SCOPE,
            "The consent given at Xero does not cover invoices, so they wait; all else goes on. A practice admin"
            " consents again under Settings → Xero.",
        )
