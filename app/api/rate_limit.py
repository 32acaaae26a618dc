"""How many calls a minute one sign-in of the JSON API may make.

Counted in Redis by the minute of the clock, so that `Retry-After` can be exact. Redis away: nothing is limited,
because a practice's work matters more than our comfort. (Sign-in tries and codes have brakes of their own.)
"""

import logging
import time
from uuid import UUID

from flask import Flask, Response, g, request
from redis.exceptions import RedisError

from app.auth.viewer import current_viewer
from app.errors import Problem
from app.extensions import redis_client, settings

log = logging.getLogger(__name__)

WINDOW = 60
"""Seconds."""


def init_rate_limit(app: Flask) -> None:
    app.before_request(_count)
    app.after_request(_tell)


def _count() -> None:
    """Count a call that came with a token. Raises `Problem` 429."""
    viewer = current_viewer()
    if viewer is None or getattr(request, "from_browser", False):
        return
    present = time.time()
    limit, reset = settings().api_calls_per_minute, WINDOW - int(present) % WINDOW
    try:
        made = _calls(viewer.session_id, present)
    except RedisError:
        log.warning("Calls of the JSON API are not counted: Redis does not answer")
        return
    g.rate_limit = {"Limit": limit, "Remaining": max(0, limit - made), "Reset": reset}
    if made > limit:
        g.rate_limit_retry = reset
        raise Problem(
            f"Too many calls: this sign-in may make {limit} a minute. Go on in {reset} seconds.",
            code="rate_limited",
            status=429,
        )


def _calls(session_id: UUID, present: float) -> int:
    """How many this sign-in has made in this minute, this one included."""
    key = f"countinghouse:api-calls:{session_id}:{int(present) // WINDOW}"
    pipeline = redis_client().pipeline()
    pipeline.incr(key)
    pipeline.expire(key, 2 * WINDOW)
    return int(pipeline.execute()[0])


def _tell(response: Response) -> Response:
    for name, value in g.get("rate_limit", {}).items():
        response.headers[f"RateLimit-{name}"] = str(value)
    if "rate_limit_retry" in g:
        response.headers["Retry-After"] = str(g.rate_limit_retry)
    return response
