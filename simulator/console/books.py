"""The console's buttons of the lists: accounts, items and tracking, changed as somebody in Xero may."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from simulator.console.pages import refuse_other_sites
from simulator.core import simulator
from simulator.journal import Record
from simulator.state import Organisation

blueprint = Blueprint("console_books", __name__)
blueprint.before_request(refuse_other_sites)
_TABLES = {
    "account": ("accounts", "AccountID"),
    "item": ("items", "ItemID"),
    "tax_rate": ("tax_rates", "TaxType"),
    "category": ("tracking", "TrackingCategoryID"),
}


@blueprint.post("/_console/do/list")
def change_list() -> Response:
    """Fields: kind (account, item, tax_rate, category, option), id, wish (rename, archive, restore, vanish), name.

    An item has no status: it can be renamed or vanish. An option is changed inside its category.
    """
    organisation = simulator().state.organisation_named(request.form.get("organisation")) or abort(404)
    kind, wish = request.form.get("kind", ""), request.form.get("wish", "")
    name = " ".join(request.form.get("name", "").split())
    with organisation.lock:
        if kind == "option":
            _change_option(organisation, request.form.get("id", ""), wish, name)
        else:
            _change_record(organisation, kind, request.form.get("id", ""), wish, name)
        simulator().state.journal.commit()
    return redirect(url_for("console.console", _anchor="lists", organisation=organisation.name), 303)


def _change_record(organisation: Organisation, kind: str, record_id: str, wish: str, name: str) -> None:
    table_name, id_field = _TABLES.get(kind) or abort(400)
    table = organisation.table(table_name)
    record = table.get(record_id) or abort(404)
    if wish == "vanish":
        table.remove(record[id_field])
        return
    if kind == "item" and wish != "rename":
        abort(400)
    changed = {**record, **_wished(wish, name), "updated": simulator().clock.milliseconds()}
    table.save(record[id_field], changed)


def _change_option(organisation: Organisation, option_id: str, wish: str, name: str) -> None:
    table = organisation.table("tracking")
    for category in table.all():
        options = [dict(option) for option in category["Options"]]
        found = next((one for one in options if one["TrackingOptionID"] == option_id), None)
        if found is None:
            continue
        if wish == "vanish":
            options.remove(found)
        else:
            found |= _wished(wish, name)
        changed = {**category, "Options": options, "updated": simulator().clock.milliseconds()}
        table.save(category["TrackingCategoryID"], changed)
        return
    abort(404)


def _wished(wish: str, name: str) -> Record:
    if wish == "rename" and name:
        return {"Name": name}
    if wish in ("archive", "restore"):
        return {"Status": "ARCHIVED" if wish == "archive" else "ACTIVE"}
    return abort(400)
