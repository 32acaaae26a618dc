"""What a client reads instead of the practice's own words. Short sentences, no terms of the trade."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from app.formats import calendar_date, money, place
from app.statuses import invoice_state


@dataclass(frozen=True)
class StatusWords:
    """`kind`: of the status tag; `tag`: two or three words; `sentence`: what happens now."""

    kind: str
    tag: str
    sentence: str


STATUS = {
    "new": StatusWords("neutral", "Received", "We have your request. Soon someone will look after it."),
    "assigned": StatusWords("info", "In good hands", "{who} looks after your request and will start soon."),
    "in_progress": StatusWords("progress", "Being done", "{who} is working on it."),
    "waiting": StatusWords("warn", "Waiting for you", "We need something from you before we can go on."),
    "completed": StatusWords("good", "Done", "This is done."),
    "cancelled": StatusWords("muted", "Stopped", "This was stopped. Nothing more will be done."),
}


def status_sentence(status: str, assignee: str | None) -> str:
    """What happens now with a request in this status."""
    return STATUS[status].sentence.format(who=assignee or "Someone")


DOCUMENT = {
    "uploaded": StatusWords("info", "Received", "We have it, and are checking it."),
    "accepted": StatusWords("good", "Accepted", "We have checked it, and all is well."),
    "rejected": StatusWords("warn", "Could not be used", "We could not use this one."),
    "erased": StatusWords("muted", "Erased", "It was erased, as you asked us to."),
}


def due_sentence(due_on: date | None) -> str:
    """Until when a document is wanted, without a word of blame."""
    if due_on is None:
        return "Send it when you can."
    today = datetime.now(UTC).astimezone(ZoneInfo(place().time_zone)).date()
    if due_on < today:
        return f"We hoped to have it by {calendar_date(due_on)}. Please send it as soon as you can."
    return "Please send it today." if due_on == today else f"Please send it by {calendar_date(due_on)}."


def invoice(row: Row[Any], today: date) -> StatusWords:
    """How an invoice stands (row: push_state, xero_status, ended_at, due_on, xero_due_on, xero_paid, xero_credited,
    xero_due, xero_paid_on, currency), with what is to be paid until when."""
    state = invoice_state(row, today)
    due, until = money(row.xero_due, row.currency), calendar_date(row.xero_due_on or row.due_on)
    match state:
        case "paid":
            on = f" on {calendar_date(row.xero_paid_on)}" if row.xero_paid_on else ""
            return StatusWords("good", "Paid", f"Paid{on}. Thank you.")
        case "voided":
            return StatusWords("muted", "Cancelled", "This invoice was cancelled. There is nothing to pay.")
        case "overdue" | "part_paid_overdue":
            begun = "Part of it is paid; " if state == "part_paid_overdue" else ""
            said = f"{begun}{due} was due on {until}. If you have paid it since, thank you: there is nothing to do."
            return StatusWords("warn", "Overdue", said[0].upper() + said[1:])
        case "part_paid":
            return StatusWords("info", "Part paid", f"Part of it is paid. Please pay {due} by {until}.")
    return StatusWords("info", "To be paid", f"Please pay {due} by {until}.")


@dataclass(frozen=True)
class Happening:
    """A line of the history as the portal shows it (the shape that components/timeline.html takes)."""

    title: str
    at: Any
    actor: str | None = None
    body: str | None = None
    kind: str = "neutral"


def happening(event: Row[Any]) -> Happening:
    """The event in a client's words."""
    if event.kind == "comment":
        return Happening("Message", event.at, actor=event.actor_name, body=event.text, kind="info")
    if event.kind == "status":
        words = STATUS.get(str(event.details.get("after")))
        if words:
            return Happening(words.tag, event.at, kind=words.kind)
    return Happening(event.text, event.at)
