"""What an entry of the organisation's lists is called, and why it cannot be used, in words for people."""

from app.models import XeroListEntry
from app.models.xero_list import ACTIVE, GONE

NOUNS = {
    "account": "account",
    "tax_rate": "tax rate",
    "item": "item",
    "tracking_category": "tracking category",
    "tracking_option": "tracking option",
    "currency": "currency",
    "branding_theme": "branding theme",
}
_LEFT = {
    "ARCHIVED": "was archived in Xero",
    "DELETED": "was deleted in Xero",
    GONE: "is no longer in Xero",
}
_NOT_FOR_SALES = {
    "account": "is not for sales in Xero any more",
    "tax_rate": "cannot be used for sales in Xero",
    "item": "is not sold any more in Xero",
    "tracking_option": "belongs to a tracking category that is not active in Xero",
}


def label(kind: str, code: str, name: str) -> str:
    """`200 Accounting Fees`: with the code where people know it by that."""
    return f"{code} {name}".strip() if kind in {"account", "item"} else name


def label_of(entry: XeroListEntry) -> str:
    return label(entry.kind, entry.code, entry.name)


def named(entry: XeroListEntry) -> str:
    """`account “200 Accounting Fees”`, for the middle of a sentence."""
    return f"{NOUNS[entry.kind]} “{label_of(entry)}”"


def left(entry: XeroListEntry) -> str | None:
    """Why no new line may carry it, such as “was archived in Xero”; None while it is usable."""
    if entry.status != ACTIVE:
        return _LEFT.get(entry.status, f"is {entry.status.casefold()} in Xero")
    return None if entry.for_sales else _NOT_FOR_SALES.get(entry.kind, "cannot be used in Xero")


def gone_word(entry: XeroListEntry) -> str | None:
    """The same in two or three words, for a table."""
    if entry.status != ACTIVE:
        return {"ARCHIVED": "archived in Xero", "DELETED": "deleted in Xero", GONE: "no longer in Xero"}.get(
            entry.status, f"{entry.status.casefold()} in Xero"
        )
    return None if entry.for_sales else "not for sales in Xero"


def listed(names: list[str], most: int = 4) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B, C, D and 3 others`."""
    if len(names) == 1:
        return names[0]
    if len(names) <= most:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    others = len(names) - most
    return f"{', '.join(names[:most])} and {others} {'other' if others == 1 else 'others'}"
