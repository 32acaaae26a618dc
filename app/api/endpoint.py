"""The one decorator of JSON endpoints: it checks what comes in, hands typed values to the handler, writes the
answer as JSON, and remembers the declaration on the view, where `app.api.openapi` finds it.

::

    @bp.post("/clients")
    @endpoint(summary="Add a client", tag="Clients", body=NewClient, answer=ClientOut, status=201)
    def create(body: NewClient) -> ClientOut: ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from app.api.idempotency import once
from app.api.inputs import NoQuery, read_body, read_form, read_query

Handler = Callable[..., "BaseModel | Response | None"]
View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True)
class Declaration:
    """What an endpoint takes and answers. `errors`: statuses beside those that follow from the rest.
    `keyed`: whether an `Idempotency-Key` counts, where it changes something."""

    summary: str
    tag: str
    answer: type[BaseModel] | None
    status: int
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    errors: tuple[int, ...]
    media: str
    description: str
    keyed: bool
    form: bool

    @property
    def takes(self) -> str:
        """The media type of the body."""
        return "multipart/form-data" if self.form else "application/json"


def endpoint(
    *,
    summary: str,
    tag: str,
    answer: type[BaseModel] | None = None,
    status: int = 200,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    errors: tuple[int, ...] = (),
    media: str = "application/json",
    keyed: bool = True,
    form: bool = False,
) -> Callable[[Handler], View]:
    """Declare a JSON endpoint.

    The handler gets the path's values by name, `query` and `body` where those are declared, and gives back an
    `answer` (None with status 204; a Flask response, such as a redirect, is passed on). It may raise
    `app.errors.Problem`. `media`: what a passed-on response is written in, where that is not JSON.
    `form`: the body comes as `multipart/form-data`, because a file is among it.
    `keyed=False`: for what asks Xero meanwhile, because an `Idempotency-Key` holds one transaction open throughout.
    The handler's docstring is the description in the documentation.
    """

    def declare(handler: Handler) -> View:
        @wraps(handler)
        def view(**given: Any) -> ResponseReturnValue:
            asked = read_query(query or NoQuery)
            if query:
                given["query"] = asked
            sent = (read_form if form else read_body)(body) if body else None
            if sent is not None:
                given["body"] = sent
            if not keyed:
                return _written(handler(**given))
            return once(lambda: _written(handler(**given)), sent)

        view.declaration = Declaration(  # type: ignore[attr-defined]
            summary, tag, answer, status, body, query, errors, media, handler.__doc__ or "", keyed, form
        )
        return view

    def _written(result: "BaseModel | Response | None") -> ResponseReturnValue:
        if isinstance(result, Response):
            return result
        if result is None:
            return Response(status=status)
        return Response(result.model_dump_json(), status=status, mimetype="application/json")

    return declare


def declaration_of(view: object) -> Declaration | None:
    """The declaration of a view function, or None when it has none."""
    found = getattr(view, "declaration", None)
    return found if isinstance(found, Declaration) else None
