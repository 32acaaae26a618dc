"""Counting tries, in Redis. With Redis away each process counts for itself: people can work, and guessing stays
slow, at worst as many times faster as there are web processes."""

import logging
import threading
import time
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from flask import request
from redis.exceptions import RedisError

from app.errors import Problem
from app.extensions import redis_client

log = logging.getLogger(__name__)

_KEYS = "countinghouse:tries:"
_TAKE = """
local tries = redis.call('incr', KEYS[1])
if tries == 1 then redis.call('expire', KEYS[1], ARGV[1]) end
return tries
"""
# A count that has run out meanwhile must not come back without an end.
_GIVE_BACK = "if redis.call('exists', KEYS[1]) == 1 then redis.call('decr', KEYS[1]) end"
MOST_HERE = 10_000
"""Keys that a process counts for itself; the oldest make room."""
_here: dict[str, tuple[int, float]] = {}
_here_lock = threading.Lock()


def address() -> str:
    """Where the request comes from, as `network` says it."""
    return network(request.remote_addr)


def network(text: str | None) -> str:
    """An address; of an IPv6 address the network, because a household has 2^64 of them."""
    try:
        found = ip_address(text or "")
    except ValueError:
        return text or "unknown"
    return found.exploded[:19] if isinstance(found, IPv6Address) else str(found)


def name(text: str) -> str:
    """Something a person typed, as part of a key."""
    return sha256(text.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()[:32]


def take(key: str, most: int, seconds: int) -> bool:
    """Count one try; whether it is still within `most` in `seconds` from the first."""
    try:
        return int(redis_client().eval(_TAKE, 1, _KEYS + key, str(seconds))) <= most
    except RedisError:
        log.warning("Tries are counted in this process only: Redis does not answer")
        return _take_here(key, seconds) <= most


def _take_here(key: str, seconds: int) -> int:
    with _here_lock:
        tries, until = _here.pop(key, (0, 0.0))
        if until <= time.monotonic():
            tries, until = 0, time.monotonic() + seconds
        while len(_here) >= MOST_HERE:
            del _here[next(iter(_here))]
        _here[key] = tries + 1, until
        return tries + 1


def count(key: str, most: int, seconds: int, sentence: str) -> None:
    """Count one try. Raises `Problem` 429 with this sentence when there were too many."""
    if not take(key, most, seconds):
        raise Problem(sentence, code="too_many", status=429)


def forget(key: str) -> None:
    """The tries were honest: count from nothing again."""
    with _here_lock:
        _here.pop(key, None)
    try:
        redis_client().delete(_KEYS + key)
    except RedisError:
        log.warning("Tries are not cleared: Redis does not answer")


def give_back(key: str) -> None:
    """One try was honest."""
    try:
        redis_client().eval(_GIVE_BACK, 1, _KEYS + key)
    except RedisError:
        with _here_lock:
            if key in _here:
                tries, until = _here[key]
                _here[key] = tries - 1, until


def remember(key: str, seconds: int) -> None:
    """Keep a mark for so long, as well as Redis can."""
    try:
        redis_client().set(_KEYS + key, 1, ex=seconds)
    except RedisError:
        log.warning("A mark is not kept: Redis does not answer")


def remembered(key: str) -> bool:
    """Whether the mark stands; not while Redis is away."""
    try:
        return bool(redis_client().exists(_KEYS + key))
    except RedisError:
        return False
