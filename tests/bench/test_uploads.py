"""Fifty uploads of 10 MB at once into gunicorn with its own settings: how much a second, how much memory the web
process takes for it, and how long a page takes meanwhile, beside the same page with nobody uploading."""

import os
import re
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from app.documents.receiving import LARGEST, LARGEST_PIECE, MOST_OPEN
from tests.conftest import free_port
from tests.portal.papers import person_of
from tests.support.people import Cast, sign_in
from tests.support.stack import Stack

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]
UPLOADS = int(os.environ.get("UPLOADS", "50"))
SLOWER, MORE_MB = 3.0, 200.0
"""What is promised: a page at most so many times slower; web processes at most so many MB larger."""
LOOKS = 40
PEOPLE = -(-UPLOADS // (MOST_OPEN - 1))
"""Who send in pieces: one person may have so many under way, no more."""


class Person:
    """Somebody's browser over real HTTP, signed in."""

    def __init__(self, app: Any, stack: Stack, email: str) -> None:
        _, session_id, company_id, _ = sign_in(app, email, "page")
        signer = app.session_interface.get_signing_serializer(app)
        cookie = signer.dumps({"sid": str(session_id), "cid": str(company_id)})
        self.url = stack.url
        self.http = requests.Session()
        # The name that a cookie of localhost has in Python, so that the one the server sends replaces it.
        self.http.cookies.set(app.config["SESSION_COOKIE_NAME"], cookie, domain="localhost.local", path="/")

    def token(self, path: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)
        assert found, path
        return found[1]

    def get(self, path: str) -> requests.Response:
        reply = self.http.get(self.url + path, timeout=60)
        reply.raise_for_status()
        return reply

    def post(self, path: str, token: str, **what: Any) -> requests.Response:
        headers = {"X-CSRFToken": token, "Referer": self.url}
        reply = self.http.post(self.url + path, headers=headers, timeout=300, allow_redirects=False, **what)
        assert reply.status_code in {200, 201, 302, 303}, f"{reply.status_code}: {reply.text[:300]}"
        return reply


def paper(number: int) -> bytes:
    """10 MB of text, another one each time."""
    line = b"%06d statement line, amount 12.50\n" % number
    return (line * (LARGEST // len(line) + 1))[:LARGEST]


def whole(person: Person, client_id: str, number: int, token: str) -> None:
    """As a plain form sends it."""
    path = f"/documents/upload?client={client_id}"
    sent = {"csrf_token": token, "doc_type": f"Bench {number}"}
    person.post(path, token, data=sent, files={"files": (f"{number}.txt", paper(number), "text/plain")})


def in_pieces(person: Person, _client_id: str, number: int, token: str) -> None:
    """As the portal's script sends it."""
    content = paper(number)
    about = {"name": f"{number}.txt", "size": str(len(content)), "doc_type": f"Bench {number}"}
    upload = person.post("/portal/uploads", token, data=about).json()["upload"]["id"]
    for offset in range(0, len(content), LARGEST_PIECE):
        piece = content[offset : offset + LARGEST_PIECE]
        person.post(f"/portal/uploads/{upload}/pieces?offset={offset}", token, data=piece)
    person.post(f"/portal/uploads/{upload}/finish", token)


def memory_mb(pid: int) -> float:
    """What gunicorn and its workers have of their own, shared pages by share (PSS)."""
    pids = [pid, *(int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    kb = 0
    for one in pids:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.MULTILINE)
        kb += int(found[1]) if found else 0
    return kb / 1024


def look(person: Person, seconds: list[float]) -> None:
    began = time.perf_counter()
    person.get("/requests")
    seconds.append(time.perf_counter() - began)


WAYS = {"whole": (whole, "/settings/offices"), "in pieces": (in_pieces, "/portal/requests/new")}
"""How it is sent, and a page with a form of whoever does."""


def senders_of(way: str, app: Any, stack: Stack, cast: Cast) -> list[Person]:
    """A browser for each upload: of the staff, or of as many people of a client as there must be."""
    if way == "whole":
        return [Person(app, stack, "admin@abc.test") for _ in range(UPLOADS)]
    client_id = cast.member(cast.abc, "Hannah").client_id
    emails = [f"sender-{number}@client.test" for number in range(PEOPLE)]
    for email in emails:
        person_of(app, cast.abc, client_id, email)
    return [Person(app, stack, emails[number % PEOPLE]) for number in range(UPLOADS)]


@pytest.mark.parametrize("way", WAYS)
def test_fifty_at_once(app, stack: Stack, cast: Cast, way: str):
    send, form = WAYS[way]
    stack.environment["PORT"] = str(free_port())
    stack.environment.pop("WEB_THREADS")
    stack.environment.pop("WEB_WORKERS")
    stack.url = stack.environment["PUBLIC_URL"] = f"http://localhost:{stack.environment['PORT']}"
    pid = stack.start("web")
    stack.start("worker")
    stack.wait_ready(120)
    reader = Person(app, stack, "admin@abc.test")
    client_id = str(cast.client(cast.abc).id)
    senders, count = senders_of(way, app, stack, cast), UPLOADS
    tokens = [one.token(form) for one in senders]
    send(senders[0], client_id, 999, tokens[0])  # what is loaded once is loaded
    idle: list[float] = []
    for _ in range(LOOKS):
        look(reader, idle)
    before = memory_mb(pid)

    failures: list[BaseException] = []
    threads = [
        threading.Thread(target=_noting(failures, lambda n=n: send(senders[n], client_id, n, tokens[n])))
        for n in range(count)
    ]
    began, busy, peak = time.perf_counter(), [], before
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        look(reader, busy)
        peak = max(peak, memory_mb(pid))
        time.sleep(0.05)
    took = time.perf_counter() - began
    assert not failures, failures[0]
    slower = statistics.median(busy) / statistics.median(idle)
    print(
        f"\n{count} uploads of 10 MB at once, {way}: {count * LARGEST / 1e6 / took:.0f} MB a second, {took:.1f} s;"
        f" memory {before:.0f} MB idle, {peak:.0f} MB at most (+{peak - before:.0f}, ratio {peak / before:.2f});"
        f" a page {statistics.median(idle) * 1000:.0f} ms idle, {statistics.median(busy) * 1000:.0f} ms meanwhile"
        f" ({slower:.1f} ×, {len(busy)} looks, longest {max(busy) * 1000:.0f} ms)"
    )
    assert peak - before <= MORE_MB
    assert slower <= SLOWER


def _noting(failures: list[BaseException], deed: Callable[[], None]) -> Callable[[], None]:
    def work() -> None:
        try:
            deed()
        except BaseException as problem:  # noqa: BLE001  told at the end, by the test
            failures.append(problem)

    return work
