"""Sending webhooks: a thread of its own that posts what is waiting, tries again every 15 minutes for a day,
then gives up.

Waiting is measured on the simulator's clock, so moving the clock brings retries forward.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import UTC, datetime
from typing import Any

from simulator.clock import Clock
from simulator.faults import Fault, Faults
from simulator.journal import Record
from simulator.reply import Dropped, Reply
from simulator.state import State
from simulator.webhooks.message import Message, event, message

TABLES = {"CONTACT": "contacts", "INVOICE": "invoices"}
CATEGORIES = tuple(TABLES)
ANSWER_SECONDS = 5
RETRY_SECONDS = 900
GIVE_UP_SECONDS = 86_400
INTENT_AGAIN_SECONDS = 3.0
GATHER_SECONDS = 0.15


class Webhooks:
    """The app's one webhook: where it goes, what waits, what was sent."""

    def __init__(self, state: State, clock: Clock, faults: Faults) -> None:
        self._state = state
        self._clock = clock
        self._faults = faults
        self._wake = threading.Event()
        self._intending = threading.Lock()
        self._thread: threading.Thread | None = None
        self.deliveries: deque[Record] = deque(maxlen=500)

    # What the developer portal would show -----------------------------------------------------------------

    def set_up(self, url: str, key: str, categories: list[str]) -> Record:
        """Name the address and send the intent to receive at once. Raises ValueError for an unfit address."""
        if not url.startswith(("http://", "https://")):
            raise ValueError("url must begin with http:// or https://")
        unknown = set(categories) - set(CATEGORIES)
        if unknown or not categories:
            raise ValueError(f"categories may be {', '.join(CATEGORIES)}.")
        with self._state.change():
            waiting = (self._state.webhooks.get("app") or {}).get("waiting", [])
            self._save(url=url, key=key, categories=categories, status="pending", waiting=waiting)
        self._intend()
        self._start()
        return self.report()

    def begin(self, url: str | None, key: str) -> None:
        """At the start of the process: go on with what is kept, or with what the environment names when that is
        another address or key (the app moved to another port).
        """
        kept = self._state.webhooks.get("app")
        if url and (kept is None or (kept["url"], kept["key"]) != (url, key)):
            waiting = kept["waiting"] if kept else []
            with self._state.change():
                self._save(url=url, key=key, categories=list(CATEGORIES), status="pending", waiting=waiting)
        if "app" in self._state.webhooks:
            self._start()

    def report(self) -> Record:
        kept = self._state.webhooks.get("app")
        return {
            "set_up": kept is not None,
            **({name: kept[name] for name in ("url", "categories", "status")} if kept else {}),
            "waiting": len(kept["waiting"]) if kept else 0,
            "failing": bool(kept and kept["failing_since"]),
            "deliveries": list(self.deliveries),
        }

    def remove(self) -> None:
        with self._state.change():
            self._state.webhooks.remove("app")
        self.deliveries.clear()

    # What happens in organisations -------------------------------------------------------------------------

    def happened(
        self, organisation_id: str, category: str, kind: str, resource_id: str, at: datetime | None = None
    ) -> None:
        """Queue an event, when a webhook wants it and the organisation is connected to the app. It carries the
        record's own date of change, or ``at``.
        """
        with self._state.lock:
            kept = self._state.webhooks.get("app")
            connected = any(one["tenantId"] == organisation_id for one in self._state.connections.all())
            if kept is None or category not in kept["categories"] or not connected:
                return
            sequence = kept.get("sequence", 0) + 1
            at = at or self._changed_at(organisation_id, category, resource_id)
            moment = at.replace(tzinfo=None).isoformat(timespec="milliseconds")
            made = event(organisation_id, category, kind, resource_id, moment, sequence)
            self._save(sequence=sequence, waiting=[*kept["waiting"], made])
            self._state.journal.commit()
        self.wake()

    def _changed_at(self, organisation_id: str, category: str, resource_id: str) -> datetime:
        organisation = self._state.organisation(organisation_id)
        record = organisation.table(TABLES[category]).get(resource_id) if organisation else None
        updated = (record or {}).get("updated")
        return self._clock.now() if updated is None else datetime.fromtimestamp(updated / 1000, UTC)

    def send(self, organisation_id: str, category: str, resource_id: str, count: int = 1) -> None:
        """Send news of a record that nobody changed, for trials. Raises ValueError when no webhook would go out."""
        kept = self._state.webhooks.get("app")
        if kept is None or kept["status"] != "ok":
            raise ValueError(
                "The app has not answered the intent to receive rightly yet, so nothing is sent."
            )
        if category not in kept["categories"]:
            raise ValueError(f"The webhook is set up for {', '.join(kept['categories'])}.")
        for _ in range(count):
            self.happened(organisation_id, category, "UPDATE", resource_id, self._clock.now())

    def wake(self) -> None:
        """Look again now: something happened, or the clock was moved."""
        self._wake.set()

    def _save(self, **changes: Any) -> None:
        kept = self._state.webhooks.get("app") or {"sequence": 0, "next_at": 0.0, "failing_since": None}
        self._state.webhooks.save("app", {**kept, **changes})

    # The thread --------------------------------------------------------------------------------------------

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
            self._thread.start()
        self.wake()

    def _run(self) -> None:
        while True:
            self._wake.wait(INTENT_AGAIN_SECONDS)
            self._wake.clear()
            self._intend()
            kept = self._state.webhooks.get("app")
            if (
                kept
                and kept["status"] == "ok"
                and kept["waiting"]
                and kept["next_at"] <= self._clock.timestamp()
            ):
                threading.Event().wait(GATHER_SECONDS)  # what happens together travels together
                self._deliver()

    def _intend(self) -> None:
        """Intent to receive: posts without events, some wrongly signed; 2xx and 401 must be told apart."""
        with self._intending:
            kept = self._state.webhooks.get("app")
            if kept is None or kept["status"] != "pending":
                return
            self._ask(kept)

    def _ask(self, kept: Record) -> None:
        good = True
        for missigned in (False, True, False, True):
            status = self._post(kept, message(kept["key"], [], missigned=missigned), [], missigned=missigned)
            good = good and status is not None and (status == 401 if missigned else 200 <= status < 300)
        with self._state.change():
            self._save(status="ok" if good else "pending", next_at=0.0, failing_since=None)

    def _deliver(self) -> None:
        kept = self._state.webhooks["app"]
        events: list[Record] = list(kept["waiting"])
        struck = self._faults.strike("webhook", "POST", kept["url"], ())
        reached = all(self._send(kept, batch, struck) for batch in _batches(events, struck))
        now = self._clock.timestamp()
        with self._state.change():
            kept = self._state.webhooks["app"]
            if reached:
                sent = {one["sequence"] for one in events}
                left = [one for one in kept["waiting"] if one["sequence"] not in sent]
                self._save(waiting=left, failing_since=None, next_at=0.0)
            else:
                since = kept["failing_since"] or now
                gone = now - since >= GIVE_UP_SECONDS
                self._save(
                    failing_since=since, next_at=now + RETRY_SECONDS, status="disabled" if gone else "ok"
                )
        self.wake()

    def _send(self, kept: Record, events: list[Record], struck: list[Fault]) -> bool:
        missigned = any(fault.kind == "webhook_missigned" for fault in struck)

        def proceed() -> Reply:
            status = self._post(
                kept, message(kept["key"], events, missigned=missigned), events, missigned=missigned
            )
            return Reply(status or 599)

        try:
            reply = Faults.surround(struck, proceed)
        except Dropped:
            return True  # lost on the way; nobody will try again
        return missigned or 200 <= reply.status < 300

    def _post(self, kept: Record, post: Message, events: list[Record], *, missigned: bool) -> int | None:
        """Post it and note what came back: the status, None when nothing (or something unfit) did."""
        import requests

        trouble, status = "", None
        try:
            reply = requests.post(
                kept["url"],
                data=post.body,
                headers={"Content-Type": "application/json", "x-xero-signature": post.signature},
                timeout=ANSWER_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            trouble = type(error).__name__
        else:
            status = reply.status_code
            if reply.content:
                trouble = "Response contains a body"
            elif "Set-Cookie" in reply.headers:
                trouble = "Response sets a cookie"
        self.deliveries.append(
            {
                "time": self._clock.now().isoformat(timespec="milliseconds"),
                "events": [one["sequence"] for one in events],
                "status": status,
                "missigned": missigned,
                "trouble": trouble,
            }
        )
        return None if trouble else status


def _batches(events: list[Record], struck: list[Fault]) -> list[list[Record]]:
    """All in one post; reordered, one by one with the newest first."""
    if any(fault.kind == "webhook_reorder" for fault in struck):
        return [[one] for one in reversed(events)]
    return [events]
