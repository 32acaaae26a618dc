"""Pages made of the components, as HTML: what a reader, a machine and a part of a page get."""

import re

import pytest
from flask import Flask, render_template, render_template_string
from flask.testing import FlaskClient

from tests.support.html import check_page
from tests.templates.gallery import Company

PAGES = [
    "/",
    "/gallery/list?status=new&q=x",
    "/gallery/components",
    "/gallery/portal?role=client",
    "/gallery/sign_in",
]
ROLES = ["admin", "accountant", "client", "super", "outside", "nobody"]
CODES = [400, 403, 404, 405, 409, 413, 418, 422, 429, 500, 503]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_the_house_rules(client: FlaskClient, path: str, role: str) -> None:
    path = f"{path}{'&' if '?' in path else '?'}role={role}"
    answer = client.get(path)
    assert answer.status_code == 200
    check_page(answer.text, path)


@pytest.mark.parametrize("code", CODES)
def test_an_error_page_is_plain_and_leads_home(client: FlaskClient, code: int) -> None:
    answer = client.get(f"/error/{code}")
    assert answer.status_code == code
    check_page(answer.text, f"/error/{code}")
    assert 'href="/"' in answer.text
    assert f"Error {code}" in answer.text


def test_the_title_names_page_company_and_product(client: FlaskClient) -> None:
    assert "<title>Dashboard – ABC Accounting – Countinghouse</title>" in client.get("/").text


def test_a_failed_form_says_so_first(client: FlaskClient) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/gallery/components").text)
    assert token
    answer = client.post("/gallery/components", data={"email": "not an address", "csrf_token": token[1]})
    assert answer.status_code == 422
    assert "<title>Error: Components – ABC Accounting" in answer.text
    for field in ("email", "estimate", "due_on", "kind-0"):
        assert f'href="#{field}"' in answer.text
        assert f'id="{field}"' in answer.text
    assert 'value="not an address"' in answer.text
    assert 'aria-describedby="due_on-hint due_on-error"' in answer.text


@pytest.mark.parametrize(
    ("headers", "part"),
    [
        ({}, False),
        ({"HX-Request": "true"}, False),
        ({"HX-Request": "true", "HX-Target": "body"}, False),
        ({"HX-Request": "true", "HX-Target": "results"}, True),
        ({"HX-Request": "true", "HX-Target": "results", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_htmx_gets_the_part_it_asks_for(client: FlaskClient, headers: dict[str, str], part: bool) -> None:
    answer = client.get("/gallery/list", headers=headers)
    assert ('<nav class="sidenav"' not in answer.text) is part
    assert 'id="results"' in answer.text
    assert "<title>Requests" in answer.text
    assert set(answer.vary) >= {"HX-Request", "HX-Target"}


def test_a_part_brings_its_messages_and_leaves_others_alone(client: FlaskClient) -> None:
    part = {"HX-Request": "true", "HX-Target": "results"}
    assert 'id="flashes"' not in client.get("/gallery/list", headers=part).text
    text = client.get("/gallery/list?flash=1", headers=part).text
    assert '<div id="flashes" class="flashes" hx-swap-oob="true">' in text
    assert "Assigned to Jane Doe" in text


def test_sorting_keeps_the_filters_and_starts_the_list_anew(client: FlaskClient) -> None:
    text = client.get("/gallery/list?status=new&sort=due&direction=asc&after=abc").text
    assert 'href="/gallery/list?status=new&amp;sort=due&amp;direction=desc"' in text
    assert text.count("aria-sort=") == 1
    assert '<th scope="col" aria-sort="ascending">' in text


def test_a_chip_takes_its_filter_away(client: FlaskClient) -> None:
    text = client.get("/gallery/list?status=new&q=cafe").text
    assert (
        'href="/gallery/list?q=cafe"><span class="visually-hidden">Remove filter </span>Status: New' in text
    )
    assert "10,000+ requests" in text


def test_what_people_write_is_escaped(client: FlaskClient) -> None:
    text = client.get("/gallery/list?q=%3Cscript%3Ealert(1)%3C/script%3E").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_the_super_admins_visit_is_always_in_sight(client: FlaskClient) -> None:
    text = client.get("/?role=super").text
    assert "Viewing as super admin: ABC Accounting" in text
    assert "Ticket 4182" in text
    assert "Reading only: choose writing to change things. Until 10:31" in text
    assert "entry-bar" not in client.get("/?role=admin").text


def test_mail_is_framed_in_both_forms(gallery: Flask) -> None:
    page = "{% extends 'mail/layout.html' %}{% import 'mail/_button.html' as mail %}"
    page += "{% block subject %}Hello{% endblock %}"
    page += "{% block content %}{{ mail.button('https://localhost/x', 'Open') }}{% endblock %}"
    with gallery.test_request_context():
        html = render_template_string(page, company=Company(), reason="You asked for it.")
        text = render_template("mail/layout.txt", company=None)
    assert "ABC Accounting" in html
    assert "You asked for it. Sent by Countinghouse for ABC Accounting." in html
    assert html.count("https://localhost/x") == 2
    assert text.startswith("Countinghouse\n")
