"""Filters that all lists have in common."""

from collections.abc import Mapping
from typing import Any

from app.paging import Rows


def where_equal(statement: Rows, equal: Mapping[Any, Any]) -> Rows:
    """The statement with each of these columns at its value; None leaves a column out of it."""
    return statement.where(*(column == value for column, value in equal.items() if value is not None))
