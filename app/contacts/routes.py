"""Everything of the room under its blueprint."""

from app.contacts.blueprint import bp
from app.contacts.imports import choosing, ignoring, listing, page, running

__all__ = ["bp", "choosing", "ignoring", "listing", "page", "running"]
