"""What people and programs are told when something is wrong. One error shape for the JSON API, one page for people.

JSON: ``{"error": {"code": "wrong_state", "message": "…", "fields": {"accountant_id": ["…"]}}}`` with the status that
fits; ``fields`` only where a value can be named.
"""

import logging
import re
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import ClientDisconnected, HTTPException, MethodNotAllowed

log = logging.getLogger(__name__)

_SENTENCES = {
    400: ("bad_request", "The request could not be understood."),
    401: ("not_signed_in", "Sign in first."),
    403: ("not_allowed", "Your role does not allow this."),
    404: ("not_found", "There is nothing here, or it is not yours to see."),
    405: ("method_not_allowed", "This address does not take that kind of request."),
    413: ("too_large", "That is larger than Countinghouse accepts."),
    415: ("not_json", "Send JSON, with Content-Type: application/json."),
    429: ("too_many", "Too many tries. Wait a little and try again."),
    500: ("our_fault", "Something went wrong on our side. Nothing was half done; please try again."),
    503: ("unavailable", "Countinghouse is not reachable for a moment. Nothing was lost; please try again."),
}
_CUT_OFF = (
    "What was sent did not arrive whole: the connection broke on the way, or it is not put together as it must be."
    " Nothing was kept; please send it again."
)


class Problem(Exception):  # noqa: N818  it is a problem a person can solve, not an error of ours
    """A request that cannot be carried out, said so that a person can mend it.

    `message`: plain sentence(s). `fields`: value name → sentences. `status`: 422 for a wrong value, 409 for a wrong
    state, 404 for what is not there. Pages show it beside the form or on the object; the JSON API as its error shape.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "invalid",
        status: int = 422,
        fields: dict[str, list[str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.fields = fields or {}


class WrongState(Problem):
    """What was asked does not fit the state the thing is in."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="wrong_state", status=409)


def field_problem(field: str, message: str) -> Problem:
    """A wrong value in one field."""
    return Problem(message, fields={field: [message]})


def wants_json() -> bool:
    """Whether the caller is a program: the JSON API answers in JSON whatever happens."""
    return request.path.startswith("/api/") and not getattr(request, "from_browser", False)


def error_body(code: str, message: str, fields: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """The one error shape."""
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = fields
    return {"error": error}


def problem_as_json(problem: Problem) -> Response:
    """The problem in the one error shape, with its status."""
    answer = jsonify(error_body(problem.code, problem.message, problem.fields))
    answer.status_code = problem.status
    return answer


def answer_error(status: int, code: str | None = None, message: str | None = None) -> ResponseReturnValue:
    """The page or JSON body for a status."""
    default_code, default_message = _SENTENCES.get(status, _SENTENCES[400 if status < 500 else 500])
    code, message = code or default_code, message or default_message
    if wants_json():
        return jsonify(error_body(code, message)), status
    return render_template(
        [f"errors/{status}.html", "errors/error.html"], status=status, code=code, message=message
    ), status


def _on_problem(problem: Problem) -> ResponseReturnValue:
    if wants_json():
        return problem_as_json(problem)
    return answer_error(problem.status, problem.code, problem.message)


def _on_http(error: HTTPException) -> ResponseReturnValue:
    if isinstance(error.response, Response):
        return error.response
    if isinstance(error, ClientDisconnected):
        return answer_error(400, "cut_off", _CUT_OFF)
    if error.code == 413 and request.mimetype == "multipart/form-data":
        return answer_error(413, message=_too_much())
    answer = make_response(answer_error(error.code or 500))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def _too_much() -> str:
    """Of a form with files: what it may have, and what it had, in MB of a million bytes."""
    most = (current_app.config["MAX_CONTENT_LENGTH"] or 0) // 1_000_000
    had = f" These have {request.content_length / 1e6:,.0f} MB." if request.content_length else ""
    return (
        f"Files that are sent in one go may have {most} MB together, and documents 10 MB each.{had} Nothing was kept."
        " Send smaller ones, or fewer at a time."
    )


def _on_csrf(_error: CSRFError) -> ResponseReturnValue:
    said = "This page was open too long or in another sign-in. Nothing was changed: load it again."
    if wants_json():
        return answer_error(400, "page_out_of_date", said)
    return render_template("errors/stale.html", status=400, message=said, unsaved=_typed()), 400


_NOT_SHOWN = re.compile(r"password|secret|token|code|current|again|next|credential", re.IGNORECASE)


def _typed() -> list[str]:
    """What the person had written in the form that was not taken, to be copied: sentences, no choices and no secrets.

    Only of a form on our own pages: another site must not have us show its words.
    """
    if urlsplit(request.referrer or "").netloc != request.host:
        return []
    values = [value for name, value in request.form.items() if not _NOT_SHOWN.search(name)]
    return [value for value in values if " " in value.strip()]


def database_away(error: Exception) -> bool:
    """Whether it says that the database is not there, and nothing about the statement."""
    # `DatabaseError` itself, none of its kinds: the driver lost the server in the middle of an answer.
    return isinstance(error, OperationalError | InterfaceError) or type(error) is DatabaseError


def _on_database_away(_error: Exception) -> ResponseReturnValue:
    from app.extensions import db

    db.session.rollback()
    log.warning("The database did not answer %s %r", request.method, request.path)
    return answer_error(503)


def _on_bug(error: Exception) -> ResponseReturnValue:
    from app.extensions import db

    if database_away(error):
        return _on_database_away(error)
    db.session.rollback()
    # PostgreSQL's words name the values that clash: a client's data has no place in the log.
    told = not isinstance(error, DBAPIError)
    log.error(
        "Unforeseen in %s %s: %s", request.method, request.endpoint, type(error).__name__, exc_info=told
    )
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    return answer_error(500)


def init_errors(app: Flask) -> None:
    app.register_error_handler(Problem, _on_problem)
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(OperationalError, _on_database_away)
    app.register_error_handler(InterfaceError, _on_database_away)
    app.register_error_handler(Exception, _on_bug)
