"""Signing in and out, and what happens to a person's account, as the audit logs of their practices tell it.

Before the sign-in there is no company's scope: each practice's row is written in a transaction of its own. What
changes the account is told with the change, in the same transaction, to every practice of the person.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Flask, after_this_request, current_app, has_request_context
from flask.wrappers import Response

from app.audit import chain, record
from app.extensions import db
from app.lookups import Place, places_of
from app.models import User

if TYPE_CHECKING:
    from app.auth.viewer import Viewer

log = logging.getLogger(__name__)

NOBODY = record.Actor(None, "Somebody not signed in", None)
OPERATOR = record.Actor(None, "The installation’s operator", "system")


def signed_in(user: User, place: Place) -> None:
    """Tell the practice that is opened with the sign-in."""
    record.record_apart("person.signed_in", user, [(place.company_id, place.role)])


def opened(viewer: "Viewer", place: Place) -> None:
    """Tell the practice that one of its people, signed in already, comes to it now."""
    actor = record.Actor(viewer.user_id, viewer.name, place.role)
    subject = record.Subject("person", viewer.user_id, viewer.name)
    chain.append_apart(place.company_id, [record.row_values("person.opened", subject, None, None, actor)])


def signed_out(viewer: "Viewer") -> None:
    """Tell the practice of the scope, if there is one (not committed)."""
    if viewer.company is not None:
        record.record("person.signed_out", record.Subject("person", viewer.user_id, viewer.name))


def told(
    what: str,
    user_id: UUID,
    after: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    *,
    by: record.Actor | None = None,
) -> None:
    """Tell every practice of a person what happened to their account (not committed). `by`: who, if not they."""
    user = db.session.get_one(User, user_id)
    places = [(place.company_id, place.role) for place in places_of(db.session(), user_id)]
    record.record_everywhere(what, user, places, before, after, by=by)
    # A super admin may belong to no practice.
    log.info("%s: person %s", what, user_id)


def failed(user: User, what: str = "person.sign_in_failed") -> None:
    """Tell every practice of a known person that somebody tried to sign in as them and could not.

    Written once the answer has gone out: an address that is known must not take longer than one that is not.
    """
    user_id, person = user.id, record.Subject("person", user.id, user.name)
    where = record.from_where()
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def write() -> None:
        with app.app_context():
            for place in places_of(db.session, user_id):
                _write_failed(what, place.company_id, person, where)

    def later(response: Response) -> Response:
        response.call_on_close(write)
        return response

    if has_request_context():
        after_this_request(later)


def _write_failed(what: str, company_id: UUID, person: record.Subject, where: dict[str, object]) -> None:
    # Nobody knows who it was: the person is what it was about.
    values = record.row_values(what, person, None, None, NOBODY)
    chain.append_apart(company_id, [{**values, **where}])
