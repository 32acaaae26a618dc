"""Settings → Xero → Documents: whether accepted documents are filed in Xero, where, and under what name."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from wtforms import BooleanField, StringField

from app.audit import record as audit
from app.auth.viewer import the_viewer
from app.checks import Checks
from app.companies import locked_company
from app.errors import Problem, WrongState
from app.extensions import db
from app.forms import PageForm
from app.integrations import consent, queries
from app.integrations.blueprint import bp
from app.models import Client, Company, Document
from app.sync import files
from app.sync.files import naming
from app.sync.files.planning import CALLS_EACH, MOST_AT_ONCE

PAGE = "/settings/integrations/xero/documents"
_WORDS = ("client", "type", "year")


class FilingForm(PageForm):
    push_documents = BooleanField("File accepted documents in Xero")
    document_folder = StringField("Folder in Xero Files")
    document_folder_yearly = BooleanField("A folder for each tax year")
    document_name_pattern = StringField("Names of the files")


@dataclass(frozen=True)
class Wishes:
    """What an admin wants, checked."""

    push: bool
    folder: str
    yearly: bool
    pattern: str


@bp.route(PAGE, methods=["GET", "POST"])
def filing() -> ResponseReturnValue:
    """The settings. `do`: try (show an example), save, or file and only, which come from the check before switching
    on."""
    company = db.session.scalars(select(Company)).one()
    form = FilingForm(obj=company)
    if not form.is_submitted():
        return _page(form, company)
    try:
        wishes = _checked(form)
    except Problem as problem:
        status = form.show(problem)
        return _page(form, company), status
    do = request.form.get("do", "save")
    if do == "try":
        return _page(form, company, naming_like(wishes.pattern))
    waiting = files.waiting_to_be_filed()
    if do == "save" and wishes.push and not company.push_documents and waiting:
        return _before_switching_on(wishes, waiting)
    planned = _save(wishes, file_them=do == "file")
    db.session.commit()
    flash(f"Saved. {planned:,} documents are being filed." if planned else "Saved.", "success")
    return redirect(url_for("integrations.filing"))


@bp.post(f"{PAGE}/again")
def file_again() -> ResponseReturnValue:
    """File all that failed or was skipped."""
    if not locked_company().push_documents:
        raise WrongState("Filing in Xero is switched off. Switch it on first.")
    planned = files.push_all_again(the_viewer().name)
    _tell(planned)
    db.session.commit()
    flash(
        f"{planned:,} documents are being filed." if planned else "There is nothing left to file.", "success"
    )
    return redirect(url_for("integrations.filing"))


def _checked(form: FilingForm) -> Wishes:
    checks = Checks()
    folder = checks.required(
        "document_folder", form.document_folder.data, "The folder’s name", naming.LONGEST
    )
    pattern = checks.required("document_name_pattern", form.document_name_pattern.data, "The pattern", 200)
    if folder and naming.plain(folder, "") != folder:
        checks.wrong(
            "document_folder",
            "Use letters without accents, figures, spaces and - _ . only.",
        )
    if pattern and (unknown := naming.unknown_words(pattern)):
        known = ", ".join(f"{{{word}}}" for word in _WORDS)
        checks.wrong("document_name_pattern", f"Countinghouse does not know {unknown}. Use only {known}.")
    checks.finish()
    return Wishes(bool(form.push_documents.data), folder, bool(form.document_folder_yearly.data), pattern)


def naming_like(pattern: str) -> str:
    """What the newest document would be called; before there is one, the first client's bank statements."""
    newest = db.session.scalar(select(Document).order_by(Document.created_at.desc(), Document.id).limit(1))
    client = newest.client if newest else db.session.scalar(select(Client).order_by(Client.number).limit(1))
    name, number = (client.name, client.number) if client else ("Harbour Cafe", "C1")
    if newest is None:
        return f"{naming.filled(pattern, name, number, 'Bank statements', 2026)}.pdf"
    return f"{naming.filled(pattern, name, number, newest.doc_type, newest.tax_year)}.{newest.extension}"


def _save(wishes: Wishes, *, file_them: bool) -> int:
    company = locked_company()
    company.push_documents, company.document_folder = wishes.push, wishes.folder
    company.document_folder_yearly, company.document_name_pattern = wishes.yearly, wishes.pattern
    audit.changed("practice.changed", company)
    planned = files.push_all_again(the_viewer().name) if file_them and wishes.push else 0
    _tell(planned)
    return planned


def _tell(planned: int) -> None:
    if planned:
        subject = audit.Subject("operation", None, "Documents for Xero Files")
        audit.record("operation.planned", subject, None, {"count": planned})


def _before_switching_on(wishes: Wishes, waiting: int) -> str:
    return render_template(
        "integrations/filing_check.html",
        wishes=wishes,
        waiting=waiting,
        calls=min(waiting, MOST_AT_ONCE) * CALLS_EACH,
        most=MOST_AT_ONCE,
        example=naming_like(wishes.pattern),
    )


def _page(form: FilingForm, company: Company, example: str | None = None) -> str:
    connection = queries.latest_connection()
    live = connection is not None and connection.is_live
    grant = queries.grant_of(connection) if connection and connection.grant_id else None
    missing = consent.not_granted(grant.scopes.split()) if grant and company.push_documents else []
    return render_template(
        "integrations/filing.html",
        form=form,
        on=company.push_documents,
        live=live,
        needs_consent=any(scope.name == "files" for scope in missing),
        waiting=files.waiting_to_be_filed() if company.push_documents else 0,
        calls_each=CALLS_EACH,
        example=example or ("" if form.errors else naming_like(form.document_name_pattern.data or "")),
    )
