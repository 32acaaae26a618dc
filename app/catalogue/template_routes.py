"""Job templates: the list and the form. Part of the blueprint `services`."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.catalogue import job_templates, queries
from app.catalogue.forms import FIRST_TASKS, JobTemplateForm, empty_line, is_empty, rearranged
from app.catalogue.routes import bp
from app.errors import Problem, WrongState
from app.extensions import db
from app.models import JobTemplate


def _found(template_id: UUID) -> JobTemplate:
    return queries.find_template(template_id) or abort(404)


@bp.get("/templates")
def templates() -> ResponseReturnValue:
    return _list()


def _list(problem: Problem | None = None) -> ResponseReturnValue:
    shown = render_template("services/templates.html", rows=queries.list_templates(), problem=problem)
    return shown, (problem.status if problem else 200)


@bp.route("/templates/new", methods=["GET", "POST"])
def template_new() -> ResponseReturnValue:
    if request.method == "GET":
        return _form(JobTemplateForm.with_lines("", [empty_line() for _ in range(FIRST_TASKS)]), None)
    return _take(JobTemplateForm(), None)


@bp.route("/templates/<uuid:template_id>/edit", methods=["GET", "POST"])
def template_edit(template_id: UUID) -> ResponseReturnValue:
    template = _found(template_id)
    if request.method == "GET":
        return _form(JobTemplateForm.of(template), template)
    return _take(JobTemplateForm(), template)


def _form(form: JobTemplateForm, template: JobTemplate | None) -> str:
    return render_template("services/template_form.html", form=form, template=template)


def _take(form: JobTemplateForm, template: JobTemplate | None) -> ResponseReturnValue:
    wish = request.form.get("do", "save")
    if wish != "save":
        # Adding and moving lines is a round trip without JavaScript: nothing is saved by it.
        return _form(JobTemplateForm.with_lines(form.name.data or "", rearranged(form.lines, wish)), template)
    name, lines = form.name.data or "", [line for line in form.lines if not is_empty(line)]
    try:
        if template is None:
            job_templates.create_template(name, lines)
        else:
            job_templates.edit_template(template, name, lines)
    except Problem as problem:
        # Without the empty lines, so that a problem's place is the line it stands at.
        form = JobTemplateForm.with_lines(name, lines or [empty_line()])
        status = form.show(problem)
        return _form(form, template), status
    db.session.commit()
    flash("Saved. Jobs that are in Xero already stay as they are.", "success")
    return redirect(url_for("services.templates"))


@bp.post("/templates/<uuid:template_id>/deactivate")
def template_deactivate(template_id: UUID) -> ResponseReturnValue:
    template = _found(template_id)
    try:
        job_templates.deactivate_template(template)
    except WrongState as problem:
        return _list(problem)
    db.session.commit()
    flash(f"{template.name} is no longer offered for services.", "success")
    return redirect(url_for("services.templates"))


@bp.post("/templates/<uuid:template_id>/activate")
def template_activate(template_id: UUID) -> ResponseReturnValue:
    template = _found(template_id)
    try:
        job_templates.activate_template(template)
    except WrongState as problem:
        return _list(problem)
    db.session.commit()
    flash(f"{template.name} is offered again.", "success")
    return redirect(url_for("services.templates"))
