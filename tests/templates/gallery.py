"""A small application that shows every component in every state, for the browser tests and for people's eyes.

`python -m tests.templates.gallery` serves it at http://localhost:8200.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from flask import Flask, abort, flash, redirect, render_template, request
from flask_wtf import CSRFProtect, FlaskForm
from werkzeug.exceptions import HTTPException
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    FileField,
    PasswordField,
    RadioField,
    SelectField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Email, InputRequired

from app.charts import sparkline, weekly_bars
from app.templating import init_templating

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
NOW = datetime(2026, 11, 19, 22, 41, tzinfo=UTC)
ENDPOINTS = {
    "dashboard.index": "/",
    "requests.index": "/requests",
    "clients.index": "/clients",
    "services.index": "/services",
    "sync.causes": "/stuck",
    "sync.index": "/sync-log",
    "integrations.xero": "/settings/xero",
    "integrations.staff": "/settings/staff",
    "integrations.service_mapping": "/settings/service-mapping",
    "settings.index": "/settings",
    "platform.index": "/practices",
    "portal.index": "/portal",
    "help.index": "/help",
}


@dataclass(frozen=True)
class Company:
    id: int = 1
    name: str = "ABC Accounting"
    time_zone: str = "Australia/Sydney"
    currency: str = "AUD"
    locale: str = "en_AU"


@dataclass(frozen=True)
class Entry:
    reason: str = "Ticket 4182: jobs not appearing after reconnect"
    until: datetime = NOW + timedelta(minutes=50)
    writes: bool = False


@dataclass(frozen=True)
class Viewer:
    name: str = "Alice Carter"
    email: str = "admin@abc.test"
    role: str | None = "admin"
    theme: str = "auto"
    shortcuts: bool = True
    super_admin: bool = False
    company: Company | None = field(default_factory=Company)
    entry: Entry | None = None


class RequestForm(FlaskForm):  # type: ignore[misc]
    client = SelectField(
        "Client", choices=[SelectChoice("", "Choose a client"), SelectChoice("1", "Harbour Cafe Pty Ltd")]
    )
    email = EmailField(
        "E-mail", validators=[InputRequired("Enter an e-mail address"), Email("Enter an e-mail")]
    )
    password = PasswordField("Password")
    estimate = DecimalField("Estimate", validators=[InputRequired("Enter the estimate, for example 450.00")])
    due_on = DateField("Due date", validators=[InputRequired("Enter a date that is still to come")])
    notes = TextAreaField("Notes")
    file = FileField("Engagement letter")
    kind = RadioField(
        "How should we reach them?",
        choices=[SelectChoice("mail", "By e-mail"), SelectChoice("portal", "In the portal")],
        validators=[InputRequired("Choose how we should reach them")],
    )
    urgent = BooleanField("Put it in front of the queue")


CAST = [
    ("SR-1042", "Harbour Cafe Pty Ltd", "BAS", "Jane Doe", "in_progress", "done", "520.00", -3),
    ("SR-1041", "Nguyen Family Trust", "Individual Tax Return", None, "new", None, "380.00", 0),
    ("SR-1039", "Bluegum Landscaping", "Company Tax", "Mike Brown", "assigned", "failed", "1450.00", 1),
    ("SR-1037", "R. Okafor", "Individual Tax Return", "Sarah Lee", "assigned", "running", "380.00", 4),
    ("SR-1036", "Sunrise Dental Group", "BAS", "Jane Doe", "waiting_on_client", "waiting", "610.00", 6),
    ("SR-1033", "Lantern Books", "Bookkeeping", "Mike Brown", "assigned", "queued", "240.00", 12),
    ("SR-1030", "P. Castellano", "Company Tax", "Sarah Lee", "completed", "done", "1280.00", 21),
    ("SR-1028", "Kestrel Freight Pty Ltd", "Advisory", "Jane Doe", "cancelled", "cancelled", "2200.00", 30),
]


def rows(times: int = 1) -> list[dict[str, Any]]:
    names = ("reference", "client", "service", "assignee", "status", "operation", "estimate", "days")
    found = [dict(zip(names, one, strict=True)) for one in CAST * times]
    today = date(2026, 11, 20)
    return [
        one
        | {
            "id": index,
            "due_on": today + timedelta(days=one["days"]),
            "estimate": Decimal(one["estimate"]),
            "kind": {"failed": "bad", "waiting": "warn"}.get(one["operation"]),
        }
        for index, one in enumerate(found, start=1)
    ]


def chart() -> Any:
    made = [9, 14, 11, 16, 12, 19, 15, 21, 17, 22, 18, 13]
    stuck = [1, 0, 2, 0, 0, 3, 1, 0, 4, 1, 0, 2]
    monday = date(2026, 8, 31)
    weeks = [(monday + timedelta(weeks=n), pair) for n, pair in enumerate(zip(made, stuck, strict=True))]
    return weekly_bars("Requests by week", weeks, ["Finished", "Late"])


def viewer() -> Viewer | None:
    role, theme = request.args.get("role", "admin"), request.args.get("theme", "auto")
    people = {
        "admin": Viewer(theme=theme),
        "accountant": Viewer("Jane Doe", "jane@abc.test", "accountant", theme),
        "client": Viewer("Grace Harbour", "client@abc.test", "client", theme),
        "super": Viewer(
            "Robin Vale", "super@countinghouse.test", "super", theme, super_admin=True, entry=Entry()
        ),
        "outside": Viewer(
            "Robin Vale", "super@countinghouse.test", None, theme, super_admin=True, company=None
        ),
    }
    return people.get(role)


def create_gallery() -> Flask:
    """The application; `?role=` and `?theme=` choose who looks and how."""
    app = Flask(__name__, template_folder="../../app/templates", static_folder=None)
    app.config.update(SECRET_KEY="gallery", WTF_CSRF_TIME_LIMIT=None)
    app.jinja_loader.searchpath.append(app.root_path)  # type: ignore[union-attr]
    CSRFProtect(app)
    init_templating(app)
    app.context_processor(
        lambda: {"viewer": viewer(), "demo": True, "rows": rows, "now": NOW, "chart": chart}
    )
    app.jinja_env.globals["sparkline"] = sparkline
    for endpoint, path in ENDPOINTS.items():
        app.add_url_rule(path, endpoint, page)
    app.add_url_rule("/theme", "auth.theme", lambda: redirect("/"), methods=["POST"])
    app.add_url_rule("/sign-out", "auth.sign_out", lambda: redirect("/"), methods=["POST"])
    app.add_url_rule("/leave", "platform.leave", lambda: redirect("/"), methods=["POST"])
    app.add_url_rule("/gallery/<name>", "gallery", page, methods=["GET", "POST"])
    app.add_url_rule("/error/<int:code>", "error", abort)
    app.register_error_handler(HTTPException, on_error)
    app.after_request(protect)
    return app


def page(name: str = "gallery") -> Any:
    form = RequestForm(meta={"csrf": False})
    status = 422 if request.method == "POST" and not form.validate() else 200
    if "flash" in request.args:
        flash("Assigned to Jane Doe. The job is on its way to Xero.", "success")
        flash("Xero did not answer. We try again at 9:45 am.", "warning")
    names = {"components", "list", "portal", "sign_in", "gallery"}
    return render_template(f"pages/{name}.html" if name in names else "pages/gallery.html", form=form), status


def on_error(error: HTTPException) -> Any:
    code = error.code or 500
    return render_template([f"errors/{code}.html", "errors/error.html"], status=code, message=None), code


def protect(response: Any) -> Any:
    response.headers["Content-Security-Policy"] = POLICY
    return response


if __name__ == "__main__":
    create_gallery().run(port=8200)
