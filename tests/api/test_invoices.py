"""Invoices over the JSON API: written one and many, sent, read, asked after; and revenue, which they add up to."""

from collections import Counter
from decimal import Decimal
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.extensions import db
from app.models import Company, Invoice, Office, Service, ServiceRequest
from app.tenancy import company_scope


@pytest.fixture
def jane(api):
    return api("jane@abc.test")


def billable(cast, company_id, count=1, office="Sydney"):
    """Requests that nobody has billed, of services and an office that are mapped."""
    counted = select(Invoice.service_request_id).where(
        Invoice.service_request_id.is_not(None), Invoice.ended_at.is_(None)
    )
    services = select(Service.id).where(Service.name.in_(("BAS", "Individual Tax Return", "Company Tax")))
    offices = select(Office.id).where(Office.name == office)
    wanted = (
        select(ServiceRequest)
        .where(
            ServiceRequest.status.not_in(("cancelled",)),
            ServiceRequest.service_id.in_(services),
            ServiceRequest.office_id.in_(offices),
            ServiceRequest.id.not_in(counted),
        )
        .order_by(ServiceRequest.reference)
    )
    found = cast.read(company_id, wanted)
    assert len(found) >= count
    return found[:count]


def outcomes(response):
    assert response.status_code == 200, response.json
    return response.json["outcomes"]


def in_simulator(simulator, organisation="ABC Pty Ltd"):
    return simulator.state(newest=0)["organisations"][organisation]["invoices"]


def approved_at_once(app, company_id):
    """What is sent is approved."""
    with app.app_context(), company_scope(company_id):
        db.session.execute(update(Company).values(invoice_status="AUTHORISED"))
        db.session.commit()


def test_an_invoice_from_its_request_to_its_payment(app, jane, api, cast, simulator, work):
    approved_at_once(app, cast.abc)
    (request,) = billable(cast, cast.abc)
    (outcome,) = outcomes(jane.post("/api/invoices", {"service_request_id": str(request.id)}))
    assert (outcome["outcome"], outcome["place"], outcome["fields"]) == ("created", 0, {})
    made = outcome["invoice"]
    assert (made["reference"], made["push_state"], made["xero_number"]) == (
        request.reference,
        "to_send",
        None,
    )
    path = f"/api/invoices/{made['id']}"
    work()
    sent = jane.get(path).json
    assert (sent["push_state"], sent["xero_status"], sent["difference"]) == ("sent", "AUTHORISED", "0.00")
    assert sent["xero_url"].endswith(sent["xero_invoice_id"])
    (line,) = sent["lines"]
    assert (line["quantity"], line["unit_amount"]) == ("1", f"{request.price.normalize():f}")
    assert line["tracking"] == "Sydney"
    assert line["account"].split(" ", 1)[0].isdigit()
    (theirs,) = [one for one in in_simulator(simulator) if one["InvoiceID"] == sent["xero_invoice_id"]]
    assert Decimal(str(theirs["Total"])) == Decimal(sent["total"])

    simulator.do("pay", "ABC Pty Ltd", id=sent["xero_invoice_id"])
    planned = jane.post(f"{path}/sync-status")
    assert planned.status_code == 202
    assert planned.json["kind"] == "invoices.changes"
    work()
    paid = jane.get(path).json
    assert (paid["xero_status"], paid["xero_due"], paid["xero_paid"]) == ("PAID", "0.00", sent["total"])
    assert [one["amount"] for one in paid["payments"]] == [sent["total"]]
    listed = jane.get(f"/api/invoices?status=PAID&client_id={request.client_id}").json["items"]
    assert made["id"] in [one["id"] for one in listed]
    assert jane.get(f"/api/invoices?service_request_id={request.id}&push_state=new").json["items"] == []
    since = sent["updated_at"].replace("+", "%2B")
    assert made["id"] in [one["id"] for one in jane.get(f"/api/invoices?updated_since={since}").json["items"]]
    assert jane.get("/api/invoices?updated_since=2090-01-01T00:00:00Z").json["items"] == []

    for stranger in (api("admin@smith.test"), api("client@abc.test")):
        assert stranger.get(path).status_code == 404
        assert stranger.post(f"{path}/sync-status").status_code == 404
    assert api("admin@smith.test").get(f"/api/invoices?client_id={request.client_id}").json["items"] == []
    again = jane.post("/api/invoices", {"service_request_id": str(request.id)})
    assert again.status_code == 409
    assert "billed already" in again.json["error"]["message"]


def test_of_many_each_is_written_or_not_on_its_own(jane, cast, simulator, work):
    first, second = billable(cast, cast.abc, 2)
    client, stranger = cast.client(cast.abc), cast.client(cast.smith)
    office = cast.read(cast.abc, select(Office.id).where(Office.name == "Newcastle"))[0]
    bas = cast.service(cast.abc, "BAS")
    line = {"service_id": str(bas.id), "office_id": str(office)}
    wanted = [
        {"service_request_id": str(first.id), "send": False},
        {"service_request_id": str(first.id)},
        {"service_request_id": str(uuid4())},
        {"service_request_id": str(second.id), "client_id": str(stranger.id)},
        {"client_id": str(stranger.id), "lines": [line]},
        {"client_id": str(client.id)},
        {"client_id": str(client.id), "lines": [line, {"description": "Postage", "unit_amount": "2.345"}]},
        {"client_id": str(client.id), "lines": [line], "currency": "XXX", "due_on": "2001-01-01"},
        {"client_id": str(client.id), "lines": [line], "line_amounts": "Inclusive", "reference": "Fees 1"},
        {},
    ]
    key = {"Idempotency-Key": str(uuid4())}
    response = jane.post("/api/invoices", {"invoices": wanted}, headers=key)
    found = outcomes(response)
    assert [one["place"] for one in found] == list(range(len(wanted)))
    made = [place for place, one in enumerate(found) if one["outcome"] == "created"]
    assert made == [0, 6, 8]
    assert all((one["invoice"] is None) == (one["outcome"] == "failed") for one in found)
    assert "by an invoice of this call" in found[1]["sentence"]
    assert "There is no such request." in found[2]["sentence"]
    assert "client_id" in found[3]["fields"]
    assert "There is no such client." in found[4]["sentence"]
    assert "at least one line" in found[5]["sentence"]
    assert {"currency", "due_on"} <= found[7]["fields"].keys()
    assert "client_id" in found[9]["fields"]
    assert (found[0]["invoice"]["push_state"], found[6]["invoice"]["push_state"]) == ("new", "to_send")
    assert found[8]["invoice"]["total"] == "275.00"

    again = jane.post("/api/invoices", {"invoices": wanted}, headers=key)
    assert again.headers["Idempotent-Replay"] == "true"
    assert again.json == response.json
    work()
    states = {one["reference"]: one["push_state"] for one in jane.get("/api/invoices?limit=3").json["items"]}
    assert states[first.reference] == "new"
    assert states["Fees 1"] == "sent"
    draft = f"/api/invoices/{found[0]['invoice']['id']}"
    assert jane.post(f"{draft}/sync-status").status_code == 409
    page = jane.get("/api/invoices?limit=2").json
    following = jane.get(f"/api/invoices?limit=2&cursor={page['next_cursor']}").json
    assert not {one["id"] for one in page["items"]} & {one["id"] for one in following["items"]}


def test_a_body_that_cannot_be_read_writes_nothing(jane, cast):
    before = cast.read(cast.abc, select(Invoice.id))
    client = str(cast.client(cast.abc).id)
    line = {"description": "Work", "unit_amount": "1.00"}
    for body, field in (
        ({"invoices": []}, "invoices"),
        ({"invoices": [{"client_id": client, "lines": [line]}] * 501}, "invoices"),
        ({"invoices": [{"client_id": client, "lines": [line]}], "client_id": client}, None),
        ({"client_id": client, "lines": [{**line, "unit_amount": "1.00001"}]}, "lines.0.unit_amount"),
        ({"client_id": client, "lines": [{**line, "unit_amount": "a lot"}]}, "lines.0.unit_amount"),
        ({"client_id": client, "lines": [{**line, "quantity": "-1"}]}, "lines.0.quantity"),
        ({"client_id": client, "lines": [{**line, "colour": "red"}]}, "lines.0.colour"),
        ({"client_id": client, "lines": [line], "line_amounts": "Gross"}, "line_amounts"),
        ({"client_id": client, "lines": [line], "issued_on": 20260701}, "issued_on"),
        ({"lines": [line]}, "client_id"),
    ):
        refused = jane.post("/api/invoices", body)
        assert refused.status_code == 422, body
        assert field is None or field in refused.json["error"]["fields"], refused.json
    assert cast.read(cast.abc, select(Invoice.id)) == before


def test_a_practice_without_an_organisation_is_told_so(api, cast):
    client = cast.client(cast.xyz)
    body = {"client_id": str(client.id), "lines": [{"description": "Work", "unit_amount": "1.00"}]}
    refused = api("admin@xyz.test").post("/api/invoices", body)
    assert refused.status_code == 409
    assert "connects it" in refused.json["error"]["message"]
    (outcome,) = outcomes(api("admin@xyz.test").post("/api/invoices", {"invoices": [body]}))
    assert outcome["outcome"] == "failed"


def test_revenue_adds_up_to_what_is_in_the_simulator(app, jane, cast, simulator, work, browser):
    """Sixty invoices of any lines and tax modes, approved; by office and in all, to the cent."""
    approved_at_once(app, cast.abc)
    with app.app_context(), company_scope(cast.abc):
        db.session.execute(update(Invoice).values(xero_status="VOIDED"))
        db.session.commit()
    simulator.limits(enabled=False)
    dice = Random(7)
    offices = {office.name: office.id for office in cast.read(cast.abc, select(Office))}
    services = [cast.service(cast.abc, name) for name in ("BAS", "Bookkeeping", "Company Tax")]
    client = str(cast.client(cast.abc).id)

    def line():
        return {
            "service_id": str(dice.choice(services).id),
            "office_id": dice.choice([None, *(str(offices[name]) for name in ("Sydney", "Newcastle"))]),
            "quantity": f"{dice.randint(1, 40_000) / 10_000:.4f}",
            "unit_amount": f"{dice.randint(-500, 99_999) / 100 + 5:.2f}",
            "discount_rate": dice.choice([None, "12.50"]),
        }

    wanted = [
        {
            "client_id": client,
            "line_amounts": dice.choice(("Exclusive", "Inclusive", "NoTax")),
            "lines": [line() for _ in range(dice.randint(1, 4))],
        }
        for _ in range(60)
    ]
    found = outcomes(jane.post("/api/invoices", {"invoices": wanted}))
    work()
    made = [one["invoice"]["id"] for one in found if one["outcome"] == "created"]
    assert len(made) >= 50
    told = {one["id"]: one for one in jane.get("/api/invoices?limit=100").json["items"]}
    assert {told[one]["difference"] for one in made} == {"0.00"}
    theirs, gross = Counter(), Decimal(0)
    for invoice in in_simulator(simulator):
        gross += Decimal(str(invoice["SubTotal"]))
        for one in invoice["LineItems"]:
            (option,) = [row["Option"] for row in one["Tracking"]] or ["No office"]
            taken = Decimal(str(one["TaxAmount"])) if invoice["LineAmountTypes"] == "Inclusive" else 0
            theirs[option] += Decimal(str(one["LineAmount"])) - taken
    file = browser("admin@abc.test").get("/revenue/export.csv").get_data(as_text=True).lstrip("\ufeff")
    ours = Counter()
    for row in file.splitlines()[1:]:
        _, office, _, _, net, _ = row.split(",")
        ours[office] += Decimal(net)
    assert ours == theirs
    assert sum(ours.values()) == gross
