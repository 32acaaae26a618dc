"""What the practice's admins are told by mail because work with Xero needs somebody: each matter once a day at most.

Written in the transaction that notes it, so that nothing is told of what was rolled back. That a connection broke is
told by `app.mail.alerts.connection_broke`, once for each break.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.mail.alerts import work_needs_somebody
from app.mail.outbox import public_link
from app.models import Alert, Cause, Company, Operation, now
from app.sync import operations
from app.tenancy import current_company_id

REPEATED = 6
"""So many tries in a row that got no further are told of. They take three minutes at least (`app.sync.kinds`): a moment
in which Xero is away is nobody's matter."""


def cause_opened(cause: Cause, title: str) -> None:
    """A cause blocks something, and a person must mend it (not committed). `title`: what its kind is called."""
    blocked = _count(Operation.cause_id == cause.id)
    already = f" ({_so_many(blocked, 'piece', 'pieces')} of work already)" if blocked else ""
    _tell(
        f"cause:{cause.kind}:{cause.subject}",
        f"Work for Xero waits: {title}",
        cause.sentence,
        f"What needs it waits{already}, and goes on by itself as soon as it is mended.",
        public_link("sync.causes"),
    )


def operation_ended(operation: Operation, state: str, written: Mapping[str, Any]) -> None:
    """A run ended in this state, with what is being written to its operation (not committed)."""
    code, sentence = written.get("error_code"), written.get("error")
    if state == "failed":
        _failed(operation, str(code), str(sentence))
    elif state == "retry" and written.get("attempts") == REPEATED:
        _repeated(operation, str(code), str(sentence))


def _failed(operation: Operation, code: str, sentence: str) -> None:
    kind = operation.kind
    before = _count(Operation.kind == kind, Operation.state == "failed", Operation.error_code == code)
    others = f" {_so_many(before, 'other has', 'others have')} ended like this before." if before else ""
    _tell(
        f"failed:{kind}:{code}",
        f"Not done in Xero: {_what(kind)} for {operation.subject_label}",
        sentence,
        f"It is not tried again by itself; a person decides.{others}",
        public_link("sync.index", state="failed", kind=kind),
    )


def _repeated(operation: Operation, code: str, sentence: str) -> None:
    others = _count(Operation.state == "retry", Operation.error_code == code, Operation.id != operation.id)
    more = f" {_so_many(others, 'other waits', 'others wait')} for the same reason." if others else ""
    _tell(
        f"repeated:{code}",
        f"Failed {REPEATED} times in a row: {_what(operation.kind)} for {operation.subject_label}",
        sentence,
        f"It goes on trying by itself, less and less often, and nothing is lost meanwhile.{more}",
        public_link("sync.index", state="retry"),
    )


def _tell(matter: str, title: str, sentence: str, blocks: str, url: str) -> None:
    company = db.session.scalars(select(Company).where(Company.id == current_company_id())).one()
    if not company.alert_mails:
        return
    day = now().astimezone(ZoneInfo(company.time_zone)).date()
    # Several causes may be one matter: the services of an account that was archived share its sentence.
    same = select(Alert.id).where(Alert.day == day, Alert.title == title, Alert.sentence == sentence).limit(1)
    if db.session.scalar(same) is not None:
        return
    told = db.session.scalar(
        insert(Alert)
        .values(
            company_id=company.id,
            id=uuid4(),
            day=day,
            matter=matter,
            title=title,
            sentence=sentence,
            mails=0,
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["company_id", "day", "matter"])
        .returning(Alert.id)
    )
    if told is not None:
        alert = db.session.scalars(select(Alert).where(Alert.id == told)).one()
        alert.mails = work_needs_somebody(company, title, sentence, blocks, url)


def _count(*conditions: Any) -> int:
    return db.session.scalar(select(func.count(Operation.id)).where(*conditions)) or 0


def _so_many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _what(kind: str) -> str:
    words = operations.KINDS.get(kind, kind)
    return words[0].lower() + words[1:]
