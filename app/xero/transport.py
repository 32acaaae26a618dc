"""The one way out: every request to Xero is sent here, and `requests` is used nowhere else."""

import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Literal

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, ReadTimeoutError

from app.xero import money
from app.xero.addresses import query
from app.xero.config import XeroApp
from app.xero.errors import Again, Permanent, TokenExpired, XeroError, classify, retry_after
from app.xero.gate import CallRecord, Gate, TokenSource
from app.xero.redaction import loggable, redact
from app.xero.reply import Reply

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Timeouts = tuple[float, float]
# Form field to (file name, content, content type).
Files = Mapping[str, tuple[str, bytes, str]]

# Seconds to connect, and between two bytes of the answer.
TIMEOUTS: Timeouts = (3.05, 20.0)
# Seconds after which an answer that still drips in is given up: less than a lease of the governor.
WHOLE = 25.0
LONGEST_KEY = 128
ACCOUNTING = "/api.xro/2.0"

_sessions = threading.local()


def shared_session() -> requests.Session:
    """One session a thread and process, so that connections are used again and never shared across a fork.

    It keeps no cookies (they would travel between organisations) and reads no proxy or netrc settings from
    the environment (netrc would replace our Authorization header).
    """
    if getattr(_sessions, "pid", None) != os.getpid():
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        _sessions.session, _sessions.pid = session, os.getpid()
    found: requests.Session = _sessions.session
    return found


def exchange(
    app: XeroApp,
    method: Method,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    files: Files | None = None,
    accept: str = "application/json",
    session: requests.Session | None = None,
    timeouts: Timeouts = TIMEOUTS,
    whole: float = WHOLE,
) -> Reply:
    """Send one request and read the whole answer, whatever its status.

    Redirects are not followed and hosts other than the configured three are refused. Raises Permanent for
    such a host and Again when no complete answer came; neither says anything of headers or bodies, nor of
    the cause's text, which may hold them.
    """
    if not app.allows(url):
        raise Permanent("host_refused", "That address is not one of Xero's.", whose_move="us")
    path = "/" + url.split("/", 3)[-1]
    until = time.monotonic() + whole
    try:
        with (session or shared_session()).request(
            method,
            url,
            data=body,
            files=files,
            headers={**headers, "Accept": accept, "User-Agent": "Countinghouse"},
            timeout=timeouts,
            allow_redirects=False,
            stream=True,
        ) as answer:
            content = _read(answer, until)
    except requests.RequestException as problem:
        raise _no_answer(problem, wrote=method != "GET") from None
    return Reply(
        status=answer.status_code,
        headers={name.lower(): value for name, value in answer.headers.items()},
        body=content,
        method=method,
        path=path,
        accept=accept,
    )


def _read(answer: requests.Response, until: float) -> bytes:
    parts = []
    for part in answer.iter_content(16_384):
        parts.append(part)
        if time.monotonic() > until:
            raise requests.ReadTimeout
    return b"".join(parts)


def _no_answer(problem: requests.RequestException, *, wrote: bool) -> Again:
    if _never_sent(problem):
        return Again(
            "unreachable",
            "Xero could not be reached. Nothing was sent; it is tried again by itself.",
            maybe_done=False,
        )
    cause = problem.args[0] if problem.args else None
    timed_out = isinstance(problem, requests.Timeout) or isinstance(cause, ReadTimeoutError)
    what = "did not answer in time" if timed_out else "dropped the connection before its answer was complete"
    after = "Whether the change was made is looked up first." if wrote else "It is asked again by itself."
    return Again(
        "timed_out" if timed_out else "connection_dropped", f"Xero {what}. {after}", maybe_done=wrote
    )


def _never_sent(problem: requests.RequestException) -> bool:
    """True only when no byte of the request can have left."""
    if isinstance(problem, (requests.ConnectTimeout, requests.exceptions.InvalidURL)):
        return True
    cause = problem.args[0] if problem.args else None
    if isinstance(cause, MaxRetryError):
        cause = cause.reason
    if isinstance(problem, requests.exceptions.SSLError):
        # A refused certificate stops before sending; any other fault of TLS may come later.
        return "CERTIFICATE_VERIFY_FAILED" in str(problem)
    return isinstance(cause, (NewConnectionError, ConnectTimeoutError))


@dataclass(frozen=True)
class _Call:
    """One request, ready but for its token, so that it can be sent twice."""

    method: Method
    url: str
    headers: Mapping[str, str]
    body: bytes | None
    files: Files | None
    accept: str

    def loggable(self) -> str | None:
        if self.files:
            uploads = self.files.values()
            return " ".join(f"[file {name}, {kind}, {len(content)} bytes]" for name, content, kind in uploads)
        return loggable(self.body, self.headers.get("Content-Type"))


class Transport:
    """Calls to Xero's API on behalf of one organisation (or of none: `tenant_id=None`)."""

    def __init__(
        self,
        app: XeroApp,
        *,
        tenant_id: str | None,
        token: TokenSource,
        gate: Gate,
        on_call: Callable[[CallRecord], None],
        correlation_id: str,
        interactive: bool,
        before_call: Callable[[bool], None] | None = None,
        session: requests.Session | None = None,
        timeouts: Timeouts = TIMEOUTS,
    ) -> None:
        """`before_call` is called right before the bytes leave, with whether they change anything; it may stop them
        by raising."""
        self._app = app
        self._tenant_id = tenant_id
        self._token = token
        self._gate = gate
        self._on_call = on_call
        self._correlation_id = correlation_id
        self._interactive = interactive
        self._before_call = before_call
        self._session = session
        self._timeouts = timeouts

    def call(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        body: bytes | None = None,
        files: Files | None = None,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        accept: str = "application/json",
        base: str = ACCOUNTING,
    ) -> Reply:
        """One call; the reply is a success and, where data was asked for, readable.

        path begins with / and follows `base`; put values into it with `segment`. params without a value are
        left out. json may hold Decimals, not floats. Give a `Content-Type` header with `body`.
        idempotency_key: at most 128 characters (facts 3). Raises XeroError of the fitting kind; WaitUntil
        before anything is sent. An expired token is renewed and the call repeated once.
        """
        url = f"{self._app.api_url}{base}{path}{query(params)}"
        sent = self._headers(headers, json=json, body=body, idempotency_key=idempotency_key)
        content = money.dumps(json) if json is not None else body
        call = _Call(method, url, sent, content, files, accept)
        token = self._token.current()
        try:
            return self._once(call, token)
        except TokenExpired:
            # A refused call was not carried out, so repeating a write is safe here.
            return self._once(call, self._token.renewed(token))

    def _headers(
        self, given: Mapping[str, str] | None, *, json: Any, body: bytes | None, idempotency_key: str | None
    ) -> dict[str, str]:
        headers = dict(given or {})
        if json is not None:
            headers["Content-Type"] = "application/json"
        elif body is not None and "Content-Type" not in headers:
            raise ValueError("a body needs its Content-Type")
        if self._tenant_id is not None:
            headers["xero-tenant-id"] = self._tenant_id
        if idempotency_key is not None:
            if not 0 < len(idempotency_key) <= LONGEST_KEY:
                raise ValueError(f"an idempotency key has 1 to {LONGEST_KEY} characters")
            headers["Idempotency-Key"] = idempotency_key
        return headers

    def _once(self, call: _Call, token: str) -> Reply:
        pass_ = self._gate.enter(self._tenant_id or "", interactive=self._interactive)
        at, started = datetime.now(UTC), time.perf_counter()
        reply: Reply | None = None
        failure: XeroError | None = None
        try:
            if self._before_call is not None:
                self._before_call(call.method != "GET")
            reply = exchange(
                self._app,
                call.method,
                call.url,
                headers={**call.headers, "Authorization": f"Bearer {token}"},
                body=call.body,
                files=call.files,
                accept=call.accept,
                session=self._session,
                timeouts=self._timeouts,
            )
            failure = classify(reply, wrote=call.method != "GET")
        except XeroError as problem:
            failure = problem
        finally:
            self._gate.leave(pass_, reply.headers if reply else None, reply.status if reply else None)
        self._tell(call, at, started, reply, failure)
        if reply is None or failure is not None:
            raise failure or RuntimeError("neither a reply nor a failure")
        return reply

    def _tell(
        self, call: _Call, at: datetime, started: float, reply: Reply | None, failure: XeroError | None
    ) -> None:
        self._on_call(
            CallRecord(
                at=at,
                method=call.method,
                path=redact(call.url[len(self._app.api_url) :]),
                status=reply.status if reply else None,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
                correlation_id=self._correlation_id,
                minute_left=reply.number("x-minlimit-remaining") if reply else None,
                day_left=reply.number("x-daylimit-remaining") if reply else None,
                app_minute_left=reply.number("x-appminlimit-remaining") if reply else None,
                retry_after=retry_after(reply) if reply else None,
                error_code=failure.code if failure else None,
                request_body=call.loggable(),
                reply_body=loggable(reply.body, reply.content_type) if reply else None,
                idempotency_key=call.headers.get("Idempotency-Key"),
                interactive=self._interactive,
            )
        )
