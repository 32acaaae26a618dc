"""Access tokens of one grant: opened when needed, refreshed before they end, by one caller at a time.

Two things must hold at once. One refresh for however many callers: a second one with the same refresh token
makes the first one's tokens worthless. And no grant lost when a process dies between Xero's answer and our
commit: Xero takes the old refresh token again for 30 minutes, if we still know that a refresh was under way.
The second needs a commit *before* the call, and a commit gives back row locks, so `SELECT … FOR UPDATE` alone
cannot guard the first. Therefore `app.sync.grant_lock` is held from before the record that a refresh begins
until after its result, and inside it two short transactions lock the grant's row: one writes down that a refresh
begins, with the refresh token it begins with; one stores the result. No transaction is open while Xero is asked.
"""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import select, update

from app.crypto import SealBrokenError, Vault
from app.models import Connection, Grant, now
from app.sync.grant_lock import BusyError, alone
from app.sync.own_session import own_transaction
from app.tenancy import CompanySession
from app.xero import oauth
from app.xero.config import XeroApp
from app.xero.errors import Again, ReconnectNeeded
from app.xero.oauth import TokenSet

log = logging.getLogger(__name__)

MARGIN = timedelta(minutes=3)
"""How long before its end an access token is replaced."""
STILL_GOOD = timedelta(seconds=30)
"""What a token must have left to be used when refreshing it did not work this time."""
PAUSE_SECONDS = 20.0
"""After a refresh that did not work, how long this process leaves Xero alone while the token is still good."""
REFRESH_TOKEN_LASTS = timedelta(days=60)

_WIPED = (
    "The connection's sign-in to Xero was removed. A practice admin connects again under Settings → Xero."
)
_UNREADABLE = (
    "The stored sign-in to Xero does not open with this installation's key. A practice admin connects again"
    " under Settings → Xero."
)


@dataclass(frozen=True)
class Secrets:
    """The two tokens of a grant, in clear."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True)
class _Read:
    """A grant's row as one transaction saw it."""

    secrets: Secrets
    sealed: bytes | None
    """The tokens as stored: sealed anew each time, so equal bytes mean that nobody has replaced them."""
    expires_at: datetime
    started_at: datetime | None

    def lasts(self, at_least: timedelta) -> bool:
        return self.expires_at > now() + at_least


def seal_tokens(grant: Grant, vault: Vault, tokens: TokenSet) -> None:
    """Put a token set into the grant's row (the caller commits); what was broken or pending is over."""
    body = json.dumps({"access_token": tokens.access_token, "refresh_token": tokens.refresh_token})
    grant.tokens = vault.seal(body, grant.id, "tokens")
    grant.previous = None
    grant.scopes = " ".join(sorted(tokens.scopes)) or grant.scopes
    grant.expires_at = tokens.expires_at
    grant.refresh_expires_at = now() + REFRESH_TOKEN_LASTS
    grant.refresh_started_at = None
    grant.broken_at = None


def wipe_tokens(grant: Grant) -> None:
    """Forget the tokens (the caller commits). The row stays: connections and history refer to it."""
    grant.tokens = grant.previous = None
    grant.expires_at = grant.refresh_expires_at = grant.refresh_started_at = None


def open_tokens(grant: Grant, vault: Vault) -> Secrets:
    """The tokens in clear. Raises ReconnectNeeded when they were wiped or do not open with our key."""
    if grant.tokens is None:
        raise ReconnectNeeded("not_connected", _WIPED)
    try:
        body = json.loads(vault.open(grant.tokens, grant.id, "tokens"))
    except SealBrokenError:
        log.exception("The tokens of grant %s do not open", grant.id)
        raise ReconnectNeeded("tokens_unreadable", _UNREADABLE) from None
    return Secrets(body["access_token"], body["refresh_token"])


class GrantTokens:
    """The `TokenSource` of one grant. Needs an application context; opens the company's scope itself."""

    def __init__(self, app: XeroApp, vault: Vault, company_id: UUID, grant_id: UUID) -> None:
        self._app = app
        self._vault = vault
        self._company_id = company_id
        self._grant_id = grant_id

    def current(self) -> str:
        """An access token good for some minutes. Raises ReconnectNeeded, Again.

        A refresh that was begun and has no result is taken up at once, however long the token still lasts: it
        may have replaced the refresh token at Xero, and the old one is taken for 30 minutes only.
        """
        read = self._read()
        if read.lasts(MARGIN) and read.started_at is None:
            return read.secrets.access_token
        still_good = read.lasts(STILL_GOOD)
        if still_good and _paused(self._grant_id):
            return read.secrets.access_token
        try:
            # While the token lasts nobody waits for whoever is refreshing it already.
            return self._refreshed(stale=None, wait=not still_good)
        except Again:
            if still_good:
                return read.secrets.access_token
            raise

    def renewed(self, stale: str) -> str:
        """A token other than `stale`, which Xero called expired. Raises as `current` does."""
        return self._refreshed(stale)

    def refresh_now(self) -> str:
        """A new token although the present one is still good: a person wants to know whether it works."""
        return self._refreshed(self._read().secrets.access_token)

    def revoke(self) -> None:
        """Take the sign-in back at Xero: it drops all connections of that person to us. Raises XeroError."""
        with self._alone(wait=True):
            oauth.revoke(self._app, self._read().secrets.refresh_token)

    def _refreshed(self, stale: str | None, *, wait: bool = True) -> str:
        with self._alone(wait=wait) as connection:
            read = self._begin(connection, stale)
            if read.started_at is None:
                return read.secrets.access_token  # somebody refreshed while we waited
            try:
                tokens = oauth.refresh(self._app, read.secrets.refresh_token)
            except ReconnectNeeded as refused:
                return self._after_refusal(connection, read, refused)
            except Again:
                _failed_at[self._grant_id] = time.monotonic()
                raise
            return self._store(connection, read, tokens)

    def _row(self, session: CompanySession, *, locked: bool) -> Grant:
        statement = select(Grant).where(Grant.id == self._grant_id)
        grant = session.scalar(statement.with_for_update() if locked else statement)
        if grant is None:
            raise ReconnectNeeded("not_connected", _WIPED)
        if grant.broken_at is not None:
            raise ReconnectNeeded
        return grant

    def _seen(self, grant: Grant, secrets: Secrets, started_at: datetime | None) -> _Read:
        return _Read(secrets, grant.tokens, grant.expires_at or now(), started_at)

    def _read(self) -> _Read:
        with own_transaction(self._company_id) as session:
            grant = self._row(session, locked=False)
            return self._seen(grant, open_tokens(grant, self._vault), grant.refresh_started_at)

    def _begin(self, connection: DatabaseConnection, stale: str | None) -> _Read:
        """Write down that a refresh begins; `started_at` is None when it is not needed any more."""
        with own_transaction(self._company_id, connection) as session:
            grant = self._row(session, locked=True)
            secrets = open_tokens(grant, self._vault)
            read = self._seen(grant, secrets, None)
            # We hold the lock, so whoever began that one is gone, its answer lost: send again what it sent.
            pending = grant.refresh_started_at is not None
            fresh = read.lasts(MARGIN) if stale is None else secrets.access_token != stale
            if fresh and not pending:
                return read
            if pending and grant.previous is not None:
                secrets = replace(
                    secrets, refresh_token=self._vault.open(grant.previous, grant.id, "previous")
                )
            else:
                grant.previous = self._vault.seal(secrets.refresh_token, grant.id, "previous")
            grant.refresh_started_at = now()
            return self._seen(grant, secrets, grant.refresh_started_at)

    def _store(self, connection: DatabaseConnection, read: _Read, tokens: TokenSet) -> str:
        with own_transaction(self._company_id, connection) as session:
            grant = self._row(session, locked=True)
            if grant.tokens != read.sealed:
                return open_tokens(
                    grant, self._vault
                ).access_token  # a new consent came in between: its tokens are newer than ours
            seal_tokens(grant, self._vault, tokens)
            return tokens.access_token

    def _after_refusal(self, connection: DatabaseConnection, read: _Read, refused: ReconnectNeeded) -> str:
        """Look once more before believing it: a new consent may have replaced what we sent."""
        with own_transaction(self._company_id, connection) as session:
            grant = self._row(session, locked=True)
            if grant.tokens != read.sealed:
                return open_tokens(grant, self._vault).access_token
            grant.broken_at = now()
            grant.refresh_started_at = None
            session.execute(
                update(Connection)
                .where(Connection.grant_id == grant.id, Connection.status.in_(("connected", "to_confirm")))
                .values(status="reconnect_needed", last_error=refused.sentence, last_error_at=now())
            )
        log.warning("Xero refused the refresh token of grant %s: reconnect needed", self._grant_id)
        raise refused

    @contextmanager
    def _alone(self, *, wait: bool) -> Iterator[DatabaseConnection]:
        try:
            with alone(self._grant_id, wait=wait) as connection:
                yield connection
        except BusyError:
            raise Again(
                "refresh_busy",
                "The sign-in to Xero is being renewed and takes longer than usual. It is tried again by itself.",
                maybe_done=False,
                whose_move="us",
            ) from None


_failed_at: dict[UUID, float] = {}


def _paused(grant_id: UUID) -> bool:
    failed_at = _failed_at.get(grant_id)
    return failed_at is not None and time.monotonic() - failed_at < PAUSE_SECONDS
