"""The staff's pages of documents."""

from app.documents.routes import asking, deciding, erasing, listing, lists, page, uploading
from app.documents.routes.blueprint import bp

__all__ = ["asking", "bp", "deciding", "erasing", "listing", "lists", "page", "uploading"]
