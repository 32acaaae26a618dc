"""Assigning on the request's page: the main job, and everything that must not happen on the way."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text


def assign(person, request, accountant_id):
    return person.post(f"/requests/{request.id}/assign", {"accountant_id": str(accountant_id)})


def projects_named(simulator, reference: str) -> list[str]:
    """The names of the projects in Xero, whosever, that bear the reference."""
    return [
        project["name"]
        for organisation in simulator.state()["organisations"].values()
        for project in organisation["projects"]
        if reference in project["name"]
    ]


def test_the_story(alice, abc, cast, simulator, work):
    """Assign on the page, let the worker work, find the job on the page and the project in Xero: one."""
    some, jane = abc.without_job(status="new"), cast.member(cast.abc, "Jane")
    page = alice.get(f"/requests/{some.id}").text
    assert "It is made as soon as the request is assigned." in page
    answer = assign(alice, some, jane.id)
    assert (answer.status_code, answer.location) == (302, f"/requests/{some.id}")
    page = alice.get(f"/requests/{some.id}").text
    assert "is assigned to Jane Doe." in page
    assert "Queued for Xero" in page
    assert 'hx-trigger="every 1s"' in page
    work()
    page = alice.get(f"/requests/{some.id}").text
    after = abc.request(some.id)
    assert f"In Xero as “{after.xero_job_name}”" in page
    assert f'href="{after.xero_job_url}"' in page.replace("&amp;", "&")
    assert "every 1s" not in page
    assert (after.status, after.assignee_id) == ("assigned", jane.id)
    assert after.assigned_at
    assert projects_named(simulator, some.reference) == [after.xero_job_name]


def test_an_accountant_may_assign_too(jane, abc, cast):
    some, mike = abc.without_job(status="new"), cast.member(cast.abc, "Mike")
    assert assign(jane, some, mike.id).status_code == 302
    assert abc.request(some.id).assignee_id == mike.id
    assert "Assigned to Mike Brown." in abc.events(some.id)


def test_twice_is_one_operation_and_one_event(alice, abc, cast):
    some, jane = abc.without_job(status="new"), cast.member(cast.abc, "Jane")
    assign(alice, some, jane.id)
    assign(alice, some, jane.id)
    assert len(abc.operations(some.id)) == 1
    assert abc.events(some.id).count("Assigned to Jane Doe.") == 1


def test_passing_on_keeps_the_one_job(alice, abc, cast, simulator, work):
    some = abc.without_job(status="new")
    assign(alice, some, cast.member(cast.abc, "Jane").id)
    work()
    answer = assign(alice, some, cast.member(cast.abc, "Mike").id)
    # Perhaps the page was opened before Jane had it: who loses the request is said.
    assert f"{some.reference} is passed from Jane Doe to Mike Brown." in alice.get(answer.location).text
    work()
    (operation,) = abc.operations(some.id)
    assert operation.state == "done"
    assert "Passed from Jane Doe to Mike Brown." in abc.events(some.id)
    assert len(projects_named(simulator, some.reference)) == 1


def accountant_of(cast, who: str):
    return {
        "of another practice": lambda: cast.member(cast.smith, "Priya").id,
        "unknown": uuid4,
        "no id at all": lambda: "Jane",
        "nobody": lambda: "",
    }[who]()


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("of another practice", "There is no such accountant in your practice."),
        ("unknown", "There is no such accountant in your practice."),
        ("no id at all", "There is no such accountant in your practice."),
        ("nobody", "Choose an accountant."),
    ],
)
def test_only_an_accountant_of_the_practice(alice, abc, cast, who, sentence):
    some = abc.without_job(status="new")
    answer = assign(alice, some, accountant_of(cast, who))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "<title>Error: " in answer.text
    untouched(abc, some)


def untouched(reader, some):
    after = reader.request(some.id)
    assert (after.assignee_id, after.status, after.assigned_at) == (
        some.assignee_id,
        some.status,
        some.assigned_at,
    )
    assert reader.operations(some.id) == []


def test_not_to_a_client_nor_to_who_has_left(alice, abc, cast, superuser):
    some = abc.without_job(status="new")
    with superuser.begin() as connection:
        portal = connection.scalar(
            text("select id from memberships where company_id = :c and role = 'client' limit 1"),
            {"c": cast.abc},
        )
        connection.execute(
            text("update memberships set active = false where id = :id"),
            {"id": cast.member(cast.abc, "Sarah").id},
        )
    assert "There is no such accountant" in assign(alice, some, portal).text
    gone = assign(alice, some, cast.member(cast.abc, "Sarah").id)
    assert (gone.status_code, "Sarah Lee no longer takes requests." in gone.text) == (422, True)
    untouched(abc, some)


@pytest.mark.parametrize("status", ["cancelled", "completed"])
def test_what_is_over_is_not_assigned(alice, abc, cast, status):
    some = cast.request(cast.abc, status=status)
    before = abc.operations(some.id)
    answer = assign(alice, some, cast.member(cast.abc, "Jane").id)
    assert answer.status_code == 409
    assert f"{some.reference} is {status}, so it cannot be assigned." in answer.text
    assert abc.request(some.id).assignee_id == some.assignee_id
    assert len(abc.operations(some.id)) == len(before)


def test_without_the_token_nothing_is_changed(alice, abc, cast):
    some, jane = abc.without_job(status="new"), cast.member(cast.abc, "Jane")
    answer = alice.raw.post(f"/requests/{some.id}/assign", data={"accountant_id": str(jane.id)})
    assert answer.status_code == 400
    stale = alice.raw.post(
        f"/requests/{some.id}/assign",
        data={"accountant_id": str(jane.id), "csrf_token": "of-another-sign-in"},
    )
    assert stale.status_code == 400
    untouched(abc, some)


@pytest.mark.parametrize("path", ["", "/job", "/edit"])
def test_a_strangers_request_is_as_if_it_were_not_there(alice, cast, path):
    theirs = cast.request(cast.smith)
    answers = [alice.get(f"/requests/{id_}{path}") for id_ in (theirs.id, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].data == answers[1].data


def test_a_stranger_changes_nothing(browser, abc, cast):
    some, tom = abc.without_job(status="new"), browser("admin@smith.test")
    before = abc.events(some.id)
    for path, data in [
        ("assign", {"accountant_id": str(cast.member(cast.smith, "Priya").id)}),
        ("assign", {"accountant_id": str(cast.member(cast.abc, "Jane").id)}),
        ("status", {"status": "cancelled"}),
        ("comments", {"text": "hello"}),
        ("retry", {}),
        ("edit", {"price": "1"}),
    ]:
        assert tom.post(f"/requests/{some.id}/{path}", data).status_code == 404, path
    untouched(abc, some)
    assert abc.events(some.id) == before


def test_a_client_meets_no_staff_page(browser, cast):
    some, client = cast.request(cast.abc), browser("client@abc.test")
    for path in (
        "/requests",
        "/requests/new",
        f"/requests/{some.id}",
        f"/requests/{some.id}/job",
        "/requests/assigned",
    ):
        assert client.get(path).status_code == 404, path
    assert assign(client, some, cast.member(cast.abc, "Jane").id).status_code == 404
    assert client.post("/requests/assign", {"ids": str(some.id)}).status_code == 404


def test_who_is_not_signed_in_is_asked_to(browser, cast):
    some = cast.request(cast.abc)
    answer = browser(None).get(f"/requests/{some.id}")
    assert answer.location == f"/sign-in?next=/requests/{some.id}"


def test_without_xero_assigning_works_and_the_page_says_so(browser, xyz, cast):
    nina, some = browser("admin@xyz.test"), cast.request(cast.xyz, status="new")
    assert "Xero is not connected" in nina.get(f"/requests/{some.id}").text
    assert assign(nina, some, cast.member(cast.xyz, "Omar").id).status_code == 302
    assert xyz.request(some.id).status == "assigned"
    assert xyz.operations(some.id) == []
    page = nina.get(f"/requests/{some.id}").text
    assert "Requests can be assigned all the same." in page
    assert "every 1s" not in page
    refused = nina.post(f"/requests/{some.id}/retry")
    assert (refused.status_code, "not connected to Xero yet" in refused.text) == (409, True)


def test_redis_away_changes_nothing_about_assigning(app, alice, abc, cast):
    from redis import Redis

    app.extensions["redis"] = Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.2)
    some = abc.without_job(status="new")
    assert assign(alice, some, cast.member(cast.abc, "Jane").id).status_code == 302
    (operation,) = abc.operations(some.id)
    assert operation.state == "queued"


def test_eight_at_once_are_one_operation(browser, abc, cast, simulator, work):
    some = abc.without_job(status="new")
    people = [cast.member(cast.abc, name) for name in ("Jane", "Mike")]
    browsers = [browser("admin@abc.test") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda one: assign(one[1], some, people[one[0] % 2].id), enumerate(browsers))
    assert {answer.status_code for answer in answers} == {302}
    assert len(abc.operations(some.id)) == 1
    assert sum(text.startswith("Assigned to") for text in abc.events(some.id)) == 1
    work()
    assert len(projects_named(simulator, some.reference)) == 1
