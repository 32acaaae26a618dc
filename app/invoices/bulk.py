"""Billing many requests at once: each becomes one invoice, drafted here and, if that is wanted, sent.

One transaction for all: those that cannot be billed are named and left as they were, the others are drafted together.
So a crash half-way leaves nothing billed, and pressing the button again bills nothing twice.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.auth.viewer import Viewer
from app.invoices.drafting import Drafter
from app.invoices.sending import check_amount, send_all
from app.models.operation import BULK


@dataclass(frozen=True)
class Billed:
    """`at`: the instant that all drafts carry as `created_at`. `refused`: a sentence for each request that was not
    billed, or whose draft was not sent."""

    at: datetime
    drafted: int
    asked: int
    refused: list[str]


def bill_many(
    request_ids: Collection[UUID], by: Viewer, *, with_time: bool, with_price: bool, send: bool
) -> Billed:
    """Bill these requests. Ids that are not the company's are passed over without a word. Raises `Problem` for none or
    too many, `WrongState` without an organisation."""
    check_amount(len(request_ids), "request", "billed")
    drafter = Drafter(by, with_time=with_time, with_price=with_price)
    invoices, refusals = drafter.draft_many(drafter.lock(request_ids))
    refused = [one.sentence for one in refusals]
    if not send or not invoices:
        return Billed(drafter.at, len(invoices), 0, refused)
    sent = send_all(sorted(invoices, key=lambda one: one.id), by, BULK)
    return Billed(drafter.at, len(invoices), len(sent.asked), refused + sent.refused)
