"""`/api/cron/xero-sync`: a scheduler outside has every practice's changed contacts read, with a secret."""

from hmac import compare_digest
from uuid import UUID

from flask import current_app, request

from app import lookups
from app.api.contact_sync.routes import TAG, bp
from app.api.contact_sync.shapes import CronAnswer
from app.api.endpoint import endpoint
from app.auth import throttle
from app.errors import Problem
from app.extensions import db, settings
from app.models.operation import BULK
from app.sync.connections import live_connection
from app.sync.contacts.pulling import plan_read_changes
from app.tenancy import company_scope

BY = "An outside scheduler"
WRONG_TRIES, CALLS, MINUTE = 10, 6, 60


@bp.route("/api/cron/xero-sync", methods=["GET", "POST"])
@endpoint(
    summary="Read every practice's changed contacts",
    tag=TAG,
    answer=CronAnswer,
    errors=(401, 404, 429),
    keyed=False,
)
def cron() -> CronAnswer:
    """For schedulers that call an address, instead of or beside the clock. Send the installation's CRON_SECRET as
    `X-Cron-Secret` or as a bearer token. Nothing is done twice: a practice whose contacts are being read is left to it.
    """
    _check_secret()
    if not throttle.take("cron:all", CALLS, MINUTE):
        raise Problem(
            f"This was asked for {CALLS} times within a minute. Ask again in a minute.",
            code="rate_limited",
            status=429,
        )
    companies = lookups.company_ids(db.session)
    db.session.rollback()
    planned = sum(_plan(company_id) for company_id in companies)
    return CronAnswer(practices=len(companies), planned=planned, not_connected=len(companies) - planned)


def _check_secret() -> None:
    secret = settings().cron_secret
    if secret is None:
        raise Problem(
            "This address is switched off. It answers when the installation sets CRON_SECRET.",
            code="cron_off",
            status=404,
        )
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    given = request.headers.get("X-Cron-Secret") or bearer
    if compare_digest(given.encode(), secret.get_secret_value().encode()):
        return
    if not throttle.take(f"cron:{throttle.address()}", WRONG_TRIES, MINUTE):
        raise Problem("Too many wrong secrets. Try again in a minute.", code="rate_limited", status=429)
    raise Problem(
        "The secret is missing or wrong. Send CRON_SECRET as X-Cron-Secret.", code="bad_secret", status=401
    )


def _plan(company_id: UUID) -> bool:
    """Whether the practice has a live connection, over which its changes are now being read."""
    with current_app.app_context(), company_scope(company_id):
        connection = live_connection()
        if connection is not None:
            plan_read_changes(connection, BY, BULK)
        db.session.commit()
        return connection is not None
