"""Making one client of two: choose the other, choose field by field, check, do it."""

from hashlib import sha256
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clients import merge as merging
from app.clients import queries
from app.clients.duplicates import possible_duplicates
from app.clients.filters import ClientFilters
from app.clients.forms import KIND_WORDS
from app.clients.routes.blueprint import bp
from app.clients.routes.page import find, show
from app.errors import Problem
from app.extensions import db
from app.forms import as_id
from app.models import Client

FOUND = 12
LABELS = {
    "name": "Name",
    "kind": "Kind",
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail",
    "phone": "Phone",
    "mobile": "Mobile",
    "address": "Address",
    "company_number": "Company number",
    "tax_number": "Tax number",
    "office_id": "Office",
    "notes": "Notes",
}


@bp.get("/<uuid:client_id>/merge")
def merge(client_id: UUID) -> ResponseReturnValue:
    """Which other client is this one? Query: q, or other where it is known."""
    client = find(client_id)
    if client.archived_at is not None:
        return redirect(url_for(".page", client_id=client_id))
    other_id = as_id(request.args.get("other"))
    if other_id and other_id != client_id and queries.find_client(other_id):
        return redirect(url_for(".merge_with", client_id=client_id, other_id=other_id))
    words = request.args.get("q", "").strip()
    found = queries.list_clients(ClientFilters(q=words), size=FOUND).rows if words else []
    return render_template(
        "clients/merge_choose.html",
        client=client,
        words=words,
        found=[row for row in found if row.id != client_id],
        alike=possible_duplicates(name=client.name, email=client.email, but=client_id),
    )


@bp.route("/<uuid:client_id>/merge/<uuid:other_id>", methods=["GET", "POST"])
def merge_with(client_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """The two side by side; sent, what will happen, and nothing is changed. Form: take, the fields of the other."""
    survivor, loser = find(client_id), find(other_id)
    try:
        merging.check_pair(survivor, loser)
    except Problem as problem:
        flash(problem.message, "warning")
        return redirect(url_for(".merge", client_id=client_id))
    if request.method == "GET":
        return _page("clients/merge.html", survivor, loser, merging.gaps(survivor, loser))
    return _page("clients/merge_check.html", survivor, loser, _taken())


@bp.post("/<uuid:client_id>/merge/<uuid:other_id>/confirmed")
def merge_confirmed(client_id: UUID, other_id: UUID) -> ResponseReturnValue:
    """Form: take, seen (what both were like when it was checked)."""
    survivor, loser = find(client_id), find(other_id)
    if request.form.get("seen") != _seen(survivor, loser):
        flash("One of the two was changed meanwhile. Look once more, nothing was merged.", "warning")
        return redirect(url_for(".merge_with", client_id=client_id, other_id=other_id))
    said = f"{loser.name} ({loser.number}) is part of this client now."
    try:
        merging.merge(survivor, loser, _taken())
    except Problem as problem:
        return show(survivor, problem)
    db.session.commit()
    flash(said, "success")
    return redirect(url_for(".page", client_id=client_id))


def _taken() -> set[str]:
    return set(request.form.getlist("take")) & merging.CHOICES.keys() | {
        name for name in merging.CHOICES if request.form.get(f"take-{name}") == "other"
    }


def _seen(survivor: Client, loser: Client) -> str:
    both = f"{survivor.updated_at.isoformat()} {loser.updated_at.isoformat()} {loser.archived_at}"
    return sha256(both.encode()).hexdigest()[:32]


def _page(template: str, survivor: Client, loser: Client, take: set[str]) -> str:
    different = merging.differing(survivor, loser)
    return render_template(
        template,
        survivor=survivor,
        loser=loser,
        take=take & set(different),
        different=different,
        labels=LABELS,
        said=_said,
        moves=merging.what_moves(loser, survivor),
        two_contacts=merging.contacts_of_both(survivor, loser),
        in_xero=queries.follows_in_xero(survivor),
        seen=_seen(survivor, loser),
    )


def _said(client: Client, choice: str) -> str:
    if choice == "office_id":
        return client.office.name if client.office else ""
    if choice == "kind":
        return KIND_WORDS[client.kind]
    if choice == "address":
        town = " ".join(part for part in (client.city, client.region, client.postal_code) if part)
        return "\n".join(part for part in (client.street, town, client.country) if part)
    return str(getattr(client, choice) or "")
