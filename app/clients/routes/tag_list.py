"""The practice's tags: where each is used, another name, gone."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from app.auth.viewer import the_viewer
from app.clients import tag_changes
from app.clients.forms import TagDeleteForm, TagForm
from app.clients.routes.blueprint import bp
from app.errors import Problem
from app.extensions import db


@bp.get("/tags")
def tags() -> ResponseReturnValue:
    """Every tag, with how many clients have it and its contact group."""
    rows, setting = tag_changes.tags_in_use(), tag_changes.group_setting()
    return render_template("clients/tags.html", rows=rows, setting=setting)


def _find(tag_id: UUID) -> Row[Any]:
    return tag_changes.one_in_use(tag_id) or abort(404)


@bp.route("/tags/<uuid:tag_id>", methods=["GET", "POST"])
def tag_rename(tag_id: UUID) -> ResponseReturnValue:
    """Form: tag, its new name."""
    row, form = _find(tag_id), TagForm()
    if not form.is_submitted():
        form.tag.data = row.name
        return _rename_page(row, form)
    try:
        name = tag_changes.rename(tag_id, form.tag.data, the_viewer().name)
    except Problem as problem:
        status = form.show(problem)
        return _rename_page(row, form), status
    db.session.commit()
    flash(f"The tag is called “{name}” now.", "success")
    return redirect(url_for(".tags"))


def _rename_page(row: Row[Any], form: TagForm) -> str:
    return render_template("clients/tag_rename.html", tag=row, form=form, setting=tag_changes.group_setting())


@bp.route("/tags/<uuid:tag_id>/delete", methods=["GET", "POST"])
def tag_delete(tag_id: UUID) -> ResponseReturnValue:
    """What it means; sent, it is done. Form: group (keep or delete), where it has one in Xero."""
    row, form = _find(tag_id), TagDeleteForm()
    if not form.is_submitted():
        form.group.data = tag_changes.KEEP
        return _delete_page(row, form)
    try:
        tag_changes.remove(tag_id, form.group.data or "", the_viewer().name)
    except Problem as problem:
        status = form.show(problem)
        return _delete_page(row, form), status
    db.session.commit()
    flash(f"The tag “{row.name}” is deleted.", "success")
    return redirect(url_for(".tags"))


def _delete_page(row: Row[Any], form: TagDeleteForm) -> str:
    setting = tag_changes.group_setting()
    form.group.choices = [(tag_changes.KEEP, "It stays in Xero, and is not compared any more")]
    if setting == "both":
        form.group.choices.append((tag_changes.DELETE, "It is deleted in Xero as well; its contacts stay"))
    asked = setting != "off" and row.group_state == "live"
    return render_template("clients/tag_delete.html", tag=row, form=form, setting=setting, asked=asked)
