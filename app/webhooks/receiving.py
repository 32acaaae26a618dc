"""`POST /api/webhooks/xero`: genuine? Then stored, committed and answered; everything else happens afterwards.

Nobody is signed in here, so there is no session, no cookie, no form's token and no company: the signature is the way
in. Xero switches a webhook off whose address answers late, with a body or with a cookie (facts 8).
"""

from typing import cast

from flask import Blueprint, Flask, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy import Engine, create_engine, insert
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import RequestEntityTooLarge

from app.extensions import settings
from app.models import WebhookDelivery
from app.sync.webhooks.bell import Bell
from app.xero.webhooks import is_genuine_by_any

bp = Blueprint("xero_webhooks", __name__)

LARGEST = 1024 * 1024
"""Bytes of a post; Xero's are a few hundred for each event."""
BELL, ENGINE = "webhook_bell", "webhook_engine"
_STORE = insert(WebhookDelivery.__table__).inline()  # type: ignore[arg-type]


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    app = cast(Flask, state.app)
    app.extensions[BELL] = Bell(app)


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
    except DBAPIError:
        current_app.logger.warning("The database did not take a webhook: Xero is to send it again")
        return _answer(503)
    current_app.extensions[BELL].press()
    return _answer(200)


def _answer(status: int) -> Response:
    # An answer without a type either: there is nothing in it.
    answer = Response(status=status)
    del answer.headers["Content-Type"]
    return answer


def _store(body: bytes) -> None:
    """One statement that is its own transaction: when it returns, the post is on the disk."""
    try:
        _insert(body)
    except DBAPIError as lost:
        if not lost.connection_invalidated:
            raise
        # PostgreSQL was started again since this connection was last used. Should it have stored the post all the
        # same, its events are known by their keys.
        _insert(body)


def _insert(body: bytes) -> None:
    with _engine().connect() as connection:
        connection.execute(_STORE, {"body": body})


def _engine() -> Engine:
    """Connections that do nothing else: no transaction is begun, tried or rolled back around the one statement."""
    found: Engine | None = current_app.extensions.get(ENGINE)
    if found is None:
        found = create_engine(
            settings().database_url,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            max_overflow=40,
            hide_parameters=True,
        )
        current_app.extensions[ENGINE] = found
    return found
