"""Documents under blows: accepted in ten practices while workers are killed, Redis is wiped and killed, PostgreSQL
restarts, and more than every fourth call to Xero goes wrong. Counted in the simulator, by the bytes' checksums."""

import random
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.demonstration.simulated import SimulatedPast, simulator_consent
from app.extensions import db
from app.integrations.actions import attach, confirm
from app.models import Client, Company, ContactMapping, Operation
from app.sync.files import push_all_again
from app.sync.operations import PUSH_DOCUMENT
from app.tenancy import company_scope
from tests.proof.chaos import FAULTS, OUTSTANDING, Chaos, Crowd
from tests.proof.takeovers import Takeovers
from tests.support.documents import accepted, switch_on

PRACTICES, CLIENTS = 10, 3
TYPES = ("Bank statements", "Payslips", "Receipts")


@dataclass
class Bureau:
    """A practice that files its documents, and its clients."""

    company_id: UUID
    organisation: str
    clients: list[UUID]


@dataclass
class Verdict:
    """What is wrong in Xero: nothing, or the promise is broken."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    untied: list[str] = field(default_factory=list)
    """Not tied to its own client's contact, and to it alone."""
    folders: list[str] = field(default_factory=list)
    """More than one folder of one name."""


@dataclass
class PapersReport:
    seed: int
    documents: int
    accepted: int = 0
    kills: int = 0
    pauses: int = 0
    redis_flushed: int = 0
    redis_killed: int = 0
    postgres_restarted: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    retried_by_hand: int = 0
    calls_per_document: float = 0.0
    seconds: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)

    def __str__(self) -> str:
        lines = [
            f"  {name.replace('_', ' '):<20} {value}"
            for name, value in asdict(self).items()
            if name != "verdict"
        ]
        wrong = {name: len(found) for name, found in vars(self.verdict).items()}
        return "\n".join(["documents in Xero Files:", *lines, f"  wrong                {wrong}"])


def add_bureau(app: Flask, simulator: Any, number: int) -> Bureau:
    """A connected practice whose clients have contacts, and which files documents."""
    organisation = f"Papers {number} Pty Ltd"
    simulator.post("seed", {"organisation": organisation})
    bureau = Bureau(uuid4(), organisation, [])
    with app.app_context(), company_scope(bureau.company_id):
        company = Company(id=bureau.company_id, name=f"Papers {number}", reference_prefix=f"P{number}")
        db.session.add(company)
        db.session.flush()
        tokens, connected = simulator_consent(organisation)
        past = SimulatedPast(tokens.access_token, connected.xero_tenant_id)
        connection = attach(tokens, connected, "Papers", past.organisation())
        confirm(connection, "Papers")
        for operation in db.session.scalars(select(Operation)):
            operation.state = "cancelled"
        switch_on(document_folder_yearly=number % 2 == 0)
        for place in range(CLIENTS):
            # Every practice has a client of the same name: nothing may lean on names.
            client = Client(number=f"P{number}-C{place}", name=f"Client {place}", sort_name=f"client {place}")
            db.session.add(client)
            db.session.flush()
            contact = past.contact(client.name, client.number, None, None)
            db.session.add(
                ContactMapping(
                    connection_id=connection.id,
                    client_id=client.id,
                    xero_contact_id=contact.id,
                    contact_name=contact.name,
                    found_by="created",
                )
            )
            bureau.clients.append(client.id)
        db.session.commit()
    return bureau


@dataclass
class Papers(Chaos):
    """One run: `requests` is the number of documents."""

    app: Flask = None  # type: ignore[assignment]
    done_at_blow: int = 0

    def run_papers(self) -> PapersReport:
        self.report = PapersReport(self.seed, self.requests)  # type: ignore[assignment]
        self.chance = random.Random(self.seed)
        self.takeovers = Takeovers(self.rows)
        self.bureaus = [add_bureau(self.app, self.simulator, number) for number in range(PRACTICES)]
        self.crowd = Crowd(self.stack, self.workers, self.clocks)
        self.crowd.start()
        for kind, probability, how in FAULTS:
            self.simulator.fault(kind, path="xro", probability=probability, seed=self.seed, **how)
        began = time.monotonic()
        self._blows_while(self._accepting())
        self._settle_papers()
        self.report.seconds = round(time.monotonic() - began, 1)  # type: ignore[attr-defined]
        self._judge_papers()
        return self.report  # type: ignore[return-value]

    def _accepting(self) -> threading.Thread:
        """Staff at work: each document is accepted until its acceptance was answered."""

        def work() -> None:
            for number in range(self.requests):
                bureau = self.bureaus[number % PRACTICES]
                content = self.chance.randbytes(self.chance.choice((300, 20_000, 400_000))).hex().encode()
                while True:
                    try:
                        self._accept(bureau, number, content)
                    except SQLAlchemyError:
                        time.sleep(0.3)  # the page said 503; the person tries again
                    else:
                        break
                while number % 10 == 0 and self._open("") > OUTSTANDING:
                    time.sleep(0.2)

        thread = threading.Thread(target=work, name="staff", daemon=True)
        thread.start()
        return thread

    def _accept(self, bureau: Bureau, number: int, content: bytes) -> None:
        with self.app.app_context(), company_scope(bureau.company_id):
            client = bureau.clients[number // PRACTICES % CLIENTS]
            accepted(client, TYPES[number % len(TYPES)], content, year=2025 + number % 2)
            db.session.commit()

    def _states(self) -> Counter[str]:
        found = self.rows.ask(
            "select state, count(*) from operations where kind = :kind group by state", kind=PUSH_DOCUMENT
        )
        return Counter({str(state): int(count) for state, count in found})

    def _done_share(self) -> float:
        states = self._states()
        return (states["done"] + states["failed"] + states["waiting"]) / self.requests

    def _blow(self) -> None:
        """Only when something got done since the last one: on a slow machine blows alone would be shown."""
        done = self._states()["done"]
        if done >= self.done_at_blow + max(2, self.requests // 60):
            self.done_at_blow = done
            super()._blow()

    def _open(self, _references: str) -> int:
        states = self._states()
        return states["queued"] + states["running"] + states["retry"]

    def _settle_papers(self) -> None:
        """No more blows; whoever gave up with a reason is started again by a person's "File them now"."""
        self.crowd.wake_all()
        self._until(lambda: self._open("") == 0, 180 + self.requests * 0.2)
        for attempt in range(3):
            if not self._states()["failed"]:
                break
            if attempt:
                self.simulator.clear_faults()
            for bureau in self.bureaus:
                with self.app.app_context(), company_scope(bureau.company_id):
                    self.report.retried_by_hand += push_all_again("a person")
                    db.session.commit()
            self._until(lambda: self._open("") == 0, 120)

    def _judge_papers(self) -> None:
        report: Any = self.report
        lines = self._lines()
        report.faults = dict(sorted(Counter(line["fault"] for line in lines if line["fault"]).items()))
        self.simulator.clear_faults()
        documents = self.rows.ask(
            "select d.company_id, d.sha256, d.xero_name, d.push_state, m.xero_contact_id from documents d"
            " join contact_mappings m on m.company_id = d.company_id and m.client_id = d.client_id"
            " where d.state = 'accepted'"
        )
        report.accepted = len(documents)
        report.calls_per_document = round(len(lines) / max(1, len(documents)), 2)
        state = self.simulator.state(newest=0)["organisations"]
        for bureau in self.bureaus:
            mine = [row for row in documents if row.company_id == bureau.company_id]
            judge_organisation(report.verdict, state[bureau.organisation], mine)


def judge_organisation(verdict: Verdict, organisation: dict[str, Any], documents: list[Any]) -> None:
    """Lay one practice's accepted documents beside what is in its organisation."""
    by_sum: dict[str, list[dict[str, Any]]] = {}
    for file in organisation["files"]:
        by_sum.setdefault(file["sha256"], []).append(file)
    ties: dict[str, list[str]] = {}
    for tie in organisation["associations"]:
        ties.setdefault(tie["FileId"], []).append(tie["ObjectId"])
    for row in documents:
        found = by_sum.pop(row.sha256, [])
        named = f"{row.xero_name} ({row.push_state})"
        if not found:
            verdict.lost.append(named)
        if len(found) > 1:
            verdict.doubled.append(named)
        for file in found:
            if ties.get(file["Id"]) != [row.xero_contact_id] or file["Name"] != row.xero_name:
                verdict.untied.append(named)
    verdict.elsewhere += [file["Name"] for files in by_sum.values() for file in files]
    names = Counter(folder["Name"] for folder in organisation["folders"])
    verdict.folders += [name for name, count in names.items() if count > 1]
