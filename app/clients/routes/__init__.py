"""The pages of clients."""

from app.clients.routes import bulk, files, listing, merging, page, tag_list, tags, writing
from app.clients.routes.blueprint import bp

__all__ = ["bp", "bulk", "files", "listing", "merging", "page", "tag_list", "tags", "writing"]
