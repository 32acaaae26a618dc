"""Importing contacts: rows a second beside `xero-python` that only reads them, calls, and the memory of a worker."""

import time
from pathlib import Path

import pytest
from xero_python import accounting

from tests.bench.rivals import WIDE, OpenGate, Ours, Road, Theirs
from tests.support.stack import ApiClient

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ORGANISATION = "ABC Pty Ltd"
FEW, SOME, MANY = 1_000, 10_000, 50_000
MOST_CALLS = 12


def _seed(simulator, contacts: int) -> None:
    simulator.limits(enabled=False, minute=WIDE, day=WIDE, app_minute=WIDE)
    simulator.post("seed", {"organisation": ORGANISATION, "contacts": contacts})
    simulator.advance(600)  # they were there before we came: none has changed in the last minutes


def _import(admin, *, dry_run: bool = False) -> tuple[dict, float]:
    """The import as it ended, and the seconds it took."""
    started = time.perf_counter()
    made = admin.post("/api/contact-imports", {"dry_run": dry_run, "choose": "exact_and_new"}).json()

    found = _over(admin, made["id"])
    return found, time.perf_counter() - started


def _over(admin, import_id: str) -> dict:
    """Wait, asking twice a second: counting fifty thousand rows is not for nothing."""
    until = time.monotonic() + 600
    while time.monotonic() < until:
        found = admin.get(f"/api/contact-imports/{import_id}", limit=1).json()
        if found["state"] != "working":
            return found
        time.sleep(0.5)
    raise AssertionError("The import does not end")


def test_ten_thousand_contacts_beside_xero_python(admin, simulator):
    _seed(simulator, SOME)
    before = len(simulator.ledger())
    found, whole = _import(admin)
    calls = [line for line in simulator.ledger()[before:] if "/api.xro/" in line["path"]]
    imported = found["counts"]["outcomes"]["imported"]
    read, theirs = _read_by_xero_python(simulator)
    same, ours = _read_by_our_client(simulator)
    share = (imported / whole) / (read / theirs)
    print(
        f"\nreading {read} contacts: ours {same / ours:.0f} rows/s, xero-python {read / theirs:.0f} rows/s;"
        f" ratio {(same / ours) / (read / theirs):.2f}"
        f"\nread, judged, stored, and {imported} imported as clients with their mappings: {imported / whole:.0f} rows/s"
        f" in {whole:.1f} s, {len(calls)} calls; {share:.2f} x what xero-python only reads"
    )
    assert imported >= SOME
    assert len(calls) <= MOST_CALLS
    assert {line["method"] for line in calls} == {"GET"}
    assert read == same
    assert same / ours > read / theirs


def _read_by_our_client(simulator) -> tuple[int, float]:
    given = simulator.token(ORGANISATION)
    client = Ours(Road(simulator.url, given["access_token"], given["tenant_id"], ""), OpenGate())
    started, read, page, last = time.perf_counter(), 0, 1, False
    while not last:
        found = client._accounting.contacts_page(page)
        read, page, last = read + len(found.contacts), page + 1, found.last
    return read, time.perf_counter() - started


def _read_by_xero_python(simulator) -> tuple[int, float]:
    given = simulator.token(ORGANISATION)
    api: accounting.AccountingApi = Theirs(
        Road(simulator.url, given["access_token"], given["tenant_id"], "")
    )._accounting
    started, read, page = time.perf_counter(), 0, 1
    while found := api.get_contacts(given["tenant_id"], page=page, page_size=1000).contacts:
        read += len(found)
        page += 1
    return read, time.perf_counter() - started


def test_memory_does_not_grow_with_the_contacts(stack, simulator, app):
    peaks = {}
    for contacts in (FEW, MANY):
        peaks[contacts] = _peak(stack, simulator, contacts)
    print(
        f"\nmemory of a worker, read, judged, imported and taken back: {peaks[FEW]:.1f} MB at most with {FEW} contacts,"
        f" {peaks[MANY]:.1f} MB with {MANY}; ratio {peaks[MANY] / peaks[FEW]:.2f}"
    )
    assert peaks[MANY] < 1.25 * peaks[FEW]


def _peak(stack, simulator, contacts: int) -> float:
    """The most that a fresh worker held while it imported so many and took them back, in MB."""
    simulator.limits(enabled=False, minute=WIDE, day=WIDE, app_minute=WIDE)
    held = len(simulator.state(newest=0)["organisations"][ORGANISATION]["contacts"])
    _seed(simulator, max(contacts - held, 0))
    stack.start("web")
    stack.start("clock")
    process = stack.start("worker")
    stack.wait_ready()
    admin = ApiClient(stack.url, "admin@abc.test")
    found, seconds = _import(admin)
    assert found["done"] == found["to_do"], found["problem"]
    admin.post(f"/api/contact-imports/{found['id']}/undo")
    assert _over(admin, found["id"])["state"] == "done"
    lines = (Path("/proc") / str(process) / "status").read_text().splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    print(f"\n{found['done']} contacts imported in {seconds:.1f} s, {found['calls']} calls")
    for name in stack.names():
        stack.stop(name)
    return peak / 1024
