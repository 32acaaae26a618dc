"""`/api/people` and `/api/people/invitations`, for admins."""

from uuid import UUID

from flask import Blueprint, abort

from app.api.endpoint import endpoint
from app.api.paging import PageQuery
from app.api.people import shapes
from app.api.shapes import Named
from app.auth.viewer import the_viewer
from app.clients.queries import find_client
from app.errors import field_problem
from app.extensions import db
from app.models import Invitation, Membership
from app.settings import invitations as inviting
from app.settings import people_actions, people_queries

bp = Blueprint("api_people", __name__, url_prefix="/api/people")
TAG = "People and offices"


@bp.get("")
@endpoint(summary="List everybody", tag=TAG, query=shapes.PeopleQuery, answer=shapes.PeoplePage)
def index(query: shapes.PeopleQuery) -> shapes.PeoplePage:
    """Everybody with a place in the practice: staff, and people of clients who may use the portal."""
    page = people_queries.list_everybody(query.active, query.role, after=query.cursor, size=query.limit)
    items = [
        shapes.Person.model_validate({**row._mapping, "client": _named(row.client_id, row.client)})
        for row in page.rows
    ]
    return shapes.PeoplePage(items=items, next_cursor=page.next)


@bp.patch("/<uuid:person_id>")
@endpoint(summary="Change a person", tag=TAG, body=shapes.PersonChange, answer=shapes.Person)
def change(person_id: UUID, body: shapes.PersonChange) -> shapes.Person:
    """Another role, or access ended or given back; it counts from the person's next request. The practice's last
    admin keeps both."""
    found = people_queries.find_person(person_id) or abort(404)
    given = body.model_dump(exclude_unset=True)
    if given.get("active") is True and not found.active:
        people_actions.reactivate(found)
    if "role" in given:
        people_actions.change_role(found, given["role"])
    if given.get("active") is False and found.active:
        people_actions.deactivate(found, the_viewer().name)
    db.session.commit()
    return _person(found)


@bp.get("/invitations")
@endpoint(summary="List invitations", tag=TAG, query=PageQuery, answer=shapes.InvitationPage)
def invitations(query: PageQuery) -> shapes.InvitationPage:
    """Newest first, those accepted, withdrawn and expired too."""
    found, page = people_queries.list_invitations(after=query.cursor, size=query.limit)
    return shapes.InvitationPage(items=[_invitation(one) for one in found], next_cursor=page.next)


@bp.post("/invitations")
@endpoint(
    summary="Invite somebody",
    tag=TAG,
    body=shapes.NewInvitation,
    answer=shapes.Invitation,
    status=201,
    errors=(429,),
)
def invite(body: shapes.NewInvitation) -> shapes.Invitation:
    """A link is mailed to the address; it works once, for seven days."""
    if (body.role is None) == (body.client_id is None):
        raise field_problem("role", "Send either role, for staff, or client_id, for the portal.")
    by = the_viewer().name
    if body.client_id is not None:
        client = find_client(body.client_id)
        if client is None:
            raise field_problem("client_id", "There is no such client.")
        made = inviting.invite_client(client, body.email, by)
    else:
        made = inviting.invite(body.email, str(body.role), by)
    db.session.commit()
    return _answer(made)


@bp.post("/invitations/<uuid:invitation_id>/resend")
@endpoint(summary="Send an invitation again", tag=TAG, answer=shapes.Invitation, errors=(429,))
def resend(invitation_id: UUID) -> shapes.Invitation:
    """A new link, good for seven days; the one before stops working."""
    found = people_queries.find_invitation(invitation_id) or abort(404)
    inviting.resend(found)
    db.session.commit()
    return _answer(found)


@bp.post("/invitations/<uuid:invitation_id>/withdraw")
@endpoint(summary="Withdraw an invitation", tag=TAG, answer=shapes.Invitation)
def withdraw(invitation_id: UUID) -> shapes.Invitation:
    """Its link stops working."""
    found = people_queries.find_invitation(invitation_id) or abort(404)
    inviting.withdraw(found, the_viewer().name)
    db.session.commit()
    return _answer(found)


def _answer(invitation: Invitation) -> shapes.Invitation:
    return _invitation(people_queries.read_invitation(invitation.id))


def _invitation(one: people_queries.Invited) -> shapes.Invitation:
    return shapes.Invitation(
        id=one.id,
        email=one.email,
        role=one.role,
        client=_named(one.client_id, one.client),
        state=one.state,
        mail=one.mail,
        invited_by=one.by,
        invited_at=one.at,
        expires_at=one.expires_at,
        accepted_at=one.accepted_at,
    )


def _person(found: Membership) -> shapes.Person:
    return shapes.Person(
        id=found.id,
        name=found.name,
        email=found.user.email,
        role=found.role,
        active=found.active and found.user.active,
        client=_named(found.client_id, found.client.name if found.client else None),
        since=found.created_at,
    )


def _named(found_id: UUID | None, name: str | None) -> Named | None:
    return Named(id=found_id, name=name) if found_id and name else None
