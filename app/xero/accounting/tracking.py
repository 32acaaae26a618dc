"""Tracking categories and their options, which offices are matched with (facts 4.2).

An organisation has at most two active categories, and many use both already.
"""

from dataclasses import dataclass

from app.xero.accounting.calls import AccountingCalls
from app.xero.addresses import segment
from app.xero.shapes import Record, first, rows, several, text


@dataclass(frozen=True)
class TrackingOption:
    """status: ACTIVE, ARCHIVED or DELETED."""

    id: str
    name: str
    status: str


@dataclass(frozen=True)
class TrackingCategory:
    """status: ACTIVE, ARCHIVED or DELETED."""

    id: str
    name: str
    status: str
    options: tuple[TrackingOption, ...]


class TrackingCalls(AccountingCalls):
    def tracking_categories(self, *, include_archived: bool = False) -> list[TrackingCategory]:
        """All categories with their options. Needs accounting.settings.read."""
        params = {"includeArchived": True} if include_archived else None
        return [_category(row) for row in several(self._get(_PATH, params=params), "TrackingCategories")]

    def create_tracking_category(self, name: str, key: str | None = None) -> TrackingCategory:
        """A new category (name ≤ 100).

        Raises Permanent validation when two are active already or the name is taken.
        """
        return _category(first(self._send("PUT", _PATH, {"Name": name}, key), "TrackingCategories"))

    def rename_tracking_category(
        self, category_id: str, name: str, key: str | None = None
    ) -> TrackingCategory:
        """Change a category's name."""
        reply = self._send("POST", f"{_PATH}/{segment(category_id)}", {"Name": name}, key)
        return _category(first(reply, "TrackingCategories"))

    def create_tracking_option(self, category_id: str, name: str, key: str | None = None) -> TrackingOption:
        """A new option of a category (name ≤ 100)."""
        path = f"{_PATH}/{segment(category_id)}/Options"
        return _option(first(self._send("PUT", path, {"Name": name}, key), "Options"))

    def rename_tracking_option(
        self, category_id: str, option_id: str, name: str, key: str | None = None
    ) -> TrackingOption:
        """Change an option's name."""
        path = f"{_PATH}/{segment(category_id)}/Options/{segment(option_id)}"
        return _option(first(self._send("POST", path, {"Name": name}, key), "Options"))


_PATH = "/TrackingCategories"


def _option(row: Record) -> TrackingOption:
    return TrackingOption(text(row, "TrackingOptionID"), text(row, "Name"), text(row, "Status"))


def _category(row: Record) -> TrackingCategory:
    return TrackingCategory(
        id=text(row, "TrackingCategoryID"),
        name=text(row, "Name"),
        status=text(row, "Status"),
        options=tuple(_option(option) for option in rows(row.get("Options"))),
    )
