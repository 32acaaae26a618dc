"""The bar above every page of an admin while the connection waits for them."""

from typing import Any

from flask import request, url_for

from app.auth.viewer import current_viewer
from app.integrations.blueprint import bp

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
    if request.blueprint == bp.name:
        return None  # the room's own pages say it themselves, with more words
    status = viewer.company.connection_waits
    return _banner(status) if status else None


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
    return {"connection_banner": connection_banner()}
