"""Every kind of refusal Xero is known to send, in every way it writes them (facts 1.6, 2, 4.1, 5, 6, 7.2)."""

import json
from typing import Any

import pytest

from app.xero.errors import (
    Again,
    MissingScope,
    OrganisationGone,
    Permanent,
    ReconnectNeeded,
    TokenExpired,
    WaitUntil,
    XeroError,
    classify,
)
from app.xero.reply import Reply


def reply(status: int, body: Any = b"", kind: str = "application/json", **more: Any) -> Reply:
    headers = {"content-type": kind} | {
        name.replace("_", "-"): value for name, value in more.pop("headers", {}).items()
    }
    if not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    content = body.encode() if isinstance(body, str) else body
    return Reply(status=status, headers=headers, body=content, **more)


def sorted_as(answer: Reply, *, wrote: bool = False) -> XeroError:
    error = classify(answer, wrote=wrote)
    assert error is not None
    return error


def gateway(status: int, detail: str, **more: Any) -> Reply:
    body = {"Type": None, "Title": "Unauthorized", "Status": status, "Detail": detail, "Extensions": {}}
    return reply(status, body, **more)


class TestSuccess:
    @pytest.mark.parametrize(
        "answer",
        [
            reply(200, {"Status": "OK", "Contacts": []}),
            reply(201, {"projectId": "p"}),
            reply(204),
            reply(200, []),
            reply(200, b""),
            reply(200, "<Response><Status>OK</Status></Response>", "text/xml"),
            reply(200, b"%PDF-1.7", "application/pdf", accept="application/pdf"),
        ],
    )
    def test_is_no_error(self, answer: Reply) -> None:
        assert classify(answer, wrote=True) is None

    @pytest.mark.parametrize("wrote", [True, False])
    @pytest.mark.parametrize(
        "answer",
        [
            reply(200, '{"Contacts": [{"Name": "Ab'),
            reply(200, "<html><title>Sign in</title></html>", "text/html"),
            reply(200, "<Response><Status>OK", "text/xml"),
            reply(200, '{"a": NaN}'),
            reply(200, b"\xff\xfe{", "application/json"),
        ],
    )
    def test_that_cannot_be_read_may_have_been_done(self, answer: Reply, wrote: bool) -> None:
        error = sorted_as(answer, wrote=wrote)
        assert isinstance(error, Again)
        assert error.code == "unreadable_reply"
        assert error.maybe_done is wrote


class TestPracticeManagerInside200:
    def test_json(self) -> None:
        error = sorted_as(reply(200, {"status": "ERROR", "errorDescription": "Invalid client"}), wrote=True)
        assert isinstance(error, Permanent)
        assert error.code == "practice_manager_refused"
        assert "Invalid client" in error.sentence
        assert error.whose_move == "practice"

    def test_xml(self) -> None:
        body = "<Response><Status>ERROR</Status><ErrorDescription>No such job</ErrorDescription></Response>"
        error = sorted_as(reply(200, body, "text/xml; charset=utf-8"), wrote=True)
        assert error.code == "practice_manager_refused"
        assert error.details == ["No such job"]

    def test_a_500_with_a_description_is_a_refusal_not_a_fault(self) -> None:
        error = sorted_as(reply(500, {"status": "ERROR", "errorDescription": "Name is required"}), wrote=True)
        assert isinstance(error, Permanent)


class Test401And403:
    def test_expired(self) -> None:
        error = sorted_as(gateway(401, "TokenExpired: token expired at 11/20/2026 08:00:00"), wrote=True)
        assert isinstance(error, TokenExpired)
        assert error.maybe_done is False

    def test_keys_in_lower_case(self) -> None:
        answer = reply(401, {"type": None, "title": "Unauthorized", "detail": "TokenExpired: token expired"})
        assert isinstance(sorted_as(answer), TokenExpired)

    @pytest.mark.parametrize("status", [401, 403])
    def test_missing_scope_by_detail(self, status: int) -> None:
        error = sorted_as(gateway(status, "AuthorizationUnsuccessful", path="/projects.xro/2.0/Projects"))
        assert isinstance(error, MissingScope)
        assert error.scope == "projects.read"

    @pytest.mark.parametrize("detail", ["AuthorizationUnsuccessful", "AuthenticationUnsuccessful", ""])
    def test_missing_scope_by_header(self, detail: str) -> None:
        headers = {"www_authenticate": 'Bearer error="insufficient_scope", scope="files"'}
        error = sorted_as(gateway(401, detail, headers=headers))
        assert isinstance(error, MissingScope)
        assert error.scope == "files"
        assert "files" in error.sentence

    @pytest.mark.parametrize("status", [401, 403])
    def test_disconnected(self, status: int) -> None:
        assert isinstance(sorted_as(gateway(status, "AuthenticationUnsuccessful")), OrganisationGone)

    def test_any_other_401(self) -> None:
        error = sorted_as(gateway(401, "TokenInvalidSignature"))
        assert type(error) is ReconnectNeeded
        assert error.whose_move == "practice"

    def test_a_401_without_body(self) -> None:
        assert type(sorted_as(reply(401))) is ReconnectNeeded

    def test_projects_not_switched_on(self) -> None:
        error = sorted_as(reply(401, {"message": "Organisation is not provisioned for Projects"}))
        assert error.code == "not_provisioned"
        assert isinstance(error, Permanent)

    def test_a_403_is_never_an_empty_list(self) -> None:
        error = sorted_as(reply(403, "<html><h1>Forbidden</h1></html>", "text/html"))
        assert error.code == "forbidden"


class Test429:
    @pytest.mark.parametrize(
        ("said", "limit"),
        [
            ("minute", "minute"),
            ("Minute limit", "minute"),
            ("day", "day"),
            ("DayLimit", "day"),
            ("daily", "day"),
            ("concurrent", "concurrent"),
            ("Concurrency", "concurrent"),
            ("appminute", "app"),
            ("App Minute", "app"),
            ("something new", "blocked"),
        ],
    )
    def test_by_kind(self, said: str, limit: str) -> None:
        headers = {"x_rate_limit_problem": said, "retry_after": "27"}
        error = sorted_as(reply(429, "", headers=headers), wrote=True)
        assert isinstance(error, WaitUntil)
        assert (error.limit, error.seconds) == (limit, 27)

    @pytest.mark.parametrize(
        ("headers", "limit"),
        [
            ({"x_daylimit_remaining": "0", "retry_after": "66975"}, "day"),
            ({"x_minlimit_remaining": "0", "x_daylimit_remaining": "4000"}, "minute"),
            ({"x_appminlimit_remaining": "0"}, "app"),
            ({"x_minlimit_remaining": "30", "x_daylimit_remaining": "4000"}, "concurrent"),
            ({}, "blocked"),
        ],
    )
    def test_by_what_is_left_when_no_kind_is_named(self, headers: dict[str, str], limit: str) -> None:
        error = sorted_as(reply(429, "", headers=headers))
        assert isinstance(error, WaitUntil)
        assert error.limit == limit
        assert error.seconds > 0

    def test_retry_after_as_a_date(self) -> None:
        past = {"x_rate_limit_problem": "minute", "retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"}
        error = sorted_as(reply(429, "", headers=past))
        assert isinstance(error, WaitUntil)
        assert error.seconds == 0

    def test_retry_after_that_makes_no_sense(self) -> None:
        error = sorted_as(reply(429, headers={"x_rate_limit_problem": "minute", "retry_after": "soon"}))
        assert isinstance(error, WaitUntil)
        assert error.seconds == 60

    def test_the_old_503(self) -> None:
        body = "oauth_problem=rate%20limit%20exceeded&oauth_problem_advice=please%20wait"
        assert isinstance(sorted_as(reply(503, body, "text/html")), WaitUntil)


class Test5xx:
    @pytest.mark.parametrize("status", [500, 502, 504, 408])
    @pytest.mark.parametrize("wrote", [True, False])
    def test_may_have_been_done(self, status: int, wrote: bool) -> None:
        error = sorted_as(reply(status, "<html><title>Oops</title></html>", "text/html"), wrote=wrote)
        assert isinstance(error, Again)
        assert error.maybe_done is wrote
        assert error.whose_move == "xero"

    def test_maintenance_with_retry_after(self) -> None:
        error = sorted_as(
            reply(503, "The service is unavailable", "text/plain", headers={"retry_after": "90"})
        )
        assert isinstance(error, Again)
        assert (error.code, error.retry_after) == ("xero_unavailable", 90)

    def test_organisation_offline(self) -> None:
        error = sorted_as(reply(503, "The Organisation is offline", "text/plain"))
        assert error.code == "organisation_offline"


VALIDATION = {
    "ErrorNumber": 10,
    "Type": "ValidationException",
    "Message": "A validation exception occurred",
    "Elements": [
        {
            "ContactID": "00000000-0000-0000-0000-000000000000",
            "ValidationErrors": [{"Message": "Email address must be valid."}],
            "LineItems": [{"ValidationErrors": [{"Description": "Account code '999' is not valid"}]}],
        }
    ],
}


class Test4xx:
    def test_validation_tells_every_message(self) -> None:
        error = sorted_as(reply(400, VALIDATION), wrote=True)
        assert isinstance(error, Permanent)
        assert error.code == "validation"
        assert error.details == ["Email address must be valid.", "Account code '999' is not valid"]
        assert "Email address must be valid" in error.sentence
        assert error.whose_move == "practice"

    def test_validation_as_xml(self) -> None:
        body = (
            "<ApiException><ErrorNumber>10</ErrorNumber><Type>ValidationException</Type>"
            "<Message>A validation exception occurred</Message><Elements><DataContractBase>"
            "<ValidationErrors><ValidationError><Message>Name is needed</Message></ValidationError>"
            "</ValidationErrors></DataContractBase></Elements></ApiException>"
        )
        assert sorted_as(reply(400, body, "text/xml")).details == ["Name is needed"]

    def test_a_name_that_is_taken(self) -> None:
        message = (
            "The contact name ABC Limited is already assigned to another contact. The name must be unique"
            " across all active contacts."
        )
        body = {**VALIDATION, "Elements": [{"ValidationErrors": [{"Message": message}]}]}
        assert sorted_as(reply(400, body)).code == "contact_name_taken"

    @pytest.mark.parametrize("number", [14, 16])
    def test_what_only_we_can_mend(self, number: int) -> None:
        body = {
            "ErrorNumber": number,
            "Type": "PostDataInvalidException",
            "Message": "JSON for post data was invalid",
        }
        error = sorted_as(reply(400, body))
        assert (error.code, error.whose_move) == ("bad_request", "us")

    def test_an_idempotency_key_used_before(self) -> None:
        body = {"Message": "Idempotency Key abc is used with a different request"}
        error = sorted_as(reply(400, body))
        assert (error.code, error.whose_move) == ("idempotency_key_reused", "us")

    def test_projects_model_state(self) -> None:
        body = {
            "message": "The request is invalid.",
            "modelState": {"model.Name": ["The Name field is required."]},
        }
        error = sorted_as(reply(400, body), wrote=True)
        assert error.details == ["The Name field is required."]

    def test_files_array(self) -> None:
        body = [
            {"type": "Validation", "title": "Validation failure", "detail": "x is not a valid File extension"}
        ]
        assert sorted_as(reply(400, body), wrote=True).details == ["x is not a valid File extension"]

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (302, "redirected"),
            (404, "not_found"),
            (405, "refused_405"),
            (406, "refused_406"),
            (409, "conflict"),
            (412, "precondition_failed"),
            (413, "too_large"),
            (415, "refused_415"),
        ],
    )
    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            ({"Title": "Not so", "Detail": "why"}, "application/json"),
            ("<Error><Message>why</Message></Error>", "application/xml"),
            ("<html><head><title>why</title></head></html>", "text/html"),
            ("why", "text/plain"),
            (b"\x00\x01", "application/octet-stream"),
            ("", ""),
        ],
    )
    def test_by_status_whatever_the_body(self, status: int, code: str, body: Any, kind: str) -> None:
        error = sorted_as(reply(status, body, kind), wrote=True)
        assert isinstance(error, Permanent)
        assert (error.code, error.status) == (code, status)
        assert error.sentence.endswith((".", "!"))

    def test_a_hostile_xml_body_is_read_as_text(self) -> None:
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;&a;</x>'
        assert sorted_as(reply(400, bomb, "text/xml")).code == "validation"

    def test_endless_messages_are_cut(self) -> None:
        body = {
            "Elements": [{"ValidationErrors": [{"Message": f"wrong {n} " + "x" * 900}]} for n in range(500)]
        }
        error = sorted_as(reply(400, body))
        assert len(error.details) == 20
        assert max(map(len, error.details)) <= 400
