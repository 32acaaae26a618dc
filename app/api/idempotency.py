"""`Idempotency-Key`: a call that is sent again does nothing again, and gets the first one's answer.

The key's row is inserted before the handler runs and committed with the handler's changes, in one transaction. So a
second call with the key waits at the unique index until the first has ended: if that committed, it gets the stored
answer; if it was rolled back, nothing happened and the second one is carried out. Only what was carried out is kept;
a refused call may be mended and sent again under its key. A handler that raises leaves nothing; one whose refusal
itself must be written down answers it instead, and what it wrote is committed without the key.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

from flask import Response, make_response, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from app.auth.viewer import current_viewer
from app.errors import Problem
from app.extensions import db
from app.models import ApiReply, now
from app.tenancy import current_company_id, one_commit

HEADER, REPLAY = "Idempotency-Key", "Idempotent-Replay"
KEPT = timedelta(hours=24)
METHODS = ("POST", "PATCH")
LONGEST = 128
PATTERN = r"^[\x21-\x7e]{1,128}$"
"""Letters, digits and signs, no spaces."""
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


def once(act: Callable[[], ResponseReturnValue], body: BaseModel | None) -> ResponseReturnValue:
    """Carry the call out, or give the answer that a call with its key got before.

    Raises `Problem`: 422 for a key that is none or that came with something else, 409 while the first call is still
    under way after a long wait.
    """
    key, viewer = request.headers.get(HEADER), current_viewer()
    if key is None or viewer is None or viewer.company is None or request.method not in METHODS:
        return act()
    if not _KEY.fullmatch(key):
        said = f"{HEADER} must be 1 to {LONGEST} letters, digits or signs without spaces, such as a UUID."
        raise Problem(said, code="bad_idempotency_key")
    asked = _fingerprint(body)
    reply_id = _begin(viewer.user_id, key, asked)
    if reply_id is None:
        return _replay(viewer.user_id, key, asked)
    with one_commit(db.session()):
        response = make_response(act())
        kept = db.session.scalars(select(ApiReply).where(ApiReply.id == reply_id)).one()
        if response.status_code < 400:
            kept.status, kept.body = response.status_code, response.get_data(as_text=True)
        else:
            db.session.delete(kept)
    return response


def _fingerprint(body: BaseModel | None) -> bytes:
    sent = body.model_dump_json(exclude_unset=True) if body else ""
    return hashlib.sha256(f"{request.method}\n{request.full_path}\n{sent}".encode()).digest()


def _begin(user_id: UUID, key: str, asked: bytes) -> UUID | None:
    """Claim the key: the new row's id, or None when it is taken. Waits while another call holds it."""
    company_id = current_company_id()
    same = ApiReply.user_id == user_id, ApiReply.key == key
    row = {"company_id": company_id, "id": uuid4(), "user_id": user_id, "key": key}
    claim = insert(ApiReply).values(**row, fingerprint=asked, created_at=now())
    try:
        db.session.execute(delete(ApiReply).where(*same, ApiReply.created_at < now() - KEPT))
        return db.session.scalar(claim.on_conflict_do_nothing().returning(ApiReply.id))
    except OperationalError as away:
        if getattr(away.orig, "pgcode", None) != "55P03":  # lock_not_available
            raise
        db.session.rollback()
        said = "The first call with this key is still under way. Send it again in a little while."
        raise Problem(said, code="still_under_way", status=409) from None


def _replay(user_id: UUID, key: str, asked: bytes) -> Response:
    kept = db.session.scalars(select(ApiReply).where(ApiReply.user_id == user_id, ApiReply.key == key)).one()
    if kept.fingerprint != asked:
        said = f"This {HEADER} came with another call before. Use a new key for every new call."
        raise Problem(said, code="idempotency_key_reused")
    response = Response(kept.body, status=kept.status, mimetype="application/json")
    response.headers[REPLAY] = "true"
    return response


def prune() -> None:
    """Forget what is older than a day, of the company in whose scope we are (not committed)."""
    db.session.execute(delete(ApiReply).where(ApiReply.created_at < now() - KEPT))
