"""Help: words, keys, whom to ask. The same address on every page, also before signing in."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.auth.viewer import current_viewer

bp = Blueprint("help", __name__)


@bp.get("/help")
def index() -> ResponseReturnValue:
    viewer = current_viewer()
    role = viewer.role if viewer and viewer.company else None
    layout = "portal" if role == "client" else "app" if role else "plain"
    return render_template("help/index.html", layout=layout, role=role)
