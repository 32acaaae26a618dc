"""The bar above every page of an admin while the connection waits for them."""

from typing import Any

from flask import g, url_for
from sqlalchemy import select
from werkzeug.local import LocalProxy

from app.auth.viewer import current_viewer
from app.extensions import db
from app.integrations.blueprint import bp
from app.models import Connection

_SAYS = {
    "reconnect_needed": (
        "warn",
        "Xero needs a new consent.",
        "Until somebody reconnects, work for Xero waits. Nothing is lost.",
        "Reconnect",
        "integrations.xero",
    ),
    "to_confirm": (
        "info",
        "The Xero organisation is not confirmed yet.",
        "Look whether it is the right one and press Start; nothing is written to it before.",
        "Check and start",
        "integrations.confirm",
    ),
}


def connection_banner() -> dict[str, str] | None:
    """kind, title, text, action_label, action_url for `layouts/_banner.html`; None when all is well."""
    viewer = current_viewer()
    if viewer is None or viewer.company is None or not viewer.is_admin:
        return None
    if "connection_banner" not in g:
        status = db.session.scalar(select(Connection.status).where(Connection.status.in_(_SAYS)).limit(1))
        g.connection_banner = _banner(status) if status else None
    found: dict[str, str] | None = g.connection_banner
    return found


def _banner(status: str) -> dict[str, str]:
    kind, title, text, label, endpoint = _SAYS[status]
    return {
        "kind": kind,
        "title": title,
        "text": text,
        "action_label": label,
        "action_url": url_for(endpoint),
    }


@bp.app_context_processor
def _offer() -> dict[str, Any]:
    # Asked for only by the layouts that show it: a fragment of a page costs no statement.
    return {"connection_banner": LocalProxy(connection_banner)}
