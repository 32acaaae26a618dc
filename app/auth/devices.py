"""A person's sign-ins as they are listed: what kind, on which device, from where, since when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.auth import trail
from app.extensions import db
from app.models import UserSession, now

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("CrOS", "a Chromebook"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class Device:
    """One sign-in that still counts."""

    id: UUID
    kind: str
    words: str
    address: str | None
    began_at: datetime
    last_seen_at: datetime | None
    here: bool
    """Whether it is the one that asks."""


def list_devices(user_id: UUID, here: UUID) -> list[Device]:
    """The person's live sign-ins, the present one first, then by when they were last seen."""
    rows = db.session.scalars(
        select(UserSession).where(
            UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.expires_at > now()
        )
    )
    found = [
        Device(
            row.id,
            row.kind,
            words_of(row.agent, row.kind),
            row.address,
            row.created_at,
            row.last_seen_at,
            row.id == here,
        )
        for row in rows
    ]
    found.sort(key=lambda device: (device.here, device.last_seen_at or device.began_at), reverse=True)
    return found


def end_device(user_id: UUID, session_id: UUID) -> bool:
    """End one of the person's own sign-ins (not committed); False when they have no such one."""
    ending = update(UserSession).where(
        UserSession.id == session_id, UserSession.user_id == user_id, UserSession.ended_at.is_(None)
    )
    ended = db.session.execute(
        ending.values(ended_at=now(), refresh_id=None).returning(UserSession.agent, UserSession.kind)
    ).one_or_none()
    if ended is None:
        return False
    trail.told("person.session_ended", user_id, None, {"device": words_of(ended.agent, ended.kind)})
    return True


def words_of(agent: str | None, kind: str) -> str:
    """`Firefox on Windows` from what a browser says of itself; a program is called by its own name."""
    text = agent or ""
    if kind == "api":
        return f"A program: {text.split(' ')[0]}" if text else "A program"
    browser = next((name for mark, name in _BROWSERS if mark in text), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in text), None)
    return f"{browser} on {system}" if system else browser
