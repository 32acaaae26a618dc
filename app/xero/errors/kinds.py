"""The kinds of failure, by what has to happen next; `classification` does the sorting."""

from collections.abc import Sequence
from typing import Literal

WhoseMove = Literal["us", "practice", "xero", "nobody"]
Limit = Literal["minute", "day", "concurrent", "app", "blocked", "governor"]


class XeroError(Exception):
    """A call that did not do what was wanted.

    code: a stable slug for rows and tests. sentence: what happened, why and what to do, for people.
    whose_move: who can mend it. status: HTTP status, None without a reply. details: Xero's own messages.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        whose_move: WhoseMove,
        status: int | None = None,
        details: Sequence[str] = (),
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.whose_move: WhoseMove = whose_move
        self.status = status
        self.details = list(details)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, status={self.status})"


class Permanent(XeroError):  # noqa: N818 - read as what to do next
    """The same call would be refused again: something must be changed first."""


class WaitUntil(XeroError):  # noqa: N818 - read as what to do next
    """Nothing was carried out; the call may be made after `seconds`. Costs no attempt."""

    def __init__(self, seconds: float, limit: Limit, *, status: int | None = None) -> None:
        super().__init__(
            f"limit_{limit}", _LIMIT_SENTENCES[limit], whose_move=_LIMIT_MOVES[limit], status=status
        )
        self.seconds = max(0.0, seconds)
        self.limit: Limit = limit


_LIMIT_SENTENCES: dict[Limit, str] = {
    "minute": "Xero's limit of calls a minute for this organisation is used up. The work goes on by itself"
    " within a minute.",
    "day": "Xero's limit of calls a day for this organisation is used up, or what is left is kept for"
    " people. The work goes on by itself when Xero's day starts anew.",
    "concurrent": "As many calls as Xero allows at once are under way for this organisation. The work goes on"
    " by itself in a moment.",
    "app": "Xero's limit for all practices together is used up for this minute. The work goes on by itself"
    " within a minute.",
    "blocked": "Xero asked us to pause calls for this organisation. The work goes on by itself when the"
    " pause ends.",
    "governor": "Calls to Xero cannot be counted at the moment, so none are sent. The work goes on by itself"
    " when the counter (Redis) is back.",
}
_LIMIT_MOVES: dict[Limit, WhoseMove] = {
    "minute": "nobody",
    "day": "nobody",
    "concurrent": "nobody",
    "app": "nobody",
    "blocked": "xero",
    "governor": "us",
}


class Again(XeroError):  # noqa: N818 - read as what to do next
    """Worth trying again later.

    maybe_done: the request may have been carried out (time-out or dropped connection after sending, 5xx or
    an unreadable reply on a write), so read back before sending it once more. retry_after: seconds, when
    Xero said so.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        maybe_done: bool,
        whose_move: WhoseMove = "xero",
        status: int | None = None,
        details: Sequence[str] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, sentence, whose_move=whose_move, status=status, details=details)
        self.maybe_done = maybe_done
        self.retry_after = retry_after


class TokenExpired(Again):
    """The access token ran out (401 TokenExpired). The transport renews it and repeats the call once."""

    def __init__(self, *, status: int = 401) -> None:
        super().__init__(
            "token_expired",
            "Xero says the sign-in has just run out although it was renewed. It is tried again by itself.",
            maybe_done=False,
            whose_move="us",
            status=status,
        )


class ReconnectNeeded(XeroError):  # noqa: N818 - read as what to do next
    """The connection's sign-in is no longer accepted; only a person's new consent helps."""

    def __init__(
        self,
        code: str = "reconnect_needed",
        sentence: str = "Xero no longer accepts this connection's sign-in, so work for Xero waits. A practice"
        " admin mends it under Settings → Xero with Reconnect.",
        *,
        status: int | None = None,
        details: Sequence[str] = (),
    ) -> None:
        super().__init__(code, sentence, whose_move="practice", status=status, details=details)


class OrganisationGone(ReconnectNeeded):
    """The sign-in works but this organisation is no longer connected to us (disconnected inside Xero)."""

    def __init__(self, *, status: int | None = None, details: Sequence[str] = ()) -> None:
        super().__init__(
            "organisation_disconnected",
            "The organisation was disconnected in Xero, so work for it waits. A practice admin mends it under"
            " Settings → Xero with Reconnect.",
            status=status,
            details=details,
        )


class MissingScope(XeroError):  # noqa: N818 - read as what to do next
    """The consent, or the person who gave it, does not cover this. scope: the one needed, "" when unknown."""

    def __init__(self, scope: str = "", *, status: int | None = None, details: Sequence[str] = ()) -> None:
        what = f" ({scope})" if scope else ""
        super().__init__(
            "missing_scope",
            f"Xero's consent does not cover this{what}, or the person who gave it may not do it in Xero. A"
            " practice admin can consent again under Settings → Xero.",
            whose_move="practice",
            status=status,
            details=details,
        )
        self.scope = scope
