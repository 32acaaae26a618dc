"""Xero's server posting webhooks: at a steady rate or as fast as it goes, and again what was not answered 200."""

import http.client
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.webhooks import KEY, PATH, headers

WAIT = 20
"""Seconds for an answer; Xero itself waits five."""


@dataclass
class Posted:
    """What became of the posts. `seconds`: how long each answer took, counted from when it was to be sent, so that a
    server that holds the sender up does not look quick."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int | None, int] = field(default_factory=dict)
    lasted: float = 0.0

    @property
    def accepted(self) -> int:
        return self.statuses.get(200, 0)

    @property
    def rate(self) -> float:
        """Accepted a second."""
        return self.accepted / self.lasted

    def within(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def __str__(self) -> str:
        return (
            f"{self.rate:.0f} a second over {self.lasted:.1f} s, p50 {self.within(0.5):.1f} ms,"
            f" p95 {self.within(0.95):.1f} ms, p99 {self.within(0.99):.1f} ms, answers {self.statuses}"
        )


class Line:
    """One kept-alive connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._http = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=WAIT)

    def post(self, body: bytes, key: str = KEY) -> int | None:
        """The status; None when there was no answer."""
        try:
            self._http.request("POST", PATH, body, headers(body, key))
            answer = self._http.getresponse()
            assert answer.read() == b""
            return answer.status
        except (OSError, http.client.HTTPException):
            self._http.close()
            return None

    def close(self) -> None:
        self._http.close()


def post_all(url: str, bodies: Sequence[bytes], *, lines: int, rate: float | None = None) -> Posted:
    """Post each once over so many connections: `rate` a second, or without one as fast as they are answered."""
    posted, lock = Posted(), threading.Lock()
    begin = time.perf_counter() + 0.2

    def send(number: int) -> None:
        line = Line(url)
        time.sleep(max(0.0, begin - time.perf_counter()))
        for index in range(number, len(bodies), lines):
            due = begin + index / rate if rate else time.perf_counter()
            time.sleep(max(0.0, due - time.perf_counter()))
            status = line.post(bodies[index])
            took = time.perf_counter() - due
            with lock:
                posted.seconds.append(took)
                posted.statuses[status] = posted.statuses.get(status, 0) + 1
        line.close()

    _in_threads(send, lines)
    posted.lasted = time.perf_counter() - begin
    return posted


def post_until_taken(url: str, bodies: Sequence[bytes], *, lines: int, seconds: float = 60) -> int:
    """Post each again and again until it is answered 200, as Xero does; how many posts were made."""
    until, made = time.monotonic() + seconds, [0] * lines

    def send(number: int) -> None:
        line = Line(url)
        for index in range(number, len(bodies), lines):
            made[number] += 1
            while line.post(bodies[index]) != 200:
                assert time.monotonic() < until, "not taken in time"
                time.sleep(0.05)
                made[number] += 1
        line.close()

    _in_threads(send, lines)
    return sum(made)


def _in_threads(work: Callable[[int], None], count: int) -> None:
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, range(count)))
