"""Causes: one row for everything that waits for the same thing. Resolving it releases all that it blocks."""

from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import Cause, Operation, database_now, now
from app.sync import alerts
from app.sync.doorbell import ring_after_commit
from app.tenancy import current_company_id

CONNECTION = "connection"
"""No live connection: reconnect. Subject: empty."""
SERVICE_MAPPING = "service_mapping"
"""A service without a mapping. Subject: the service's id."""
CONTACT = "contact"
"""A client whose contact a person must choose. Subject: the client's id."""
SCOPE = "scope"
"""Xero did not grant something we need. Subject: the scope."""
CHARGE = "charge_mapping"
"""A service that cannot be charged as it is mapped, or is not mapped. Subject: the service's id."""
OFFICE = "office_mapping"
"""An office whose tracking option is missing or no longer there. Subject: the office's id."""
TITLES = {
    CONNECTION: "The connection to Xero needs somebody",
    SERVICE_MAPPING: "A service is not mapped",
    CONTACT: "A client’s contact must be chosen",
    SCOPE: "Xero’s consent does not cover something",
    CHARGE: "Accounts and tax need somebody",
    OFFICE: "An office’s tracking needs somebody",
}
"""What each kind is called, on pages and in mails."""
KINDS = tuple(TITLES)
EARLY = frozenset({CHARGE, OFFICE})
"""Kinds that are opened before anything fails, so they may block nothing yet."""


def open_cause(kind: str, subject: UUID | str, sentence: str) -> Cause:
    """The open cause of this kind and subject, made if there is none; the practice's admins are told (not committed).

    It stays open until the commit: whoever resolves it at the same moment comes after, and finds what is blocked here.
    """
    cause = None
    while cause is None:
        db.session.execute(
            insert(Cause)
            .values(
                company_id=current_company_id(),
                id=uuid4(),
                kind=kind,
                subject=str(subject),
                sentence=sentence,
                created_at=now(),
            )
            .on_conflict_do_nothing(
                index_elements=["company_id", "kind", "subject"], index_where=Cause.resolved_at.is_(None)
            )
        )
        cause = _locked(kind, subject)
    if kind != CONNECTION:  # told of in words of its own, where the break is noted
        alerts.cause_opened(cause, TITLES[kind])
    return cause


def _locked(kind: str, subject: UUID | str) -> Cause | None:
    return db.session.scalar(
        select(Cause)
        .where(Cause.kind == kind, Cause.subject == str(subject), Cause.resolved_at.is_(None))
        .with_for_update()
    )


def resolve(kind: str, subject: UUID | str = "") -> int:
    """Close the cause, and let go on what waited for it: how many operations and invoices that were."""
    cause = _locked(kind, subject)
    if cause is None:
        return 0
    cause.resolved_at = now()
    blocked = db.session.scalars(
        select(Operation).where(Operation.cause_id == cause.id).with_for_update()
    ).all()
    for operation in blocked:
        operation.state = "queued"
        operation.cause_id = None
        operation.error = operation.error_code = operation.whose_move = None
        operation.not_before = operation.rung_at = database_now()
        ring_after_commit(db.session, operation)
    from app.sync.invoices.asking import release  # plans operations, and they know causes

    return len(blocked) + release(kind, subject)
