"""The demonstration's past quarter: requests in every state, told week by week from today backwards."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.demonstration.names import ASKED, COMMENTS
from app.extensions import db
from app.models import Client, Company, Membership, RequestEvent, Service, ServiceRequest, now

SYSTEM = "Countinghouse"


@dataclass
class Teller:
    """Writes requests with a past that could have happened. Deterministic for a seed and a day."""

    company: Company
    clients: list[Client]
    services: dict[str, Service]
    members: dict[str, Membership]
    admin: str
    dice: random.Random = field(default_factory=lambda: random.Random(1857))  # noqa: S311  a story, not a secret

    @property
    def today(self) -> date:
        return now().astimezone(ZoneInfo(self.company.time_zone)).date()

    def at(self, days_ago: int, hour: int) -> datetime:
        """An instant at about this hour in the practice's day, never in the future."""
        day = self.today - timedelta(days=days_ago)
        moment = datetime.combine(day, time(hour, self.dice.randrange(60)), ZoneInfo(self.company.time_zone))
        return min(moment, now() - timedelta(minutes=1))

    def tell(
        self, service: str, client: Client, days_ago: int, status: str, accountant: str | None
    ) -> ServiceRequest:
        """One request that arrived `days_ago` and has come as far as `status`."""
        offer = self.services[service]
        arrived = self.at(days_ago, self.dice.randint(8, 16))
        request = ServiceRequest(
            reference=self.company.take_request_reference(),
            client_id=client.id,
            service_id=offer.id,
            office_id=client.office_id,
            note=self.dice.choice(ASKED[service]),
            price=offer.base_price,
            due_on=self.today - timedelta(days=days_ago - offer.default_due_days),
            created_at=arrived,
            status=status,
        )
        if accountant:
            request.assignee_id = self.members[accountant].id
            request.assigned_at = self.at(max(days_ago - 1, 0), 17)
        db.session.add(request)
        db.session.flush()
        self._event(request, arrived, "created", f"{service} asked for by {client.name}.", internal=False)
        if request.assigned_at and accountant:
            words = f"Assigned to {self.members[accountant].user.name}."
            self._event(request, request.assigned_at, "assigned", words, by=self.admin)
        self._go_on(request, days_ago)
        return request

    def _go_on(self, request: ServiceRequest, days_ago: int) -> None:
        later = max(days_ago - self.dice.randint(2, 6), 0)
        if request.status in {"in_progress", "waiting", "completed"}:
            self._event(request, self.at(later, 10), "status", "Work began.", internal=False)
        if request.status in {"in_progress", "waiting"} and self.dice.random() < 0.6:
            self._event(
                request, self.at(max(later - 1, 0), 11), "comment", self.dice.choice(COMMENTS), by=self.admin
            )
        if request.status == "waiting":
            self._event(
                request, self.at(max(later - 1, 0), 15), "status", "Waiting for the client.", internal=False
            )
        if request.status == "completed":
            request.completed_at = self.at(max(later - self.dice.randint(3, 12), 0), 15)
            self._event(request, request.completed_at, "status", "Completed.", internal=False)
        if request.status == "cancelled":
            self._event(
                request,
                self.at(later, 12),
                "status",
                "Cancelled: the client changed their mind.",
                by=self.admin,
            )

    def _event(
        self,
        request: ServiceRequest,
        at: datetime,
        kind: str,
        text: str,
        by: str = SYSTEM,
        internal: bool = True,
    ) -> None:
        db.session.add(
            RequestEvent(
                service_request_id=request.id,
                at=at,
                kind=kind,
                actor_name=by,
                text=text,
                internal=internal,
                details={},
            )
        )


_FITS = {
    "individual": ("Individual Tax Return",),
    "sole_trader": ("Individual Tax Return", "BAS", "Bookkeeping"),
    "company": ("Company Tax", "BAS", "Bookkeeping", "ASIC Annual Review", "Payroll Setup"),
    "partnership": ("BAS", "Bookkeeping"),
    "trust": ("Trust Tax Return", "BAS"),
    "super_fund": ("SMSF Audit and Return",),
    "other": ("Bookkeeping", "BAS"),
}


def tell_quarter(
    teller: Teller, staff: tuple[str, ...], per_week: int, weeks: int = 13
) -> list[ServiceRequest]:
    """A quarter of requests: old ones mostly done, recent ones mostly open, some new and unassigned."""
    told = []
    for week in range(weeks, 0, -1):
        for _ in range(per_week + teller.dice.randint(-2, 2)):
            client = teller.dice.choice(teller.clients)
            names = [name for name in _FITS[client.kind] if name in teller.services]
            if not names:
                continue
            days_ago = max(week * 7 - teller.dice.randint(0, 6), 0)
            status = _status_after(week, teller.dice)
            accountant = None if status == "new" else teller.dice.choice(staff)
            told.append(teller.tell(teller.dice.choice(names), client, days_ago, status, accountant))
    return told


def _status_after(weeks: int, dice: random.Random) -> str:
    if dice.random() < 0.05:
        return "cancelled"
    if weeks > 8:
        return "completed" if dice.random() < 0.93 else "waiting"
    if weeks > 4:
        return dice.choices(("completed", "in_progress", "waiting"), (60, 28, 12))[0]
    if weeks > 1:
        return dice.choices(("completed", "in_progress", "waiting", "assigned"), (20, 40, 15, 25))[0]
    return dice.choices(("in_progress", "assigned", "new"), (20, 30, 50))[0]
