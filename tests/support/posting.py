"""Xero's server posting webhooks: at a steady rate or as fast as it goes, and again what was not answered 200."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.webhooks import PATH, headers

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


def written(url: str, body: bytes) -> bytes:
    """The post's bytes as they go over the line."""
    lines = [
        f"POST {PATH} HTTP/1.1",
        f"Host: {urlsplit(url).netloc}",
        *(f"{name}: {value}" for name, value in headers(body).items()),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Line:
    """One kept-alive connection. Plain sockets: the sender shares the machine with what it measures."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._to = (parts.hostname or "", parts.port or 80)
        self._socket: socket.socket | None = None

    def post(self, request: bytes) -> int | None:
        """The status; None when there was no answer."""
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._to, timeout=WAIT)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(request)
            return self._status(self._socket)
        except OSError:
            self.close()
            return None

    def _status(self, line: socket.socket) -> int:
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            more = line.recv(4096)
            if not more:
                raise ConnectionResetError
            answer += more
        head = answer.lower()
        assert b"content-length: 0\r\n" in head
        assert b"set-cookie" not in head
        if b"connection: close" in head:
            self.close()
        return int(answer.split(b" ", 2)[1])

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def post_all(url: str, bodies: Sequence[bytes], *, lines: int, rate: float | None = None) -> Posted:
    """Post each once over so many connections: `rate` a second, or without one as fast as they are answered."""
    posted, lock = Posted(), threading.Lock()
    requests = [written(url, body) for body in bodies]
    begin = time.perf_counter() + 0.2

    def send(number: int) -> None:
        line = Line(url)
        time.sleep(max(0.0, begin - time.perf_counter()))
        for index in range(number, len(bodies), lines):
            due = begin + index / rate if rate else time.perf_counter()
            time.sleep(max(0.0, due - time.perf_counter()))
            status = line.post(requests[index])
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
            while line.post(written(url, bodies[index])) != 200:
                assert time.monotonic() < until, "not taken in time"
                time.sleep(0.05)
                made[number] += 1
        line.close()

    _in_threads(send, lines)
    return sum(made)


def _in_threads(work: Callable[[int], None], count: int) -> None:
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, range(count)))
