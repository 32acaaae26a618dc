"""Counting tries, in Redis. A brake and not the lock: with Redis away nothing is counted and people can work."""

import logging
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from flask import request
from redis.exceptions import RedisError

from app.errors import Problem
from app.extensions import redis_client

log = logging.getLogger(__name__)

_KEYS = "countinghouse:tries:"


def address() -> str:
    """Where the request comes from; of an IPv6 address the network, because a household has 2^64 of them."""
    try:
        found = ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or "unknown"
    return found.exploded[:19] if isinstance(found, IPv6Address) else str(found)


def name(text: str) -> str:
    """Something a person typed, as part of a key."""
    return sha256(text.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()[:32]


def take(key: str, most: int, seconds: int) -> bool:
    """Count one try; whether it is still within `most` in `seconds` from the first."""
    try:
        pipeline = redis_client().pipeline()
        pipeline.set(_KEYS + key, 0, ex=seconds, nx=True)
        pipeline.incr(_KEYS + key)
        return int(pipeline.execute()[1]) <= most
    except RedisError:
        log.warning("Tries are not counted: Redis does not answer")
        return True


def count(key: str, most: int, seconds: int, sentence: str) -> None:
    """Count one try. Raises `Problem` 429 with this sentence when there were too many."""
    if not take(key, most, seconds):
        raise Problem(sentence, code="too_many", status=429)


def forget(key: str) -> None:
    """The tries were honest: count from nothing again."""
    try:
        redis_client().delete(_KEYS + key)
    except RedisError:
        log.warning("Tries are not cleared: Redis does not answer")


def give_back(key: str) -> None:
    """One try was honest."""
    try:
        redis_client().decr(_KEYS + key)
    except RedisError:
        log.warning("A try is not given back: Redis does not answer")
