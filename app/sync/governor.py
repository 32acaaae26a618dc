"""Keeps all our calls within Xero's limits, so that none is sent that would be refused (design 5, facts 2).

One Lua script decides everything about a call in one step, on Redis' own clock: a sliding log of the
minute, leases for what is under way, the day and what is kept of it for people, pauses Xero asked for, and
the minute of the whole app. It never waits: it says how long to wait and why.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast, get_args
from uuid import uuid4

from redis import Redis
from redis.exceptions import RedisError

from app.xero.errors import DEFAULT_WAIT, Limit, WaitUntil, limit_of, retry_after
from app.xero.gate import Pass
from app.xero.reply import Reply

_SCRIPT = (Path(__file__).parent / "governor.lua").read_text()
_log = logging.getLogger(__name__)

# Seconds after which to ask again while calls cannot be counted.
_REDIS_AWAY = 5.0


@dataclass(frozen=True)
class Limits:
    """Xero's limits and what we keep of them for people. Seconds, calls, and shares of 1.

    The minute's reserve: two calls always, so a click is not stuck behind a bulk run for a minute (and bulk
    still gets 96.7 % of the minute); six, enough for a whole assignment, while somebody of that
    organisation has been at work in the last five minutes. One of the five places is kept as well: a bulk
    run fills five as easily as four.
    """

    per_minute: int = 60
    window: float = 60.0
    # Only for clocks that run apart and milliseconds cut off: latency is in the log already.
    margin: float = 0.05
    at_once: int = 5
    # Longer than the transport's time limits, so that a lease ends only when its worker died.
    lease: float = 30.0
    minute_reserve: int = 2
    minute_reserve_with_people: int = 6
    people_stay: float = 300.0
    lease_reserve: int = 1
    # Xero's tiers; which one an organisation has is learnt from its replies.
    per_day: tuple[int, ...] = (1000, 5000)
    day: float = 86_400.0
    day_reserve: float = 0.1
    app_per_minute: int = 10_000
    app_reserve: int = 500

    def as_json(self) -> str:
        def ms(seconds: float) -> int:
            return round(seconds * 1000)

        return json.dumps(
            {
                "minute_limit": self.per_minute,
                "window": ms(self.window + self.margin),
                "at_once": self.at_once,
                "lease": ms(self.lease),
                "minute_reserve": self.minute_reserve,
                "minute_reserve_with_people": self.minute_reserve_with_people,
                "person": ms(self.people_stay),
                "lease_reserve": self.lease_reserve,
                "day_limits": sorted(self.per_day),
                "day": ms(self.day),
                "day_reserve": self.day_reserve,
                "app_limit": self.app_per_minute,
                "app_reserve": self.app_reserve,
                "remember": ms(3 * self.day),
            }
        )


@dataclass(frozen=True)
class Usage:
    """How an organisation stands now. None where Xero has not told yet; day_used is as Xero counts it."""

    minute_used: int
    minute_limit: int
    day_used: int | None
    day_left: int | None
    day_limit: int | None
    day_ends_by: datetime | None
    blocked_until: datetime | None
    in_flight: int


class Governor:
    """The Gate of every Transport. `organisation` is Xero's id of it; "" for calls that belong to none."""

    def __init__(self, redis: Redis, *, limits: Limits | None = None, prefix: str = "governor") -> None:
        self._limits = limits or Limits()
        self._settings = self._limits.as_json()
        self._prefix = prefix
        self._redis = redis
        self._script = redis.register_script(_SCRIPT)

    def enter(self, organisation: str, *, interactive: bool) -> Pass:
        """Leave to send one call now.

        Raises WaitUntil with the seconds and the limit; also when Redis is away, since an uncounted call
        may cost somebody else's (limit "governor").
        """
        number = uuid4().hex
        try:
            answer = self._run("enter", organisation, number, int(interactive))
        except RedisError as problem:
            _log.warning(
                "calls to Xero wait: the governor's Redis does not answer (%s)", type(problem).__name__
            )
            raise WaitUntil(_REDIS_AWAY, "governor") from None
        if int(answer[0]):
            return Pass(number, organisation, tuple(int(value) for value in answer[1:]))
        raise WaitUntil(int(answer[1]) / 1000, _limit(answer[2]))

    def leave(self, pass_: Pass, reply_headers: Mapping[str, str] | None, status: int | None) -> None:
        """The call is over: free its place and learn from what Xero told.

        Never raises for Redis: the reply in hand matters more, and the lease ends by itself.
        """
        reply = Reply(status=status or 0, headers=reply_headers or {})
        limited, pause = _pause(reply)
        told = [reply.number(f"x-{name}-remaining") for name in ("minlimit", "daylimit", "appminlimit")]
        try:
            self._run(
                "leave",
                pass_.organisation,
                pass_.number,
                int(status is not None),
                *("" if value is None else value for value in told),
                limited,
                round(pause * 1000),
                *pass_.notes,
            )
        except RedisError as problem:
            _log.warning("a reply of Xero was not counted (%s)", type(problem).__name__)

    def snapshot(self, organisation: str) -> Usage | None:
        """How the organisation stands, for the usage page; None when Redis is away."""
        try:
            return self._usage(self._run("look", organisation))
        except RedisError:
            return None

    def snapshots(self, organisations: Sequence[str]) -> dict[str, Usage]:
        """How each of these stands, in one round trip; nothing when Redis is away."""
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for organisation in organisations:
                    self._run("look", organisation, client=pipeline)
                answers = pipeline.execute()
        except RedisError:
            return {}
        return dict(zip(organisations, map(self._usage, answers), strict=True))

    def _usage(self, told: Sequence[Any]) -> Usage:
        answer = [int(value) for value in told]
        used, in_flight, day_left, day_limit, day_until, blocked = (v if v >= 0 else None for v in answer)
        return Usage(
            minute_used=used or 0,
            minute_limit=self._limits.per_minute,
            day_used=None if day_left is None or day_limit is None else day_limit - day_left,
            day_left=day_left,
            day_limit=day_limit,
            day_ends_by=_moment(day_until),
            blocked_until=_moment(blocked),
            in_flight=in_flight or 0,
        )

    def _run(self, verb: str, organisation: str, *values: object, client: Redis | None = None) -> list[Any]:
        own, app = f"{self._prefix}:{organisation}", f"{self._prefix}::app"
        keys = [f"{own}:log", f"{own}:leases", f"{own}:state", f"{app}:log", f"{app}:state"]
        answer = self._script(
            keys=keys, args=[verb, self._settings, organisation, *map(str, values)], client=client
        )
        return cast(list[Any], answer)


def _pause(reply: Reply) -> tuple[str, float]:
    """The limit that refused a call and the seconds to pause for it; "" and 0 for none."""
    limited = limit_of(reply)
    told = retry_after(reply)
    if limited:
        return limited, DEFAULT_WAIT[limited] if told is None else told
    # Xero is down and says for how long.
    return ("blocked", told) if reply.status == 503 and told else ("", 0.0)


def _limit(value: bytes | str) -> Limit:
    text = value.decode() if isinstance(value, bytes) else value
    return cast(Limit, text) if text in get_args(Limit) else "blocked"


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
