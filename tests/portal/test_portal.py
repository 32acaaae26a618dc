"""The portal: a client sees and says what is theirs, and nothing else."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from app.extensions import db
from app.models import Client, Company, RequestEvent, Service, ServiceRequest, now
from app.tenancy import company_scope
from tests.support.pages import field, links, same_but_for, words

HANNAH = "client@abc.test"


def own_client_id(cast):
    return cast.member(cast.abc, "Hannah").client_id


def own_requests(cast):
    return cast.read(cast.abc, select(ServiceRequest).where(ServiceRequest.client_id == own_client_id(cast)))


def somebody_elses(cast):
    statement = select(ServiceRequest).where(ServiceRequest.client_id != own_client_id(cast))
    return cast.read(cast.abc, statement.order_by(ServiceRequest.reference))[0]


def how_many(cast):
    return cast.read(cast.abc, select(func.count(ServiceRequest.id)))[0]


def change(app, cast, statement):
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(statement)
        db.session.commit()


def test_a_client_sees_their_own_requests_and_no_others(browser, cast):
    page = words(browser(HANNAH).get("/portal"))
    mine = own_requests(cast)
    assert mine
    assert all(request.reference in page for request in mine)
    others = cast.read(cast.abc, select(ServiceRequest.reference)) + cast.read(
        cast.smith, select(ServiceRequest.reference)
    )
    listed = [reference for reference in others if f"{reference} " in page or f"{reference}," in page]
    assert sorted(listed) == sorted(request.reference for request in mine)


def test_finished_requests_page_by_page_newest_first(app, browser, cast):
    done = cast.read(cast.abc, select(ServiceRequest).where(ServiceRequest.status == "completed"))[:45]
    ids = [request.id for request in done]
    change(
        app,
        cast,
        update(ServiceRequest).where(ServiceRequest.id.in_(ids)).values(client_id=own_client_id(cast)),
    )
    over = [request for request in own_requests(cast) if request.status in {"completed", "cancelled"}]
    order = [str(one.id) for one in sorted(over, key=lambda one: (one.created_at, one.id), reverse=True)]
    hannah, path, seen, pages = browser(HANNAH), "/portal", [], []
    while path:
        page = hannah.get(path)
        on_page = [link.rsplit("/", 1)[1] for link in links(page, "/portal/requests/") if "new" not in link]
        pages.append([one for one in on_page if one in order])
        seen += pages[-1]
        path = next((link for link in links(page, "/portal?") if "after=" in link), None)
    assert seen == order
    assert len(pages) >= 3
    back = next(link for link in links(page, "/portal?") if "before=" in link)
    assert [link.rsplit("/", 1)[1] for link in links(hannah.get(back), "/portal/requests/")][-20:] == pages[
        -2
    ]


@pytest.mark.parametrize("whose", ["another client", "another practice"])
@pytest.mark.parametrize(("method", "end"), [("get", ""), ("post", "/comments")])
def test_somebody_elses_request_is_as_one_that_does_not_exist(browser, cast, whose, method, end):
    other = somebody_elses(cast) if whose == "another client" else cast.request(cast.smith)
    nobody, hannah = uuid4(), browser(HANNAH)
    sent = {"data": {"text": "Let me in"}} if method == "post" else {}
    answers = [getattr(hannah, method)(f"/portal/requests/{one}{end}", **sent) for one in (other.id, nobody)]
    assert same_but_for(answers[0], other.id) == same_but_for(answers[1], nobody)
    assert answers[0].status_code == 404
    for company_id in (cast.abc, cast.smith):
        assert not cast.read(company_id, select(RequestEvent).where(RequestEvent.text == "Let me in"))


def test_the_page_shows_what_is_not_internal(app, browser, cast):
    request = own_requests(cast)[0]
    with app.app_context(), company_scope(cast.abc):
        for text, internal in (("Behind the curtain", True), ("Please send the receipts", False)):
            db.session.add(
                RequestEvent(
                    service_request_id=request.id,
                    kind="comment",
                    actor_name="Jane Doe",
                    text=text,
                    internal=internal,
                )
            )
        db.session.commit()
    page = words(browser(HANNAH).get(f"/portal/requests/{request.id}"))
    assert "Please send the receipts" in page
    assert "Behind the curtain" not in page


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("new", "We have your request. Soon someone will look after it."),
        ("assigned", "looks after your request and will start soon."),
        ("in_progress", "is working on it."),
        ("waiting", "We need something from you before we can go on."),
        ("completed", "This is done."),
        ("cancelled", "This was stopped."),
    ],
)
def test_every_status_has_plain_words(app, browser, cast, status, said):
    request = own_requests(cast)[0]
    jane = cast.member(cast.abc, "Jane").id
    values = {"status": status, "assignee_id": jane, "completed_at": now() if status == "completed" else None}
    change(app, cast, update(ServiceRequest).where(ServiceRequest.id == request.id).values(values))
    for path in ("/portal", f"/portal/requests/{request.id}"):
        assert said in words(browser(HANNAH).get(path))


def test_asking_for_something(browser, cast):
    service, hannah = cast.service(cast.abc, "BAS"), browser(HANNAH)
    number = cast.read(cast.abc, select(Company.next_request_number))[0]
    assert "Business activity statement for a quarter." in words(hannah.get("/portal/requests/new"))
    sent = {"service_id": str(service.id), "note": "For the June quarter, please."}
    answer = hannah.post("/portal/requests/new", sent)
    assert answer.status_code == 302
    request = cast.request(cast.abc, reference=f"ABC-{number}")
    assert answer.location == f"/portal/requests/{request.id}"
    assert (request.client_id, request.service_id, request.status) == (own_client_id(cast), service.id, "new")
    assert (request.note, request.price) == (sent["note"], service.base_price)
    page = words(hannah.get(answer.location))
    assert f"We have your request. Its number is {request.reference}." in page
    assert request.reference in words(browser("jane@abc.test").get("/requests"))


def test_another_clients_id_in_the_form_means_nothing(browser, cast):
    other = somebody_elses(cast)
    sent = {"service_id": str(cast.service(cast.abc, "BAS").id), "client_id": str(other.client_id)}
    answer = browser(HANNAH).post("/portal/requests/new", sent)
    made = cast.request(cast.abc, id=answer.location.rsplit("/", 1)[1])
    assert made.client_id == own_client_id(cast)


def test_what_cannot_be_asked_for_is_said_and_the_words_are_kept(app, browser, cast):
    off = cast.service(cast.abc, "BAS")
    change(app, cast, update(Service).where(Service.id == off.id).values(active=False))
    foreign = cast.read(cast.smith, select(Service))[0]
    before, hannah = how_many(cast), browser(HANNAH)
    for service_id in ("", "rubbish", str(uuid4()), str(foreign.id), str(off.id)):
        page = hannah.post("/portal/requests/new", {"service_id": service_id, "note": "Kept words"})
        assert page.status_code == 422, service_id
        assert "There is a problem" in words(page)
        assert field(page, "note") == "Kept words"
        assert foreign.name not in words(page) or foreign.name in words(hannah.get("/portal/requests/new"))
    long = hannah.post(
        "/portal/requests/new",
        {"service_id": str(cast.service(cast.abc, "Company Tax").id), "note": "x" * 9000},
    )
    assert long.status_code == 422
    assert how_many(cast) == before


def test_an_archived_client_is_asked_to_call(app, browser, cast):
    change(app, cast, update(Client).where(Client.id == own_client_id(cast)).values(archived_at=now()))
    before, hannah = how_many(cast), browser(HANNAH)
    assert "Please call or write to ABC Accounting" in words(hannah.get("/portal/requests/new"))
    answer = hannah.post("/portal/requests/new", {"service_id": str(cast.service(cast.abc, "BAS").id)})
    assert answer.status_code == 422
    assert "Bring the client back" not in words(answer), "that is the practice's to do"
    assert how_many(cast) == before


def test_a_message_reaches_the_practice(browser, cast):
    request, hannah = own_requests(cast)[0], browser(HANNAH)
    path = f"/portal/requests/{request.id}"
    empty = hannah.post(f"{path}/comments", {"text": "  "})
    assert (empty.status_code, "Write something first." in words(empty)) == (422, True)
    assert (
        hannah.post(f"{path}/comments", {"text": "The <b>receipts</b> are in the post."}).status_code == 302
    )
    page = hannah.get(path)
    assert "The <b>receipts</b> are in the post." in words(page) or "&lt;b&gt;" in page.get_data(as_text=True)
    (event,) = cast.read(cast.abc, select(RequestEvent).where(RequestEvent.text.like("The <b>%")))
    assert (event.internal, event.service_request_id, event.kind) == (False, request.id, "comment")


@pytest.mark.parametrize("email", ["admin@abc.test", "jane@abc.test", "super@countinghouse.test"])
def test_the_portal_is_the_clients_own(browser, cast, email):
    person = browser(email)
    for path in ("/portal", "/portal/requests/new", f"/portal/requests/{own_requests(cast)[0].id}"):
        assert person.get(path).status_code in {302, 404}, path
        assert b"portal" not in (person.get(path).location or "").encode()


@pytest.mark.parametrize("path", ["/clients", "/services", "/settings", "/requests", "/platform", "/sync"])
def test_a_client_learns_of_no_staff_page(browser, path):
    assert browser(HANNAH).get(path).status_code == 404


def test_without_the_token_of_the_page_nothing_happens(browser, cast):
    before, hannah = how_many(cast), browser(HANNAH)
    sent = {"service_id": str(cast.service(cast.abc, "BAS").id)}
    assert hannah.raw.post("/portal/requests/new", data=sent).status_code == 400
    request = own_requests(cast)[0]
    assert (
        hannah.raw.post(f"/portal/requests/{request.id}/comments", data={"text": "No token"}).status_code
        == 400
    )
    assert how_many(cast) == before
    assert not cast.read(cast.abc, select(RequestEvent).where(RequestEvent.text == "No token"))
