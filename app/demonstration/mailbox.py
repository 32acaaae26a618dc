"""`/demo/mailbox`: in demonstration mode anybody may read what would have been sent; elsewhere there is no such page.

A mail of a practice stands behind that practice's wall, so each is looked into in its own scope.
"""

from contextlib import nullcontext
from uuid import UUID

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.auth.gate import change_scope
from app.extensions import db, settings
from app.lookups import company_ids
from app.mail.outbox import read_body
from app.models import Mail
from app.sync.own_session import own_transaction

bp = Blueprint("demo", __name__, url_prefix="/demo/mailbox")

SHOWN = 50
_POLICY = (
    "default-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'self';"
    " sandbox allow-top-navigation-by-user-activation"
)


@bp.before_request
def _demonstration_only() -> None:
    if not settings().demo:
        abort(404)


def _everybodys(only: UUID | None = None) -> list[Mail]:
    """The newest mails of all practices and of none, newest first; or the one with this id."""
    change_scope(None)
    found: list[Mail] = []
    for company_id in [None, *company_ids(db.session)]:
        wanted = select(Mail).where(Mail.company_id == company_id, Mail.state != "discarded")
        wanted = wanted.where(Mail.id == only) if only else wanted
        with own_transaction(company_id) if company_id else nullcontext(db.session) as session:
            found += session.scalars(wanted.order_by(Mail.created_at.desc()).limit(SHOWN))
            session.expunge_all()
    found.sort(key=lambda mail: mail.created_at, reverse=True)
    return found[:SHOWN]


def _one(mail_id: UUID) -> Mail:
    found = _everybodys(mail_id)
    return found[0] if found else abort(404)


@bp.get("")
def mailbox() -> ResponseReturnValue:
    return render_template("demo/mailbox.html", mails=_everybodys())


@bp.get("/<uuid:mail_id>")
def mail(mail_id: UUID) -> ResponseReturnValue:
    found = _one(mail_id)
    return render_template("demo/mail.html", mail=found, body=read_body(found))


@bp.get("/<uuid:mail_id>/html")
def mail_html(mail_id: UUID) -> ResponseReturnValue:
    """The mail alone, for the frame: nothing in it may run or load, and its links open in the whole window."""
    body = read_body(_one(mail_id)) or abort(404)
    html = body["html"].replace("<head>", '<head><base target="_top">', 1)
    return Response(
        html,
        mimetype="text/html",
        headers={"Content-Security-Policy": _POLICY, "X-Frame-Options": "SAMEORIGIN"},
    )
