"""The console's JSON side, under ``/_console/``: tokens for scripts, faults, limits, clock, seed, state."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, make_response, request

from simulator.accounting.invoice_lines import number
from simulator.accounting.tax_rates import new_tax_rate
from simulator.console.report import state_report
from simulator.core import simulator
from simulator.identity import tokens
from simulator.identity.consent import owner
from simulator.reply import json_bytes
from simulator.seed import ensure_organisation
from simulator.seed_size import add_contacts, add_invoices

blueprint = Blueprint("switches", __name__, url_prefix="/_console")
DEFAULT_SCOPES = [
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.contacts",
    "accounting.settings",
    "accounting.invoices",
    "accounting.payments",
    "accounting.attachments",
    "projects",
    "files",
]
PRACTICE_SCOPES = ["openid", "profile", "email", "offline_access", "practicemanager"]


@blueprint.before_request
def refuse_other_sites() -> None:
    """A page of another site must not press the switches."""
    if request.method != "GET" and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


def _json(data: Any, status: int = 200) -> Response:
    response = make_response(json_bytes(data), status)
    response.content_type = "application/json"
    return response


def _sent() -> dict[str, Any]:
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def _refuse(sentence: str, status: int = 400) -> Response:
    return _json({"error": sentence}, status)


@blueprint.get("/health")
def health() -> Response:
    """Up and answering; light, however much is held."""
    return _json({"ok": True})


@blueprint.get("/state")
def state() -> Response:
    """Everything; ``?ledger=N`` keeps the newest N calls only, ``?since=N`` those numbered above N."""
    newest, since = request.args.get("ledger", type=int), request.args.get("since", 0, type=int)
    return _json(state_report(simulator(), newest=newest, since=since))


@blueprint.get("/ledger")
def ledger() -> Response:
    """The calls alone; ``?since=N`` and ``?organisation=name`` narrow them."""
    since, organisation = request.args.get("since", 0, type=int), request.args.get("organisation")
    return _json(simulator().ledger.lines(since=since, organisation=organisation))


@blueprint.post("/token")
def token() -> Response:
    """Connect an organisation without a browser: ``{"organisation", "scopes"?, "person"? (e-mail)}``.

    Answers a token set with ``tenant_id``, ``connection_id`` and ``auth_event_id``. Scopes given are
    granted exactly, not added to earlier ones.
    """
    app, sent = simulator(), _sent()
    organisation = app.state.organisation_named(sent.get("organisation"))
    if organisation is None:
        return _refuse(f"There is no organisation named {sent.get('organisation')!r}.", 404)
    person = owner(organisation)
    if email := sent.get("person"):
        found = [user for user in organisation.table("users").all() if user["EmailAddress"] == email]
        if not found:
            return _refuse(f"{email} is not a user of {organisation.name}.", 404)
        person = found[0]
    practice = organisation.record["TenantType"] == "PRACTICEMANAGER"
    scopes = sent.get("scopes") or (PRACTICE_SCOPES if practice else DEFAULT_SCOPES)
    if isinstance(scopes, str):
        scopes = scopes.split()
    with app.state.change():
        grant = tokens.consent(app, app.registered_app.client_id, person["UserID"], organisation.id, scopes)
        issued = tokens.issue(app, {**grant, "scopes": scopes})
    return _json(
        {
            **issued,
            "tenant_id": organisation.id,
            "connection_id": grant["connection_id"],
            "auth_event_id": grant["event"],
        }
    )


@blueprint.get("/faults")
def faults() -> Response:
    return _json(simulator().faults.all())


@blueprint.post("/faults")
def switch_fault_on() -> Response:
    """``{"kind", "path"?, "method"?, "organisation"?, "count"?, "probability"?, …parameters}``."""
    try:
        fault = simulator().faults.switch_on(_sent())
    except (TypeError, ValueError) as error:
        return _refuse(str(error))
    return _json(fault.__dict__, 201)


@blueprint.delete("/faults")
@blueprint.delete("/faults/<fault_id>")
def switch_faults_off(fault_id: str | None = None) -> Response:
    """One fault by id, those of ``?kind=``, or all."""
    return _json({"cleared": simulator().faults.switch_off(fault_id, request.args.get("kind"))})


@blueprint.get("/limits")
def limits() -> Response:
    return _json(simulator().limits.settings())


@blueprint.post("/limits")
def change_limits() -> Response:
    """``{"enabled", "concurrent", "minute", "day", "app_minute", "window", "organisation"?}``, any of them."""
    app, sent = simulator(), _sent()
    organisation_id = None
    if name := sent.pop("organisation", None):
        organisation = app.state.organisation_named(name)
        if organisation is None:
            return _refuse(f"There is no organisation named {name!r}.", 404)
        organisation_id = organisation.id
    try:
        return _json(app.limits.change(sent, organisation_id))
    except ValueError as error:
        return _refuse(str(error))


@blueprint.post("/clock")
def move_clock() -> Response:
    """``{"advance_seconds": n}``: tokens, keys and limit windows see the new time at once."""
    seconds = _sent().get("advance_seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return _refuse("advance_seconds is a number of seconds.")
    simulator().advance_clock(float(seconds))
    return _json({"now": simulator().clock.now().isoformat()})


@blueprint.post("/reset")
def reset() -> Response:
    """Back to the state of a first start."""
    simulator().reset()
    return _json({"reset": True})


@blueprint.get("/webhooks")
def webhooks() -> Response:
    """The webhook's status, what waits, and the latest posts."""
    return _json(simulator().webhooks.report())


@blueprint.post("/webhooks")
def set_up_webhooks() -> Response:
    """``{"url", "key", "categories"?}``: what one enters in the developer portal; the intent to receive
    goes out now.
    """
    sent = _sent()
    url, key = sent.get("url"), sent.get("key")
    if not isinstance(url, str) or not isinstance(key, str) or not key:
        return _refuse("url and key are texts.")
    try:
        return _json(simulator().webhooks.set_up(url, key, sent.get("categories") or ["CONTACT", "INVOICE"]))
    except (TypeError, ValueError) as error:
        return _refuse(str(error))


@blueprint.post("/webhooks/send")
def send_webhooks() -> Response:
    """``{"organisation" (name or id), "id"?, "category"?, "count"?}``: news of a record that nobody changed; of the
    first one without ``id``.
    """
    app, sent = simulator(), _sent()
    organisation = app.state.organisation_named(sent.get("organisation"))
    if organisation is None:
        return _refuse("There is no such organisation.", 404)
    category, count = str(sent.get("category") or "CONTACT"), sent.get("count", 1)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 1000:
        return _refuse("count is a whole number from 1 to 1000.")
    noun, key = ("invoices", "InvoiceID") if category == "INVOICE" else ("contacts", "ContactID")
    record_id = sent.get("id") or next((row[key] for row in organisation.table(noun).all()), None)
    if record_id is None:
        return _refuse(f"{organisation.name} has no {noun}.", 404)
    try:
        app.webhooks.send(organisation.id, category, str(record_id), count)
    except ValueError as error:
        return _refuse(str(error), 409)
    return _json(app.webhooks.report())


@blueprint.delete("/webhooks")
def remove_webhooks() -> Response:
    simulator().webhooks.remove()
    return _json(simulator().webhooks.report())


@blueprint.post("/organisation")
def change_organisation() -> Response:
    """``{"organisation", "name"?, "locked_until"? (YYYY-MM-DD or null)}``: rename it, lock its books."""
    app, sent = simulator(), _sent()
    organisation = app.state.organisation_named(sent.get("organisation"))
    if organisation is None:
        return _refuse(f"There is no organisation named {sent.get('organisation')!r}.", 404)
    record = dict(organisation.record)
    if name := sent.get("name"):
        record["Name"] = str(name)
    if "locked_until" in sent:
        try:
            record["locked_until"] = (
                sent["locked_until"] and date.fromisoformat(sent["locked_until"]).isoformat()
            )
        except (TypeError, ValueError):
            return _refuse("locked_until is a date, YYYY-MM-DD, or null.")
    with app.state.change():
        app.state.organisations.save(organisation.id, record)
    return _json({"organisation": record["Name"], "locked_until": record.get("locked_until")})


@blueprint.post("/tax_rates")
def add_tax_rates() -> Response:
    """``{"organisation", "rates": {"<TaxType>": "<per cent>"}}``: rates for sales, as somebody in Xero may add them."""
    app, sent = simulator(), _sent()
    organisation = app.state.organisation_named(sent.get("organisation"))
    if organisation is None:
        return _refuse(f"There is no organisation named {sent.get('organisation')!r}.", 404)
    rates = {name: number(rate) for name, rate in dict(sent.get("rates") or {}).items()}
    wrong = [name for name, rate in rates.items() if rate is None or not 0 <= rate <= 100]
    if wrong or not rates:
        return _refuse(f"rates are percentages from 0 to 100, by TaxType; not so: {', '.join(wrong)}.")
    with organisation.lock:
        for name, rate in rates.items():
            made = new_tax_rate(name, name, rate or Decimal(0), ("REVENUE",), app.clock.milliseconds())
            organisation.table("tax_rates").save(name, made)
        app.state.journal.commit()
    return _json({"rates": len(rates)})


@blueprint.post("/seed")
def seed() -> Response:
    """``{"organisation", "contacts": n, "invoices": n}``: data for trials of size; a new organisation is
    made.
    """
    app, sent = simulator(), _sent()
    name = sent.get("organisation")
    counts = {noun: sent.get(noun, 0) for noun in ("contacts", "invoices")}
    if not isinstance(name, str) or not name.strip():
        return _refuse("organisation is the name of an organisation.")
    for noun, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 100_000:
            return _refuse(f"{noun} is a whole number up to 100,000.")
    with app.state.change():
        organisation = ensure_organisation(app.state, name)
    with organisation.lock:
        add_contacts(organisation, counts["contacts"], app.clock.milliseconds())
        add_invoices(organisation, counts["invoices"], app.clock)
        app.state.journal.commit()
    held = {noun: len(organisation.table(noun)) for noun in counts}
    return _json({"organisation": organisation.name, "tenant_id": organisation.id, **held})
