"""Webhooks: signatures, intent to receive, retries, duplicates, order."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from simulator.clock import Clock
from simulator.faults import Faults
from simulator.journal import Journal
from simulator.state import State
from simulator.webhooks.sender import Webhooks
from tests.simulator.conftest import Connected

KEY = "a-signing-key"


class Receiver:
    """An app's webhook address: checks signatures, remembers what came, answers as told."""

    def __init__(self) -> None:
        receiver = self
        self.bodies: list[dict[str, Any]] = []
        self.bad = 0
        self.answer = 200
        self.body = b""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                made = base64.b64encode(hmac.new(KEY.encode(), raw, hashlib.sha256).digest()).decode()
                if hmac.compare_digest(made, self.headers["x-xero-signature"]):
                    receiver.bodies.append(json.loads(raw))
                    self.send_response(receiver.answer)
                else:
                    receiver.bad += 1
                    self.send_response(401)
                self.send_header("Content-Length", str(len(receiver.body)))
                self.end_headers()
                self.wfile.write(receiver.body)

            def log_message(self, *_parts: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/api/webhooks/xero"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self) -> list[dict[str, Any]]:
        return [event for body in self.bodies for event in body["events"]]

    def wait_for(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10
        while not ready():
            assert time.monotonic() < deadline, (self.bodies, self.bad)
            time.sleep(0.02)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.server.shutdown()
    found.server.server_close()


def set_up(xero: Connected, receiver: Receiver) -> dict[str, Any]:
    return xero.simulator.console("webhooks", url=receiver.url, key=KEY)


def report(xero: Connected) -> dict[str, Any]:
    return xero.simulator.http.get(f"{xero.simulator.url}/_console/webhooks", timeout=10).json()


def rename(xero: Connected, name: str = "Karen Moss") -> str:
    contact_id = xero.contact_id()
    assert xero.accounting("POST", "Contacts", json={"ContactID": contact_id, "Name": name}).ok
    return contact_id


def test_intent_to_receive_comes_signed_and_missigned(xero: Connected, receiver: Receiver) -> None:
    found = set_up(xero, receiver)
    assert found["status"] == "ok"
    assert len(receiver.bodies) == receiver.bad == 2
    assert receiver.bodies[0]["events"] == []
    assert receiver.bodies[0]["firstEventSequence"] == 0


def test_an_answer_with_a_body_is_not_verified(xero: Connected, receiver: Receiver) -> None:
    receiver.body = b"ok"
    found = set_up(xero, receiver)
    assert found["status"] == "pending"
    assert found["deliveries"][0]["trouble"] == "Response contains a body"
    rename(xero)
    receiver.body = b""
    receiver.wait_for(lambda: len(receiver.events()) == 1)
    assert report(xero)["status"] == "ok"


def test_changes_are_told_thinly(xero: Connected, receiver: Receiver) -> None:
    set_up(xero, receiver)
    contact_id = rename(xero)
    receiver.wait_for(lambda: len(receiver.events()) == 1)
    [event] = receiver.events()
    assert event["resourceId"] == contact_id
    assert event["resourceUrl"].endswith(f"/Contacts/{contact_id}")
    assert (event["eventCategory"], event["eventType"]) == ("CONTACT", "UPDATE")
    assert event["tenantId"] == xero.tenant_id
    assert "Z" not in event["eventDateUtc"]
    line = {"Description": "A", "UnitAmount": 1, "AccountCode": "200"}
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact_id}, "LineItems": [line]}
    xero.accounting("PUT", "Invoices", json=body)
    receiver.wait_for(lambda: len(receiver.events()) == 2)
    assert receiver.events()[1]["eventCategory"] == "INVOICE"
    assert receiver.bodies[-1]["firstEventSequence"] == 2


def test_nothing_is_told_of_what_failed_or_is_not_connected(xero: Connected, receiver: Receiver) -> None:
    set_up(xero, receiver)
    xero.accounting("PUT", "Contacts", json={"Name": "Emma Thornton"})
    form = {"organisation": "Smith & Co", "wish": "archive"}
    smith = xero.simulator.organisation("Smith & Co")["contacts"][0]["ContactID"]
    console = f"{xero.simulator.url}/_console/do/contact"
    assert xero.simulator.http.post(console, data={**form, "id": smith}, timeout=10).ok
    contact_id = rename(xero)
    receiver.wait_for(lambda: len(receiver.events()) >= 1)
    assert [event["resourceId"] for event in receiver.events()] == [contact_id]


def test_tried_again_when_the_clock_says_so(xero: Connected, receiver: Receiver) -> None:
    set_up(xero, receiver)
    receiver.answer = 500
    rename(xero)
    receiver.wait_for(lambda: report(xero)["failing"])
    assert len(receiver.events()) == 1
    receiver.answer = 200
    xero.simulator.console("clock", advance_seconds=901)
    receiver.wait_for(lambda: len(receiver.events()) == 2)
    receiver.wait_for(lambda: report(xero)["waiting"] == 0)
    first, second = receiver.events()
    assert first == second


def test_given_up_after_a_day_and_replayed_when_set_up_again(xero: Connected, receiver: Receiver) -> None:
    set_up(xero, receiver)
    receiver.answer = 500
    rename(xero)
    receiver.wait_for(lambda: report(xero)["failing"])
    assert len(receiver.events()) == 1
    xero.simulator.console("clock", advance_seconds=90_000)
    receiver.wait_for(lambda: report(xero)["status"] == "disabled")
    receiver.answer = 200
    set_up(xero, receiver)
    receiver.wait_for(lambda: len(receiver.events()) == 3)
    assert len({event["eventDateUtc"] for event in receiver.events()}) == 1


def test_twice_lost_and_missigned(xero: Connected, receiver: Receiver) -> None:
    set_up(xero, receiver)
    xero.simulator.fault("webhook_twice", count=1)
    rename(xero, "One Name")
    receiver.wait_for(lambda: len(receiver.events()) == 2)
    xero.simulator.fault("webhook_lost", count=1)
    xero.accounting("PUT", "Contacts", json={"Name": "Lost One"})
    receiver.wait_for(lambda: report(xero)["waiting"] == 0)
    bad = receiver.bad
    xero.simulator.fault("webhook_missigned", count=1)
    xero.accounting("PUT", "Contacts", json={"Name": "Badly Signed"})
    receiver.wait_for(lambda: receiver.bad == bad + 1)
    assert len(receiver.events()) == 2


def test_reordered_events_come_newest_first(xero: Connected, receiver: Receiver) -> None:
    set_up(xero, receiver)
    xero.simulator.fault("webhook_reorder", count=1)
    batch = [{"Name": f"Number {number}"} for number in range(3)]
    xero.accounting("PUT", "Contacts", json={"Contacts": batch})
    receiver.wait_for(lambda: len(receiver.events()) == 3)
    sequences = [body["firstEventSequence"] for body in receiver.bodies if body["events"]]
    assert sequences == sorted(sequences, reverse=True)


def test_news_is_sent_on_demand_and_by_the_records_own_date(xero: Connected, receiver: Receiver) -> None:
    console = f"{xero.simulator.url}/_console/webhooks/send"
    wish = {"organisation": xero.tenant_id, "id": xero.contact_id(), "count": 3}
    refused = xero.simulator.http.post(console, json=wish, timeout=10)
    assert refused.status_code == 409
    assert "intent to receive" in refused.json()["error"]
    set_up(xero, receiver)
    xero.simulator.console("webhooks/send", **wish)
    receiver.wait_for(lambda: len(receiver.events()) == 3)
    assert {event["resourceId"] for event in receiver.events()} == {wish["id"]}
    xero.simulator.console("clock", advance_seconds=900)
    rename(xero, "Renamed Later")
    receiver.wait_for(lambda: len(receiver.events()) == 4)
    contact = xero.accounting("GET", f"Contacts/{wish['id']}").json()["Contacts"][0]
    milliseconds = int(contact["UpdatedDateUTC"].removeprefix("/Date(").split("+")[0])
    happened = datetime.fromisoformat(receiver.events()[-1]["eventDateUtc"]).replace(tzinfo=UTC)
    assert happened.timestamp() == pytest.approx(milliseconds / 1000, abs=0.0005)
    for wrong, status in (({"count": 0}, 400), ({"organisation": "Nobody"}, 404), ({"category": "JOB"}, 409)):
        assert xero.simulator.http.post(console, json={**wish, **wrong}, timeout=10).status_code == status


def test_the_environment_names_a_new_address(receiver: Receiver) -> None:
    """The app was started on another port; what waited goes there."""
    state = State(Journal(None))
    webhooks = Webhooks(state, Clock(), Faults())
    webhooks.begin("http://127.0.0.1:9/old", KEY)
    webhooks.begin("http://127.0.0.1:9/old", KEY)
    assert webhooks.report()["status"] == "pending"
    webhooks.begin(receiver.url, KEY)
    receiver.wait_for(lambda: webhooks.report()["status"] == "ok")
    assert webhooks.report()["url"] == receiver.url
