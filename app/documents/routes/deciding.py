"""Accepting, rejecting, and filing again: one from its page, many from the list."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.audit import record as audit
from app.auth.viewer import the_company, the_viewer
from app.documents import deciding, queries
from app.documents.forms import RejectForm
from app.documents.routes.blueprint import bp
from app.documents.routes.page import find, show
from app.errors import Problem
from app.extensions import db
from app.forms import NO_ID, as_id
from app.sync import files

NAMED = 10
"""How many documents that were left as they are a message names."""


@bp.post("/<uuid:document_id>/accept")
def accept(document_id: UUID) -> ResponseReturnValue:
    """Form: seen, the state that the page showed; next (1): go on to the next one to check."""
    document = find(document_id)
    try:
        document = deciding.accept(document, the_viewer(), request.form.get("seen"))
    except Problem as problem:
        return show(document, problem)
    said = f"“{document.name}” is accepted."
    return _decided(
        document_id, said if document.push_state != "pending" else f"{said} It is filed in Xero now."
    )


@bp.post("/<uuid:document_id>/reject")
def reject(document_id: UUID) -> ResponseReturnValue:
    """Form: reason, seen, next."""
    document, form = find(document_id), RejectForm()
    try:
        mails = deciding.reject(
            document, form.reason.data or "", the_company(), the_viewer(), request.form.get("seen")
        )
    except Problem as problem:
        return show(document, problem, form if problem.fields else None)
    return _decided(document_id, f"“{document.name}” was sent back. {_told(mails)}")


def _decided(document_id: UUID, said: str) -> ResponseReturnValue:
    db.session.commit()
    flash(said, "success")
    following = queries.next_to_check(find(document_id)) if request.form.get("next") else None
    return redirect(url_for(".page", document_id=following or document_id))


@bp.post("/decide")
def decide_many() -> ResponseReturnValue:
    """Form: documents, decision (accept or reject), reason."""
    ids = {one for text in request.form.getlist("documents") if (one := as_id(text)) not in {None, NO_ID}}
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "")
    try:
        result = deciding.decide_many(
            {one for one in ids if one}, decision, reason, the_company(), the_viewer()
        )
    except Problem as problem:
        db.session.rollback()
        said = " ".join(sentences[0] for sentences in problem.fields.values()) or problem.message
        flash(f"{said} Nothing was changed.", "error")
        return redirect(url_for(".index"))
    db.session.commit()
    _tell(result, decision)
    return redirect(url_for(".index"))


def _tell(result: deciding.Result, decision: str) -> None:
    count = len(result.done)
    what = "1 document was" if count == 1 else f"{count} documents were"
    if count and decision == deciding.ACCEPT:
        flash(f"{what} accepted.", "success")
    elif count:
        flash(f"{what} sent back. {_told(result.mails)}", "success")
    for sentence in result.refused[:NAMED]:
        flash(sentence, "warning")
    if len(result.refused) > NAMED:
        flash(f"{len(result.refused) - NAMED} more were left as they are.", "warning")


def _told(mails: int) -> str:
    if not mails:
        return "Nobody looks at the client’s portal yet, so no mail was sent: tell them, or invite them."
    return "The client is told why." if mails == 1 else f"{mails} people are told why."


@bp.post("/<uuid:document_id>/push")
def push(document_id: UUID) -> ResponseReturnValue:
    """File it in Xero: now, or once more."""
    document = find(document_id)
    try:
        files.push_again(document, the_viewer().name)
    except Problem as problem:
        return show(document, problem)
    audit.record("document.pushed", document)
    waits, why = document.push_state == "skipped", document.push_error
    db.session.commit()
    if waits:
        flash(why or "It is not filed.", "warning")
    else:
        flash("It is on its way to Xero.", "success")
    return redirect(url_for(".page", document_id=document_id))


@bp.post("/push")
def push_all() -> ResponseReturnValue:
    """File all that failed or were never sent."""
    try:
        count = files.push_all_again(the_viewer().name)
    except Problem as problem:
        db.session.rollback()
        flash(problem.message, "warning")
        return redirect(url_for(".everything", filed="stuck"))
    db.session.commit()
    what = "1 document is" if count == 1 else f"{count} documents are"
    flash(f"{what} on the way to Xero." if count else "There is nothing to file.", "success")
    return redirect(url_for(".everything", filed="moving"))
