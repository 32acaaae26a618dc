import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from http.client import HTTPMessage
from typing import Any
from urllib.request import Request

import pytest
import requests
import requests_mock as rm
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError

from app.xero.addresses import segment
from app.xero.config import XeroApp
from app.xero.errors import Again, OrganisationGone, Permanent, TokenExpired, WaitUntil
from app.xero.gate import CallRecord
from app.xero.transport import Transport, exchange, shared_session
from tests.xero.doubles import API, ORGANISATION, OpenGate, Tokens

EXPIRED = {"Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired"}
CONTACTS = f"{API}/api.xro/2.0/Contacts"


def test_every_header_is_said(transport: Transport, requests_mock: rm.Mocker, gate: OpenGate) -> None:
    requests_mock.put(CONTACTS, json={"Contacts": []})
    transport.call("PUT", "/Contacts", json={"Name": "A"}, idempotency_key="key-1")
    sent = requests_mock.last_request.headers
    assert sent["Authorization"] == "Bearer token-one"
    assert sent["xero-tenant-id"] == ORGANISATION
    assert sent["Accept"] == "application/json"
    assert sent["Content-Type"] == "application/json"
    assert sent["Idempotency-Key"] == "key-1"
    assert gate.entered == [(ORGANISATION, True)]
    assert requests_mock.last_request.timeout == (3.05, 20.0)


def test_a_call_of_no_organisation_names_none(
    make_transport: Callable[..., Transport], requests_mock: rm.Mocker, gate: OpenGate
) -> None:
    requests_mock.get(f"{API}/connections", json=[])
    make_transport(None).call("GET", "/connections", base="")
    assert "xero-tenant-id" not in requests_mock.last_request.headers
    assert gate.entered == [("", True)]


def test_parameters_are_encoded_and_empty_ones_left_out(
    transport: Transport, requests_mock: rm.Mocker
) -> None:
    requests_mock.get(CONTACTS, json={})
    params = {
        "searchTerm": 'Müller & "Co" +1',
        "page": 2,
        "where": None,
        "includeArchived": True,
        "IDs": ["a", "b"],
    }
    transport.call("GET", "/Contacts", params=params)
    assert requests_mock.last_request.url == (
        f"{CONTACTS}?searchTerm=M%C3%BCller%20%26%20%22Co%22%20%2B1&page=2&includeArchived=true&IDs=a%2Cb"
    )


def test_money_is_exact_both_ways(transport: Transport, requests_mock: rm.Mocker) -> None:
    requests_mock.post(
        CONTACTS, text='{"Total": 0.10000000000000001, "n": 3}', headers={"Content-Type": "text/json"}
    )
    reply = transport.call("POST", "/Contacts", json={"a": Decimal("1234567890.10")})
    assert requests_mock.last_request.text == '{"a":1234567890.10}'
    assert reply.data == {"Total": Decimal("0.10000000000000001"), "n": 3}
    with pytest.raises(TypeError):
        transport.call("POST", "/Contacts", json={"a": 0.1})


def test_what_cannot_be_sent(transport: Transport) -> None:
    with pytest.raises(ValueError):
        transport.call("PUT", "/Contacts", json={}, idempotency_key="k" * 129)
    with pytest.raises(ValueError):
        transport.call("PUT", "/Contacts", body=b"x")


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_segment_stays_in_its_place(value: str) -> None:
    assert segment("a/b?c#d") == "a%2Fb%3Fc%23d"
    with pytest.raises(ValueError):
        segment(value)


class TestExpiredToken:
    def test_is_renewed_once_and_the_call_repeated(
        self,
        transport: Transport,
        requests_mock: rm.Mocker,
        tokens: Tokens,
        gate: OpenGate,
        calls: list[CallRecord],
    ) -> None:
        requests_mock.put(CONTACTS, [{"status_code": 401, "json": EXPIRED}, {"json": {"ok": 1}}])
        assert transport.call("PUT", "/Contacts", json={}, idempotency_key="k").data == {"ok": 1}
        assert tokens.renewals == ["token-one"]
        sent = [request.headers["Authorization"] for request in requests_mock.request_history]
        assert sent == ["Bearer token-one", "Bearer token-two"]
        assert len(gate.entered) == len(gate.left) == 2
        assert [call.status for call in calls] == [401, 200]

    def test_twice_is_given_up(self, transport: Transport, requests_mock: rm.Mocker, tokens: Tokens) -> None:
        requests_mock.get(CONTACTS, status_code=401, json=EXPIRED)
        with pytest.raises(TokenExpired):
            transport.call("GET", "/Contacts")
        assert requests_mock.call_count == 2
        assert len(tokens.renewals) == 1

    def test_no_other_401_is_repeated(
        self, transport: Transport, requests_mock: rm.Mocker, tokens: Tokens
    ) -> None:
        requests_mock.get(CONTACTS, status_code=401, json={"Detail": "AuthenticationUnsuccessful"})
        with pytest.raises(OrganisationGone):
            transport.call("GET", "/Contacts")
        assert requests_mock.call_count == 1
        assert tokens.renewals == []


def test_nothing_is_sent_when_the_gate_says_wait(
    transport: Transport, requests_mock: rm.Mocker, gate: OpenGate, calls: list[CallRecord]
) -> None:
    gate.refuse = WaitUntil(12.5, "minute")
    with pytest.raises(WaitUntil) as caught:
        transport.call("GET", "/Contacts")
    assert caught.value.seconds == 12.5
    assert requests_mock.call_count == 0
    assert calls == []


class TestBeforeACall:
    def test_it_is_asked_before_each_sending_and_told_whether_it_changes_anything(
        self, make_transport: Callable[..., Transport], requests_mock: rm.Mocker
    ) -> None:
        asked: list[tuple[bool, int]] = []
        transport = make_transport(
            before_call=lambda changes: asked.append((changes, requests_mock.call_count))
        )
        requests_mock.get(CONTACTS, json={})
        requests_mock.put(CONTACTS, [{"status_code": 401, "json": EXPIRED}, {"json": {}}])
        transport.call("GET", "/Contacts")
        transport.call("PUT", "/Contacts", json={})
        assert asked == [(False, 0), (True, 1), (True, 2)]

    def test_it_can_stop_the_call_and_the_place_is_freed(
        self, make_transport: Callable[..., Transport], requests_mock: rm.Mocker, gate: OpenGate
    ) -> None:
        class LeaseLost(Exception):  # noqa: N818
            pass

        def stop(_changes: bool) -> None:
            raise LeaseLost

        with pytest.raises(LeaseLost):
            make_transport(before_call=stop).call("POST", "/Contacts", json={})
        assert requests_mock.call_count == 0
        assert gate.left == [(None, None)]


def _never_connected(kind: str) -> Exception:
    if kind == "refused":
        return requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))
    if kind == "no such host":
        reason = NameResolutionError("api.xero.com", None, socket.gaierror())
        return requests.ConnectionError(MaxRetryError(None, "/", reason))
    if kind == "certificate":
        return requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    return requests.ConnectTimeout()


@pytest.mark.parametrize("kind", ["refused", "no such host", "certificate", "connect time-out"])
def test_not_sent_is_not_done(
    transport: Transport, requests_mock: rm.Mocker, gate: OpenGate, calls: list[CallRecord], kind: str
) -> None:
    requests_mock.put(CONTACTS, exc=_never_connected(kind))
    with pytest.raises(Again) as caught:
        transport.call("PUT", "/Contacts", json={})
    assert (caught.value.code, caught.value.maybe_done) == ("unreachable", False)
    assert gate.left == [(None, None)]
    assert calls[0].status is None
    assert calls[0].error_code == "unreachable"


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (requests.ReadTimeout(), "timed_out"),
        (
            requests.ConnectionError(("Connection aborted.", ConnectionResetError(104, "reset"))),
            "connection_dropped",
        ),
        (requests.exceptions.ChunkedEncodingError(), "connection_dropped"),
        (requests.exceptions.ContentDecodingError(), "connection_dropped"),
        (
            requests.exceptions.SSLError(ssl.SSLEOFError("EOF occurred in violation of protocol")),
            "connection_dropped",
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "PATCH", "DELETE"])
def test_after_sending_it_may_be_done(
    transport: Transport, requests_mock: rm.Mocker, problem: Exception, code: str, method: Any
) -> None:
    requests_mock.request(method, CONTACTS, exc=problem)
    with pytest.raises(Again) as caught:
        transport.call(method, "/Contacts")
    assert (caught.value.code, caught.value.maybe_done) == (code, method != "GET")


class RawServer:
    """Answers one connection with given bytes and hangs up, or keeps it open, or drips, or says nothing."""

    def __init__(self, answer: bytes | list[bytes] | None, *, hold: bool = False, pause: float = 0.0) -> None:
        self._answer = [answer] if isinstance(answer, bytes) else answer or []
        self._hold, self._pause = hold or answer is None, pause
        self._done = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            for part in self._answer:
                connection.sendall(part)
                if self._pause and self._done.wait(self._pause):
                    return
            if self._hold:
                self._done.wait(5)

    def __enter__(self) -> "RawServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join(5)
        self._socket.close()


def _at(url: str) -> XeroApp:
    return XeroApp("id", "secret-value", "http://localhost/back", url, url, url)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "connection_dropped"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\n{",
            "connection_dropped",
        ),
        (None, "timed_out"),
    ],
    ids=["hangs up", "breaks off", "says nothing"],
)
def test_on_a_real_wire(answer: bytes | None, code: str) -> None:
    with RawServer(answer) as server, requests.Session() as session, pytest.raises(Again) as caught:
        exchange(
            _at(server.url),
            "PUT",
            f"{server.url}/x",
            headers={},
            body=b"{}",
            session=session,
            timeouts=(1, 0.3),
        )
    assert (caught.value.code, caught.value.maybe_done) == (code, True)


def test_an_answer_that_stops_half_way() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"
    with (
        RawServer(answer, hold=True) as server,
        requests.Session() as session,
        pytest.raises(Again) as caught,
    ):
        exchange(_at(server.url), "GET", f"{server.url}/x", headers={}, session=session, timeouts=(1, 0.2))
    assert caught.value.code == "timed_out"


def test_an_answer_that_drips_is_given_up() -> None:
    chunks = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\n{\r\n"] * 100]
    started = time.monotonic()
    with RawServer(chunks, pause=0.05) as server, requests.Session() as session:
        with pytest.raises(Again) as caught:
            exchange(
                _at(server.url),
                "GET",
                f"{server.url}/x",
                headers={},
                session=session,
                timeouts=(1, 1),
                whole=0.3,
            )
        assert time.monotonic() - started < 3
    assert caught.value.code == "timed_out"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with requests.Session() as session, pytest.raises(Again) as caught:
        exchange(_at(url), "PUT", f"{url}/x", headers={}, session=session)
    assert (caught.value.code, caught.value.maybe_done) == ("unreachable", False)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "http://api.xero.com/x",
        "https://api.xero.com:444/x",
        "https://api.xero.com.evil.example/",
    ],
)
def test_other_hosts_are_refused(xero_app: XeroApp, url: str) -> None:
    with pytest.raises(Permanent) as caught:
        exchange(xero_app, "GET", url, headers={})
    assert caught.value.code == "host_refused"


def test_redirects_are_not_followed(transport: Transport, requests_mock: rm.Mocker) -> None:
    requests_mock.get(CONTACTS, status_code=302, headers={"Location": "https://evil.example/"})
    with pytest.raises(Permanent) as caught:
        transport.call("GET", "/Contacts")
    assert caught.value.code == "redirected"
    assert requests_mock.call_count == 1


def test_the_shared_session_keeps_no_cookies_and_reads_no_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    session = shared_session()
    assert session is shared_session()
    assert session.trust_env is False

    class Answer:
        def info(self) -> HTTPMessage:
            message = HTTPMessage()
            message["Set-Cookie"] = "who=abc"
            return message

    session.cookies.extract_cookies(Answer(), Request(API))  # noqa: S310
    assert len(session.cookies) == 0
    others: list[requests.Session] = []
    thread = threading.Thread(target=lambda: others.append(shared_session()))
    thread.start()
    thread.join()
    assert others[0] is not session


class TestCallRecord:
    def test_tells_what_happened(
        self, transport: Transport, requests_mock: rm.Mocker, calls: list[CallRecord], gate: OpenGate
    ) -> None:
        headers = {
            "Content-Type": "application/json",
            "X-MinLimit-Remaining": "41",
            "X-DayLimit-Remaining": "900",
            "X-AppMinLimit-Remaining": "9990",
        }
        requests_mock.get(CONTACTS, json={"Contacts": []}, headers=headers)
        transport.call("GET", "/Contacts", params={"page": 1})
        (call,) = calls
        assert (call.method, call.path, call.status) == ("GET", "/api.xro/2.0/Contacts?page=1", 200)
        assert (call.minute_left, call.day_left, call.app_minute_left) == (41, 900, 9990)
        assert (call.correlation_id, call.interactive, call.error_code) == ("corr-1", True, None)
        assert call.reply_body == '{"Contacts": []}'
        assert call.duration_ms >= 0
        assert gate.left[0][1] == 200
        assert gate.left[0][0]["x-minlimit-remaining"] == "41"

    def test_tells_a_refusal(
        self, transport: Transport, requests_mock: rm.Mocker, calls: list[CallRecord]
    ) -> None:
        headers = {"X-Rate-Limit-Problem": "day", "Retry-After": "300"}
        requests_mock.get(CONTACTS, status_code=429, headers=headers)
        with pytest.raises(WaitUntil):
            transport.call("GET", "/Contacts")
        assert (calls[0].error_code, calls[0].retry_after, calls[0].status) == ("limit_day", 300, 429)

    def test_holds_no_secret(
        self, transport: Transport, requests_mock: rm.Mocker, calls: list[CallRecord], tokens: Tokens
    ) -> None:
        tokens.token = "canary-access-token-value"
        body = {
            "Name": "A",
            "BankAccountDetails": "01-0123-canary",
            "TaxNumber": "canary",
            "access_token": "canary",
        }
        requests_mock.put(CONTACTS, json=body, headers={"Content-Type": "application/json; charset=utf-8"})
        transport.call("PUT", "/Contacts", json=body, params={"code": "canary"})
        assert "canary" not in repr(calls[0])
        assert '"Name"' in (calls[0].request_body or "")
        assert '"Name"' in (calls[0].reply_body or "")

    def test_is_short(self, transport: Transport, requests_mock: rm.Mocker, calls: list[CallRecord]) -> None:
        requests_mock.get(CONTACTS, json={"Contacts": ["é" * 50_000]})
        transport.call("GET", "/Contacts")
        assert len(calls[0].reply_body or "") <= 8192

    def test_names_a_file_without_keeping_it(
        self, transport: Transport, requests_mock: rm.Mocker, calls: list[CallRecord]
    ) -> None:
        requests_mock.post(f"{API}/files.xro/1.0/Files", json={"Id": "f"})
        files = {"file": ("return.pdf", b"%PDF canary", "application/pdf")}
        transport.call("POST", "/Files", files=files, base="/files.xro/1.0")
        assert calls[0].request_body == "[file return.pdf, application/pdf, 11 bytes]"
        assert b"%PDF canary" in requests_mock.last_request.body


def test_an_error_shows_no_secret(transport: Transport, requests_mock: rm.Mocker, tokens: Tokens) -> None:
    tokens.token = "canary-access-token-value"
    requests_mock.get(CONTACTS, exc=requests.ConnectionError("sent Bearer canary-access-token-value"))
    with pytest.raises(Again) as caught:
        transport.call("GET", "/Contacts")
    error = caught.value
    assert "canary" not in f"{error!r} {error} {error.details} {error.__cause__!r}"
    assert error.__suppress_context__
