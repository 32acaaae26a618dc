"""The pages of invoices."""

from app.invoices.routes import billing, listing, moves, page, sending, writing
from app.invoices.routes.blueprint import bp

__all__ = ["billing", "bp", "listing", "moves", "page", "sending", "writing"]
