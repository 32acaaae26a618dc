"""The organisation that invoices go to and come from, and whether its consent covers them."""

from app.models import Connection
from app.sync.live import connection_of, needs_scope
from app.sync.outcomes import Needless
from app.sync.run import Run

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
    needs_scope(
        connection,
        SCOPE,
        "The consent given at Xero does not cover invoices, so they wait; all else goes on. A practice admin"
        " consents again under Settings → Xero.",
    )
