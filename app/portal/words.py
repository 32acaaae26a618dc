"""What a client reads instead of the practice's own words. Short sentences, no terms of the trade."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row


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
