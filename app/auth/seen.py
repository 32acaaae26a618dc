"""When a sign-in was last seen: kept to some minutes, so that looking at pages costs no write each time."""

from datetime import timedelta

from sqlalchemy import update

from app.extensions import db
from app.models import UserSession, now

KEPT_TO = timedelta(minutes=5)


def note_seen(row: UserSession) -> None:
    """Write that the session is in use, unless that was written a moment ago. In a transaction of its own: most
    requests commit nothing."""
    seen_at = row.last_seen_at
    if seen_at is None or seen_at > now() - KEPT_TO:
        return
    with db.engine.begin() as connection:
        connection.execute(update(UserSession).where(UserSession.id == row.id).values(last_seen_at=now()))
