"""The company's way to its Xero organisation: which connection is live, and a transport wired for it.

Everything runs in the scope of one company.
"""

import logging
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from app.crypto import Vault
from app.errors import WrongState
from app.extensions import db, redis_client, settings
from app.mail.alerts import connection_broke
from app.models import Connection, Grant, XeroCall, now
from app.sync.causes import CONNECTION, open_cause
from app.sync.governor import Governor
from app.sync.own_session import own_transaction
from app.sync.tokens import GrantTokens
from app.tenancy import CompanySession, current_company_id
from app.xero.accounting.organisation import Organisation
from app.xero.config import XeroApp
from app.xero.errors import ReconnectNeeded
from app.xero.gate import CallRecord, TokenSource
from app.xero.transport import Transport

log = logging.getLogger(__name__)

ACCOUNTING = "accounting"


def xero_app() -> XeroApp:
    """Our registered Xero application and its three hosts, from the settings."""
    ours = settings()
    return XeroApp(
        client_id=ours.xero_client_id,
        client_secret=ours.xero_client_secret.get_secret_value(),
        redirect_uri=ours.xero_redirect_uri,
        login_url=ours.xero_login_url,
        identity_url=ours.xero_identity_url,
        api_url=ours.xero_api_url,
    )


def governor() -> Governor:
    """The gate that keeps calls within Xero's limits."""
    return Governor(redis_client())


def vault(company_id: UUID) -> Vault:
    """What seals and opens the company's tokens."""
    return Vault(settings().master_keys, company_id)


def current_connection(kind: str = ACCOUNTING) -> Connection | None:
    """The company's connection that is not disconnected, whatever its state: one of a kind at most."""
    return db.session.scalar(
        select(Connection).where(Connection.kind == kind, Connection.status != "disconnected")
    )


def live_connection(kind: str = ACCOUNTING) -> Connection | None:
    """The company's connection over which calls may be made now: connected and confirmed. None otherwise."""
    connection = current_connection(kind)
    return connection if connection is not None and connection.is_live else None


def needed_connection() -> Connection:
    """The live connection, for what a person asks of Xero now. Raises `WrongState` when there is none."""
    connection = live_connection()
    if connection is None:
        raise WrongState(
            "This practice is not connected to Xero. An admin connects it under Settings → Xero."
        )
    return connection


def token_source(connection: Connection) -> GrantTokens:
    """The access tokens of the grant behind a connection. Raises ReconnectNeeded when it has none."""
    if connection.grant_id is None:
        raise ReconnectNeeded
    return _source(connection.company_id, connection.grant_id)


def grant_source(grant: Grant) -> GrantTokens:
    """The access tokens of a grant, one without a connection too."""
    return _source(grant.company_id, grant.id)


def _source(company_id: UUID, grant_id: UUID) -> GrantTokens:
    return GrantTokens(xero_app(), vault(company_id), company_id, grant_id)


def transport_for(
    connection: Connection,
    *,
    correlation_id: str,
    interactive: bool,
    operation_id: UUID | None = None,
    before_call: Callable[[bool], None] | None = None,
) -> Transport:
    """Calls to the connection's organisation; the governor counts each, and the call log gets it.

    `before_call`: asked right before each call is sent, with whether it changes anything.

    Check the connection's state before: this one only knows how to call. Raises ReconnectNeeded.
    """
    return Transport(
        xero_app(),
        tenant_id=connection.xero_tenant_id,
        token=token_source(connection),
        gate=governor(),
        on_call=call_log(operation_id, connection.id),
        correlation_id=correlation_id,
        interactive=interactive,
        before_call=before_call,
    )


def identity_transport(
    token: TokenSource,
    *,
    correlation_id: str,
    operation_id: UUID | None = None,
    connection_id: UUID | None = None,
) -> Transport:
    """Calls that belong to no organisation: which organisations a consent reached, and letting go of one."""
    return Transport(
        xero_app(),
        tenant_id=None,
        token=token,
        gate=governor(),
        on_call=call_log(operation_id, connection_id),
        correlation_id=correlation_id,
        interactive=True,
    )


def call_log(
    operation_id: UUID | None = None, connection_id: UUID | None = None
) -> Callable[[CallRecord], None]:
    """What writes each call down in a transaction of its own, so that the log survives a rollback.

    The health of the connection, if one is named, is kept with it.
    """
    company_id = current_company_id()

    def write(record: CallRecord) -> None:
        try:
            with own_transaction(company_id, lock_seconds=2) as session:
                session.add(_line(record, operation_id))
                if connection_id is not None:
                    _keep_health(session, connection_id, record)
        except SQLAlchemyError as problem:
            # The answer in hand matters more than its line in the log: what Xero did must still be recorded.
            log.warning("A call to Xero was not written to the call log (%s)", type(problem).__name__)

    return write


def _keep_health(session: CompanySession, connection_id: UUID, record: CallRecord) -> None:
    health = _health(record)
    if not health:
        return
    # A row that the caller holds locked is skipped: the next call tells its health again.
    free = select(Connection.id).where(Connection.id == connection_id).with_for_update(skip_locked=True)
    session.execute(
        update(Connection)
        .where(Connection.id.in_(free.scalar_subquery()))
        .values(**health)
        .execution_options(synchronize_session=False)
    )


def _line(record: CallRecord, operation_id: UUID | None) -> XeroCall:
    return XeroCall(
        at=record.at,
        operation_id=operation_id,
        correlation_id=record.correlation_id,
        method=record.method,
        path=record.path,
        status=record.status,
        duration_ms=round(record.duration_ms),
        minute_left=record.minute_left,
        day_left=record.day_left,
        retry_after=round(record.retry_after) if record.retry_after is not None else None,
        # “Nothing there” is the answer a look-up hopes for as often as not; it is no fault to be counted.
        error_code=None if record.method == "GET" and record.status == 404 else record.error_code,
        idempotency_key=record.idempotency_key,
        request_body=record.request_body,
        reply_body=record.reply_body,
    )


def _health(record: CallRecord) -> dict[str, object]:
    """What a call says of the connection. A limit or a refused value says nothing bad of it."""
    if record.error_code is None or (
        record.status is not None and record.status in {400, 404, 409, 412, 413}
    ):
        return {"last_sync_at": record.at, "consecutive_errors": 0, "last_error": None, "last_error_at": None}
    if record.error_code.startswith("limit_") or record.error_code == "token_expired":
        return {}
    return {
        "consecutive_errors": Connection.consecutive_errors + 1,
        "last_error": _SENTENCES.get(
            record.error_code, f"Xero answered with an error ({record.status or 'no answer'})."
        ),
        "last_error_at": record.at,
    }


_SENTENCES = {
    "unreachable": "Xero could not be reached.",
    "timed_out": "Xero did not answer in time.",
    "connection_dropped": "The connection to Xero broke off before its answer was complete.",
    "unreadable_reply": "Xero's answer broke off or could not be read.",
    "organisation_offline": "The organisation was offline in Xero.",
    "xero_unavailable": "Xero was down for a moment.",
    "xero_fault": "Xero had a fault of its own.",
    "reconnect_needed": "Xero no longer accepts this connection's sign-in.",
    "organisation_disconnected": "The organisation was disconnected in Xero.",
    "missing_scope": "Xero's consent does not cover something Countinghouse needs.",
}


def note_broken(connection: Connection, sentence: str) -> None:
    """Only a person's new consent helps: change the state, open the cause for what waits, and write to the admins,
    once for each break (not committed)."""
    db.session.flush()
    # The row decides which of several that see the break at once tells of it.
    broke = db.session.scalar(
        update(Connection)
        .where(Connection.id == connection.id, Connection.status.in_(("connected", "to_confirm")))
        .values(status="reconnect_needed")
        .returning(Connection.id)
    )
    if broke:
        connection_broke(connection.organisation_name, sentence)
    connection.last_error = sentence
    connection.last_error_at = now()
    open_cause(CONNECTION, "", sentence)


def learn(connection: Connection, organisation: Organisation) -> None:
    """Keep what Xero says of the organisation itself (not committed)."""
    connection.organisation_name = organisation.name or connection.organisation_name
    connection.short_code = organisation.short_code or None
    connection.base_currency = organisation.base_currency or None
    connection.country = organisation.country or None
    connection.is_demo = organisation.is_demo_company


def job_url(connection: Connection, project_id: str) -> str:
    """Where a person opens the job in Xero.

    In demonstration mode that is the simulator's page of the project. For the real Xero it is the deep link
    form documented for invoices and contacts (`organisationlogin/default.aspx` with the organisation's short
    code and a redirect); that it takes people to a *project* as well is unproven, and at worst they land on
    the organisation's list of projects.
    """
    base, short_code = settings().xero_go_url, connection.short_code or ""
    if settings().demo:
        return f"{base}/organisation/{short_code}/projects/{project_id}"
    target = f"/projects/project/{project_id}"
    return f"{base}/organisationlogin/default.aspx?shortcode={short_code}&redirecturl={target}"
