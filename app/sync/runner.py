"""What a worker does with an operation: claim it, run its kind, write down how it ended."""

import logging
import random
from uuid import UUID, uuid4

from sqlalchemy import and_, exists, or_, select

from app.extensions import db, settings
from app.models import Company, Operation, database_now, now
from app.sync import alerts, causes
from app.sync.kinds import Kind, kind_of
from app.sync.outcomes import Blocked, LeaseLost, Needless, NotYet, describe
from app.sync.parking import park
from app.sync.run import Run
from app.tenancy import company_scope
from app.xero.errors import Again, MissingScope, Permanent, ReconnectNeeded, WaitUntil, XeroError

log = logging.getLogger(__name__)

GAVE_UP = " It was tried {attempts} times; Retry tries it again."
OUR_FAULT = "Something went wrong on our side. It is tried again by itself; if it stays, please tell support."


def run_operation(company_id: UUID, operation_id: UUID) -> str | None:
    """Run the operation if it is due and nobody else has it; the state it ended in, or None when there was nothing
    to do. Needs an app context and no open scope; running it twice at once is harmless."""
    with company_scope(company_id):
        operation = _claim(operation_id)
        if operation is None:
            return None
        with Run(operation) as run:
            try:
                return _carry_out(run, kind_of(operation.kind))
            except LeaseLost:
                db.session.rollback()
                log.warning("Another worker has taken over %s of company %s", operation_id, company_id)
                return None


def _claim(operation_id: UUID) -> Operation | None:
    """Take the lease by a conditional update: of two workers that try, one gets the row."""
    due = and_(Operation.state.in_(("queued", "retry")), Operation.not_before <= database_now())
    abandoned = and_(Operation.state == "running", Operation.lease_until <= database_now())
    # Rung for before the practice was suspended: it is taken up when the practice is back.
    suspended = exists().where(Company.id == Operation.company_id, Company.suspended_at.is_not(None))
    before = db.session.scalar(
        select(Operation)
        .where(Operation.id == operation_id, or_(due, abandoned), ~suspended)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if before is None:
        db.session.rollback()
        return None
    # A worker died over it: that counts as an attempt, or a deadly operation would kill workers for ever.
    before.attempts += 1 if before.state == "running" else 0
    before.state = "running"
    before.lease = uuid4()
    before.lease_until = database_now(settings().lease_seconds)
    before.started_at = before.started_at or now()
    db.session.commit()
    return before


def _carry_out(run: Run, kind: Kind) -> str:
    try:
        if run.operation.attempts >= kind.attempts:
            return _failed(run, kind, "gave_up", run.operation.error or OUR_FAULT, "us")
        kind.carry_out(run)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001  sorted below; what nobody foresaw is logged there
        db.session.rollback()
        return _ended_by(run, kind, error)
    return _end(run, kind, "done", error=None, error_code=None, whose_move=None)


def _ended_by(run: Run, kind: Kind, error: Exception) -> str:
    """Sort what happened into what comes next."""
    match error:
        case NotYet():
            return _later(run, kind, error.seconds, run.operation.error_code, run.operation.error, None)
        case WaitUntil():
            park(run.operation, error.seconds)
            return _later(run, kind, error.seconds, error.code, error.sentence, error.whose_move)
        case Needless():
            return _end(run, kind, "cancelled", error=str(error), error_code="needless", whose_move="nobody")
        case Blocked():
            return _waiting(run, kind, error)
        case ReconnectNeeded():
            kind.connection_broke(run, error)
            return _waiting(run, kind, Blocked(causes.CONNECTION, "", error.sentence))
        case MissingScope():
            return _waiting(run, kind, Blocked(causes.SCOPE, error.scope, error.sentence))
        case Permanent():
            return _failed(run, kind, error.code, _with_details(error), error.whose_move)
        case Again():
            return _again(run, kind, error.code, error.sentence, error.whose_move, error)
        case _:
            log.exception("Unforeseen in %s", describe(run.operation), exc_info=error)
            return _again(run, kind, "our_fault", OUR_FAULT, "us", None)


def _with_details(error: XeroError) -> str:
    said = " ".join(detail for detail in error.details if detail not in error.sentence)
    return f"{error.sentence} Xero says: {said}" if said else error.sentence


def _again(run: Run, kind: Kind, code: str, sentence: str, whose_move: str, error: Again | None) -> str:
    attempts = run.operation.attempts + 1
    if attempts >= kind.attempts:
        return _failed(
            run, kind, code, sentence + GAVE_UP.format(attempts=attempts), whose_move, attempts=attempts
        )
    seconds = float(kind.retry_seconds[min(attempts, len(kind.retry_seconds)) - 1])
    if error is not None and error.maybe_done:
        seconds = max(seconds, settings().read_back_after_seconds)
    if error is not None and error.retry_after:
        seconds = max(seconds, error.retry_after)
    return _later(run, kind, seconds, code, sentence, whose_move, attempts=attempts)


def _later(
    run: Run,
    kind: Kind,
    seconds: float,
    code: str | None,
    sentence: str | None,
    whose_move: str | None,
    **values: object,
) -> str:
    # A limit's own wait is exact, and the dispatcher hands few over at once; other retries are spread.
    spread = 0.0 if code and code.startswith("limit_") else seconds * 0.2
    not_before = database_now(seconds + random.random() * spread)  # noqa: S311
    return _end(
        run,
        kind,
        "retry",
        not_before=not_before,
        error_code=code,
        error=sentence,
        whose_move=whose_move,
        **values,
    )


def _waiting(run: Run, kind: Kind, blocked: Blocked) -> str:
    cause = causes.open_cause(blocked.kind, blocked.subject, blocked.sentence)
    return _end(
        run,
        kind,
        "waiting",
        cause_id=cause.id,
        error_code=blocked.kind,
        error=blocked.sentence,
        whose_move="practice",
    )


def _failed(run: Run, kind: Kind, code: str, sentence: str, whose_move: str, **values: object) -> str:
    return _end(run, kind, "failed", error_code=code, error=sentence, whose_move=whose_move, **values)


def _end(run: Run, kind: Kind, state: str, **values: object) -> str:
    """Write the ending on the operation and on what it concerns, in one transaction, and give the lease back."""
    over = state in {"done", "failed", "cancelled"}
    sentence = values.get("error")
    kind.tell_subject(run, state, str(sentence) if sentence else None)
    alerts.operation_ended(run.operation, state, values)
    run.save(state=state, lease=None, lease_until=None, finished_at=now() if over else None, **values)
    return state
