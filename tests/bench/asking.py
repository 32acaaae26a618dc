"""Asking a server as fast as it answers, over connections that stay open, with as little work here as can be: the
processors are shared with the server."""

import socket
import threading
import time
from urllib.parse import urlsplit


class Line:
    """One connection that sends the same request again and again."""

    def __init__(self, url: str, path: str, cookie: str = "") -> None:
        self._place = urlsplit(url)
        extra = f"Cookie: {cookie}\r\n" if cookie else ""
        self._request = f"GET {path} HTTP/1.1\r\nHost: {self._place.netloc}\r\n{extra}\r\n".encode()
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection((self._place.hostname, self._place.port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self) -> bytes:
        """The whole answer. AssertionError unless it is 200."""
        try:
            return self._ask()
        except ConnectionError:  # it lay still for longer than the server keeps one open
            self.close()
            self._connect()
            return self._ask()

    def _ask(self) -> bytes:
        self._socket.sendall(self._request)
        said = b""
        while b"\r\n\r\n" not in said:
            said += self._receive()
        head, _, body = said.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head[:200]
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while len(body) < length:
            body += self._receive()
        return body

    def _receive(self) -> bytes:
        said = self._socket.recv(262_144)
        if not said:
            raise ConnectionResetError
        return said

    def close(self) -> None:
        self._socket.close()


def one_by_one(line: Line, times: int) -> list[float]:
    """Seconds of each of so many requests."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        line.ask()
        taken.append(time.perf_counter() - started)
    return taken


def at_once(lines: list[Line], seconds: float) -> float:
    """Requests a second over all lines together."""
    counts = [0] * len(lines)
    until = time.perf_counter() + seconds

    def go(place: int) -> None:
        while time.perf_counter() < until:
            lines[place].ask()
            counts[place] += 1

    threads = [threading.Thread(target=go, args=(place,)) for place in range(len(lines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds
