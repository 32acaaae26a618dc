"""`POST /api/webhooks/xero`: genuine? Then stored, committed and answered; everything else happens afterwards.

Nobody is signed in here, so there is no session, no cookie, no form's token and no company: the signature is the way
in. Xero switches a webhook off whose address answers late, with a body or with a cookie (facts 8).
"""

from typing import cast

import psycopg2  # type: ignore[import-untyped]
from flask import Blueprint, Flask, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from app.extensions import settings
from app.sync.webhooks.bell import Bell
from app.xero.webhooks import is_genuine_by_any

bp = Blueprint("xero_webhooks", __name__)

LARGEST = 1024 * 1024
"""Bytes of a post; Xero's are a few hundred for each event."""
BELL, ENGINE = "webhook_bell", "webhook_engine"


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
    except (psycopg2.Error, SQLAlchemyError):
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
    """One statement that is its own transaction: when it returns, the post is on the disk. Raises `psycopg2.Error`."""
    try:
        _insert(body)
    except (psycopg2.OperationalError, psycopg2.InterfaceError):
        # Perhaps PostgreSQL was started again, and every connection is dead. Should it have stored the post all the
        # same, its events are known by their keys.
        _engine().dispose()
        _insert(body)


def _insert(body: bytes) -> None:
    # The driver itself: at hundreds a second what SQLAlchemy does around a statement is half of the work.
    connection = _engine().raw_connection()
    try:
        connection.cursor().execute("INSERT INTO webhook_deliveries (body) VALUES (%s)", (body,))
    except psycopg2.Error:
        connection.invalidate()
        raise
    finally:
        connection.close()


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
