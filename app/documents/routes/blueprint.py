"""Where the handlers of this room are registered."""

from flask import Blueprint

bp = Blueprint("documents", __name__, url_prefix="/documents")
