"""Where the handlers of this room are registered."""

from flask import Blueprint

bp = Blueprint("requests", __name__, url_prefix="/requests")
