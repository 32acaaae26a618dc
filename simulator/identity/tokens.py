"""Token sets: made at consent, rotated at refresh, with half an hour of grace for a refresh token already
used.

Lifetimes: access token 30 minutes, refresh token 60 days, authorization code 5 minutes, id token 5 minutes.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from simulator import ids
from simulator.core import Simulator
from simulator.identity.keys import base64url
from simulator.journal import Record

ACCESS_SECONDS = 1800
REFRESH_SECONDS = 60 * 86_400
GRACE_SECONDS = 1800
CODE_SECONDS = 300
ISSUER = "https://identity.xero.com"


def consent(
    simulator: Simulator, client_id: str, person_id: str, organisation_id: str, scopes: list[str]
) -> Record:
    """Connect the organisation and add the scopes to what this person granted this app. Hold the shared
    lock.

    Returns the facts a token set is made from: person, app, all scopes granted so far and the
    authentication event.
    """
    state = simulator.state
    event = ids.fresh()
    granted = state.consents.get(f"{client_id} {person_id}") or {"scopes": []}
    union = [*granted["scopes"], *(scope for scope in scopes if scope not in granted["scopes"])]
    state.consents.save(f"{client_id} {person_id}", {"scopes": union})
    now = simulator.clock.now().replace(tzinfo=None).isoformat(timespec="microseconds") + "0"
    found = next(
        (
            connection
            for connection in state.connections.all()
            if connection["tenantId"] == organisation_id
            and connection["person_id"] == person_id
            and connection["client_id"] == client_id
        ),
        None,
    )
    connection = dict(found or {"id": ids.fresh(), "createdDateUtc": now})
    connection.update(
        tenantId=organisation_id,
        person_id=person_id,
        client_id=client_id,
        authEventId=event,
        updatedDateUtc=now,
    )
    state.connections.save(connection["id"], connection)
    return {
        "client_id": client_id,
        "person_id": person_id,
        "scopes": union,
        "event": event,
        "connection_id": connection["id"],
    }


def issue(simulator: Simulator, grant: Record) -> dict[str, Any]:
    """A new token set for the grant, in the form the token endpoint answers. Hold the shared lock.

    The refresh token becomes the live one of its family (one family per consent); the one that was live
    stays usable for the grace period.
    """
    state, now = simulator.state, simulator.clock.timestamp()
    scopes = grant["scopes"]
    access = _access_token(simulator, grant, int(now))
    reply: dict[str, Any] = {"access_token": access, "expires_in": ACCESS_SECONDS, "token_type": "Bearer"}
    state.access_tokens.save(
        access,
        {
            "client_id": grant["client_id"],
            "person_id": grant["person_id"],
            "scopes": scopes,
            "event": grant["event"],
            "expires_at": int(now) + ACCESS_SECONDS,
        },
    )
    _forget_expired(simulator)
    if "openid" in scopes:
        reply["id_token"] = _id_token(simulator, grant, access, int(now))
    if "offline_access" in scopes:
        refresh = secrets.token_urlsafe(32)
        family = grant.get("family") or ids.fresh()
        for name in state.refresh_tokens.names():
            other = state.refresh_tokens[name]
            if other["family"] == family and other["superseded_at"] is None:
                state.refresh_tokens.save(name, {**other, "superseded_at": now})
            elif usable(simulator, name, other["client_id"]) is None:
                state.refresh_tokens.remove(name)  # a dead one is answered as an unknown one is
        state.refresh_tokens.save(
            refresh,
            {
                **{name: grant[name] for name in ("client_id", "person_id", "scopes", "event")},
                "family": family,
                "issued_at": now,
                "superseded_at": None,
            },
        )
        reply["refresh_token"] = refresh
    reply["scope"] = " ".join(scopes)
    return reply


def usable(simulator: Simulator, refresh_token: str, client_id: str) -> Record | None:
    """The grant behind a refresh token, None when it is unknown, too old, or used longer ago than the
    grace.
    """
    found = simulator.state.refresh_tokens.get(refresh_token)
    now = simulator.clock.timestamp()
    if found is None or found["client_id"] != client_id or found["issued_at"] + REFRESH_SECONDS <= now:
        return None
    used = found["superseded_at"]
    return None if used is not None and used + GRACE_SECONDS <= now else found


def revoke(simulator: Simulator, client_id: str, person_id: str) -> None:
    """Drop all the person's tokens and connections for the app, and what they had granted. Hold the shared
    lock.
    """
    state = simulator.state
    for table in (state.refresh_tokens, state.connections):
        for name in table.names():
            if table[name]["client_id"] == client_id and table[name]["person_id"] == person_id:
                table.remove(name)
    state.consents.remove(f"{client_id} {person_id}")


def _forget_expired(simulator: Simulator) -> None:
    """Keep expired access tokens for an hour, so that they are answered with TokenExpired; then let them
    go.
    """
    state = simulator.state
    horizon = simulator.clock.timestamp() - 3600
    for name in state.access_tokens.names()[:20]:
        if state.access_tokens[name]["expires_at"] > horizon:
            break
        state.access_tokens.remove(name)


def _access_token(simulator: Simulator, grant: Record, now: int) -> str:
    return simulator.signing_key.sign(
        {
            "nbf": now,
            "exp": now + ACCESS_SECONDS,
            "iss": ISSUER,
            "aud": f"{ISSUER}/resources",
            "client_id": grant["client_id"],
            "sub": hashlib.md5(grant["person_id"].encode(), usedforsecurity=False).hexdigest(),
            "auth_time": now,
            "xero_userid": grant["person_id"],
            "global_session_id": ids.fixed("session", grant["event"]).replace("-", ""),
            "authentication_event_id": grant["event"],
            "jti": secrets.token_hex(16).upper(),
            "scope": grant["scopes"],
        }
    )


def _id_token(simulator: Simulator, grant: Record, access_token: str, now: int) -> str:
    person = simulator.state.person(grant["person_id"]) or {}
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    session = ids.fixed("session", grant["event"]).replace("-", "")
    return simulator.signing_key.sign(
        {
            "nbf": now,
            "exp": now + 300,
            "iat": now,
            "iss": ISSUER,
            "aud": grant["client_id"],
            "at_hash": base64url(half),
            "sid": session,
            "sub": hashlib.md5(grant["person_id"].encode(), usedforsecurity=False).hexdigest(),
            "auth_time": now,
            "xero_userid": grant["person_id"],
            "global_session_id": session,
            "preferred_username": person.get("EmailAddress", ""),
            "email": person.get("EmailAddress", ""),
            "given_name": person.get("FirstName", ""),
            "family_name": person.get("LastName", ""),
        }
    )
