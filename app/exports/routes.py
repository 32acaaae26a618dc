"""Settings → Take everything along: an export of all that the practice has, for its own admin."""

from pathlib import Path

from flask import Blueprint, Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from app.audit.record import Actor
from app.auth.viewer import the_company, the_viewer
from app.errors import Problem
from app.exports import actions, queries
from app.extensions import db
from app.models import now

bp = Blueprint("exports", __name__, url_prefix="/settings/export")


@bp.get("")
def index() -> ResponseReturnValue:
    """What is exported, how it stands, and the file."""
    newest, ready = queries.exports_shown()
    return render_template("exports/index.html", newest=newest, ready=ready)


@bp.post("")
def begin() -> ResponseReturnValue:
    company_id = the_company().id
    try:
        export_id = actions.ask(_acting()).id
    except Problem as problem:
        return _not_done(problem)
    db.session.commit()
    actions.ring(company_id, export_id)
    return redirect(url_for("exports.index"))


@bp.post("/download")
def download() -> ResponseReturnValue:
    """The file, streamed. A form that posts: a visit that only reads takes nothing along, nor does another site."""
    name = the_company().name
    try:
        path = actions.downloaded(_acting())
    except Problem as problem:
        return _not_done(problem)
    db.session.commit()
    return as_download(path, name)


def _not_done(problem: Problem) -> ResponseReturnValue:
    db.session.rollback()
    flash(problem.message, "warning")
    return redirect(url_for("exports.index"))


def _acting() -> Actor:
    viewer = the_viewer()
    return Actor(viewer.user_id, viewer.name, viewer.role, viewer.entry.id if viewer.entry else None)


def as_download(path: Path, practice: str) -> Response:
    """The file as an attachment named after the practice and the day, read from the disk piece by piece."""
    words = "".join(letter if letter.isalnum() else " " for letter in practice).split()
    name = f"{'-'.join(words) or 'practice'}-{now():%Y-%m-%d}.zip"
    response = send_file(path, "application/zip", as_attachment=True, download_name=name, conditional=False)
    response.headers["Cache-Control"] = "no-store"
    return response
