"""Lists come a page at a time, by cursor (`app.paging`)."""

from typing import Annotated, Generic, TypeVar

from pydantic import Field, StringConstraints

from app.api.shapes import LINE, Answer, Query

Item = TypeVar("Item", bound=Answer)


class PageQuery(Query):
    """Where in the list, and how much of it."""

    limit: Annotated[int, Field(ge=1, le=200, description="How many at most.")] = 50
    cursor: Annotated[
        str | None,
        StringConstraints(min_length=1, max_length=1000),
        LINE,
        Field(description="`next_cursor` of the page before; left out for the first page."),
    ] = None


class PageOf(Answer, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None = Field(
        description="Send this as `cursor` for the next page; null on the last one."
    )
