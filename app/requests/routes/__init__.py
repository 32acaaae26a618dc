"""The pages of service requests."""

from app.requests.routes import bulk, listing, moves, page, writing
from app.requests.routes.blueprint import bp

__all__ = ["bp", "bulk", "listing", "moves", "page", "writing"]
