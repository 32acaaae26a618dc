"""Whose portal it is."""

from uuid import UUID

from flask import Blueprint, abort

from app.auth.viewer import the_viewer

bp = Blueprint("portal", __name__, url_prefix="/portal")


def own_client_id() -> UUID:
    # The membership decides whose portal this is; nothing that is sent can say otherwise.
    return the_viewer().client_id or abort(404)
