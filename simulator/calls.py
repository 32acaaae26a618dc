"""The way of one call: token, organisation, scope, limits, faults, idempotency key, work, ledger."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, request

from simulator.core import Simulator, simulator
from simulator.faults import Fault, Faults
from simulator.idempotency import METHODS
from simulator.journal import Record
from simulator.refusals import not_connected, scope_is_missing, token_expired
from simulator.reply import Dropped, Refused, Reply, problem
from simulator.state import Organisation

Handler = Callable[..., Reply]


class ConnectionDroppedError(Exception):
    """Raised where there is no socket to close (in-process use): the caller sees a broken connection."""


@dataclass
class Call:
    """One call while it is being answered."""

    simulator: Simulator
    scopes: tuple[str, ...]
    client_id: str = ""
    person_id: str = ""
    token: Record = field(default_factory=dict)
    _organisation: Organisation | None = None
    limit_headers: dict[str, str] = field(default_factory=dict)
    changed: bool = False
    replayed: bool = False
    struck: list[Fault] = field(default_factory=list)
    events: list[tuple[str, str, str]] = field(default_factory=list)

    def happened(self, category: str, kind: str, resource_id: str) -> None:
        """Note what webhooks tell: a CONTACT or INVOICE, CREATE or UPDATE, its id. Told once the work is
        done.
        """
        self.events.append((category, kind, resource_id))

    @property
    def organisation(self) -> Organisation:
        """The organisation the call is about. Only for calls that name one."""
        if self._organisation is None:
            raise LookupError("This call is not about an organisation")
        return self._organisation

    def organisation_names(self) -> tuple[str, ...]:
        found = self._organisation
        return (found.name, found.id) if found else ()

    def strike_between(self) -> bool:
        """Whether a fault cuts the connection while the call's elements are being stored."""
        struck = self.simulator.faults.strike(
            "batch", request.method, request.path, self.organisation_names()
        )
        self.struck += struck
        return bool(struck)

    def authenticate(self) -> None:
        """Find the token and whose it is. Raises Refused with Xero's 401s."""
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        token = self.simulator.state.access_tokens.get(value) if kind.lower() == "bearer" else None
        if token is None or token.get("revoked"):
            raise Refused(problem(401, "Unauthorized", "AuthenticationUnsuccessful"))
        self.token, self.client_id, self.person_id = token, token["client_id"], token["person_id"]
        if token["expires_at"] <= self.simulator.clock.timestamp():
            raise Refused(token_expired())

    def enter_organisation(self) -> None:
        """Check that the named organisation is connected for this person and app, and the scope granted."""
        state = self.simulator.state
        wanted = request.headers.get("xero-tenant-id", "")
        connected = any(
            connection["tenantId"] == wanted
            and connection["person_id"] == self.person_id
            and connection["client_id"] == self.client_id
            for connection in state.connections.all()
        )
        organisation = state.organisation(wanted)
        if organisation is None or not connected:
            raise Refused(not_connected())
        self._organisation = organisation
        if self.scopes and not set(self.scopes) & set(self.token["scopes"]):
            raise Refused(scope_is_missing())


class Api:
    """Registers the calls of one of Xero's APIs on a blueprint; each goes the whole way described above."""

    def __init__(
        self, name: str, prefix: str = "", *, token: bool = True, organisation: bool = True, keys: bool = True
    ) -> None:
        self.blueprint = Blueprint(name, __name__, url_prefix=prefix or None)
        self._token = token
        self._organisation = organisation
        self._keys = keys

    def route(self, rule: str, method: str, *scopes: str) -> Callable[[Handler], Handler]:
        """A handler for the method and rule; the token needs any one of the scopes."""

        def register(handler: Handler) -> Handler:
            def view(**arguments: Any) -> Response:
                return self._answer(handler, scopes, arguments)

            self.blueprint.add_url_rule(
                rule,
                endpoint=f"{handler.__name__} {method} {rule}".replace(".", "-"),
                view_func=view,
                methods=[method],
                provide_automatic_options=False,
            )
            return handler

        return register

    def _answer(self, handler: Handler, scopes: tuple[str, ...], arguments: dict[str, Any]) -> Response:
        call = Call(simulator(), scopes)
        started = time.perf_counter()
        reply: Reply | None = None
        try:
            reply = self._checked(call, handler, arguments)
        except Refused as refused:
            reply = refused.reply
        except Dropped:
            reply = None
        finally:
            call.simulator.state.journal.commit()
        self._note(call, reply, started)
        if reply is None:
            return _cut_connection()
        reply.headers.update(call.limit_headers)
        return _respond(reply)

    def _checked(self, call: Call, handler: Handler, arguments: dict[str, Any]) -> Reply:
        if self._token:
            call.authenticate()
        if not self._organisation:
            return self._with_faults(call, handler, arguments)
        call.enter_organisation()
        limits = call.simulator.limits
        refusal, call.limit_headers = limits.enter(call.organisation.id, call.client_id)
        if refusal is not None:
            raise Refused(refusal)
        try:
            return self._with_faults(call, handler, arguments)
        finally:
            limits.leave(call.organisation.id, call.client_id)

    def _with_faults(self, call: Call, handler: Handler, arguments: dict[str, Any]) -> Reply:
        faults = call.simulator.faults
        struck = faults.strike("call", request.method, request.path, call.organisation_names())
        if request.path == "/connect/token":
            struck += faults.strike("token", request.method, request.path, call.organisation_names())
        call.struck += struck
        return Faults.surround(struck, lambda: self._work(call, handler, arguments))

    def _work(self, call: Call, handler: Handler, arguments: dict[str, Any]) -> Reply:
        """Do it, in order with the organisation's other calls, once per idempotency key."""
        simulator_ = call.simulator
        key = request.headers.get("Idempotency-Key") if self._keys and request.method in METHODS else None
        with call.organisation.lock if self._organisation else simulator_.state.lock:
            fingerprint = ""
            if key and self._organisation:
                fingerprint = simulator_.idempotency.fingerprint(
                    request.method, request.full_path, call.organisation.id, _body_without_boundary()
                )
                kept = simulator_.idempotency.answer(call.client_id, key, fingerprint)
                if kept is not None:
                    call.replayed = True
                    return kept
            struck = simulator_.faults.strike(
                "service", request.method, request.path, call.organisation_names()
            )
            call.struck += struck

            def handle() -> Reply:
                try:
                    return handler(call, **arguments)
                finally:
                    # What was stored before the connection was cut stands, and is told.
                    call.changed = simulator_.state.journal.commit() > 0 or call.changed
                    for category, kind, resource_id in call.events:
                        simulator_.webhooks.happened(call.organisation.id, category, kind, resource_id)
                    call.events.clear()

            reply = Faults.surround(struck, handle)
            if fingerprint and key:
                simulator_.idempotency.keep(call.client_id, key, fingerprint, reply)
                simulator_.state.journal.commit()
            return reply

    def _note(self, call: Call, reply: Reply | None, started: float) -> None:
        organisation = call.organisation_names()
        call.simulator.ledger.add(
            time=call.simulator.clock.now().isoformat(timespec="milliseconds"),
            method=request.method,
            path=request.path,
            query=request.query_string.decode(errors="replace"),
            organisation=organisation[0] if organisation else None,
            status=reply.status if reply else None,
            idempotency_key=request.headers.get("Idempotency-Key"),
            replayed=call.replayed,
            changed=call.changed,
            fault=", ".join(fault.kind for fault in call.struck) or None,
            milliseconds=round((time.perf_counter() - started) * 1000, 2),
        )


def _body_without_boundary() -> bytes:
    """The body as the idempotency key sees it: a multipart boundary is new at each try, what it divides is
    not.
    """
    body = request.get_data()
    boundary = request.mimetype_params.get("boundary")
    return body.replace(boundary.encode(), b"") if boundary else body


def _socket() -> socket.socket | None:
    found = request.environ.get("gunicorn.socket")
    return found if isinstance(found, socket.socket) else None


def _cut_connection() -> Response:
    """Close the caller's connection without a byte of reply."""
    connection = _socket()
    if connection is None:
        raise ConnectionDroppedError("The simulated connection was dropped")
    connection.shutdown(socket.SHUT_RDWR)
    return Response(status=500)


def _respond(reply: Reply) -> Response:
    cut = reply.cut_after
    if cut is None:
        response = Response(reply.body, reply.status, content_type=reply.content_type)
    else:
        connection = _socket()
        if connection is None:
            raise ConnectionDroppedError("The simulated reply broke off")

        def half() -> Iterator[bytes]:
            yield reply.body[:cut]
            connection.shutdown(socket.SHUT_RDWR)

        response = Response(half(), reply.status, content_type=reply.content_type)
        response.headers["Content-Length"] = str(len(reply.body))
    if reply.status == 204:
        del response.headers["Content-Type"]
    response.headers.update(reply.headers)
    return response
