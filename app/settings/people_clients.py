"""Portal access of one client, reached from the client's page."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.auth.viewer import the_viewer
from app.errors import Problem
from app.extensions import db
from app.models import Client
from app.settings import invitations, people_queries
from app.settings.people_forms import InviteClientForm
from app.settings.routes import bp


@bp.route("/people/clients/<uuid:client_id>", methods=["GET", "POST"])
def client_people(client_id: UUID) -> ResponseReturnValue:
    client = db.session.scalar(select(Client).where(Client.id == client_id)) or abort(404)
    form = InviteClientForm()
    if not form.is_submitted():
        form.email.data = client.email if not people_queries.people_of_client(client_id) else None
        return _page(client, form)
    try:
        invited = invitations.invite_client(client, form.email.data or "", the_viewer().name)
    except Problem as problem:
        status = form.show(problem)
        return _page(client, form), status
    db.session.commit()
    flash(f"An invitation to the portal is on its way to {invited.email}.", "success")
    return redirect(url_for("settings.client_people", client_id=client_id))


def _page(client: Client, form: InviteClientForm) -> str:
    return render_template(
        "settings/client_people.html",
        client=client,
        form=form,
        people=people_queries.people_of_client(client.id),
        waiting=people_queries.unfinished_invitations(client.id),
    )
