"""What every template may use: filters, helpers, layouts by kind of request, navigation, asset URLs.

`init_templating(app)` is all the factory needs. Context the application adds itself: `viewer`, `demo`,
and `csrf_token()` from Flask-WTF. `connection_banner` (a mapping of kind, title, text, action_label,
action_url) is shown above the page when given.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Request, Response, before_render_template, request

from app import formats, statuses
from app.assets import init_assets
from app.navigation import navigation, url_if

FRAGMENT = "layouts/fragment.html"
LAYOUTS = {"app": "layouts/app.html", "portal": "layouts/portal.html", "plain": "layouts/plain.html"}
CURSOR_ARGUMENTS = ("after", "before")


def wants_fragment(incoming: Request) -> bool:
    """Whether htmx asks for a part of the page: it names a target other than the body."""
    headers = incoming.headers
    target = headers.get("HX-Target", "body")
    restoring = headers.get("HX-History-Restore-Request") == "true"
    return headers.get("HX-Request") == "true" and target != "body" and not restoring


def layout_for(incoming: Request, layout: str) -> str:
    """`layout`, or the bare fragment when only a part of the page is wanted."""
    return FRAGMENT if wants_fragment(incoming) else layout


def page_layout(kind: str) -> str:
    """For `{% extends page_layout('app') %}`; kinds: app, portal, plain. Raises KeyError for another."""
    return layout_for(request, LAYOUTS[kind])


def query_url(**changes: Any) -> str:
    """The address of this page with some query arguments changed; None or '' takes one away.

    Changing anything but the place in the list starts the list from its beginning.
    """
    arguments = request.args.to_dict(flat=False)
    if not any(name in CURSOR_ARGUMENTS for name in changes):
        changes = dict.fromkeys(CURSOR_ARGUMENTS) | changes
    for name, value in changes.items():
        values = value if isinstance(value, list | tuple | set) else [value]
        arguments[name] = [str(one) for one in values if one not in (None, "")]
    query = urlencode(arguments, doseq=True)
    return request.path + (f"?{query}" if query else "")


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 request`, `12 requests`, `12,345 requests`."""
    return f"{formats.number(count)} {one if count == 1 else many or one + 's'}"


def printed_at() -> str:
    """The moment a page is drawn, for the foot of a printed one."""
    return formats.moment(datetime.now(UTC))


def query_pairs(exclude: Iterable[str] = ()) -> list[tuple[str, str]]:
    """The page's query arguments but those named, for the hidden fields of a GET form."""
    return [(name, value) for name, value in request.args.items(multi=True) if name not in exclude]


def vary_on_htmx(response: Response) -> Response:
    """One address answers with a page or a part of it; a cache must not give one for the other."""
    if response.mimetype == "text/html":
        response.vary.update(("HX-Request", "HX-Target"))
    return response


def init_templating(app: Flask) -> None:
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    init_assets(app)
    app.jinja_env.filters.update(
        money=formats.money,
        price=formats.price,
        number=formats.number,
        date=formats.calendar_date,
        moment=formats.moment,
        clock=formats.clock,
        when=formats.when,
        due=formats.due,
        initials=formats.initials,
        size=formats.size,
    )
    app.jinja_env.globals.update(
        draw_icon=statuses.icon,
        icon=statuses.icon,
        layout_for=layout_for,
        navigation=navigation,
        page_layout=page_layout,
        plural=plural,
        printed_at=printed_at,
        query_pairs=query_pairs,
        query_url=query_url,
        status_tag=statuses.status_tag,
        status_tags=statuses,
        url_if=url_if,
    )
    before_render_template.connect(formats.remember_place, app)
    app.after_request(vary_on_htmx)
