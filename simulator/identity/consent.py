"""The consent page: who signs in, which organisation, allow or cancel."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from simulator.core import Simulator, simulator
from simulator.identity import scopes as scope_rules
from simulator.identity import tokens
from simulator.journal import Record
from simulator.state import Organisation

blueprint = Blueprint("consent", __name__)
PATH = "/identity/connect/authorize"
MEANINGS = {
    "accounting.contacts": "your contacts",
    "accounting.settings": "your organisation's settings",
    "accounting.invoices": "your invoices and items",
    "accounting.payments": "your payments",
    "accounting.attachments": "your attachments",
    "projects": "your projects",
    "files": "your files library",
    "practicemanager": "your Practice Manager data",
}
SHOWN = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "acr_values",
    "login_hint",
)


class BadRequestError(Exception):
    """The authorization request cannot be answered with a redirect: the person is told on the page."""

    def __init__(self, error: str, sentence: str) -> None:
        super().__init__(sentence)
        self.error = error


@dataclass(frozen=True)
class Wish:
    """A checked authorization request."""

    client_id: str
    redirect_uri: str
    scopes: list[str]
    state: str
    code_challenge: str
    login_hint: str

    def back(self, **parameters: str) -> BaseResponse:
        """Send the person back to the app."""
        if self.state:
            parameters["state"] = self.state
        return redirect(f"{self.redirect_uri}?{urlencode(parameters)}", 302)


def _wish(app: Simulator) -> Wish:
    value = request.values
    client_id, redirect_uri = value.get("client_id", ""), value.get("redirect_uri", "")
    if client_id != app.registered_app.client_id:
        raise BadRequestError("unauthorized_client", "Unknown client or client not enabled.")
    if not app.registered_app.redirect_is_registered(redirect_uri):
        raise BadRequestError(
            "invalid_request",
            f"Invalid redirect_uri: {redirect_uri or 'none was sent'} is not registered for this app.",
        )
    if value.get("response_type") != "code":
        raise BadRequestError("unsupported_response_type", "response_type must be code.")
    scopes = value.get("scope", "").split()
    if trouble := scope_rules.trouble_with(scopes):
        raise BadRequestError("invalid_scope", trouble)
    challenge, method = value.get("code_challenge", ""), value.get("code_challenge_method", "")
    if challenge and (method != "S256" or not 43 <= len(challenge) <= 128):
        raise BadRequestError(
            "invalid_request", "code_challenge must be of 43 to 128 characters, with method S256."
        )
    return Wish(
        client_id, redirect_uri, scopes, value.get("state", ""), challenge, value.get("login_hint", "")
    )


@blueprint.get(PATH)
def show() -> Response | BaseResponse:
    """The page itself; a request Xero would not accept is explained instead."""
    try:
        wish = _wish(simulator())
    except BadRequestError as error:
        return _explain(error)
    return _page(wish)


@blueprint.post(PATH)
def decide() -> Response | BaseResponse:
    """Allow or Cancel."""
    app = simulator()
    try:
        wish = _wish(app)
    except BadRequestError as error:
        return _explain(error)
    if request.form.get("decision") != "allow":
        return wish.back(error="access_denied", error_description="The user cancelled")
    organisation = app.state.organisation(request.form.get("organisation"))
    if organisation is None or organisation not in _choices(app, wish):
        return _page(wish, "Choose the organisation to connect.")
    person = _person(organisation, request.form.get("person", ""))
    if person is None:
        return _page(wish, f"That person does not belong to {organisation.name}. Choose somebody who does.")
    with app.state.change():
        grant = tokens.consent(app, wish.client_id, person["UserID"], organisation.id, wish.scopes)
        code = secrets.token_urlsafe(24)
        app.state.codes.save(
            code,
            {
                **grant,
                "redirect_uri": wish.redirect_uri,
                "code_challenge": wish.code_challenge,
                "expires_at": app.clock.timestamp() + tokens.CODE_SECONDS,
            },
        )
    return wish.back(code=code, scope=" ".join(wish.scopes), session_state=secrets.token_hex(16))


def _choices(app: Simulator, wish: Wish) -> list[Organisation]:
    kind = "PRACTICEMANAGER" if scope_rules.wants_practice(wish.scopes) else "ORGANISATION"
    return [found for found in app.state.all_organisations() if found.record["TenantType"] == kind]


def owner(organisation: Organisation) -> Record:
    """The subscriber: who connects an organisation when nobody else is chosen."""
    users = organisation.table("users").all()
    return next((user for user in users if user["IsSubscriber"]), users[0])


def _person(organisation: Organisation, person_id: str) -> Record | None:
    return organisation.table("users").get(person_id) if person_id else owner(organisation)


def _page(wish: Wish, trouble: str = "") -> Response:
    app = simulator()
    organisations = _choices(app, wish)
    html = render_template(
        "consent.html",
        organisations=[
            {"id": found.id, "name": found.name, "owner": owner(found), "users": found.table("users").all()}
            for found in organisations
        ],
        meanings=_meanings(wish.scopes),
        offline="offline_access" in wish.scopes,
        carried={name: request.values[name] for name in SHOWN if name in request.values},
        chosen=request.form.get("organisation", ""),
        hint=wish.login_hint,
        client_name="Countinghouse",
        trouble=trouble,
    )
    return make_response(html, 400 if trouble else 200)


def _meanings(scopes: list[str]) -> list[str]:
    """What the scopes allow, in words."""
    verbs = [
        (("View and change" if scope in scopes else "View"), what)
        for scope, what in MEANINGS.items()
        if {scope, f"{scope}.read"} & set(scopes)
    ]
    return [f"{verb} {what}" for verb, what in verbs]


def _explain(error: BadRequestError) -> Response:
    return make_response(render_template("consent_error.html", error=error.error, sentence=str(error)), 400)
