"""What each service asks for."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.documents import lists, queries
from app.documents.forms import EMPTY, ListForm, rearranged
from app.documents.routes.blueprint import bp
from app.errors import Problem
from app.extensions import db
from app.models import Service
from app.navigation import url_if


@bp.get("/lists")
def document_lists() -> ResponseReturnValue:
    return render_template("documents/lists.html", rows=lists.lengths(), by_itself=lists.asks_by_itself())


@bp.post("/lists")
def ask_by_itself() -> ResponseReturnValue:
    """Form: by_itself (1), whether new requests ask at once."""
    wanted = request.form.get("by_itself") == "1"
    lists.ask_by_itself(wanted)
    db.session.commit()
    flash(
        "New requests ask for their documents at once from now on."
        if wanted
        else "Documents are asked for by hand from now on.",
        "success",
    )
    return redirect(url_for(".document_lists"))


@bp.route("/lists/<uuid:service_id>", methods=["GET", "POST"])
def document_list(service_id: UUID) -> ResponseReturnValue:
    service = queries.find_service(service_id) or abort(404)
    if request.method == "GET":
        rows = lists.list_of(service_id)
        form = ListForm.of(
            [{"doc_type": row.doc_type, "note": row.note or "", "required": row.required} for row in rows]
            or [EMPTY, EMPTY, EMPTY]
        )
        return _page(form, service)
    form, wish = ListForm(), request.form.get("do", "save")
    if wish != "save":
        # Adding and moving lines is a round trip without JavaScript: nothing is saved by it.
        return _page(ListForm.of(rearranged(form.written, wish)), service)
    try:
        lists.write_list(service, form.written)
    except Problem as problem:
        status = form.show(problem)
        return _page(form, service), status
    name = service.name
    db.session.commit()
    flash(f"Saved. The next requests of {name} ask for this.", "success")
    return redirect(_back(service_id))


def _page(form: ListForm, service: Service) -> str:
    return render_template("documents/list.html", form=form, service=service, back=_back(service.id))


def _back(service_id: UUID) -> str:
    return url_if("services.page", service_id=service_id) or url_for(".document_lists")
