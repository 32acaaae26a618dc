"""Settings: the index, and the practice itself. The other pages have files of their own beside this one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.errors import Problem
from app.extensions import db
from app.navigation import url_if
from app.settings import actions, queries
from app.settings.forms import ClientSyncForm, CompanyForm, PatternForm
from app.sync.contacts.fields import FIELDS

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.get("")
def index() -> ResponseReturnValue:
    practice = queries.the_company_row()
    return render_template(
        "settings/index.html",
        practice=practice,
        locale=actions.LOCALES.get(practice.locale, practice.locale),
        example=queries.example_job_name(practice.job_name_pattern),
        offices=[office.name for office in queries.list_offices() if office.active],
        people=sum(person.active for person in queries.list_people()),
        connection=queries.live_connection(),
        visits=queries.list_visits()[0][:1],
    )


@bp.route("/practice", methods=["GET", "POST"])
def company() -> ResponseReturnValue:
    form = CompanyForm(obj=queries.the_company_row())
    if not form.is_submitted():
        return _company(form)
    try:
        actions.change_company(form.details())
    except Problem as problem:
        status = form.show(problem)
        return _company(form), status
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for("settings.index"))


def _company(form: CompanyForm) -> str:
    return render_template(
        "settings/company.html",
        form=form,
        connection=queries.live_connection(),
        least=actions.LEAST_LOG_DAYS,
        most=actions.MOST_LOG_DAYS,
    )


@bp.route("/job-names", methods=["GET", "POST"])
def job_names() -> ResponseReturnValue:
    form = PatternForm(data={"pattern": queries.the_company_row().job_name_pattern})
    if not form.is_submitted():
        return _job_names(form)
    try:
        changed = actions.change_job_name_pattern(form.pattern.data or "")
    except Problem as problem:
        status = form.show(problem)
        return _job_names(form), status
    if request.form.get("do") == "try":
        # Only the example was asked for: nothing is kept.
        db.session.rollback()
        return _job_names(form)
    db.session.commit()
    flash(f"New jobs are named like “{queries.example_job_name(changed.job_name_pattern)}”.", "success")
    return redirect(url_for("settings.index"))


def _job_names(form: PatternForm) -> str:
    example = None if form.errors else queries.example_job_name(form.pattern.data or "")
    return render_template("settings/job_names.html", form=form, example=example)


@bp.route("/client-sync", methods=["GET", "POST"])
def client_sync() -> ResponseReturnValue:
    """What travels between clients here and contacts in Xero, and who decides when both sides changed."""
    company = queries.the_company_row()
    form = ClientSyncForm(obj=company)
    if not form.is_submitted():
        form.offer(company.contact_rules)
        return render_template("settings/client_sync.html", form=form, fields=FIELDS)
    try:
        actions.change_client_sync(
            create_contacts=bool(form.create_contacts.data),
            push_new_clients=bool(form.push_new_clients.data),
            push_client_changes=bool(form.push_client_changes.data),
            contact_groups=form.contact_groups.data or "off",
            rules=form.rules(),
        )
    except Problem as problem:
        status = form.show(problem)
        return render_template("settings/client_sync.html", form=form, fields=FIELDS), status
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_if("contacts.agreement") or url_for("settings.index"))


from app.settings import alerts, offices, people, people_clients, second_factor  # noqa: E402, F401  they share this blueprint
