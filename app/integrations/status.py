"""How a connection stands, as programs read it."""

from datetime import datetime

from pydantic import Field

from app.api.shapes import Answer
from app.integrations import queries
from app.models import Connection
from app.sync.connections import governor
from app.synclog.standing import standings


class OrganisationOut(Answer):
    """The organisation in Xero."""

    name: str
    short_code: str | None
    country: str | None
    currency: str | None
    demo: bool = Field(description="Whether it is Xero's Demo Company.")


class CallsLeft(Answer):
    """Null where Xero has not told yet, or the counter is away."""

    minute: int | None
    day: int | None
    paused_until: datetime | None


class KindOfWork(Answer):
    """How one kind of work with Xero stands."""

    kind: str = Field(examples=["contacts.changes"])
    last_success_at: datetime | None
    state: str = Field(
        description="done: the newest ending was a success; failed: it was not; waiting, retry: some stand so now;"
        " queued: none has ended yet."
    )
    count: int = Field(description="How many wait or are tried again.")
    tries: int = Field(description="The most tries in a row of these that failed.")
    error: str | None = Field(description="Of the one that failed.")


class ConnectionState(Answer):
    """The practice's connection to Xero."""

    connected: bool
    status: str = Field(description="not_connected, to_confirm, connected, reconnect_needed or disconnected.")
    organisation: OrganisationOut | None
    connected_by: str | None
    connected_at: datetime | None
    token_expires_at: datetime | None = Field(description="It is renewed by itself before that.")
    scopes: list[str]
    last_sync_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    consecutive_errors: int
    calls_left: CallsLeft
    work: list[KindOfWork] = Field(description="Every kind that was ever planned.")


def state_of(connection: Connection | None) -> ConnectionState:
    """The state of a connection; None: there never was one."""
    if connection is None:
        return ConnectionState(
            connected=False,
            status="not_connected",
            organisation=None,
            connected_by=None,
            connected_at=None,
            token_expires_at=None,
            scopes=[],
            last_sync_at=None,
            last_error=None,
            last_error_at=None,
            consecutive_errors=0,
            calls_left=CallsLeft(minute=None, day=None, paused_until=None),
            work=[],
        )
    grant = queries.grant_of(connection) if connection.grant_id else None
    return ConnectionState(
        connected=connection.is_live,
        status=connection.status,
        organisation=OrganisationOut(
            name=connection.organisation_name,
            short_code=connection.short_code,
            country=connection.country,
            currency=connection.base_currency,
            demo=connection.is_demo,
        ),
        connected_by=connection.connected_by,
        connected_at=connection.connected_at,
        token_expires_at=grant.expires_at if grant else None,
        scopes=grant.scopes.split() if grant else [],
        last_sync_at=connection.last_sync_at,
        last_error=connection.last_error,
        last_error_at=connection.last_error_at,
        consecutive_errors=connection.consecutive_errors,
        calls_left=_calls_left(connection),
        work=[
            KindOfWork(
                kind=one.kind,
                last_success_at=one.last_success,
                state=one.state,
                count=one.count,
                tries=one.tries,
                error=one.error,
            )
            for one in standings()
        ],
    )


def _calls_left(connection: Connection) -> CallsLeft:
    usage = governor().snapshot(connection.xero_tenant_id) if connection.status != "disconnected" else None
    if usage is None:
        return CallsLeft(minute=None, day=None, paused_until=None)
    return CallsLeft(
        minute=max(0, usage.minute_limit - usage.minute_used),
        day=usage.day_left,
        paused_until=usage.blocked_until,
    )
