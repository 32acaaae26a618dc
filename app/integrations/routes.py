"""Everything of the room under its blueprint."""

from app.integrations import api, connecting, contact_page, mapping, page
from app.integrations.blueprint import bp

__all__ = ["api", "bp", "connecting", "contact_page", "mapping", "page"]
