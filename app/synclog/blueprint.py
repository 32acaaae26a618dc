"""The room's one blueprint."""

from flask import Blueprint

bp = Blueprint("sync", __name__, url_prefix="/sync")
