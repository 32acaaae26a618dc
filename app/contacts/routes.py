"""Everything of the room under its blueprint."""

from app.contacts import conflict_pages, dry_run_pages, group_pages, overview
from app.contacts.blueprint import bp
from app.contacts.imports import choosing, ignoring, listing, page, running

__all__ = [
    "bp",
    "choosing",
    "conflict_pages",
    "dry_run_pages",
    "group_pages",
    "ignoring",
    "listing",
    "overview",
    "page",
    "running",
]
