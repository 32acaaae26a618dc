"""Where the handlers of this room are registered."""

from flask import Blueprint

bp = Blueprint("clients", __name__, url_prefix="/clients")
