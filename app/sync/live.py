"""The live connection of a run, and the way over it."""

from sqlalchemy import select

from app.extensions import db
from app.models import Connection, Grant
from app.models.operation import NORMAL
from app.sync import causes
from app.sync.connections import current_connection, transport_for
from app.sync.outcomes import Blocked
from app.sync.run import Run
from app.xero.scopes import covers
from app.xero.transport import Transport

_NOT_LIVE = {
    "to_confirm": "The Xero organisation is chosen but not confirmed yet, so nothing is written to it. A practice admin"
    " confirms it under Settings → Xero.",
    "reconnect_needed": "Xero no longer accepts the connection’s sign-in. A practice admin mends it under Settings →"
    " Xero with Reconnect.",
    "disconnected": "The practice is not connected to Xero. A practice admin connects it under Settings"
    " → Xero.",
}


def connection_of(run: Run) -> Connection:
    """The connection this run works over. Raises `Blocked` (cause CONNECTION) unless it is connected and confirmed."""
    connection = current_connection()
    if connection is None or not connection.is_live:
        raise Blocked(causes.CONNECTION, "", _NOT_LIVE[connection.status if connection else "disconnected"])
    if run.operation.connection_id != connection.id:
        # Steps taken in another organisation say nothing about this one.
        run.forget_steps()
        run.save(connection_id=connection.id)
    return connection


def needs_scope(connection: Connection, scope: str, sentence: str) -> None:
    """Raise `Blocked` (cause SCOPE) with this sentence where the consent given at Xero does not cover the scope."""
    granted = db.session.scalar(select(Grant.scopes).where(Grant.id == connection.grant_id)) or ""
    if not covers(granted.split(), scope):
        raise Blocked(causes.SCOPE, scope, sentence)


def transport_of(run: Run, connection: Connection) -> Transport:
    """Calls of this run: logged under its operation, interactive when a person waits for it."""
    operation = run.operation
    return transport_for(
        connection,
        correlation_id=str(operation.id),
        interactive=operation.priority < NORMAL,
        operation_id=operation.id,
        before_call=run.before_call,
    )
