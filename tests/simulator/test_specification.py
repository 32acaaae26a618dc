"""What the simulator answers is valid against Xero's published specifications, where these are at hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.conftest import Connected, RunningSimulator
from tests.simulator.specification import SPECIFICATIONS, Specification
from tests.simulator.test_practice import PRACTICE
from tests.simulator.test_projects import TASK

pytestmark = pytest.mark.skipif(
    not SPECIFICATIONS.is_dir(),
    reason="Xero's OpenAPI files are not beside this repository (../shared/xero-openapi)",
)
# Fields Xero documents in prose or sends in its published examples, but leaves out of the schema.
BEYOND = (
    "Id",
    "Status",
    "ProviderName",
    "DateTimeUTC",
    "DateString",
    "DueDateString",
    "DateUTCString",
    "Class",
)
LINE = {"Description": "Tax return", "Quantity": 1, "UnitAmount": 300, "AccountCode": "200"}


@pytest.fixture(scope="module")
def accounting() -> Specification:
    return Specification("xero_accounting.yaml")


@pytest.fixture(scope="module")
def projects() -> Specification:
    return Specification("xero-projects.yaml")


@pytest.fixture(scope="module")
def files() -> Specification:
    return Specification("xero_files.yaml")


@pytest.fixture(scope="module")
def practice() -> Specification:
    return Specification("xero-practicemanager-v3-1.yaml")


def _is_known(misfit: str) -> bool:
    """The schema of a refused element has its messages only; Xero echoes the element itself as well."""
    echoed = misfit.startswith("$.Elements[") and "is not in the specification" in misfit
    return echoed or any(f": {name} is not in" in misfit for name in BEYOND)


def check(specification: Specification, reply: Any, method: str, template: str) -> Any:
    """The answer fits the specification of this method and path; gives it back."""
    schema = specification.schema(method, template, reply.status_code)
    if schema is None:
        assert not reply.content
        return None
    misfits = specification.misfits(reply.json(), schema)
    assert [one for one in misfits if not _is_known(one)] == []
    return reply.json()


def test_connections(simulator: RunningSimulator) -> None:
    specification = Specification("xero-identity.yaml")
    xero = simulator.connect()
    check(specification, xero.call("GET", "/Connections"), "GET", "/Connections")
    path = f"/Connections/{xero.tokens['connection_id']}"
    check(specification, xero.call("DELETE", path), "DELETE", "/Connections/{id}")


@pytest.mark.parametrize(
    "path",
    [
        "Organisation",
        "Organisation/Actions",
        "Users",
        "Contacts",
        "ContactGroups",
        "Accounts",
        "TaxRates",
        "Items",
        "TrackingCategories",
        "BrandingThemes",
        "Currencies",
        "Invoices",
        "Payments",
    ],
)
def test_accounting_lists(xero: Connected, accounting: Specification, path: str) -> None:
    xero.simulator.console("seed", organisation="ABC Pty Ltd", invoices=3)
    for query in ({}, {"page": "1"}):
        check(accounting, xero.accounting("GET", path, params=query), "GET", f"/{path}")


def test_contacts_written(xero: Connected, accounting: Specification) -> None:
    body = {
        "Name": "Every Field Pty Ltd",
        "ContactNumber": "CH-1",
        "AccountNumber": "A-1",
        "EmailAddress": "every@mail.test",
        "FirstName": "Eve",
        "LastName": "Field",
        "CompanyNumber": "123",
        "TaxNumber": "51824753556",
        "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "0400 000 000"}],
        "Addresses": [{"AddressType": "POBOX", "AddressLine1": "PO Box 1", "City": "Sydney"}],
        "ContactPersons": [{"FirstName": "Pat", "EmailAddress": "pat@mail.test", "IncludeInEmails": True}],
    }
    made = check(accounting, xero.accounting("PUT", "Contacts", json=body), "PUT", "/Contacts")
    contact_id = made["Contacts"][0]["ContactID"]
    check(accounting, xero.accounting("PUT", "Contacts", json=body), "PUT", "/Contacts")
    check(accounting, xero.accounting("POST", "Contacts", json=body), "POST", "/Contacts")
    check(accounting, xero.accounting("GET", f"Contacts/{contact_id}"), "GET", "/Contacts/{ContactID}")
    group = check(
        accounting, xero.accounting("PUT", "ContactGroups", json={"Name": "A"}), "PUT", "/ContactGroups"
    )
    path = f"ContactGroups/{group['ContactGroups'][0]['ContactGroupID']}/Contacts"
    members = {"Contacts": [{"ContactID": contact_id}]}
    template = "/ContactGroups/{ContactGroupID}/Contacts"
    check(accounting, xero.accounting("PUT", path, json=members), "PUT", template)
    check(accounting, xero.accounting("DELETE", path), "DELETE", template)
    note = {"HistoryRecords": [{"Details": "A note"}]}
    history, template = f"Contacts/{contact_id}/History", "/Contacts/{ContactID}/History"
    check(accounting, xero.accounting("PUT", history, json=note), "PUT", template)
    check(accounting, xero.accounting("GET", history), "GET", template)


def test_invoices_and_payments_written(xero: Connected, accounting: Specification) -> None:
    body = {
        "Type": "ACCREC",
        "Contact": {"ContactID": xero.contact_id()},
        "LineItems": [{**LINE, "Tracking": [{"Name": "Office", "Option": "Sydney"}]}],
        "DueDate": "2026-12-04",
        "Status": "AUTHORISED",
        "Reference": "R-1",
    }
    made = check(accounting, xero.accounting("PUT", "Invoices", json=body), "PUT", "/Invoices")
    invoice_id = made["Invoices"][0]["InvoiceID"]
    check(accounting, xero.accounting("PUT", "Invoices", json={**body, "LineItems": []}), "PUT", "/Invoices")
    path = f"Invoices/{invoice_id}"
    check(
        accounting, xero.accounting("POST", path, json={"Reference": "R-2"}), "POST", "/Invoices/{InvoiceID}"
    )
    template = "/Invoices/{InvoiceID}/OnlineInvoice"
    check(accounting, xero.accounting("GET", f"{path}/OnlineInvoice"), "GET", template)
    check(accounting, xero.accounting("POST", f"{path}/Email"), "POST", "/Invoices/{InvoiceID}/Email")
    payment = {
        "Invoice": {"InvoiceID": invoice_id},
        "Account": {"Code": "090"},
        "Amount": 330,
        "Date": "2026-11-20",
    }
    paid = check(accounting, xero.accounting("PUT", "Payments", json=payment), "PUT", "/Payments")
    check(accounting, xero.accounting("GET", path), "GET", "/Invoices/{InvoiceID}")
    gone = f"Payments/{paid['Payments'][0]['PaymentID']}"
    template = "/Payments/{PaymentID}"
    check(accounting, xero.accounting("POST", gone, json={"Status": "DELETED"}), "POST", template)


def test_settings_written(xero: Connected, accounting: Specification) -> None:
    item = {"Code": "A", "Name": "A", "SalesDetails": {"UnitPrice": 1, "AccountCode": "200"}}
    check(accounting, xero.accounting("PUT", "Items", json=item), "PUT", "/Items")
    account = {"Code": "777", "Name": "A", "Type": "REVENUE"}
    check(accounting, xero.accounting("PUT", "Accounts", json=account), "PUT", "/Accounts")
    check(accounting, xero.accounting("PUT", "Currencies", json={"Code": "NZD"}), "PUT", "/Currencies")
    categories = xero.accounting("GET", "TrackingCategories").json()["TrackingCategories"]
    path = f"TrackingCategories/{categories[0]['TrackingCategoryID']}"
    template = "/TrackingCategories/{TrackingCategoryID}"
    check(
        accounting,
        xero.accounting("PUT", f"{path}/Options", json={"Name": "B"}),
        "PUT",
        f"{template}/Options",
    )
    check(accounting, xero.accounting("POST", path, json={"Name": "C"}), "POST", template)
    check(accounting, xero.accounting("DELETE", path), "DELETE", template)


def test_projects(xero: Connected, projects: Specification) -> None:
    contact_id = xero.contact_id()
    body = {
        "contactId": contact_id,
        "name": "A",
        "estimateAmount": 9.5,
        "deadlineUtc": "2026-12-10T12:59:59Z",
    }
    made = check(projects, xero.projects("POST", "Projects", json=body), "POST", "/Projects")
    check(projects, xero.projects("POST", "Projects", json={"name": ""}), "POST", "/Projects")
    one, template = f"Projects/{made['projectId']}", "/Projects/{projectId}"
    check(projects, xero.projects("PUT", one, json={"name": "B"}), "PUT", template)
    task = check(projects, xero.projects("POST", f"{one}/Tasks", json=TASK), "POST", f"{template}/Tasks")
    users = check(projects, xero.projects("GET", "ProjectsUsers"), "GET", "/ProjectsUsers")
    entry = {
        "userId": users["items"][0]["userId"],
        "taskId": task["taskId"],
        "dateUtc": "2026-11-20T00:00:00Z",
        "duration": 30,
    }
    logged = check(projects, xero.projects("POST", f"{one}/Time", json=entry), "POST", f"{template}/Time")
    for path in ("Tasks", "Time"):
        check(projects, xero.projects("GET", f"{one}/{path}"), "GET", f"{template}/{path}")
    last = f"{one}/Time/{logged['timeEntryId']}"
    check(projects, xero.projects("DELETE", last), "DELETE", f"{template}/Time/{{timeEntryId}}")
    check(projects, xero.projects("PATCH", one, json={"status": "CLOSED"}), "PATCH", template)
    check(projects, xero.projects("GET", one), "GET", template)
    check(projects, xero.projects("GET", "Projects"), "GET", "/Projects")


def test_files(xero: Connected, files: Specification) -> None:
    upload = {"file": ("bas.pdf", b"%PDF", "application/pdf")}
    file = check(files, xero.files("POST", "Files", files=upload), "POST", "/Files")
    folder = check(files, xero.files("POST", "Folders", json={"Name": "A"}), "POST", "/Folders")
    one = f"Files/{file['Id']}"
    check(files, xero.files("PUT", one, json={"FolderId": folder["Id"]}), "PUT", "/Files/{FileId}")
    contact_id = xero.contact_id()
    body = {"ObjectId": contact_id, "ObjectGroup": "Contact", "ObjectType": "Business"}
    template = "/Files/{FileId}/Associations"
    check(files, xero.files("POST", f"{one}/Associations", json=body), "POST", template)
    check(files, xero.files("GET", f"{one}/Associations"), "GET", template)
    check(files, xero.files("GET", f"Associations/{contact_id}"), "GET", "/Associations/{ObjectId}")
    for path in ("Files", "Folders", "Inbox"):
        check(files, xero.files("GET", path), "GET", f"/{path}")
    check(files, xero.files("DELETE", one), "DELETE", "/Files/{FileId}")


def test_practice_manager(simulator: RunningSimulator, practice: Specification) -> None:
    xero = Connected(simulator, simulator.console("token", organisation=PRACTICE))
    lists = (
        "client.api/list",
        "client.api/paged-list",
        "staff.api/list",
        "template.api/list",
        "category.api/list",
    )
    for path in (*lists, "jobstate.api/list", "task.api/list"):
        check(practice, xero.practice("GET", path), "GET", f"/{path}")
    clients = xero.practice("GET", "client.api/list").json()["clients"]
    templates = xero.practice("GET", "template.api/list").json()["templates"]
    staff = xero.practice("GET", "staff.api/list").json()["staffList"]
    body = {
        "name": "BAS",
        "clientUuid": clients[0]["uuid"],
        "startDate": "20261120",
        "dueDate": "20261218",
        "templateUuid": templates[0]["uuid"],
    }
    made = check(practice, xero.practice("POST", "job.api/add", json=body), "POST", "/job.api/add")
    number = made["job"]["id"]
    assign = {"id": number, "add-manager": {"uuid": staff[0]["uuid"]}, "add": [{"uuid": staff[1]["uuid"]}]}
    check(practice, xero.practice("PUT", "job.api/assign", json=assign), "PUT", "/job.api/assign")
    state = {"id": number, "state": "WIP"}
    check(practice, xero.practice("PUT", "job.api/state", json=state), "PUT", "/job.api/state")
    note = {"job": number, "title": "A", "text": "B"}
    check(practice, xero.practice("POST", "job.api/note", json=note), "POST", "/job.api/note")
    document = {"job": number, "title": "A", "fileName": "a.pdf", "content": "QQ=="}
    check(practice, xero.practice("POST", "job.api/document", json=document), "POST", "/job.api/document")
    check(practice, xero.practice("GET", f"job.api/get/{number}"), "GET", "/job.api/get/{jobNumber}")
    check(practice, xero.practice("GET", "job.api/current"), "GET", "/job.api/current")
    check(practice, xero.practice("GET", f"job.api/documents/{number}"), "GET", "/job.api/documents/{id}")
    added = xero.practice("POST", "client.api/add", json={"name": "New", "contacts": [{"name": "Pat"}]})
    check(practice, added, "POST", "/client.api/add")


def test_the_checker_sees_what_is_wrong(projects: Specification) -> None:
    schema = projects.schema("GET", "/Projects/{projectId}", 200)
    assert schema is not None
    wrong = {"projectId": "no guid", "minutesLogged": "ten", "status": "DONE", "colour": "red"}
    misfits = "\n".join(projects.misfits(wrong, schema))
    for part in ("no GUID", "is no integer", "is none of", "colour is not in", "name is missing"):
        assert part in misfits
