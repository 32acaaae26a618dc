"""The platform's log: written beside the practice's own when a super admin does something with it as a whole."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select

from app.audit.record import Actor, plain_fields
from app.extensions import db
from app.models import PlatformEvent
from app.paging import Page, page_of


class Practice(Protocol):
    """A company, by whatever row or view."""

    @property
    def id(self) -> UUID: ...

    @property
    def name(self) -> str: ...


def note(what: str, practice: Practice, by: Actor, details: Mapping[str, Any] | None = None) -> None:
    """Write an act down (not committed), in the practice's scope. Nobody of the practice is named in `details`: the
    log outlives it."""
    db.session.add(
        PlatformEvent(
            actor_id=by.user_id,
            actor_name=by.name,
            what=what,
            company_id=practice.id,
            company_name=practice.name,
            details=plain_fields(details) or {},
        )
    )


def list_acts(*, after: str | None = None, before: str | None = None) -> Page:
    """The log, newest first, in no scope. Row: at, actor_name, what, company_id, company_name, details."""
    return page_of(
        select(
            PlatformEvent.id,
            PlatformEvent.at,
            PlatformEvent.actor_name,
            PlatformEvent.what,
            PlatformEvent.company_id,
            PlatformEvent.company_name,
            PlatformEvent.details,
        ),
        (PlatformEvent.at, PlatformEvent.id),
        after=after,
        before=before,
        descending=True,
    )
