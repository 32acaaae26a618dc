"""Sending invoices to Xero: check what will happen, then press; one or many. And taking one back in time."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.viewer import the_company, the_viewer
from app.documents.asking import today_of
from app.errors import Problem
from app.extensions import db
from app.forms import NO_ID, as_id
from app.invoices import preview, queries, sending, words
from app.invoices.filters import read_filters
from app.invoices.routes.blueprint import bp
from app.invoices.routes.page import find, show
from app.models import Invoice

NAMED = 20
"""How many invoices that were left as they are a message names; the page before it has named them all."""


def revision_seen() -> int:
    """The revision that the page showed; 0, which none is, for what is no number."""
    text = request.form.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def picked(name: str) -> list[UUID]:
    """The ids of a form's field, those left out that are none."""
    return [one for text in request.form.getlist(name) if (one := as_id(text)) and one != NO_ID]


@bp.get("/<uuid:invoice_id>/send")
def check_one(invoice_id: UUID) -> ResponseReturnValue:
    """What sending it would do; nothing is changed."""
    invoice = find(invoice_id)
    plan = preview.of_invoices([invoice.id])
    return render_template("invoices/check.html", plan=plan, invoice=invoice, words=words)


@bp.post("/<uuid:invoice_id>/send")
def send(invoice_id: UUID) -> ResponseReturnValue:
    """Form: revision."""
    return _done(invoice_id, sending.send, "It is on its way to Xero.")


@bp.post("/<uuid:invoice_id>/take-back")
def take_back(invoice_id: UUID) -> ResponseReturnValue:
    """Form: revision."""
    return _done(invoice_id, sending.take_back, "It was taken back before it was sent. It is a draft again.")


def _done(invoice_id: UUID, act: Callable[..., Invoice], said: str) -> ResponseReturnValue:
    invoice = find(invoice_id)
    try:
        act(invoice, revision_seen(), the_viewer())
    except Problem as problem:
        return show(invoice, problem)
    db.session.commit()
    flash(said, "success")
    return redirect(url_for(".page", invoice_id=invoice_id))


@bp.post("/send")
def check_many() -> ResponseReturnValue:
    """What sending these would do; nothing is changed. Form: invoices, or all_matching with the list’s filters."""
    try:
        plan = preview.of_invoices(_chosen_ids())
    except Problem as problem:
        return _back(problem)
    return render_template("invoices/check.html", plan=plan, invoice=None, words=words)


def _chosen_ids() -> list[UUID]:
    if request.form.get("all_matching"):
        return queries.matching_ids(read_filters(request.form, today_of(the_company())), sending.MOST + 1)
    return picked("invoices")


@bp.post("/send/confirmed")
def send_many() -> ResponseReturnValue:
    """Form: invoices (their ids)."""
    try:
        result = sending.send_many(picked("invoices"), the_viewer())
    except Problem as problem:
        return _back(problem)
    at = next((one.asked_at for one in result.asked if one.asked_at), None)
    db.session.commit()
    tell_refused(result.refused)
    return redirect(url_for(".sent", asked=at.isoformat()) if at else url_for(".index"))


def tell_refused(refused: list[str]) -> None:
    for sentence in refused[:NAMED]:
        flash(sentence, "warning")
    if len(refused) > NAMED:
        flash(f"{len(refused) - NAMED} more were left as they are, for the same reasons.", "warning")


def _back(problem: Problem) -> ResponseReturnValue:
    said = " ".join(sentences[0] for sentences in problem.fields.values()) or problem.message
    db.session.rollback()
    flash(f"{said} Nothing was changed.", "error")
    return redirect(url_for(".index"))
