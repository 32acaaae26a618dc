"""Tags and contact groups: one thing under two names, membership by membership compared with what both last had.

One call lists the groups and one reads the members of each. A tag without a group gets one, a group without a tag gets
one; a client put in or taken out on one side is put in or taken out on the other; a name changed on one side is changed
on the other, and changed on both it is ours that counts. Deleting is never followed unasked (`TagMapping.state`). With
the setting *read* nothing is written to Xero.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.models import ClientTag, Company, Tag, TagMapping, now
from app.models.base import Json
from app.sync import successes
from app.sync.contacts.members import Pair, settle_members
from app.sync.live import connection_of, transport_of
from app.sync.outcomes import Needless
from app.sync.run import Run
from app.tenancy import current_company_id
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.contact_groups import ContactGroup


def sync(run: Run) -> None:
    """Bring tags and groups together. Raises as `jobs.create`, `Needless` when the practice leaves groups alone."""
    connection = connection_of(run)
    setting = db.session.scalars(select(Company.contact_groups)).one()
    if setting == "off":
        raise Needless("The practice leaves contact groups alone.")
    accounting, connection_id = AccountingApi(transport_of(run, connection)), connection.id
    writes, counts = setting == "both", Counter[str]()
    groups = {group.id: group for group in accounting.contact_groups() if group.status == "ACTIVE"}
    _pair_groups(connection_id, groups.values())
    _note_gone(connection_id, groups)
    run.save()
    if writes:
        _delete_wanted(run, accounting, connection_id, groups)
        _make_groups(run, accounting, connection_id)
    _rename(run, accounting, connection_id, groups, counts, writes=writes)
    for pair in _pairs(connection_id):
        settle_members(run, accounting, connection_id, pair, counts, writes=writes)
    successes.succeeded(run, connection_id, counts)


def _pairs(connection_id: UUID) -> list[Pair]:
    rows = db.session.execute(
        select(TagMapping.tag_id, TagMapping.xero_group_id)
        .join(Tag, Tag.id == TagMapping.tag_id)
        .where(TagMapping.connection_id == connection_id, TagMapping.state == "live")
        .order_by(TagMapping.name, TagMapping.id)
    )
    return [Pair(*row) for row in rows]


# Which belong together.


def _pair_groups(connection_id: UUID, groups: Iterable[ContactGroup]) -> None:
    """Every group gets the tag of its name, made if there is none."""
    known = set(
        db.session.scalars(select(TagMapping.xero_group_id).where(TagMapping.connection_id == connection_id))
    )
    taken = set(
        db.session.scalars(select(TagMapping.tag_id).where(TagMapping.connection_id == connection_id))
    )
    for group in sorted(groups, key=lambda one: one.name):
        if group.id in known:
            continue
        tag = _tag_named(group.name)
        if tag.id not in taken:
            _pair(connection_id, tag, group.id, group.name)
            taken.add(tag.id)


def _tag_named(name: str) -> Tag:
    tidy = " ".join(name.split())
    db.session.execute(
        insert(Tag)
        .values(
            company_id=current_company_id(),
            id=uuid4(),
            name=tidy,
            sort_name=tidy.casefold(),
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["company_id", "sort_name"])
    )
    return db.session.scalars(select(Tag).where(Tag.sort_name == tidy.casefold())).one()


def _pair(connection_id: UUID, tag: Tag, group_id: str, name: str) -> None:
    db.session.execute(
        insert(TagMapping)
        .values(
            company_id=current_company_id(),
            id=uuid4(),
            connection_id=connection_id,
            tag_id=tag.id,
            xero_group_id=group_id,
            name=name,
            state="live",
            created_at=now(),
        )
        .on_conflict_do_nothing()
    )


def _note_gone(connection_id: UUID, groups: Mapping[str, ContactGroup]) -> None:
    for mapping in db.session.scalars(
        select(TagMapping).where(TagMapping.connection_id == connection_id, TagMapping.state == "live")
    ):
        if mapping.xero_group_id not in groups:
            mapping.state = "group_gone"


def _delete_wanted(
    run: Run, accounting: AccountingApi, connection_id: UUID, groups: Mapping[str, ContactGroup]
) -> None:
    """Groups that a person wants deleted, their tags being gone."""
    wanted = db.session.execute(
        select(TagMapping.id, TagMapping.xero_group_id).where(
            TagMapping.connection_id == connection_id, TagMapping.state == "to_delete"
        )
    ).all()
    for mapping_id, group_id in wanted:
        if group_id in groups:
            accounting.delete_contact_group(group_id)
        db.session.execute(delete(TagMapping).where(TagMapping.id == mapping_id))
        run.save(attempts=0)


def _make_groups(run: Run, accounting: AccountingApi, connection_id: UUID) -> None:
    """A group for each tag that some client has and that has none."""
    paired = select(TagMapping.tag_id).where(TagMapping.connection_id == connection_id)
    used = select(ClientTag.tag_id)
    tags = db.session.execute(
        select(Tag.id, Tag.name).where(Tag.id.not_in(paired), Tag.id.in_(used)).order_by(Tag.sort_name)
    ).all()
    for tag_id, name in tags:
        _make_group(run, accounting, connection_id, tag_id, name)


def _make_group(run: Run, accounting: AccountingApi, connection_id: UUID, tag_id: UUID, name: str) -> None:
    def send(key: str) -> Json:
        return {"group_id": accounting.create_contact_group(name, key).id}

    def read_back() -> Json | None:
        named = (group for group in accounting.contact_groups() if group.name.casefold() == name.casefold())
        return next(({"group_id": group.id} for group in named if group.status == "ACTIVE"), None)

    def then(result: Json) -> None:
        tag = db.session.scalar(select(Tag).where(Tag.id == tag_id))
        if tag is not None:
            _pair(connection_id, tag, result["group_id"], name)

    run.step(f"group: {name}", send, read_back, then)


# Names.


def _rename(
    run: Run,
    accounting: AccountingApi,
    connection_id: UUID,
    groups: Mapping[str, ContactGroup],
    counts: Counter[str],
    *,
    writes: bool,
) -> None:
    rows = db.session.execute(
        select(TagMapping.id, TagMapping.name, TagMapping.xero_group_id, Tag.id, Tag.name)
        .join(Tag, Tag.id == TagMapping.tag_id)
        .where(TagMapping.connection_id == connection_id, TagMapping.state == "live")
    ).all()
    for mapping_id, agreed, group_id, tag_id, ours in rows:
        group = groups.get(group_id)
        if group is None or " ".join(group.name.split()) == ours:
            continue
        if ours != agreed and writes:
            accounting.rename_contact_group(group_id, ours, str(uuid4()))
            counts["renamed"] += 1
            _agree(mapping_id, ours)
        elif ours == agreed and _rename_tag(tag_id, group.name):
            counts["renamed"] += 1
            _agree(mapping_id, group.name)
        run.save(attempts=0)


def _agree(mapping_id: UUID, name: str) -> None:
    mapping = db.session.scalars(select(TagMapping).where(TagMapping.id == mapping_id)).one()
    mapping.name = name


def _rename_tag(tag_id: UUID, name: str) -> bool:
    """Whether the tag took the name: not when another tag has it."""
    tidy = " ".join(name.split())
    other = select(Tag.id).where(Tag.sort_name == tidy.casefold(), Tag.id != tag_id)
    tag = db.session.scalar(select(Tag).where(Tag.id == tag_id).with_for_update())
    if tag is None or db.session.scalar(other) is not None:
        return False
    tag.name, tag.sort_name = tidy, tidy.casefold()
    return True
