"""Contacts by their ids, fifty a call, each as the contact that lives on when it was merged."""

from collections.abc import Iterable

from app.xero.accounting.api import AccountingApi
from app.xero.accounting.calls import BATCH
from app.xero.accounting.contacts import Contact

LONGEST_CHAIN = 10


def read(accounting: AccountingApi, ids: Iterable[str]) -> dict[str, Contact | None]:
    """Id → its contact, archived ones too, or the one it was merged into; None: Xero knows none of that id.

    Raises XeroError.
    """
    wanted = list(dict.fromkeys(ids))
    return survivors(accounting, wanted, _by_id(accounting, wanted))


def survivors(
    accounting: AccountingApi, wanted: Iterable[str], known: dict[str, Contact]
) -> dict[str, Contact | None]:
    """Each wanted id with the contact that stands for it now; what `known` lacks of a chain of merges is read."""
    known = dict(known)
    ends = {contact_id: contact_id for contact_id in wanted}
    for _ in range(LONGEST_CHAIN):
        onward = {
            contact_id: merged_to
            for contact_id, end in ends.items()
            if (contact := known.get(end)) and (merged_to := contact.merged_to_id)
        }
        if not onward:
            break
        ends |= onward
        missing = sorted(set(onward.values()) - known.keys())
        known |= _by_id(accounting, missing)
    return {contact_id: known.get(end) for contact_id, end in ends.items()}


def _by_id(accounting: AccountingApi, ids: list[str]) -> dict[str, Contact]:
    found: dict[str, Contact] = {}
    for start in range(0, len(ids), BATCH):
        for page in accounting.contacts(ids=ids[start : start + BATCH], include_archived=True):
            found |= {contact.id: contact for contact in page}
    return found
