"""The same done to many clients: those picked, or all that the filters leave; and tags of one."""

from sqlalchemy import func, select

from app.models import AuditEvent, Client, ClientTag, Office, Tag
from tests.support.pages import words
from tests.support.statements import counted_statements


def told(cast, company_id, what) -> int:
    return cast.read(company_id, select(func.count()).where(AuditEvent.what == what))[0]


def tagged(cast, company_id, name) -> set:
    theirs = select(ClientTag.client_id).join(Tag, Tag.id == ClientTag.tag_id).where(Tag.name == name)
    return set(cast.read(company_id, theirs))


def confirm(person, page, **more):
    ids = page.text.split('name="ids" value="')[1].split('"')[0]
    act = page.text.split('name="do" value="')[1].split('"')[0]
    return person.post("/clients/bulk/confirmed", {"do": act, "ids": ids, **more})


def test_those_picked_and_all_that_match(browser, cast):
    jane = browser("jane@abc.test")
    clients = cast.read(cast.abc, select(Client).where(Client.kind == "company").order_by(Client.name))
    stranger = cast.client(cast.smith)
    picked = [str(one.id) for one in clients[:2]]
    check = jane.post("/clients/bulk", {"do": "tag", "ids": [*picked, str(stranger.id)]})
    assert clients[0].name in words(check)
    assert stranger.name not in words(check)
    assert tagged(cast, cast.abc, "VIP") == set(), "nothing is changed by looking"
    assert confirm(jane, check, value="").status_code == 422
    assert confirm(jane, check, value="VIP").status_code == 302
    assert tagged(cast, cast.abc, "VIP") == {one.id for one in clients[:2]}
    assert told(cast, cast.abc, "client.tagged") == 2
    confirm(jane, check, value="vip")
    assert told(cast, cast.abc, "client.tagged") == 2, "nothing changed, nothing told"
    assert cast.read(cast.smith, select(Tag.name).where(Tag.name == "VIP")) == []

    office = cast.read(cast.abc, select(Office).order_by(Office.name))[0]
    check = jane.post("/clients/bulk", {"do": "office", "all_matching": "1", "kind": "company"})
    assert f"Set the office of {len(clients)} clients" in words(check)
    confirm(jane, check, value=str(office.id))
    offices = cast.read(cast.abc, select(Client.office_id).where(Client.kind == "company"))
    assert set(offices) == {office.id}
    foreign = cast.read(cast.smith, select(Office))[0]
    assert confirm(jane, check, value=str(foreign.id)).status_code == 422

    [tag] = cast.read(cast.abc, select(Tag).where(Tag.name == "VIP"))
    page = words(jane.get(f"/clients?tag={tag.id}"))
    assert "2 clients" in page
    check = jane.post("/clients/bulk", {"do": "archive", "all_matching": "1", "tag": str(tag.id)})
    confirm(jane, check)
    archived = select(Client.id).where(Client.archived_at.is_not(None))
    assert set(cast.read(cast.abc, archived)) == {one.id for one in clients[:2]}
    assert cast.client(cast.smith).archived_at is None
    for nonsense in ({"do": "tag"}, {"do": "burn", "ids": picked}, {}):
        assert jane.post("/clients/bulk", nonsense).status_code == 302
    assert "Choose what to do with these clients. Nothing was changed." in words(jane.get("/clients"))


def test_tags_of_one_client(browser, cast):
    jane, client = browser("jane@abc.test"), cast.client(cast.abc, "Hannah Whitlock")
    assert jane.post(f"/clients/{client.id}/tags", {"tag": "  New   one "}).status_code == 302
    assert tagged(cast, cast.abc, "New one") == {client.id}
    for wrong in ("", "a, b", "x" * 101):
        assert jane.post(f"/clients/{client.id}/tags", {"tag": wrong}).status_code == 422
    page = words(jane.get(f"/clients/{client.id}"))
    assert "Remove the tag New one" in jane.get(f"/clients/{client.id}").text
    assert "Gave a client a tag" in page
    [tag] = cast.read(cast.abc, select(Tag).where(Tag.name == "New one"))
    assert jane.post(f"/clients/{client.id}/tags/{tag.id}/remove").status_code == 302
    assert tagged(cast, cast.abc, "New one") == set()
    theirs = cast.read(cast.smith, select(Tag))[0]
    assert jane.post(f"/clients/{client.id}/tags/{theirs.id}/remove").status_code == 422


def test_however_many_it_is_a_handful_of_statements(app, browser, cast):
    jane = browser("jane@abc.test")

    def statements(path: str) -> int:
        jane.raw.get(path)
        with counted_statements(app) as seen:
            assert jane.raw.get(path).status_code == 200
        return len(seen)

    assert statements("/clients") <= 9
    assert statements("/clients?q=ha&xero=no&requests=no&sort=number&direction=desc") <= 10
    few, many = cast.client(cast.abc, "Wei Zhang"), cast.client(cast.abc, "Hannah Whitlock")
    assert abs(statements(f"/clients/{few.id}") - statements(f"/clients/{many.id}")) <= 2
    ids = [str(one) for one in cast.read(cast.abc, select(Client.id))]
    counts = []
    for size, name in ((2, "Two"), (len(ids), "All")):
        check = jane.post("/clients/bulk", {"do": "tag", "ids": ids[:size]})
        with counted_statements(app) as seen:
            confirm(jane, check, value=name)
        counts.append(len(seen))
    assert counts[1] <= counts[0] + 2, counts
