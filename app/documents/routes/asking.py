"""Asking a client for documents, and taking an ask back."""

from datetime import date
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company, the_viewer
from app.documents import asking, queries, telling
from app.documents.forms import AskForm, typed_year
from app.documents.lists import list_of
from app.documents.routes.blueprint import bp
from app.errors import Problem
from app.extensions import db
from app.forms import as_id, typed_date
from app.models import Client, ServiceRequest
from app.navigation import url_if


@bp.route("/ask", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """Query: request, whose list is offered; or client, for anything else."""
    service_request = queries.find_request(as_id(request.args.get("request")))
    client = (
        service_request.client if service_request else queries.find_client(as_id(request.args.get("client")))
    )
    if client is None:
        abort(404)
    lines = list_of(service_request.service_id) if service_request else []
    form = _form(service_request, [str(line.id) for line in lines])
    form.offer(lines)
    if not form.is_submitted():
        return _page(form, client, service_request)
    try:
        asked = _ask(form, client, service_request)
    except Problem as problem:
        status = form.show(problem)
        return _page(form, client, service_request), status
    back = _back(client.id, service_request.id if service_request else None)
    said = _said(asked, client.name)
    db.session.commit()
    flash(said, "success" if asked.mails else "warning")
    return redirect(back)


def _form(service_request: ServiceRequest | None, line_ids: list[str]) -> AskForm:
    if request.method == "POST":
        return AskForm()
    due = asking.usual_due(the_company(), service_request)
    return AskForm(formdata=None, wanted=line_ids, due_on=due.isoformat())


def _ask(form: AskForm, client: Client, service_request: ServiceRequest | None) -> asking.Asked:
    due_on: date | None = typed_date(form.due_on.data, "due_on")
    return asking.ask(
        the_company(),
        client,
        form.documents(service_request),
        service_request=service_request,
        due_on=due_on,
        tax_year=typed_year(form.tax_year.data),
        note=form.note.data,
        by=the_viewer(),
    )


def _said(asked: asking.Asked, name: str) -> str:
    count = len(asked.asks)
    what = "1 document is" if count == 1 else f"{count} documents are"
    if not asked.mails:
        return f"{what} asked for. Nobody looks at {name}’s portal yet, so no mail was sent: invite somebody there."
    who = "1 person was" if asked.mails == 1 else f"{asked.mails} people were"
    return f"{what} asked for; {who} written to."


def _page(form: AskForm, client: Client, service_request: ServiceRequest | None) -> str:
    return render_template(
        "documents/ask.html",
        form=form,
        client=client,
        service_request=service_request,
        people=telling.people_of(client.id),
        invite=url_if("settings.client_people", client_id=client.id),
        types=queries.types_used(),
        back=_back(client.id, service_request.id if service_request else None),
    )


def _back(client_id: UUID, request_id: UUID | None) -> str:
    if request_id:
        return url_if("requests.page", request_id=request_id, _anchor="documents") or url_for(".missing")
    return url_if("clients.page", client_id=client_id, _anchor="documents") or url_for(".missing")


@bp.post("/asks/<uuid:ask_id>/withdraw")
def withdraw(ask_id: UUID) -> ResponseReturnValue:
    found = queries.find_ask(ask_id) or abort(404)
    back, name = _back(found.client_id, found.service_request_id), found.doc_type
    try:
        asking.withdraw(found, the_viewer())
    except Problem as problem:
        db.session.rollback()
        flash(problem.message, "warning")
        return redirect(back)
    db.session.commit()
    flash(f"“{name}” is no longer asked for.", "success")
    return redirect(back)
