"""Where the handlers of this room are registered."""

from flask import Blueprint

bp = Blueprint("invoices", __name__, url_prefix="/invoices")
