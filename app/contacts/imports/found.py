"""What the handlers of an import share."""

from typing import Any
from uuid import UUID

from flask import abort, request, url_for

from app.contacts.imports import queries, words
from app.models import ContactImport


def the_import(import_id: UUID, *, locked: bool = False) -> ContactImport:
    """The import, or 404."""
    return queries.find_import(import_id, locked=locked) or abort(404)


def read_filters() -> queries.RowFilters:
    """Query or form: kind, choice, outcome, q. A word that is none of ours is left out."""
    asked = request.values
    return queries.RowFilters(
        kind=asked.get("kind") if asked.get("kind") in words.KINDS else None,
        choice=asked.get("choice") if asked.get("choice") in words.CHOSEN else None,
        outcome=asked.get("outcome") if asked.get("outcome") in words.OUTCOMES else None,
        q=asked.get("q", "")[:100],
    )


def page_url(import_id: UUID, **more: Any) -> str:
    return url_for("contacts.import_page", import_id=import_id, **more)
