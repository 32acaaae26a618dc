"""Belt one: the way in. Before each request: who is it, which company's scope is this, and may they reach this
endpoint (`app.audiences`)?"""

from contextlib import ExitStack
from uuid import UUID

import jwt as pyjwt
from flask import Flask, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_jwt_extended import decode_token
from flask_jwt_extended.exceptions import JWTExtendedException

from app import audiences
from app.auth.viewer import CompanyView, Viewer, load_viewer
from app.errors import Problem, answer_error, field_problem, wants_json
from app.extensions import csrf, db
from app.tenancy import company_scope

SAFE = {"GET", "HEAD", "OPTIONS"}
_ONCE_ONLY = {"integrations.callback": "integrations.xero"}
"""Where to go on after signing in instead of an address that counts once."""


def init_gate(app: Flask) -> None:
    # Flask-WTF would check every unsafe request before we know whether it came with a cookie or a bearer token.
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.before_request(_let_in)
    app.teardown_request(_leave)


def _let_in() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None:
        return None  # no such address: the 404 page, with the viewer unknown
    audience = audiences.AUDIENCES[endpoint]
    if endpoint in {"static", "assets.file"} or audience == audiences.WEBHOOK:
        return None
    bearer = request.headers.get("Authorization", "").startswith("Bearer ")
    by_cookie = not request.path.startswith("/api/") or (endpoint in audiences.BROWSER_TOO and not bearer)
    if by_cookie:
        request.from_browser = True  # type: ignore[attr-defined]
    # A public endpoint looks at no token: with a stale one in the header, `refresh` must still be reached.
    viewer = _from_cookie() if by_cookie else None if audience == audiences.PUBLIC else _from_bearer()
    g.viewer = viewer
    if by_cookie and request.method not in SAFE:
        csrf.protect()
    return _check(viewer, audience)


def _leave(_error: BaseException | None) -> None:
    stack: ExitStack | None = g.pop("company_scope", None)
    if stack:
        stack.close()


def _enter_scope(company_id: UUID | None) -> None:
    stack = ExitStack()
    if company_id:
        stack.enter_context(company_scope(company_id, db.session()))
    g.company_scope = stack


def change_scope(company_id: UUID | None) -> None:
    """Work for this company (or none) for the rest of the request; what is not committed is undone.

    For a super admin at a practice's door and for whoever holds an invitation's link: everyone else's company is
    decided on the way in.
    """
    _leave(None)
    db.session.remove()
    _enter_scope(company_id)


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _load(session_id: UUID, company_id: UUID | None) -> Viewer | None:
    _enter_scope(company_id)
    return load_viewer(db.session, session_id, company_id)


def _from_cookie() -> Viewer | None:
    session_id = _uuid(session.get("sid"))
    if session_id is None:
        return None
    viewer = _load(session_id, _uuid(session.get("cid")))
    if viewer is None:
        session.clear()
    return viewer


def _from_bearer() -> Viewer | None:
    header = request.headers.get("Authorization", "")
    if not header:
        return None
    scheme, _, token = header.partition(" ")
    try:
        if scheme != "Bearer":
            raise pyjwt.InvalidTokenError
        claims = decode_token(token.strip())
        if claims.get("type") != "access":
            raise pyjwt.InvalidTokenError
        session_id, company_id = UUID(claims["sid"]), _uuid(claims.get("cid"))
    except (pyjwt.PyJWTError, JWTExtendedException, KeyError, ValueError):
        raise Problem(
            "The access token is not valid, or it has expired.", code="bad_token", status=401
        ) from None
    # A super admin names the company by query; an open entry is what lets them in.
    asked = _asked_company() if claims.get("super") else None
    viewer = _load(session_id, asked or company_id)
    if viewer is None:
        raise Problem("This sign-in has ended.", code="session_ended", status=401)
    if asked and viewer.company is None:
        raise Problem(
            "You have no open entry to that practice. Enter it on the platform page, with a reason, then try again.",
            code="not_entered",
            status=403,
        )
    return viewer


def _asked_company() -> UUID | None:
    """The `company_id` of the query. Raises `Problem` 422 when it is no id: never another company by mistake."""
    given = request.args.getlist("company_id")
    asked = _uuid(given[0]) if len(given) == 1 else None
    if given and asked is None:
        raise field_problem("company_id", "Must be the id (UUID) of one practice.")
    return asked


def _check(viewer: Viewer | None, audience: str) -> ResponseReturnValue | None:
    if audience == audiences.PUBLIC:
        return None
    if viewer is None:
        return _ask_to_sign_in()
    owes = viewer.owes_second_factor and request.endpoint not in audiences.WITHOUT_SECOND_FACTOR
    if owes and audience != audiences.SUPER:
        # Before anything else of the practice; a super admin may still leave it.
        return _ask_for_second_factor()
    if audience == audiences.SIGNED_IN:
        return None
    if audience == audiences.SUPER:
        return None if viewer.super_admin else answer_error(404)
    if viewer.company is None:
        return _ask_for_company(viewer)
    return _check_inside(viewer, viewer.company, audience)


def _check_inside(viewer: Viewer, company: CompanyView, audience: str) -> ResponseReturnValue | None:
    if company.suspended and viewer.role != "super":
        return answer_error(
            403,
            "suspended",
            company.why_suspended,
        )
    if viewer.role not in audiences.ROLES_OF[audience]:
        # An accountant knows that settings exist; a client must not learn of staff pages, nor staff of the portal.
        abort(403 if viewer.role == "accountant" and audience == audiences.ADMIN else 404)
    if request.method not in SAFE and not viewer.may_write:
        return answer_error(
            403,
            "read_only",
            "You entered this practice to read only. Choose writing on its pages to change something.",
        )
    return None


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.path.startswith("/api/") and request.endpoint not in audiences.BROWSER_TOO:
        return answer_error(401)
    following = request.full_path.rstrip("?") if request.method == "GET" else None
    if request.endpoint in _ONCE_ONLY:
        # Its query holds a code and a state, which count for the sign-in that is over and belong in no address of ours.
        following = url_for(_ONCE_ONLY[request.endpoint])
    return redirect(url_for("auth.sign_in", next=following))


def _ask_for_second_factor() -> ResponseReturnValue:
    if wants_json():
        said = (
            "This practice asks everybody for a second factor. Set yours up on its pages, then sign in anew."
        )
        return answer_error(403, "second_factor_required", said)
    return redirect(url_for("auth.second_factor"))


def _ask_for_company(viewer: Viewer) -> ResponseReturnValue:
    if request.path.startswith("/api/") and request.endpoint not in audiences.BROWSER_TOO:
        return answer_error(409, "no_company", "Say which practice: this sign-in has none.")
    return redirect(url_for("platform.index") if viewer.super_admin else url_for("auth.companies"))
