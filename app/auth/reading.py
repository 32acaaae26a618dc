"""A super admin who only reads is offered nothing that the way in would refuse.

One place, not every template: the page as it is sent is looked through for forms that post. `app.auth.gate` says of
each whether it would be let through; of one that would not, every control is disabled, and the bar above the page says
why. Only pages of a visit that reads are looked through; everybody else's pass by untouched.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from app import audiences
from app.auth.addresses import own_path
from app.auth.viewer import current_viewer

_FORM = re.compile(r'(<form\b(?=[^>]*\smethod="post")[^>]*>)(.*?)(</form>)', re.DOTALL)
_ACTION = re.compile(r'\saction="([^"]*)"')
_CONTROL = re.compile(r'<(?:button|select|textarea|input(?![^>]*\stype="hidden"))\b(?![^>]*\sdisabled\b)')

_TRIGGER = re.compile(r'<a class="([^"]*)"[^>]*\sdata-dialog-open="[^"]*"[^>]*>(.*?)</a>', re.DOTALL)
"""What opens a question: every answer to one changes something."""


def init_reading(app: Flask) -> None:
    app.after_request(_disable)
    app.context_processor(lambda: {"page_to_return_to": page_to_return_to})


def refused_to_readers(endpoint: str) -> bool:
    """Whether this endpoint changes a practice: a visit that only reads may not post to it."""
    return audiences.AUDIENCES[endpoint] in audiences.ROLES_OF


def page_to_return_to() -> str:
    """The page being shown, or after a refused form the one it stood on; a path of ours."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    came_from = urlsplit(request.referrer or "")
    here = came_from.netloc == request.host
    path = came_from.path + (f"?{came_from.query}" if came_from.query else "") if here else None
    return own_path(path) or "/"


def _disable(response: Response) -> Response:
    viewer = current_viewer()
    if viewer is None or viewer.may_write or response.mimetype != "text/html" or response.is_streamed:
        return response
    page = _FORM.sub(_looked_at, response.get_data(as_text=True))
    response.set_data(_TRIGGER.sub(r'<button type="button" class="\1" disabled>\2</button>', page))
    return response


def _looked_at(form: re.Match[str]) -> str:
    opening, controls, closing = form.groups()
    action = _ACTION.search(opening)
    path = urlsplit(action.group(1)).path if action else ""
    if not _refused(path or request.path):
        return form.group()
    return opening + _CONTROL.sub(lambda control: f"{control.group()} disabled", controls) + closing


def _refused(path: str) -> bool:
    adapter: Any = current_app.url_map.bind("localhost")
    try:
        endpoint, _ = adapter.match(path, method="POST")
    except HTTPException:
        return False
    return refused_to_readers(endpoint)
