"""Consent and tokens (facts 1.1 to 1.4).

Authlib makes the code challenge and the authorize address. Its sessions are not used for the token calls:
they would keep the token, retry and raise in their own way beside the one transport, and a refresh must
know exactly whether its request can have reached Xero.
"""

import binascii
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from app.xero import money
from app.xero.config import XeroApp
from app.xero.errors import Again, Permanent, ReconnectNeeded, XeroError, classify
from app.xero.reply import Reply
from app.xero.transport import exchange


@dataclass(frozen=True)
class TokenSet:
    """The tokens of one consent.

    `expires_at` is when the access token ends, counted from before it was asked for.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    scopes: frozenset[str]
    xero_user_id: str
    authentication_event_id: str | None


def new_verifier() -> str:
    """A PKCE verifier: 64 characters out of letters and digits (43 to 128 are allowed)."""
    verifier: str = generate_token(64)
    return verifier


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    made: str = create_s256_code_challenge(verifier)
    return made


def authorize_url(app: XeroApp, scopes: Iterable[str], state: str, verifier: str) -> str:
    """Where to send the browser for consent.

    PKCE is sent beside the client secret, as hardening (facts 1.2).
    """
    url: str = add_params_to_uri(
        app.authorize_endpoint,
        [
            ("response_type", "code"),
            ("client_id", app.client_id),
            ("redirect_uri", app.redirect_uri),
            ("scope", " ".join(scopes)),
            ("state", state),
            ("code_challenge", challenge(verifier)),
            ("code_challenge_method", "S256"),
        ],
    )
    return url


def exchange_code(app: XeroApp, code: str, verifier: str) -> TokenSet:
    """The tokens for a consent's code, which is good once and for 5 minutes.

    Raises Permanent (code used or too old, or our application is set up wrongly) and Again.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.redirect_uri,
        "code_verifier": verifier,
    }
    return _tokens(
        app,
        form,
        Permanent(
            "code_refused",
            "Xero no longer accepts this consent: it is good once and for five minutes. Press Connect and"
            " start again.",
            whose_move="practice",
            status=400,
        ),
    )


def refresh(app: XeroApp, refresh_token: str) -> TokenSet:
    """A new pair of tokens; the old refresh token is retired, though it may be used again for 30 minutes.

    Raises ReconnectNeeded on invalid_grant, Permanent when our application is set up wrongly, and Again,
    whose maybe_done tells that Xero may have rotated the token without our seeing the new one.
    """
    return _tokens(
        app, {"grant_type": "refresh_token", "refresh_token": refresh_token}, ReconnectNeeded(status=400)
    )


def revoke(app: XeroApp, refresh_token: str) -> None:
    """Drop the token and all connections of the person behind it (facts 1.5).

    A token already dead is no error.
    """
    reply = _post(app, app.revocation_endpoint, {"token": refresh_token, "token_type_hint": "refresh_token"})
    if _oauth_error(reply) in ("invalid_grant", "invalid_token"):
        return
    if problem := _problem(reply, Permanent("revoke_refused", _SETUP, whose_move="us", status=reply.status)):
        raise problem


_SETUP = (
    "Xero did not accept how this application introduced itself. Check client id, client secret, redirect"
    " address and scopes against the application's page at developer.xero.com."
)


def _post(app: XeroApp, url: str, form: Mapping[str, str]) -> Reply:
    basic = b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode("ascii")
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    return exchange(app, "POST", url, headers=headers, body=urlencode(form).encode("ascii"))


def _oauth_error(reply: Reply) -> str | None:
    """The `error` of a refusal as OAuth writes it; the status is 400, sometimes 401."""
    if reply.status not in (400, 401):
        return None
    try:
        data = reply.data
    except ValueError:
        return None
    error = data.get("error") if isinstance(data, Mapping) else None
    return error if isinstance(error, str) else None


def _problem(reply: Reply, refused: XeroError) -> XeroError | None:
    error = _oauth_error(reply)
    if error == "invalid_grant":
        return refused
    if error is not None or (400 <= reply.status < 500 and reply.status not in (408, 429)):
        # Also a 401 without a word: it is about our application, and must not cost a practice its connection.
        code = error if error and error.replace("_", "").isalpha() else "oauth_refused"
        return Permanent(code, _SETUP, whose_move="us", status=reply.status)
    return classify(reply, wrote=True)


def _tokens(app: XeroApp, form: Mapping[str, str], refused: XeroError) -> TokenSet:
    asked_at = datetime.now(UTC)
    reply = _post(app, app.token_endpoint, form)
    if problem := _problem(reply, refused):
        raise problem
    data = reply.data
    try:
        access, again = str(data["access_token"]), str(data["refresh_token"])
        lifetime = timedelta(seconds=int(data["expires_in"]))
    except (KeyError, TypeError, ValueError):
        # Nothing of the reply goes into the message: it may hold a token.
        raise Again(
            "unreadable_reply",
            "Xero's answer with the tokens could not be used. It is tried again by itself.",
            maybe_done=True,
            status=reply.status,
        ) from None
    claims = _claims(access)
    scopes = data.get("scope") or claims.get("scope") or ""
    return TokenSet(
        access_token=access,
        refresh_token=again,
        expires_at=asked_at + lifetime,
        scopes=frozenset(scopes.split() if isinstance(scopes, str) else map(str, scopes)),
        xero_user_id=str(
            claims.get("xero_userid") or _claims(str(data.get("id_token"))).get("xero_userid") or ""
        ),
        authentication_event_id=claims.get("authentication_event_id"),
    )


def _claims(token: str) -> Mapping[str, Any]:
    """What an access token says of itself: hints only, so a token of another make gives none (facts 1.4).

    The signature is not checked: the token came straight from the token endpoint and is not used to sign
    anybody in.
    """
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = money.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return {}
    return claims if isinstance(claims, Mapping) else {}
