"""The page of one document, and its bytes."""

from uuid import UUID

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company
from app.documents import queries, serving, words
from app.documents.asking import today_of
from app.documents.forms import RejectForm
from app.documents.routes.blueprint import bp
from app.documents.scanning import may_be_accepted
from app.errors import Problem
from app.extensions import db
from app.models import Document


def find(document_id: UUID) -> Document:
    """The document of this company; 404 for another's, exactly as for one that does not exist."""
    return queries.find_document(document_id) or abort(404)


@bp.get("/<uuid:document_id>")
def page(document_id: UUID) -> ResponseReturnValue:
    return show(find(document_id))


def show(
    document: Document, problem: Problem | None = None, form: RejectForm | None = None
) -> ResponseReturnValue:
    """The document's page; with a problem at the reason's field, or above everything."""
    document_id = document.id
    if problem is not None:
        db.session.rollback()
        # Somebody else may have changed it meanwhile: what is shown is what is so now.
        db.session.expire_all()
        document = find(document_id)
    status = form.show(problem) if problem and form else problem.status if problem else 200
    return render_template(
        "documents/page.html",
        document=document,
        shown=serving.may_be_shown(document.mime_type) and document.storage_key is not None,
        is_pdf=document.mime_type == serving.PDF,
        acceptable=may_be_accepted(document.scan_state),
        xero_url=queries.contact_in_xero(document),
        history=queries.history_of(document.id),
        following=queries.next_to_check(document),
        form=form or RejectForm(formdata=None),
        problem=None if form else problem,
        today=today_of(the_company()),
        words=words,
    ), status


@bp.get("/<uuid:document_id>/content")
def content(document_id: UUID) -> ResponseReturnValue:
    """The bytes for the page's picture or frame."""
    return serving.shown(find(document_id))


@bp.get("/<uuid:document_id>/download")
def download(document_id: UUID) -> ResponseReturnValue:
    return serving.downloaded(find(document_id))
