"""Who is in a tag and in its group: membership by membership, compared with what both last had."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import Client, ClientTag, ContactMapping, now
from app.sync.contacts import settling
from app.sync.run import Run
from app.tenancy import current_company_id
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.calls import BATCH
from app.xero.errors import Permanent


@dataclass(frozen=True)
class Pair:
    """A tag and its group."""

    tag_id: UUID
    group_id: str


def settle_members(
    run: Run,
    accounting: AccountingApi,
    connection_id: UUID,
    pair: Pair,
    counts: Counter[str],
    *,
    writes: bool,
) -> None:
    """Bring one pair together; without `writes` only on our side. Raises XeroError."""
    try:
        theirs = set(accounting.contact_group(pair.group_id).contact_ids)
    except Permanent as refused:
        if refused.code != "not_found":
            raise
        return  # deleted a moment ago: the next run asks what becomes of the tag
    put_in, take_out = _compare(connection_id, pair, theirs, counts)
    run.save(attempts=0)
    if not writes:
        return
    for start in range(0, len(put_in), BATCH):
        some = put_in[start : start + BATCH]
        taken = _add(accounting, pair.group_id, some, str(uuid4()))
        _agree_members(connection_id, pair, taken, member=True)
        counts["grouped"] += len(taken)
        counts["refused"] += len(some) - len(taken)
        run.save(attempts=0)
    for contact_id in take_out:
        _take_out(accounting, pair.group_id, contact_id)
        _agree_members(connection_id, pair, [contact_id], member=False)
        counts["ungrouped"] += 1
        run.save(attempts=0)


def _compare(
    connection_id: UUID, pair: Pair, theirs: set[str], counts: Counter[str]
) -> tuple[list[str], list[str]]:
    """Take over what was changed in Xero; the contacts to be put into the group, and to be taken out."""
    put_in, take_out = [], []
    for mapping, is_ours in _possible(connection_id, pair, theirs):
        is_theirs, agreed = mapping.xero_contact_id in theirs, pair.group_id in mapping.agreed_groups
        if is_ours == is_theirs:
            _set(mapping, pair, member=is_ours)
        elif is_theirs != agreed:
            _tag(mapping.client_id, pair.tag_id, tagged=is_theirs)
            _set(mapping, pair, member=is_theirs)
            counts["tagged" if is_theirs else "untagged"] += 1
        elif is_ours:
            put_in.append(mapping.xero_contact_id)
        else:
            take_out.append(mapping.xero_contact_id)
    return put_in, take_out


def _possible(connection_id: UUID, pair: Pair, theirs: set[str]) -> list[tuple[ContactMapping, bool]]:
    """The mapped clients who are, or were, on either side, each with whether it has the tag."""
    tagged = select(ClientTag.client_id).where(ClientTag.tag_id == pair.tag_id)
    ours = set(db.session.scalars(tagged))
    mappings = db.session.scalars(
        select(ContactMapping)
        .join(ContactMapping.client)
        .where(
            ContactMapping.connection_id == connection_id,
            ContactMapping.contact_status == settling.ACTIVE,
            Client.archived_at.is_(None),
            ContactMapping.client_id.in_(tagged)
            | ContactMapping.xero_contact_id.in_(theirs)
            | ContactMapping.agreed_groups.has_key(pair.group_id),
        )
        .order_by(ContactMapping.client_id)
        .with_for_update(of=ContactMapping)
        .execution_options(populate_existing=True)
    )
    return [(mapping, mapping.client_id in ours) for mapping in mappings]


def _set(mapping: ContactMapping, pair: Pair, *, member: bool) -> None:
    others = {group_id: True for group_id in mapping.agreed_groups if group_id != pair.group_id}
    agreed = {**others, pair.group_id: True} if member else others
    if agreed != mapping.agreed_groups:
        mapping.agreed_groups = agreed


def _agree_members(connection_id: UUID, pair: Pair, contact_ids: list[str], *, member: bool) -> None:
    for mapping in db.session.scalars(
        select(ContactMapping)
        .where(ContactMapping.connection_id == connection_id, ContactMapping.xero_contact_id.in_(contact_ids))
        .order_by(ContactMapping.client_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ):
        _set(mapping, pair, member=member)


def _tag(client_id: UUID, tag_id: UUID, *, tagged: bool) -> None:
    if not tagged:
        db.session.execute(
            delete(ClientTag).where(ClientTag.client_id == client_id, ClientTag.tag_id == tag_id)
        )
        return
    db.session.execute(
        insert(ClientTag)
        .values(
            company_id=current_company_id(), id=uuid4(), client_id=client_id, tag_id=tag_id, created_at=now()
        )
        .on_conflict_do_nothing()
    )


def _add(accounting: AccountingApi, group_id: str, contact_ids: list[str], key: str) -> list[str]:
    """Put these in; those that Xero took. One that it refuses, such as a contact archived a moment ago, fails the call:
    then halves are tried."""
    try:
        accounting.add_to_contact_group(group_id, contact_ids, key)
    except Permanent as refused:
        if refused.code not in {"validation", "not_found"}:
            raise
        if len(contact_ids) == 1:
            return []
        half = len(contact_ids) // 2
        return _add(accounting, group_id, contact_ids[:half], f"{key}-a") + _add(
            accounting, group_id, contact_ids[half:], f"{key}-b"
        )
    return contact_ids


def _take_out(accounting: AccountingApi, group_id: str, contact_id: str) -> None:
    try:
        accounting.remove_from_contact_group(group_id, contact_id)
    except Permanent as refused:
        if refused.code != "not_found":  # not in it any more: that is what was wished for
            raise
