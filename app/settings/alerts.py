"""Settings → Alerts: whether admins are written to when work with Xero needs somebody, and what they were told."""

from collections.abc import Iterable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row, select

from app.audit import record as audit
from app.companies import locked_company
from app.extensions import db
from app.models import Alert
from app.settings import queries
from app.settings.forms import AlertsForm
from app.settings.routes import bp

SHOWN = 20


def change_alerts(*, mails: bool) -> None:
    company = locked_company()
    company.alert_mails = mails
    audit.changed("practice.changed", company)


def told_lately() -> list[Row[Any]]:
    """The latest alerts, newest first. Row: created_at, title, sentence, mails."""
    rows: Iterable[Row[Any]] = db.session.execute(
        select(Alert.created_at, Alert.title, Alert.sentence, Alert.mails)
        .order_by(Alert.created_at.desc(), Alert.id)
        .limit(SHOWN)
    )
    return list(rows)


@bp.route("/alerts", methods=["GET", "POST"])
def alerts() -> ResponseReturnValue:
    form = AlertsForm(data={"alert_mails": queries.the_company_row().alert_mails})
    if not form.is_submitted():
        return render_template("settings/alerts.html", form=form, told=told_lately())
    change_alerts(mails=bool(form.alert_mails.data))
    db.session.commit()
    flash("Saved.", "success")
    return redirect(url_for("settings.index"))
