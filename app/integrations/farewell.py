"""Telling Xero that an organisation is no longer used."""

import logging
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.extensions import db
from app.models import Connection
from app.sync.connections import identity_transport, token_source
from app.sync.tokens import GrantTokens
from app.xero import identity
from app.xero.errors import ReconnectNeeded, XeroError

log = logging.getLogger(__name__)

NOT_TOLD = (
    "Xero could not be told, so Countinghouse may still stand in Xero's list of connected apps. It cannot use the"
    " connection any more. In Xero, under Settings → Connected apps, you can remove it there as well."
)


@dataclass(frozen=True)
class Farewell:
    """What to say to Xero, read while the transaction was open."""

    connection_id: UUID
    xero_connection_id: str | None
    source: GrantTokens | None
    last_of_grant: bool


def prepare(connection: Connection) -> Farewell:
    """Read what is needed."""
    sharing = db.session.scalar(
        select(func.count(Connection.id)).where(Connection.grant_id == connection.grant_id)
    )
    source = token_source(connection) if connection.grant_id else None
    return Farewell(connection.id, connection.xero_connection_id, source, sharing == 1)


def say(farewell: Farewell, correlation_id: str) -> str | None:
    """Disconnect the organisation at Xero; revoke the sign-in when nothing hangs on it any more.

    Call it with no transaction open. Revoking drops *all* connections of that person to us (facts 1.5), those
    of another practice among them, so it is done only when Xero lists none. Gives a sentence for the person
    when Xero could not be told, None when all is done.
    """
    if farewell.source is None:
        return None
    transport = identity_transport(
        farewell.source, correlation_id=correlation_id, connection_id=farewell.connection_id
    )
    try:
        if farewell.xero_connection_id:
            identity.disconnect(transport, farewell.xero_connection_id)
        if farewell.last_of_grant and not identity.connections(transport):
            farewell.source.revoke()
    except ReconnectNeeded:
        # Xero takes this sign-in no longer: there is nothing left to take back.
        return None
    except XeroError as problem:
        log.warning("Xero was not told of the disconnect of %s: %s", farewell.connection_id, problem.code)
        return NOT_TOLD
    return None
