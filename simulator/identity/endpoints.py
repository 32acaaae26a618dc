"""The token, revocation and connections endpoints."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from urllib.parse import unquote_plus

from flask import Blueprint, Response, jsonify, request

from simulator.calls import Api, Call
from simulator.core import simulator
from simulator.identity import tokens
from simulator.identity.keys import base64url
from simulator.journal import Record
from simulator.refusals import not_connected
from simulator.reply import Refused, Reply, json_reply, problem

sign_in = Api("identity", token=False, organisation=False)
connections = Api("connections", organisation=False)
discovery = Blueprint("discovery", __name__)


def _refuse(error: str, status: int = 400) -> Refused:
    return Refused(json_reply({"error": error}, status))


def _client_id(call: Call) -> str:
    """Who asks, by HTTP Basic or by form fields. Raises Refused (invalid_client) when id or secret is
    wrong.
    """
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise _refuse("invalid_client") from error
        client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    else:
        client_id, secret = request.form.get("client_id", ""), request.form.get("client_secret", "")
    if not client_id:
        raise _refuse("unauthorized_client")
    app = call.simulator.registered_app
    if client_id != app.client_id or not hmac.compare_digest(secret.encode(), app.client_secret.encode()):
        raise _refuse("invalid_client")
    return client_id


@sign_in.route("/connect/token", "POST")
def token(call: Call) -> Reply:
    """Exchange a code, or a refresh token, for a token set. Form-encoded; errors are ``{"error": …}`` with
    400.
    """
    client_id = _client_id(call)
    kind = request.form.get("grant_type", "")
    if kind == "authorization_code":
        grant = _redeem_code(call, client_id)
    elif kind == "refresh_token":
        found = tokens.usable(call.simulator, request.form.get("refresh_token", ""), client_id)
        if found is None:
            raise _refuse("invalid_grant")
        wanted = request.form.get("scope", "").split()
        if set(wanted) - set(found["scopes"]):
            raise _refuse("invalid_scope")
        grant = found
    else:
        raise _refuse("unsupported_grant_type")
    return json_reply(tokens.issue(call.simulator, grant), headers={"Cache-Control": "no-store"})


def _redeem_code(call: Call, client_id: str) -> Record:
    """The grant behind a code, which is used up whatever comes of it."""
    state = call.simulator.state
    code = request.form.get("code", "")
    found = state.codes.get(code)
    if found is None:
        raise _refuse("invalid_grant")
    state.codes.remove(code)
    fits = (
        found["client_id"] == client_id
        and found["redirect_uri"] == request.form.get("redirect_uri", "")
        and found["expires_at"] > call.simulator.clock.timestamp()
        and _verified(found["code_challenge"], request.form.get("code_verifier", ""))
    )
    if not fits:
        raise _refuse("invalid_grant")
    return found


def _verified(challenge: str, verifier: str) -> bool:
    """PKCE, S256: asked for only when the authorization request carried a challenge."""
    if not challenge:
        return True
    if not 43 <= len(verifier) <= 128:
        return False
    made = base64url(hashlib.sha256(verifier.encode()).digest())
    return hmac.compare_digest(made, challenge)


@sign_in.route("/connect/revocation", "POST")
def revocation(call: Call) -> Reply:
    """Revoke a refresh token and with it all connections of that person. Unknown tokens are answered 200 as
    well.
    """
    client_id = _client_id(call)
    found = call.simulator.state.refresh_tokens.get(request.form.get("token", ""))
    if found is not None and found["client_id"] == client_id:
        tokens.revoke(call.simulator, client_id, found["person_id"])
    return Reply(200)


def _own_connections(call: Call) -> list[Record]:
    return [
        connection
        for connection in call.simulator.state.connections.all()
        if connection["person_id"] == call.person_id and connection["client_id"] == call.client_id
    ]


def _list_connections(call: Call) -> Reply:
    """Every organisation this person has connected to the app; ``authEventId`` narrows to one consent."""
    event = request.args.get("authEventId")
    found = []
    for connection in _own_connections(call):
        organisation = call.simulator.state.organisation(connection["tenantId"])
        if organisation is None or (event and connection["authEventId"] != event):
            continue
        practice = organisation.record["TenantType"] == "PRACTICEMANAGER"
        found.append(
            {
                "id": connection["id"],
                "authEventId": connection["authEventId"],
                "tenantId": connection["tenantId"],
                "tenantType": organisation.record["TenantType"],
                "tenantName": None if practice else organisation.name,
                "createdDateUtc": connection["createdDateUtc"],
                "updatedDateUtc": connection["updatedDateUtc"],
            }
        )
    return json_reply(found)


def _delete_connection(call: Call, connection_id: str) -> Reply:
    """Disconnect one organisation. A tenant or event id in place of the connection id is refused as Xero
    does.
    """
    own = _own_connections(call)
    if any(connection["id"] == connection_id for connection in own):
        call.simulator.state.connections.remove(connection_id)
        return Reply(204)
    if any(connection_id in (connection["tenantId"], connection["authEventId"]) for connection in own):
        raise Refused(not_connected())
    raise Refused(problem(404, "Not Found", "The connection does not exist."))


# The published specification writes /Connections, Xero's documentation /connections; both answer.
for _path in ("/connections", "/Connections"):
    connections.route(_path, "GET")(_list_connections)
    connections.route(f"{_path}/<connection_id>", "DELETE")(_delete_connection)


@discovery.get("/.well-known/openid-configuration")
def openid_configuration() -> Response:
    """Where the endpoints are, in OpenID Connect's words."""
    here = request.host_url.rstrip("/")
    return jsonify(
        issuer=tokens.ISSUER,
        authorization_endpoint=f"{here}/identity/connect/authorize",
        token_endpoint=f"{here}/connect/token",
        revocation_endpoint=f"{here}/connect/revocation",
        jwks_uri=f"{here}/.well-known/openid-configuration/jwks",
        response_types_supported=["code"],
        grant_types_supported=["authorization_code", "refresh_token"],
        code_challenge_methods_supported=["S256"],
        id_token_signing_alg_values_supported=["RS256"],
    )


@discovery.get("/.well-known/openid-configuration/jwks")
def jwks() -> Response:
    with simulator().state.change():
        return jsonify(simulator().signing_key.public_set())
