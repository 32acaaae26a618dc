"""`/api/auth`: login, refresh, logout, me."""

from uuid import UUID

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from app.api.auth import tokens
from app.api.auth.shapes import CompanyPlace, Login, Me, OpenEntry, Refresh, Tokens
from app.api.endpoint import endpoint
from app.api.shapes import Named
from app.auth import second_factor, trail
from app.auth.sessions import check_password, end_session
from app.auth.viewer import the_viewer
from app.errors import Problem, error_body, field_problem
from app.extensions import db
from app.lookups import Place, places_of
from app.models import User

bp = Blueprint("api_auth", __name__, url_prefix="/api/auth")
TAG = "Sign-in"


class ChooseCompany(Problem):
    """The person works in several practices and did not say which one they mean."""

    def __init__(self, places: list[Place]) -> None:
        message = "You work in several practices: send company_id with the one you mean."
        super().__init__(message, code="choose_company", fields={"company_id": [message]})
        self.places = places


@bp.errorhandler(ChooseCompany)
def list_companies(problem: ChooseCompany) -> ResponseReturnValue:
    body = error_body(problem.code, problem.message, problem.fields)
    body["error"]["companies"] = [
        {"id": place.company_id, "name": place.company_name} for place in problem.places
    ]
    return jsonify(body), problem.status


@bp.post("/login")
@endpoint(summary="Sign in", tag=TAG, body=Login, answer=Tokens, errors=(401, 403, 429))
def login(body: Login) -> Tokens:
    """E-mail and password for an access token (15 minutes) and a refresh token (once, within 12 hours).

    Someone who works in several practices says which with `company_id`; without it the answer is 422 with
    `error.companies`, each with id and name. Someone with a second factor also sends `code`; without it the answer
    is 401 `second_factor_needed`. A super admin signs in without a company, and adds
    `?company_id=` to a call for a practice that they have entered on the platform page, with a reason.
    """
    user = check_password(body.email, body.password)
    place = _place(user, body.company_id)
    proved = _second_factor(user, body.code)
    answer = tokens.open_session(user, place, second_factor=proved)
    if place:
        trail.signed_in(user, place)
    db.session.commit()
    return answer


@bp.post("/refresh")
@endpoint(summary="Get new tokens", tag=TAG, body=Refresh, answer=Tokens, errors=(401,))
def refresh(body: Refresh) -> Tokens:
    """A new pair of tokens for the refresh token last given out.

    A refresh token that comes a second time ends the whole sign-in: it may have been stolen.
    """
    try:
        answer = tokens.turn(body.refresh_token)
    except tokens.RefreshReused as reused:
        tokens.end_reused(reused)
        db.session.commit()
        raise
    db.session.commit()
    return answer


@bp.post("/logout")
@endpoint(summary="Sign out", tag=TAG, status=204)
def logout() -> None:
    """Ends the sign-in: its access and refresh tokens stop counting at once."""
    end_session(the_viewer().session_id)
    trail.signed_out(the_viewer())
    db.session.commit()


@bp.get("/me")
@endpoint(summary="Who is signed in", tag=TAG, answer=Me)
def me() -> Me:
    """The person, the practice of this token, and every practice they work in."""
    viewer = the_viewer()
    company, entry = viewer.company, viewer.entry
    return Me(
        id=viewer.user_id,
        name=viewer.name,
        email=viewer.email,
        super_admin=viewer.super_admin,
        role=viewer.role,
        company=Named(id=company.id, name=company.name) if company else None,
        membership_id=viewer.membership_id,
        entry=OpenEntry(reason=entry.reason, until=entry.until, writes=entry.writes) if entry else None,
        companies=[
            CompanyPlace(id=place.company_id, name=place.company_name, role=place.role)
            for place in places_of(db.session, viewer.user_id)
        ],
    )


def _second_factor(user: User, code: str | None) -> bool:
    """Whether a second factor was proved; False when the person has none. Raises `Problem` 401 and 429."""
    if not second_factor.is_on(user.id):
        return False
    if not code:
        message = "This person signs in with a second factor: send code, too, with what their app shows now."
        raise Problem(message, code="second_factor_needed", status=401, fields={"code": [message]})
    try:
        second_factor.check_code(user.id, code)
    except second_factor.WrongCode:
        db.session.commit()
        raise
    return True


def _place(user: User, company_id: UUID | None) -> Place | None:
    """The practice to sign in to; None for a super admin who names none. Raises `Problem` when it is
    unclear."""
    places = places_of(db.session, user.id)
    if company_id:
        for place in places:
            if place.company_id == company_id:
                return place
        raise field_problem("company_id", "You do not work in this practice.")
    if user.super_admin:
        return None
    if not places:
        raise Problem(
            "No practice has given you access. Ask your practice's admin.", code="no_company", status=403
        )
    if len(places) > 1:
        raise ChooseCompany(places)
    return places[0]
