"""Tags as such: where each is used, another name, gone; and where a client that was merged has gone."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from app.clients import merge
from app.extensions import db
from app.models import AuditEvent, Client, ClientTag, Company, Connection, Operation, Tag, TagMapping
from app.tenancy import company_scope
from tests.support.pages import links, same_but_for, words


def tag_with(app, company_id, name: str, clients: list) -> str:
    with app.app_context(), company_scope(company_id):
        tag = Tag(name=name, sort_name=name.casefold())
        db.session.add(tag)
        db.session.flush()
        db.session.add_all(ClientTag(client_id=client.id, tag_id=tag.id) for client in clients)
        db.session.commit()
        return str(tag.id)


def pair(app, company_id, tag_id: str, group: str, setting: str = "both", state: str = "live") -> None:
    with app.app_context(), company_scope(company_id):
        db.session.scalars(select(Company)).one().contact_groups = setting
        connection_id = db.session.scalars(select(Connection.id)).one()
        mapping = TagMapping(tag_id=tag_id, xero_group_id=f"group-{group}", name=group, state=state)
        mapping.connection_id = connection_id
        db.session.add(mapping)
        db.session.commit()


def told(cast, what: str) -> list[tuple]:
    rows = cast.read(
        cast.abc, select(AuditEvent).where(AuditEvent.what == what).order_by(AuditEvent.sequence)
    )
    return [(one.subject_label, one.before, one.after) for one in rows]


def planned(cast) -> int:
    return len(cast.read(cast.abc, select(Operation.id).where(Operation.kind == "contacts.groups")))


def test_renamed_for_everybody_at_once(app, alice, browser, cast):
    clients = cast.read(cast.abc, select(Client).where(Client.archived_at.is_(None)).order_by(Client.number))
    tag_id, other = tag_with(app, cast.abc, "Farmers", clients[:3]), tag_with(app, cast.abc, "Monthly", [])
    address = f"/clients/tags/{tag_id}"
    assert "/clients/tags" in links(alice.get("/clients"), "/clients/tags")
    page = alice.get("/clients/tags")
    assert f"/clients?tag={tag_id}" in links(page, "/clients?tag")
    assert "Farmers 3 clients with the tag Farmers" in words(page)
    jane = browser("jane@abc.test")
    assert "admins can rename and delete tags" in words(jane.get("/clients/tags"))
    assert address not in links(jane.get("/clients/tags"), "/clients/tags/")
    for path in (address, f"{address}/delete"):
        assert jane.get(path).status_code == jane.post(path, {"tag": "Mine"}).status_code == 403
        theirs, none = (
            browser("admin@smith.test").get(one) for one in (path, path.replace(tag_id, str(clients[0].id)))
        )
        assert theirs.status_code == 404
        assert same_but_for(theirs, tag_id) == same_but_for(none, clients[0].id)

    for wrong, said in (
        ("", "is missing"),
        ("a, b", "one tag at a time"),
        ("monthly", "“monthly” already"),
        ("x" * 101, "100"),
    ):
        answer = alice.post(address, {"tag": wrong})
        assert answer.status_code == 422
        assert said in words(answer), wrong
    before = planned(cast)
    assert "is called “Graziers” now" in words(
        alice.post(address, {"tag": " Graziers "}, follow_redirects=True)
    )
    alice.post(address, {"tag": "graziers"})
    alice.post(address, {"tag": "graziers"})
    assert told(cast, "tag.renamed") == [
        ("Graziers", {"name": "Farmers"}, {"name": "Graziers"}),
        ("graziers", {"name": "Graziers"}, {"name": "graziers"}),
    ], "the same name again is no change"
    assert "graziers" in words(alice.get(f"/clients/{clients[0].id}"))
    assert cast.read(cast.abc, select(Tag.sort_name).where(Tag.id == tag_id)) == ["graziers"]
    assert planned(cast) == before, "the practice leaves groups alone"
    pair(app, cast.abc, other, "Monthly")
    assert "The contact group “Monthly” gets the new name as well." in words(
        alice.get(f"/clients/tags/{other}")
    )
    alice.post(f"/clients/tags/{other}", {"tag": "Each month"})
    assert planned(cast) == before + 1


def test_deleted_with_a_word_about_its_group(app, alice, cast):
    clients = cast.read(cast.abc, select(Client).where(Client.archived_at.is_(None)).order_by(Client.number))
    lone = tag_with(app, cast.abc, "Lone", [])
    assert "No client has it at the moment." in words(alice.get(f"/clients/tags/{lone}/delete"))
    alice.post(f"/clients/tags/{lone}/delete")
    ids = {}
    for name, state in (
        ("Kept", "live"),
        ("Removed", "live"),
        ("Long apart", "apart"),
        ("Gone there", "group_gone"),
    ):
        ids[name] = tag_with(app, cast.abc, name, clients[:2])
        pair(app, cast.abc, ids[name], name, state=state)
    check = words(alice.get(f"/clients/tags/{ids['Kept']}/delete"))
    assert "2 clients lose it." in check
    assert "In Xero it is the contact group “Kept”: say below what becomes of that." in check
    assert "What becomes of" not in words(alice.get(f"/clients/tags/{ids['Long apart']}/delete"))
    assert alice.post(f"/clients/tags/{ids['Kept']}/delete", {"group": ""}).status_code == 422
    assert cast.read(cast.abc, select(Tag.id).where(Tag.name == "Kept")), "nothing was said, nothing was done"
    before = planned(cast)
    for name, wish in (("Kept", "keep"), ("Removed", "delete"), ("Long apart", ""), ("Gone there", "")):
        answer = alice.post(f"/clients/tags/{ids[name]}/delete", {"group": wish}, follow_redirects=True)
        assert f"The tag “{name}” is deleted." in words(answer)
    assert cast.read(cast.abc, select(Tag.id).where(Tag.id.in_(list(ids.values())))) == []
    assert cast.read(cast.abc, select(ClientTag.id).where(ClientTag.tag_id.in_(list(ids.values())))) == []
    mappings = cast.read(cast.abc, select(TagMapping).where(TagMapping.xero_group_id.like("group-%")))
    assert {one.name: one.state for one in mappings} == {
        "Kept": "apart",
        "Removed": "to_delete",
        "Long apart": "apart",
    }
    assert planned(cast) == before + 1, "one operation for all"
    assert [row for row in told(cast, "tag.deleted") if row[0] in {"Kept", "Removed"}] == [
        ("Kept", {"name": "Kept", "clients": 2}, {"group": "kept in Xero"}),
        ("Removed", {"name": "Removed", "clients": 2}, {"group": "deleted in Xero"}),
    ]
    assert alice.post(f"/clients/tags/{ids['Kept']}/delete").status_code == 404
    # Where groups are only read, none is deleted from here.
    read_only = tag_with(app, cast.abc, "Read only", [])
    pair(app, cast.abc, read_only, "Read only", setting="read")
    assert "nothing is written to groups in Xero" in words(alice.get(f"/clients/tags/{read_only}/delete"))
    assert alice.post(f"/clients/tags/{read_only}/delete", {"group": "delete"}).status_code == 409
    assert alice.post(f"/clients/tags/{read_only}/delete", {"group": "keep"}).status_code == 302


def test_where_a_merged_client_has_gone(app, browser, cast):
    jane = browser("jane@abc.test")
    with app.app_context(), company_scope(cast.abc):
        statement = select(Client).where(Client.archived_at.is_(None)).order_by(Client.number)
        survivor, loser, plain = db.session.scalars(statement.limit(3)).all()
        merge.merge(survivor, loser, ())
        plain.archived_at = plain.created_at
        survivor_id, names = survivor.id, (survivor.name, loser.name, plain.name)
        db.session.commit()
    page = jane.get("/clients?archived=1")
    assert f"{names[1]} merged into {names[0]}" in words(page)
    assert f"{names[2]} merged into" not in words(page)
    assert f"/clients/{survivor_id}" in links(page, "/clients/")


def test_given_in_the_moment_it_is_deleted(app, alice, cast, superuser):
    client = cast.read(cast.abc, select(Client).where(Client.archived_at.is_(None)))[0]
    tag_id = tag_with(app, cast.abc, "Leaving", [])
    with superuser.connect() as somebody, ThreadPoolExecutor(1) as another:
        somebody.execute(text("delete from tags where id = :id"), {"id": tag_id})
        given = another.submit(alice.post, f"/clients/{client.id}/tags", {"tag": "Leaving"})
        with pytest.raises(TimeoutError):
            given.result(1)
        somebody.commit()
        assert given.result(20).status_code == 302
    tags = cast.read(cast.abc, select(Tag.id).where(Tag.name == "Leaving"))
    theirs = cast.read(cast.abc, select(ClientTag.tag_id).where(ClientTag.client_id == client.id))
    assert len(tags) == 1
    assert str(tags[0]) != tag_id, "made anew"
    assert tags[0] in theirs
