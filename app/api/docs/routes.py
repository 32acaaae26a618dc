"""`/api/openapi.json` and `/api/docs`."""

from typing import Any

from flask import Blueprint, Response, current_app, render_template
from pydantic import RootModel

from app.api.docs import openapi, readable
from app.api.endpoint import endpoint
from app.extensions import settings

bp = Blueprint("api_docs", __name__, url_prefix="/api")
TAG = "This description"


class OpenApi(RootModel[dict[str, Any]]):
    """An OpenAPI 3.1 document."""


def the_document() -> dict[str, Any]:
    """The OpenAPI document of the running app; made once."""
    made: dict[str, Any] | None = current_app.extensions.get("openapi")
    if made is None:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        made = current_app.extensions["openapi"] = openapi.document(app, settings().public_url)
    return made


@bp.get("/openapi.json")
@endpoint(summary="The API as an OpenAPI document", tag=TAG, answer=OpenApi)
def document() -> OpenApi:
    """OpenAPI 3.1, made from the code that answers."""
    return OpenApi(the_document())


@bp.get("/docs")
@endpoint(summary="The API as a page to read", tag=TAG, media="text/html")
def page() -> Response:
    """What `/api/openapi.json` says, for people. HTML."""
    made = the_document()
    return Response(
        render_template(
            "api/docs.html",
            introduction=readable.paragraphs(made["info"]["description"]),
            groups=readable.groups(made),
            schemas=list(readable.schemas(made)),
        ),
        mimetype="text/html",
    )
