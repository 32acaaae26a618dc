"""Tags and contact groups kept alike, and what is deleted on one side asked about on the other."""

from uuid import UUID

from sqlalchemy import delete, select

from app.clients import tag_changes
from app.contacts import grouping
from app.extensions import db
from app.models import ClientTag, Tag, TagMapping
from app.sync.connections import needed_connection
from app.sync.contacts import pulling
from tests.sync.contacts.practice import BY, Pair


def bring_together(pair: Pair) -> None:
    with pair.scope():
        pulling.plan_groups(needed_connection(), BY)
        db.session.commit()
    pair.work(hurry=True)


def tag(pair: Pair, name: str, *client_ids: UUID) -> None:
    with pair.scope():
        found = db.session.scalar(select(Tag).where(Tag.sort_name == name.casefold()))
        found = found or Tag(name=name, sort_name=name.casefold())
        db.session.add(found)
        db.session.flush()
        db.session.add_all(ClientTag(client_id=client_id, tag_id=found.id) for client_id in client_ids)
        db.session.commit()


def untag(pair: Pair, name: str, client_id: UUID) -> None:
    with pair.scope():
        found = db.session.scalars(select(Tag.id).where(Tag.sort_name == name.casefold())).one()
        db.session.execute(
            delete(ClientTag).where(ClientTag.tag_id == found, ClientTag.client_id == client_id)
        )
        db.session.commit()


def tagged(pair: Pair, name: str) -> set[UUID]:
    with pair.scope():
        rows = select(ClientTag.client_id).join(Tag, Tag.id == ClientTag.tag_id)
        return set(db.session.scalars(rows.where(Tag.sort_name == name.casefold())))


def groups(pair: Pair) -> dict[str, str]:
    """Name → id of the groups there are."""
    return {one["Name"]: one["ContactGroupID"] for one in pair.call("GET", "/ContactGroups")["ContactGroups"]}


def members(pair: Pair, name: str) -> set[str]:
    found = pair.call("GET", f"/ContactGroups/{groups(pair)[name]}")["ContactGroups"][0]["Contacts"]
    return {one["ContactID"] for one in found}


def test_who_is_in_a_group_has_its_tag_and_the_other_way_round(pair: Pair):
    pair.settings(contact_groups="both")
    first, second, third = clients = pair.add_many([f"Grouped {number}" for number in range(3)])
    pair.push(*clients)
    ids = {client_id: pair.contact_id(client_id) for client_id in clients}
    made = pair.call("PUT", "/ContactGroups", {"Name": "Farmers"})["ContactGroups"][0]["ContactGroupID"]
    pair.call("PUT", f"/ContactGroups/{made}/Contacts", {"Contacts": [{"ContactID": ids[first]}]})
    tag(pair, "Monthly", second, third)
    pair.simulator.fault("drop_after", path="/ContactGroups$", method="PUT", count=1)
    bring_together(pair)
    assert tagged(pair, "Farmers") == {first}
    assert members(pair, "Monthly") == {ids[second], ids[third]}
    assert list(groups(pair)).count("Monthly") == 1, "made once, though the answer was lost"

    # Each side takes one out and puts one in; one that is archived cannot be put in, and holds nobody up.
    untag(pair, "Monthly", second)
    tag(pair, "Farmers", second, third)
    pair.change(ids[third], ContactStatus="ARCHIVED")
    pair.call("DELETE", f"/ContactGroups/{made}/Contacts/{ids[first]}")
    bring_together(pair)
    assert members(pair, "Monthly") == {ids[third]}
    assert tagged(pair, "Farmers") == {second, third}
    assert members(pair, "Farmers") == {ids[second]}

    pair.call("POST", f"/ContactGroups/{made}", {"Name": "Graziers"})
    bring_together(pair)
    assert tagged(pair, "Graziers") == {second, third}

    with pair.scope():
        found = db.session.scalars(select(Tag).where(Tag.sort_name == "graziers")).one()
        found.name, found.sort_name = "Pastoralists", "pastoralists"
        db.session.commit()
    bring_together(pair)
    assert groups(pair)["Pastoralists"] == made


def test_nothing_is_deleted_unasked(pair: Pair):
    pair.settings(contact_groups="both")
    (client_id,) = pair.add_many(["Kept Pty Ltd"])
    pair.push(client_id)
    tag(pair, "Loved", client_id)
    tag(pair, "Left", client_id)
    bring_together(pair)
    pair.call("POST", f"/ContactGroups/{groups(pair)['Loved']}", {"Status": "DELETED"})
    with pair.scope():
        left = db.session.scalars(select(Tag).where(Tag.sort_name == "left")).one()
        db.session.execute(delete(ClientTag).where(ClientTag.tag_id == left.id))
        db.session.delete(left)
        db.session.commit()
    bring_together(pair)
    assert tagged(pair, "Loved") == {client_id}
    assert set(groups(pair)) >= {"Left"}
    assert members(pair, "Left") == {pair.contact_id(client_id)}

    with pair.scope():
        rows = {row.name: row for row in grouping.rows(needed_connection().id)}
        assert rows["Loved"].state == "group_gone"
        assert rows["Left"].tag is None
        for name, wish in (("Loved", "again"), ("Left", "delete")):
            mapping = db.session.scalars(select(TagMapping).where(TagMapping.name == name)).one()
            grouping.decide(mapping, wish, needed_connection(), BY)
        db.session.commit()
    pair.work(hurry=True)
    assert "Left" not in groups(pair)
    assert members(pair, "Loved") == {pair.contact_id(client_id)}


def test_what_is_done_to_a_tag_is_done_to_its_group(pair: Pair):
    pair.settings(contact_groups="both")
    client_id = pair.add("Grouped")
    pair.push(client_id)
    names = ("Farmers", "Kept", "Removed")
    for name in names:
        tag(pair, name, client_id)
    bring_together(pair)
    assert set(names) <= set(groups(pair))
    with pair.scope():
        ids = {one.name: one.id for one in db.session.scalars(select(Tag).where(Tag.name.in_(names)))}
        tag_changes.rename(ids["Farmers"], "Graziers", BY)
        tag_changes.remove(ids["Kept"], tag_changes.KEEP, BY)
        tag_changes.remove(ids["Removed"], tag_changes.DELETE, BY)
        db.session.commit()
    for _ in range(2):
        bring_together(pair)
        assert {"Graziers", "Kept"} <= set(groups(pair))
        assert not {"Farmers", "Removed"} & set(groups(pair))
        assert members(pair, "Graziers") == members(pair, "Kept") == {pair.contact_id(client_id)}
        assert tagged(pair, "Kept") == set(), "the group that stays makes no tag again"


def test_without_leave_groups_are_only_read(pair: Pair):
    pair.settings(contact_groups="read")
    (client_id,) = pair.add_many(["Read Only Pty Ltd"])
    pair.push(client_id)
    tag(pair, "Ours alone", client_id)
    before = pair.mark()
    bring_together(pair)
    assert "Ours alone" not in groups(pair)
    assert not [call for call in pair.calls(before) if not call.startswith("GET")]
