"""The one place where a reply is sorted into what has to happen next (facts 1.6, 2, 4.1, 5, 7.2)."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.xero.errors import kinds as errors
from app.xero.errors.problems import Problem, is_refused, read_problem
from app.xero.reply import Reply
from app.xero.scopes import scope_for

_WANTED_SCOPE = re.compile(r'scope="?([\w. ]+)"?')
# Seconds to wait where Xero does not say.
DEFAULT_WAIT: dict[errors.Limit, float] = {
    "minute": 60,
    "day": 3600,
    "concurrent": 1,
    "app": 60,
    "blocked": 60,
}


def classify(reply: Reply, *, wrote: bool) -> errors.XeroError | None:
    """The error a reply stands for, or None when it is a success.

    wrote: the request asked for a change, so an unclear outcome may have been carried out.
    """
    if 200 <= reply.status < 300:
        return _success(reply, wrote)
    if limited := limit_of(reply):
        seconds = retry_after(reply)
        return errors.WaitUntil(
            DEFAULT_WAIT[limited] if seconds is None else seconds, limited, status=reply.status
        )
    problem = read_problem(reply)
    if reply.status in (401, 403):
        return _not_allowed(reply, problem)
    if reply.status >= 500 or reply.status == 408:
        return _trouble(reply, problem, wrote)
    return _refused(reply, problem)


def _success(reply: Reply, wrote: bool) -> errors.XeroError | None:
    """Even 2xx can be a refusal inside, or a reply that broke off."""
    if reply.status == 204 or not ("json" in reply.accept or "xml" in reply.accept):
        return None
    try:
        data = reply.data
    except ValueError:
        return errors.Again(
            "unreadable_reply",
            "Xero's reply broke off or could not be read. "
            + (
                "Whether the change was made is looked up first." if wrote else "It is asked again by itself."
            ),
            maybe_done=wrote,
            status=reply.status,
        )
    # Practice Manager reports its refusals inside HTTP 200 (facts 7.2).
    return _practice_manager_refusal(reply, read_problem(reply)) if is_refused(data) else None


def _practice_manager_refusal(reply: Reply, problem: Problem) -> errors.Permanent:
    said = problem.detail or "it gave no reason"
    return errors.Permanent(
        "practice_manager_refused",
        f"Practice Manager did not accept this: {said}. Correct it and retry.",
        whose_move="practice",
        status=reply.status,
        details=[problem.detail, *problem.messages] if problem.detail else problem.messages,
    )


def limit_of(reply: Reply) -> errors.Limit | None:
    """Which limit refused the call; None when none did.

    The spelling of X-Rate-Limit-Problem varies, so parts of words are looked for (facts 2). Old paths
    said 503.
    """
    said = (reply.header("x-rate-limit-problem") or "").lower()
    if reply.status != 429 and not (reply.status == 503 and (said or _old_style_limit(reply))):
        return None
    kinds: tuple[tuple[str, errors.Limit], ...] = (
        ("app", "app"),
        ("day", "day"),
        ("dai", "day"),
        ("concurren", "concurrent"),
        ("min", "minute"),
    )
    for part, limit in kinds:
        if part in said:
            return limit
    remaining: tuple[tuple[str, errors.Limit], ...] = (
        ("x-daylimit-remaining", "day"),
        ("x-minlimit-remaining", "minute"),
        ("x-appminlimit-remaining", "app"),
    )
    for header, limit in remaining:
        if reply.number(header) == 0:
            return limit
    # Calls are left in every window and no wait was named: too many at once.
    if reply.number("x-minlimit-remaining") is not None and reply.header("retry-after") is None:
        return "concurrent"
    return "blocked"


def _old_style_limit(reply: Reply) -> bool:
    return b"rate%20limit" in reply.body.lower() or b"rate limit" in reply.body.lower()


def retry_after(reply: Reply) -> float | None:
    """Seconds to wait as told by Retry-After, which may be a number or an HTTP date; None when not told."""
    value = (reply.header("retry-after") or "").strip()
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _not_allowed(reply: Reply, problem: Problem) -> errors.XeroError:
    challenge = reply.header("www-authenticate") or ""
    text = f"{problem.text} {challenge}".lower()
    details = [problem.detail] if problem.detail else []
    if reply.status == 401 and ("tokenexpired" in text or "token expired" in text):
        return errors.TokenExpired(status=reply.status)
    if "insufficient_scope" in text or "authorizationunsuccessful" in text:
        match = _WANTED_SCOPE.search(challenge)
        return errors.MissingScope(
            match[1].strip() if match else scope_for(reply.method, reply.path),
            status=reply.status,
            details=details,
        )
    if "provision" in text:
        return errors.Permanent(
            "not_provisioned",
            "This organisation does not have that part of Xero switched on. Switch it on in Xero, then"
            " retry.",
            whose_move="practice",
            status=reply.status,
            details=details,
        )
    if "authenticationunsuccessful" in text:
        return errors.OrganisationGone(status=reply.status, details=details)
    if reply.status == 401:
        return errors.ReconnectNeeded(status=reply.status, details=details)
    return errors.Permanent(
        "forbidden",
        "Xero does not allow this for the person who connected. In Xero, give that person the right (for"
        " Practice Manager: “Authorise 3rd Party Full Access”), or reconnect as somebody who has it.",
        whose_move="practice",
        status=reply.status,
        details=details,
    )


def _trouble(reply: Reply, problem: Problem, wrote: bool) -> errors.XeroError:
    if problem.refused and problem.detail:
        # Documented for Practice Manager: a 500 with a description is a validation error (facts 7.2).
        return _practice_manager_refusal(reply, problem)
    offline = "offline" in problem.text.lower()
    down = reply.status == 503
    sentence = (
        "The organisation is offline in Xero at the moment. It is tried again by itself."
        if offline
        else "Xero is down for the moment. It is tried again by itself."
        if down
        else f"Xero had a fault of its own (HTTP {reply.status}). It is tried again by itself."
    )
    return errors.Again(
        "organisation_offline" if offline else "xero_unavailable" if down else "xero_fault",
        sentence,
        maybe_done=wrote,
        status=reply.status,
        details=[problem.text] if problem.text else [],
        retry_after=retry_after(reply),
    )


def _refused(reply: Reply, problem: Problem) -> errors.Permanent:
    """The remaining 3xx and 4xx: the request itself was wrong."""
    details = list(problem.messages) or ([problem.detail] if problem.detail else [])
    said = "; ".join(details[:3]) or problem.title or "it gave no reason"
    code, sentence, move = _refusal(reply.status, problem, said.rstrip("."))
    return errors.Permanent(code, sentence, whose_move=move, status=reply.status, details=details)


def _refusal(status: int, problem: Problem, said: str) -> tuple[str, str, errors.WhoseMove]:
    text = problem.text.lower()
    ours = f"Xero could not use our request: {said}. This is for us to mend; support has what is needed."
    if status == 404:
        return (
            "not_found",
            "Xero does not have this any more, or never had. Check the mapping, then retry.",
            "practice",
        )
    if status == 413:
        return (
            "too_large",
            "That is more than Xero takes at once (10 MB). Send something smaller.",
            "practice",
        )
    if status == 409:
        return "conflict", f"Xero says this clashes with something there: {said}.", "practice"
    if status == 412:
        return "precondition_failed", ours, "us"
    if 300 <= status < 400:
        return "redirected", "Xero's address answered with a redirect, which is never followed.", "us"
    if status != 400:
        return f"refused_{status}", ours, "us"
    if "idempotency" in text and "different request" in text:
        return "idempotency_key_reused", ours, "us"
    if "already assigned to another contact" in text:
        return (
            "contact_name_taken",
            (
                f"Xero already has a contact of that name: {said}. Link the client to that contact, or rename"
                " one."
            ),
            "practice",
        )
    if problem.number in (14, 16):
        return "bad_request", ours, "us"
    return "validation", f"Xero did not accept this: {said}. Correct it and retry.", "practice"
