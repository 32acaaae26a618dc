"""`POST /api/webhooks/xero`: genuine? Then stored, committed and answered; everything else happens afterwards.

Nobody is signed in here, so there is no session, no cookie, no form's token and no company: the signature is the way
in. Xero switches a webhook off whose address answers late, with a body or with a cookie (facts 8).
"""

from flask import Blueprint, Flask, Response, current_app, request
from sqlalchemy import Engine, insert
from sqlalchemy.exc import DatabaseError, InterfaceError
from werkzeug.exceptions import RequestEntityTooLarge

from app.extensions import db, settings
from app.models import WebhookDelivery
from app.sync.webhooks.bell import Bell
from app.xero.webhooks import is_genuine_by_any

bp = Blueprint("xero_webhooks", __name__)

LARGEST = 1024 * 1024
"""Bytes of a post; Xero's are a few hundred for each event."""
_BELL, _ENGINE = "webhook_bell", "webhook_engine"
_STORE = insert(WebhookDelivery.__table__)  # type: ignore[arg-type]


@bp.record_once
def _prepare(state: object) -> None:
    app: Flask = state.app  # type: ignore[attr-defined]
    app.extensions[_BELL] = Bell(app)


@bp.post("/api/webhooks/xero")
@bp.post("/api/integrations/xero/webhook")
def receive() -> Response:
    """200 when it is stored; 401 when the signature is not Xero's, or no key is set; 413 when it is too large; 503 when
    it could not be stored, so that Xero sends it again. Never a body."""
    request.max_content_length = LARGEST
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return _answer(413)
    if not is_genuine_by_any(body, request.headers.get("x-xero-signature"), settings().webhook_keys):
        return _answer(401)
    try:
        _store(body)
    except (DatabaseError, InterfaceError):
        current_app.logger.warning("The database did not take a webhook: Xero is to send it again")
        return _answer(503)
    current_app.extensions[_BELL].press()
    return _answer(200)


def _answer(status: int) -> Response:
    # An answer without a type either: there is nothing in it.
    answer = Response(status=status)
    del answer.headers["Content-Type"]
    return answer


def _store(body: bytes) -> None:
    """One statement that is its own transaction: when it returns, the post is on the disk."""
    with _autocommitting().connect() as connection:
        connection.execute(_STORE, {"body": body})


def _autocommitting() -> Engine:
    # The app's own pool; only the way of committing differs.
    found: Engine | None = current_app.extensions.get(_ENGINE)
    if found is None:
        found = db.engine.execution_options(isolation_level="AUTOCOMMIT")
        current_app.extensions[_ENGINE] = found
    return found
