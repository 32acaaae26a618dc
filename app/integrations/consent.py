"""A consent from beginning to end: the single-use state, the way to Xero and back, the tokens it brings.

`begin` and `take` change rows (the handler commits); `exchange` and `organisations_of` ask Xero and must be called
with no transaction open.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

from sqlalchemy import delete, select

from app.auth.viewer import Viewer
from app.errors import Problem
from app.extensions import db, settings
from app.models import Cause, Company, Consent, UserSession, now
from app.sync.causes import SCOPE
from app.sync.connections import identity_transport, vault, xero_app
from app.tenancy import current_company_id
from app.xero import identity, oauth
from app.xero.errors import XeroError
from app.xero.gate import TokenSource
from app.xero.identity import ConnectedOrganisation
from app.xero.oauth import TokenSet
from app.xero.scopes import FEATURES, SIGN_IN, Scope, covers, scopes_for

LASTS = timedelta(minutes=10)
PAGE, JSON = "page", "json"
FAMILY = "accounting"
"""What this consent is for; Practice Manager has one of its own."""
ALWAYS_ON = ("jobs", "invoices")
"""What is always switched on, and therefore asked for."""
_AGAIN = "Nothing was connected and nothing was changed. Press Connect to start again."


class ConsentRefused(Problem):
    """The way back from Xero cannot be used: a sentence for the person, a code for the program."""

    def __init__(self, code: str, title: str, message: str, status: int = 400) -> None:
        super().__init__(message, code=code, status=status)
        self.title = title


@dataclass(frozen=True)
class TakenConsent:
    """A consent that has come back and is used up."""

    verifier: str
    return_to: str


def asked_scopes() -> tuple[str, ...]:
    """The scopes a consent asks for: the setting, or the smallest set for what this practice has switched on."""
    chosen = settings().xero_scopes
    if chosen:
        return tuple(chosen.split())
    files = ("files",) if db.session.scalar(select(Company.push_documents)) else ()
    names = scopes_for((*ALWAYS_ON, *files))
    return (*names, *(name for name in _waited_for() if name not in names))


def _waited_for() -> list[str]:
    """Scopes that work waits for and that are asked for only then, such as making tracking options."""
    asked_by_family = {
        scope.name for feature in FEATURES.values() if feature.family == FAMILY for scope in feature.scopes
    }
    waiting = db.session.scalars(
        select(Cause.subject).where(Cause.kind == SCOPE, Cause.resolved_at.is_(None)).order_by(Cause.subject)
    )
    return [name for name in waiting if name in asked_by_family]


def explained(names: Iterable[str]) -> list[Scope]:
    """These scopes with the reason of each, in the order of `asked_scopes`, others after them."""
    reasons = {scope.name: scope.reason for scope in SIGN_IN}
    reasons |= {scope.name: scope.reason for feature in FEATURES.values() for scope in feature.scopes}
    order = {name: place for place, name in enumerate(asked_scopes())}
    found = []
    for name in sorted(set(names), key=lambda name: (order.get(name, len(order)), name)):
        reason = reasons.get(name) or reasons.get(f"{name}.read")
        found.append(Scope(name, reason or "Given by an earlier consent; Countinghouse does not use it now."))
    return found


def not_granted(granted: Iterable[str]) -> list[Scope]:
    """What is needed and not covered by a consent."""
    granted = set(granted)
    return explained(name for name in asked_scopes() if not covers(granted, name))


def begin(viewer: Viewer, return_to: str) -> str:
    """Write the consent down and give the address at Xero where the person consents."""
    db.session.execute(delete(Consent).where(Consent.expires_at < now() - timedelta(days=1)))
    state, verifier, consent_id = secrets.token_urlsafe(32), oauth.new_verifier(), uuid4()
    db.session.add(
        Consent(
            id=consent_id,
            state_hash=_hash(state),
            verifier=vault(current_company_id()).seal(verifier, consent_id, "verifier"),
            user_session_id=viewer.session_id,
            return_to=return_to,
            expires_at=now() + LASTS,
        )
    )
    return oauth.authorize_url(xero_app(), asked_scopes(), state, verifier)


def take(state: str, viewer: Viewer) -> TakenConsent:
    """Use the state up. Raises `ConsentRefused` when it is unknown here, used, too old or somebody else's.

    Only consents of the open company are looked at, so another practice's state is as unknown as an invented
    one.
    """
    consent = db.session.scalar(select(Consent).where(Consent.state_hash == _hash(state)).with_for_update())
    if consent is None or not _begun_by(consent, viewer):
        raise ConsentRefused(
            "state_unknown",
            "This way back from Xero is not yours",
            f"It does not belong to a connection that you began in this practice. {_AGAIN}",
        )
    if consent.used_at is not None:
        raise ConsentRefused(
            "state_used",
            "This way back from Xero was used before",
            "It counts once, so loading this address again does nothing. If the connection is not there,"
            " press Connect to start again.",
        )
    consent.used_at = now()
    if consent.expires_at <= now():
        raise ConsentRefused(
            "state_expired",
            "That took longer than ten minutes",
            f"To be safe, a connection that was begun must be finished within ten minutes. {_AGAIN}",
        )
    verifier = vault(consent.company_id).open(consent.verifier, consent.id, "verifier")
    return TakenConsent(verifier, consent.return_to)


def _begun_by(consent: Consent, viewer: Viewer) -> bool:
    if consent.return_to == PAGE:
        return consent.user_session_id == viewer.session_id
    # A program asked for the address, a browser comes back: two sessions, which must be one person's.
    begun = db.session.scalar(select(UserSession).where(UserSession.id == consent.user_session_id))
    return begun is not None and begun.user_id == viewer.user_id


def _hash(state: str) -> str:
    return sha256(state.encode()).hexdigest()


def refusal(error: str) -> ConsentRefused:
    """What Xero's `error` on the way back means to the person."""
    if error == "access_denied":
        return ConsentRefused(
            "consent_cancelled",
            "You cancelled at Xero",
            f"Xero told us that you did not allow access. {_AGAIN}",
        )
    return ConsentRefused(
        "consent_refused",
        "Xero did not carry the consent out",
        "Xero did not accept how this application introduced itself (its client id, redirect address or scopes)."
        " Please tell whoever runs this installation.",
        502,
    )


def exchange(code: str, taken: TakenConsent) -> TokenSet:
    """The tokens of the consent. Raises `ConsentRefused`."""
    if not code:
        raise ConsentRefused("code_missing", "Xero sent no code", f"The way back was incomplete. {_AGAIN}")
    try:
        return oauth.exchange_code(xero_app(), code, taken.verifier)
    except XeroError as problem:
        raise ConsentRefused(
            problem.code, "Xero did not finish the connection", f"{problem.sentence} {_AGAIN}", 502
        ) from None


class _JustGiven:
    """The token of a consent that is not stored yet."""

    def __init__(self, tokens: TokenSet) -> None:
        self._tokens = tokens

    def current(self) -> str:
        return self._tokens.access_token

    def renewed(self, stale: str) -> str:  # noqa: ARG002  a token some seconds old cannot be made newer
        return self._tokens.access_token


def organisations_of(tokens: TokenSet, correlation_id: str) -> list[ConnectedOrganisation]:
    """What `organisations` finds, for tokens that are not stored yet."""
    return organisations(_JustGiven(tokens), tokens.authentication_event_id, correlation_id)


def organisations(
    source: TokenSource, event_id: str | None, correlation_id: str
) -> list[ConnectedOrganisation]:
    """The organisations this consent brought, never simply the first of all that the person ever connected.

    When Xero names none for the consent (an organisation connected before may keep its older event), all of the
    person's are given, for them to choose from. Raises `ConsentRefused`.
    """
    transport = identity_transport(source, correlation_id=correlation_id)
    try:
        found = identity.connections(transport, event_id) if event_id else []
        found = found or identity.connections(transport)
    except XeroError as problem:
        raise ConsentRefused(
            problem.code, "Xero did not say which organisation", f"{problem.sentence} {_AGAIN}", 502
        ) from None
    found = [one for one in found if one.tenant_type == "ORGANISATION"]
    if not found:
        raise ConsentRefused(
            "no_organisation",
            "No organisation came with this consent",
            "Xero told us of no organisation you allowed us to use. At Xero, choose your practice's organisation"
            f" before you press Allow. {_AGAIN}",
        )
    return sorted(found, key=lambda one: one.name.casefold())
