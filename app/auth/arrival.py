"""The end of every sign-in by page: the session begins, and the person goes where they wanted to."""

from flask import url_for

from app.auth import trail
from app.auth.sessions import begin_session, end_session, remember_in_browser
from app.auth.viewer import current_viewer
from app.extensions import db
from app.lookups import places_of
from app.models import User, now


def let_in(user: User, following: str | None, *, second_factor: bool = False) -> str:
    """Begin the person's session in this browser (not committed): where to go on to.

    `following`: a path of ours. `second_factor`: whether one was proved.
    """
    before = current_viewer()
    if before:
        end_session(before.session_id)
    places = [place for place in places_of(db.session(), user.id) if not place.suspended]
    company_id = places[0].company_id if len(places) == 1 else None
    row = begin_session(user, "page", company_id)
    row.second_factor_at = now() if second_factor else None
    remember_in_browser(row, company_id)
    if company_id:
        trail.signed_in(user, places[0])
    return _first_page(company_id is None, user.super_admin and not places, following)


def _first_page(to_choose: bool, platform: bool, following: str | None) -> str:
    if platform:
        return following or url_for("platform.index")
    if to_choose:
        return url_for("auth.companies", next=following)
    return following or url_for("dashboard.index")
