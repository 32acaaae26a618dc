"""What Xero lets become of a sales invoice, by its status (facts 4.4). Pure."""

DRAFTS = frozenset({"DRAFT", "SUBMITTED"})
ENDED = frozenset({"VOIDED", "DELETED"})
FROM = {
    "update": DRAFTS,
    "submit": frozenset({"DRAFT"}),
    "authorise": DRAFTS,
    "void": frozenset({"AUTHORISED"}),
    "delete": DRAFTS,
}
"""Change (`app.models.invoice.CHANGES`) → the statuses in which Xero takes it."""
TARGET = {"submit": "SUBMITTED", "authorise": "AUTHORISED", "void": "VOIDED", "delete": "DELETED"}
"""Change → the status it leads to; an update leads to none."""
WORDS = {
    "DRAFT": "a draft",
    "SUBMITTED": "waiting for approval",
    "AUTHORISED": "approved",
    "PAID": "paid",
    "VOIDED": "voided",
    "DELETED": "deleted",
}
_DONE_BY = {"authorise": frozenset({"AUTHORISED", "PAID"})}
_CANNOT = {
    "update": "only a draft, or one that waits for approval, can be changed",
    "submit": "only a draft can be submitted",
    "authorise": "only a draft, or one that waits for approval, can be approved",
    "void": "only an approved invoice without payments can be voided",
    "delete": "only a draft, or one that waits for approval, can be deleted",
}


def standing(status: str) -> str:
    """`a draft`, `approved`: how an invoice stands, for the middle of a sentence."""
    return WORDS.get(status, status.casefold())


def done_already(change: str, status: str) -> bool:
    """Whether what the change leads to is so already."""
    return status == TARGET.get(change) or status in _DONE_BY.get(change, ())


def refusal(change: str, status: str, *, paid: bool) -> str | None:
    """Why Xero would not take the change now, without a full stop; None where it would. `paid`: a payment or credit
    stands against it."""
    if status in FROM[change] and not (change == "void" and paid):
        return None
    if change == "void" and paid:
        return "a payment or credit stands against it; take that back in Xero first"
    return f"it is {standing(status)}, and {_CANNOT[change]}"
