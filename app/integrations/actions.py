"""What people do with the connection: take up an organisation, confirm it, let go of it.

Each changes rows and plans work for Xero; the caller commits. What asks Xero first lives in `consent` and
`farewell`, which the handlers call with no transaction open.
"""

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.audit import record as audit
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import Cause, Connection, Grant, Operation, now
from app.models.operation import INTERACTIVE
from app.sync import operations
from app.sync.causes import CONNECTION, SCOPE, resolve
from app.sync.connections import ACCOUNTING, current_connection, learn, vault
from app.sync.lists.planning import plan_read
from app.sync.operations import READ_STAFF
from app.sync.tokens import seal_tokens, wipe_tokens
from app.tenancy import current_company_id
from app.xero.accounting.organisation import Organisation
from app.xero.identity import ConnectedOrganisation
from app.xero.oauth import TokenSet
from app.xero.scopes import covers

TAKEN = (
    "This organisation is connected to another practice in Countinghouse already. One organisation serves one"
    " practice. If it is yours, ask whoever connected it to disconnect it there first, or choose another"
    " organisation."
)


def keep_grant(tokens: TokenSet, kind: str = ACCOUNTING) -> Grant:
    """Store a consent's tokens in the one grant of that Xero person; they replace what an older one left."""
    person = tokens.xero_user_id or "unknown"
    grant = db.session.scalar(
        select(Grant).where(Grant.xero_user_id == person, Grant.kind == kind).with_for_update()
    )
    if grant is None:
        grant = Grant(id=uuid4(), xero_user_id=person, kind=kind)
        db.session.add(grant)
    seal_tokens(grant, vault(current_company_id()), tokens)
    db.session.flush()
    return grant


def attach(
    token_set: TokenSet,
    connected: ConnectedOrganisation,
    by: str,
    organisation: Organisation | None = None,
    kind: str = ACCOUNTING,
) -> Connection:
    """Take up the organisation that a consent brought, in the open company scope.

    An organisation that was confirmed before is connected again at once, with its mappings and history; a new
    one stands at `to_confirm`, and nothing is sent to it before `confirm`. `by`: the person's name. Raises
    `Problem` (organisation_taken) when another company has it, `WrongState` while another organisation of
    this company is not disconnected.
    """
    return take_up(keep_grant(token_set, kind), connected, by, organisation)


def take_up(
    grant: Grant, connected: ConnectedOrganisation, by: str, organisation: Organisation | None = None
) -> Connection:
    """`attach` for a consent whose tokens are stored already."""
    other = current_connection(grant.kind)
    if other is not None and other.xero_tenant_id != connected.xero_tenant_id:
        raise WrongState(
            f"{other.organisation_name} is connected. Disconnect it before you connect {connected.name}."
        )
    connection = db.session.scalar(
        select(Connection).where(
            Connection.kind == grant.kind, Connection.xero_tenant_id == connected.xero_tenant_id
        )
    )
    if connection is None:
        connection = Connection(
            id=uuid4(), kind=grant.kind, xero_tenant_id=connected.xero_tenant_id, consecutive_errors=0
        )
    connection.grant_id = grant.id
    connection.xero_connection_id = connected.id
    connection.organisation_name = connected.name or connection.organisation_name or "Unnamed organisation"
    if organisation is not None:
        learn(connection, organisation)
    connection.last_error = connection.last_error_at = None
    connection.consecutive_errors = 0
    _occupy(connection)
    audit.record(
        "connection.taken_up",
        connection,
        None,
        {"organisation": connection.organisation_name, "xero_tenant_id": connection.xero_tenant_id},
    )
    if connection.connected_at is not None:
        _go_live(connection, by)
    return connection


def _occupy(connection: Connection) -> None:
    """Make it the live row of its organisation, of which the whole installation has one."""
    try:
        with db.session.begin_nested():
            connection.status = "to_confirm"
            db.session.add(connection)
            db.session.flush()
    except IntegrityError as clash:
        if "uq_connections_xero_tenant_id_live" not in str(clash.orig):
            raise
        raise Problem(TAKEN, code="organisation_taken", status=409) from None


def confirm(connection: Connection, by: str) -> int:
    """The person has seen which organisation it is: from now on work is sent there.

    Returns how many operations had waited for a connection. Raises `WrongState` unless it is to be confirmed.
    """
    if connection.status == "connected":
        return 0  # the second of two clicks
    if connection.status != "to_confirm":
        raise WrongState("There is nothing to confirm: connect the organisation again first.")
    return _go_live(connection, by)


def _go_live(connection: Connection, by: str) -> int:
    audit.record("connection.confirmed", connection, {"status": connection.status}, {"status": "connected"})
    connection.status = "connected"
    connection.connected_by = by
    connection.connected_at = now()
    connection.disconnected_at = None
    connection.disconnected_by = None
    db.session.flush()
    read_staff(connection, by)
    plan_read(connection, by)
    return resolve(CONNECTION) + _release_granted(connection)


def _release_granted(connection: Connection) -> int:
    """Let go on what waited for a scope that the new consent covers."""
    scopes = db.session.scalar(select(Grant.scopes).where(Grant.id == connection.grant_id)) or ""
    wanted = db.session.scalars(select(Cause.subject).where(Cause.kind == SCOPE, Cause.resolved_at.is_(None)))
    # One without a name is tried again: Xero did not say which it was.
    granted = [scope for scope in wanted.all() if not scope or covers(scopes.split(), scope)]
    return sum(resolve(SCOPE, scope) for scope in granted)


def read_staff(connection: Connection, by: str) -> Operation:
    """Plan reading the organisation's people."""
    return operations.plan(READ_STAFF, connection.id, connection.organisation_name, by, INTERACTIVE)


def let_go(connection: Connection, by: str) -> bool:
    """Stop using the organisation: wipe what is secret, keep mappings and history.

    Returns whether this was the grant's last connection, and its tokens are therefore wiped.
    """
    grant_id = connection.grant_id
    audit.record(
        "connection.disconnected", connection, {"status": connection.status}, {"status": "disconnected"}
    )
    connection.status = "disconnected"
    connection.disconnected_at = now()
    connection.disconnected_by = by
    connection.grant_id = None
    connection.xero_connection_id = None
    connection.last_error = connection.last_error_at = None
    db.session.flush()
    return grant_id is not None and forget_unused(grant_id)


def forget_unused(grant_id: UUID) -> bool:
    """Wipe the tokens of a grant that no connection refers to; whether that was so."""
    if db.session.scalar(select(Connection.id).where(Connection.grant_id == grant_id).limit(1)) is not None:
        return False
    wipe_tokens(db.session.scalars(select(Grant).where(Grant.id == grant_id).with_for_update()).one())
    return True
