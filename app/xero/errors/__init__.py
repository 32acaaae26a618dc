"""What can go wrong with Xero, sorted by what has to happen next."""

from app.xero.errors.classification import DEFAULT_WAIT, classify, limit_of, retry_after
from app.xero.errors.kinds import (
    Again,
    Limit,
    MissingScope,
    OrganisationGone,
    Permanent,
    ReconnectNeeded,
    TokenExpired,
    WaitUntil,
    WhoseMove,
    XeroError,
)

__all__ = [
    "DEFAULT_WAIT",
    "Again",
    "Limit",
    "MissingScope",
    "OrganisationGone",
    "Permanent",
    "ReconnectNeeded",
    "TokenExpired",
    "WaitUntil",
    "WhoseMove",
    "XeroError",
    "classify",
    "limit_of",
    "retry_after",
]
