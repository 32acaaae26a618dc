"""News from Xero while processes die: what was answered 200 is there, and nothing is there twice."""

import threading
from uuid import uuid4

import pytest
import requests
from sqlalchemy import select

from app.models import Connection
from tests.proof.rows import Rows
from tests.support.posting import post_until_taken
from tests.support.stack import Stack, wait_until
from tests.support.webhooks import KEY, event, moment, post

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]
POSTS = 80


@pytest.fixture
def web(stack: Stack) -> Stack:
    stack.environment["XERO_WEBHOOK_KEY"] = KEY
    _start_web(stack)
    return stack


def _start_web(stack: Stack) -> None:
    stack.start("web")

    def answers() -> bool:
        try:
            return requests.get(f"{stack.url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    wait_until(answers, 30, "the web process answers")


@pytest.fixture
def bodies(cast) -> list[bytes]:
    """Posts about as many contacts of ABC's organisation."""
    tenant = cast.read(cast.abc, select(Connection.xero_tenant_id))[0]
    return [post([event(tenant, str(uuid4()), moment())], number) for number in range(1, POSTS + 1)]


def _settled(rows: Rows) -> None:
    waiting = "select count(*) from webhook_deliveries where sorted_at is null"
    wait_until(lambda: rows.ask(waiting)[0][0] == 0, 60, "everything is sorted")


def test_nothing_is_lost_while_nobody_works(web: Stack, own_redis, bodies, superuser):
    """No worker, no clock, no Redis; then the web process is killed with what it never rang for."""
    own_redis.kill()
    assert post_until_taken(web.url, bodies, lines=8) == POSTS, "each was taken at the first try"
    web.kill("web")
    rows = Rows(superuser)
    assert rows.ask("select count(*) from webhook_deliveries where sorted_at is null")[0][0] == POSTS
    own_redis.start()
    web.start("worker")
    web.start("clock")
    _settled(rows)
    assert rows.ask("select count(*), sum(told) from webhook_events")[0] == (POSTS, POSTS)
    assert rows.ask("select count(*) from webhook_stream_gaps where state <> 'arrived'")[0][0] == 0


def test_a_web_process_killed_in_the_middle_loses_and_doubles_nothing(web: Stack, bodies, superuser):
    """The sender tries again what was not answered; a worker that sorts meanwhile is killed as well."""
    rows = Rows(superuser)
    web.start("worker")
    web.start("clock")
    over = threading.Event()

    def kill_now_and_then() -> None:
        for pause in (0.1, 0.3, 0.2):
            over.wait(pause)
            web.kill("web")
            web.kill("worker")
            web.start("worker")
            _start_web(web)

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    many = [body for body in bodies for _ in range(3)]
    post_until_taken(web.url, many, lines=4)
    killer.join()
    over.set()
    _settled(rows)
    assert rows.ask("select count(*) from webhook_events")[0][0] == POSTS
    assert rows.ask("select count(*) from webhook_deliveries")[0][0] >= len(many)
    assert rows.ask("select count(*) from webhook_stream_gaps where state <> 'arrived'")[0][0] == 0
