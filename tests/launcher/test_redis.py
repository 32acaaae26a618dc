"""The embedded Redis: nothing that was queued is lost to a kill or to a full memory."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from launcher.redis import EmbeddedRedis
from launcher.server import ServerError


@pytest.fixture
def server(short_folder: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(short_folder / "redis", fast=True) as running:
        yield running


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_keeps_what_it_had(server: EmbeddedRedis, how: str) -> None:
    with closing(redis.from_url(server.url)) as client:
        client.rpush("queue", *range(500))
    before = server.pid
    getattr(server, how)()
    assert not server.running
    server.start()
    assert server.pid not in (None, before)
    with closing(redis.from_url(server.url)) as client:
        assert client.llen("queue") == 500


def test_refuses_rather_than_forgets_when_full(short_folder: Path) -> None:
    with (
        EmbeddedRedis(short_folder / "redis", fast=True, maxmemory="3mb") as server,
        closing(redis.from_url(server.url)) as client,
    ):
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        client.set("first", "kept")
        many = {f"more-{number}": "x" * 100_000 for number in range(100)}
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            all(client.set(name, value) for name, value in many.items())
        assert client.get("first") == b"kept"


def test_listens_on_no_port_and_to_nobody_else(server: EmbeddedRedis) -> None:
    with closing(redis.from_url(server.url)) as client:
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
    assert server.socket_path.stat().st_mode & 0o777 == 0o700
    assert server.folder.stat().st_mode & 0o777 == 0o700


def test_another_object_on_the_same_folder_sees_and_stops_it(server: EmbeddedRedis) -> None:
    other = EmbeddedRedis(server.folder)
    assert other.pid == server.pid
    other.start()
    other.stop()
    assert not server.running


def test_a_folder_with_a_long_path(short_folder: Path) -> None:
    with (
        EmbeddedRedis(short_folder / ("long-name-" * 12), fast=True) as server,
        closing(redis.from_url(server.url)) as client,
    ):
        assert client.ping()
    assert not server.socket_path.parent.exists()


def test_what_it_says_when_it_cannot_start(short_folder: Path) -> None:
    with pytest.raises(ServerError, match="argument must be a memory value"):
        EmbeddedRedis(short_folder / "redis", maxmemory="plenty").start()
