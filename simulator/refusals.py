"""How the API gateway refuses a call before any API sees it: expired token, missing scope, no connection."""

from __future__ import annotations

from simulator.reply import Reply, problem


def token_expired() -> Reply:
    return problem(
        401,
        "Unauthorized",
        "TokenExpired: token expired",
        {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )


def scope_is_missing() -> Reply:
    return problem(
        401, "Unauthorized", "AuthorizationUnsuccessful", {"WWW-Authenticate": "insufficient_scope"}
    )


def not_connected() -> Reply:
    return problem(403, "Forbidden", "AuthenticationUnsuccessful")
