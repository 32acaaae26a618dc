"""Services: the list, adding, editing, switching off, and what is refused."""

from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select

from app.extensions import db
from app.models import Service, ServiceMapping
from app.tenancy import company_scope
from tests.support.pages import field, same_but_for, words

GOOD = {
    "name": "Estate Return",
    "description": "Return for a deceased estate.",
    "base_price": "1,250.50",
    "default_due_days": "30",
    "account_code": "200",
    "tax_type": "OUTPUT",
    "item_code": "EST",
}


def how_many(cast):
    return cast.read(cast.abc, select(func.count(Service.id)))[0]


def test_the_list_shows_price_and_job_template_of_the_own_services(browser, cast):
    page = words(browser("jane@abc.test").get("/services"))
    assert "Individual Tax Return" in page
    assert "$330.00" in page
    assert "Tax return" in page
    assert "Add a service" not in page, "an accountant may look"
    assert "Add a service" in words(browser("admin@abc.test").get("/services"))


def test_a_service_without_a_mapping_says_so_and_leads_there(app, browser, cast):
    service = cast.service(cast.abc, "BAS")
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(delete(ServiceMapping).where(ServiceMapping.service_id == service.id))
        db.session.commit()
    admin = browser("admin@abc.test")
    assert "Not mapped" in words(admin.get("/services?q=bas"))
    page = admin.get(f"/services/{service.id}")
    assert "Nobody has chosen the tasks" in words(page)
    assert "/settings/integrations/xero/services" in page.get_data(as_text=True)
    jane = browser("jane@abc.test").get(f"/services/{service.id}")
    assert "Your practice’s admin can choose them" in words(jane)
    assert "/settings/integrations/xero/services" not in jane.get_data(as_text=True)


def test_a_mapped_service_shows_its_tasks(browser, cast):
    page = words(browser("jane@abc.test").get(f"/services/{cast.service(cast.abc, 'BAS').id}"))
    assert "Reconcile GST accounts By time $145.00 an hour 60 min" in page


def test_adding_a_service(browser, cast):
    answer = browser("admin@abc.test").post("/services/new", GOOD)
    assert answer.status_code == 302
    service = cast.service(cast.abc, "Estate Return")
    assert service.base_price == Decimal("1250.50")
    assert (service.default_due_days, service.account_code, service.tax_type, service.item_code) == (
        30,
        "200",
        "OUTPUT",
        "EST",
    )
    assert service.active


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " "}, "The service's name is missing. Write one."),
        ({"name": "x" * 101}, "The service's name has 101 characters. Use 100 at most."),
        ({"name": "a > b"}, "Xero does not take the signs < and > in a job's name. Leave them out."),
        ({"name": "bas"}, "There is a service called bas already. Choose another name."),
        ({"base_price": ""}, "The base price must be an amount, such as 450 or 1,250.50."),
        ({"base_price": "NaN"}, "The base price must be between 0 and 9,999,999.99."),
        ({"base_price": "-1"}, "The base price must be between 0 and 9,999,999.99."),
        ({"base_price": "1e9"}, "The base price must be between 0 and 9,999,999.99."),
        ({"base_price": "1.005"}, "The base price has more than two decimals."),
        ({"default_due_days": "soon"}, "The number of days must be a whole number from 0 to 730."),
        ({"default_due_days": "731"}, "The number of days must be a whole number from 0 to 730."),
        ({"default_due_days": "-1"}, "The number of days must be a whole number from 0 to 730."),
        ({"account_code": "12345678901"}, "The account code has 11 characters. Use 10 at most."),
    ],
)
def test_a_wrong_value_is_said_at_its_field_and_nothing_is_changed(browser, cast, wrong, sentence):
    services, sent = how_many(cast), {**GOOD, **wrong}
    answer = browser("admin@abc.test").post("/services/new", sent)
    assert answer.status_code == 422
    assert words(answer).count(sentence) == 2
    assert field(answer, "base_price") == sent["base_price"]
    assert field(answer, "description") == sent["description"]
    assert how_many(cast) == services


def test_editing_a_service_leaves_requests_their_price(browser, cast):
    service = cast.service(cast.abc, "BAS")
    request = cast.request(cast.abc, service_id=service.id)
    admin = browser("admin@abc.test")
    form = admin.get(f"/services/{service.id}/edit")
    sent = {name: field(form, name) for name in GOOD}
    assert sent["name"] == "BAS"
    assert admin.post(f"/services/{service.id}/edit", {**sent, "base_price": "299"}).status_code == 302
    assert cast.service(cast.abc, "BAS").base_price == Decimal("299.00")
    assert cast.request(cast.abc, id=request.id).price == request.price


def test_a_service_that_is_off_is_not_offered(browser, cast):
    service = cast.service(cast.abc, "BAS")
    admin = browser("admin@abc.test")
    assert admin.post(f"/services/{service.id}/deactivate").status_code == 302
    assert f"/services/{service.id}" not in admin.get("/services").get_data(as_text=True)
    assert f"/services/{service.id}" in admin.get("/services?shown=off").get_data(as_text=True)
    assert str(service.id) not in browser("client@abc.test").get("/portal/requests/new").get_data(
        as_text=True
    )
    again = admin.post(f"/services/{service.id}/deactivate")
    assert (again.status_code, "switched off already" in words(again)) == (409, True)
    assert admin.post(f"/services/{service.id}/activate").status_code == 302
    assert admin.post(f"/services/{service.id}/activate").status_code == 409
    assert cast.service(cast.abc, "BAS").active


@pytest.mark.parametrize("change", ["edit", "deactivate", "activate"])
def test_an_accountant_may_look_but_not_change(browser, cast, change):
    service = cast.service(cast.abc, "BAS")
    jane = browser("jane@abc.test")
    assert jane.get(f"/services/{service.id}").status_code == 200
    assert jane.post(f"/services/{service.id}/{change}", GOOD).status_code == 403
    assert jane.get("/services/new").status_code == 403
    assert browser("client@abc.test").get(f"/services/{service.id}").status_code == 404
    assert cast.service(cast.abc, "BAS").active


@pytest.mark.parametrize(
    ("method", "end"), [("get", ""), ("get", "/edit"), ("post", "/edit"), ("post", "/deactivate")]
)
def test_a_strangers_service_is_as_one_that_does_not_exist(browser, cast, method, end):
    foreign, nobody = cast.read(cast.smith, select(Service))[0], uuid4()
    admin = browser("admin@abc.test")
    answers = [getattr(admin, method)(f"/services/{one}{end}") for one in (foreign.id, nobody)]
    assert same_but_for(answers[0], foreign.id) == same_but_for(answers[1], nobody)
    assert answers[0].status_code == 404
    assert cast.read(cast.smith, select(Service.active).where(Service.id == foreign.id)) == [True]


def test_without_the_token_of_the_page_nothing_happens(browser, cast):
    services = how_many(cast)
    assert browser("admin@abc.test").raw.post("/services/new", data=GOOD).status_code == 400
    assert how_many(cast) == services


def test_two_practices_may_use_the_same_name(browser, cast):
    assert browser("admin@abc.test").post("/services/new", GOOD).status_code == 302
    assert browser("admin@smith.test").post("/services/new", GOOD).status_code == 302
