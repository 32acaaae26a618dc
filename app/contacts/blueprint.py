"""The blueprint of the room; its modules hang their routes on it."""

from flask import Blueprint

bp = Blueprint("contacts", __name__)
