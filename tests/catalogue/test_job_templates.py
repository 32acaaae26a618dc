"""Job templates: the form that works without JavaScript, and what is refused."""

import re
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from app.models import JobTemplate, JobTemplateTask
from tests.support.pages import field, same_but_for, words

LINES = [
    ("Collect papers", "NON_CHARGEABLE", "", "20"),
    ("Prepare", "TIME", "165", "90"),
    ("Lodge", "FIXED", "90.50", ""),
]


def form(name, lines, do="save"):
    sent = {"name": name, "do": do}
    for place, line in enumerate(lines):
        for key, value in zip(("name", "charge_type", "rate", "estimate_minutes"), line, strict=True):
            sent[f"tasks-{place}-{key}"] = value
    return sent


def tasks_of(cast, name):
    statement = (
        select(JobTemplateTask).join(JobTemplateTask.template).where(JobTemplate.name == name)
    ).order_by(JobTemplateTask.position)
    return [
        (task.name, task.charge_type, task.rate, task.estimate_minutes)
        for task in cast.read(cast.abc, statement)
    ]


def template(cast, name="BAS"):
    return cast.read(cast.abc, select(JobTemplate).where(JobTemplate.name == name))[0]


def how_many(cast):
    return cast.read(cast.abc, select(func.count(JobTemplate.id)))[0]


def names_on(page):
    count = len(set(re.findall(r'name="tasks-(\d+)-name"', page.get_data(as_text=True))))
    return [field(page, f"tasks-{place}-name") for place in range(count)]


def test_the_list_counts_tasks_and_services(browser):
    page = words(browser("jane@abc.test").get("/services/templates"))
    assert "Company year end 5 525 min 2 Offered" in page
    assert "Add a job template" not in page


def test_adding_a_template_in_order_and_without_empty_lines(browser, cast):
    lines = [("", "TIME", "", ""), *LINES]
    assert browser("admin@abc.test").post("/services/templates/new", form("Estate", lines)).status_code == 302
    assert tasks_of(cast, "Estate") == [
        ("Collect papers", "NON_CHARGEABLE", Decimal("0.00"), 20),
        ("Prepare", "TIME", Decimal("165.00"), 90),
        ("Lodge", "FIXED", Decimal("90.50"), 0),
    ]


def test_lines_come_and_go_by_buttons_and_nothing_is_saved_yet(browser, cast):
    admin, before = browser("admin@abc.test"), how_many(cast)
    empty = admin.get("/services/templates/new")
    assert names_on(empty) == ["", "", ""]
    more = admin.post("/services/templates/new", form("Estate", LINES, do="add"))
    assert names_on(more) == ["Collect papers", "Prepare", "Lodge", ""]
    assert field(more, "name") == "Estate"
    assert field(more, "tasks-2-charge_type") == "FIXED"
    assert field(more, "tasks-1-rate") == "165"
    fewer = admin.post("/services/templates/new", form("Estate", LINES, do="remove-0"))
    assert names_on(fewer) == ["Prepare", "Lodge"]
    up = admin.post("/services/templates/new", form("Estate", LINES, do="up-2"))
    assert names_on(up) == ["Collect papers", "Lodge", "Prepare"]
    down = admin.post("/services/templates/new", form("Estate", LINES, do="down-0"))
    assert names_on(down) == ["Prepare", "Collect papers", "Lodge"]
    for senseless in ("remove-9", "up-0", "down-2", "up-x", "dance"):
        page = admin.post("/services/templates/new", form("Estate", LINES, do=senseless))
        assert names_on(page) == ["Collect papers", "Prepare", "Lodge"], senseless
    assert how_many(cast) == before


def test_editing_swaps_names_and_drops_lines(browser, cast):
    found = template(cast)
    admin = browser("admin@abc.test")
    page = admin.get(f"/services/templates/{found.id}/edit")
    assert names_on(page) == ["Reconcile GST accounts", "Prepare statement", "Review and lodge"]
    lines = [("Review and lodge", "TIME", "220", "20"), ("Reconcile GST accounts", "TIME", "145", "60")]
    assert admin.post(f"/services/templates/{found.id}/edit", form("BAS", lines)).status_code == 302
    assert [task[0] for task in tasks_of(cast, "BAS")] == ["Review and lodge", "Reconcile GST accounts"]


@pytest.mark.parametrize(
    ("name", "lines", "sentence"),
    [
        ("", LINES, "The job template’s name is missing. Write one."),
        ("bas", LINES, "There is a job template called bas already. Choose another name."),
        ("Estate", [], "A job template needs at least one task. Add one."),
        ("Estate", [("", "TIME", "5", "")], "The task’s name is missing. Write one."),
        ("Estate", [("x" * 101, "TIME", "5", "")], "The task’s name has 101 characters. Use 100 at most."),
        ("Estate", [("A", "TIME", "", ""), ("a", "TIME", "", "")], "There is another task called a."),
        ("Estate", [("A", "FREE", "", "")], "The charge type must be one of"),
        ("Estate", [("A", "TIME", "dear", "")], "The rate must be an amount"),
        ("Estate", [("A", "NON_CHARGEABLE", "5", "")], "A task that is not charged has no rate."),
        (
            "Estate",
            [("A", "TIME", "", "1.5")],
            "The estimate in minutes must be a whole number from 0 to 60000.",
        ),
        ("Estate", [(str(n), "TIME", "", "") for n in range(51)], "A job template takes 50 tasks at most."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(browser, cast, name, lines, sentence):
    before = how_many(cast)
    page = browser("admin@abc.test").post("/services/templates/new", form(name, lines))
    assert page.status_code == 422
    assert words(page).count(sentence) == 2, "in the summary and at its line"
    assert field(page, "name") == name
    assert names_on(page) == ([line[0] for line in lines] or [""])
    assert "<title>Error: " in page.get_data(as_text=True)
    assert how_many(cast) == before


def test_a_wrong_edit_keeps_the_old_tasks(browser, cast):
    found, before = template(cast), tasks_of(cast, "BAS")
    page = browser("admin@abc.test").post(
        f"/services/templates/{found.id}/edit", form("BAS", [("A", "TIME", "-4", "")])
    )
    assert page.status_code == 422
    assert tasks_of(cast, "BAS") == before


def test_switching_off_and_on(browser, cast):
    found, admin = template(cast), browser("admin@abc.test")
    path = f"/services/templates/{found.id}"
    assert admin.post(f"{path}/deactivate").status_code == 302
    assert not template(cast).active
    again = admin.post(f"{path}/deactivate")
    assert (again.status_code, "switched off already" in words(again)) == (409, True)
    assert admin.post(f"{path}/activate").status_code == 302
    assert admin.post(f"{path}/activate").status_code == 409
    assert template(cast).active


@pytest.mark.parametrize(
    ("method", "end"), [("get", "edit"), ("post", "edit"), ("post", "deactivate"), ("post", "activate")]
)
def test_a_strangers_template_is_as_one_that_does_not_exist(browser, cast, method, end):
    foreign, nobody = cast.read(cast.smith, select(JobTemplate))[0], uuid4()
    admin = browser("admin@abc.test")
    answers = [getattr(admin, method)(f"/services/templates/{one}/{end}") for one in (foreign.id, nobody)]
    assert same_but_for(answers[0], foreign.id) == same_but_for(answers[1], nobody)
    assert answers[0].status_code == 404


@pytest.mark.parametrize(("email", "status"), [("jane@abc.test", 403), ("client@abc.test", 404)])
def test_only_admins_change_templates(browser, cast, email, status):
    found = template(cast)
    person = browser(email)
    assert person.get("/services/templates/new").status_code == status
    assert person.post(f"/services/templates/{found.id}/edit", form("BAS", LINES)).status_code == status
    assert person.post(f"/services/templates/{found.id}/deactivate").status_code == status
    assert template(cast).active
