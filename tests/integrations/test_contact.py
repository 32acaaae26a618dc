"""A person chooses a client's contact: link one, or create one, and what waited goes on."""

from uuid import uuid4

from sqlalchemy import select

from app.extensions import db
from app.models import Cause, ContactMapping, Operation
from app.sync.causes import CONTACT, open_cause
from app.sync.operations import CREATE_JOB, plan
from app.tenancy import company_scope
from tests.support.pages import words


def page_of(client) -> str:
    return f"/clients/{client.id}/xero-contact"


def wait_for(app, cast, client, request) -> None:
    """A job that waits for a person to choose the client's contact."""
    with app.app_context(), company_scope(cast.abc):
        cause = open_cause(CONTACT, client.id, f"Two contacts could be {client.name}.")
        operation = plan(CREATE_JOB, request.id, request.reference, "Alice Carter")
        operation.state, operation.cause_id = "waiting", cause.id
        db.session.commit()


def contacts_at_xero(simulator) -> list[dict]:
    return simulator.state()["organisations"]["ABC Pty Ltd"]["contacts"]


def add_contact(simulator, name: str, number: str | None = None, email: str = "") -> dict:
    """Somebody types a contact into Xero."""
    import requests

    token = simulator.token("ABC Pty Ltd")
    body = {"Name": name, "EmailAddress": email, **({"ContactNumber": number} if number else {})}
    answer = requests.put(
        f"{simulator.url}/api.xro/2.0/Contacts",
        json={"Contacts": [body]},
        headers={
            "Authorization": f"Bearer {token['access_token']}",
            "xero-tenant-id": token["tenant_id"],
            "Accept": "application/json",
        },
        timeout=10,
    )
    answer.raise_for_status()
    made: dict = answer.json()["Contacts"][0]
    return made


def test_linking_writes_nothing_to_xero_and_releases_the_job(app, browser, cast, simulator) -> None:
    request = cast.request(cast.abc, status="new")
    client = cast.read(cast.abc, select_client(request))[0]
    wait_for(app, cast, client, request)
    contact = add_contact(simulator, f"{client.name} (old)", email=client.email or "")
    before = len(contacts_at_xero(simulator))
    jane = browser("jane@abc.test")
    page = jane.get(page_of(client))
    assert f"Two contacts could be {client.name}." in words(page)
    assert f"{client.name} (old)" in words(page)
    answer = jane.post(page_of(client), {"contact": contact["ContactID"]})
    assert answer.status_code == 302, words(answer)
    (mapping,) = cast.read(cast.abc, select(ContactMapping).where(ContactMapping.client_id == client.id))
    assert (mapping.xero_contact_id, mapping.found_by) == (contact["ContactID"], "person")
    assert len(contacts_at_xero(simulator)) == before
    (operation,) = cast.read(cast.abc, select(Operation).where(Operation.subject_id == request.id))
    assert operation.state == "queued"
    (cause,) = cast.read(cast.abc, select(Cause).where(Cause.kind == CONTACT))
    assert cause.resolved_at is not None


def select_client(request):
    from app.models import Client

    return select(Client).where(Client.id == request.client_id)


def a_client(cast, nth: int = 0):
    from app.models import Client

    return cast.read(cast.abc, select(Client).order_by(Client.number))[nth]


def named(simulator, client) -> list[dict]:
    return [one for one in contacts_at_xero(simulator) if one.get("ContactNumber") == client.number]


def test_creating_one_makes_one_even_when_the_answer_is_lost(browser, cast, simulator) -> None:
    client = a_client(cast)
    assert named(simulator, client) == []
    simulator.fault("drop_after", path="/Contacts", method="PUT", count=1)
    browser("admin@abc.test").post(page_of(client), {"action": "create"})
    browser("admin@abc.test").post(page_of(client), {"action": "create"})
    (made,) = named(simulator, client)
    (mapping,) = cast.read(cast.abc, select(ContactMapping).where(ContactMapping.client_id == client.id))
    assert (mapping.xero_contact_id, mapping.found_by) == (made["ContactID"], "created")


def test_a_name_that_is_taken_is_said_plainly(browser, cast, simulator) -> None:
    client = a_client(cast)
    add_contact(simulator, client.name)
    answer = browser("admin@abc.test").post(page_of(client), {"action": "create"})
    assert answer.status_code == 409
    assert "allows each name once" in words(answer)
    assert cast.read(cast.abc, select(ContactMapping)) == []


def test_a_contact_of_another_client_is_refused(browser, cast, simulator) -> None:
    first, second = a_client(cast, 0), a_client(cast, 1)
    contact = add_contact(simulator, "Shared")
    alice = browser("admin@abc.test")
    alice.post(page_of(first), {"contact": contact["ContactID"]})
    answer = alice.post(page_of(second), {"contact": contact["ContactID"]})
    assert answer.status_code == 409
    assert f"is your client {first.name} already" in words(answer)
    assert len(cast.read(cast.abc, select(ContactMapping))) == 1


def test_an_unknown_contact_and_none_at_all(browser, cast, simulator) -> None:
    client, alice = a_client(cast), browser("admin@abc.test")
    assert alice.post(page_of(client), {"contact": str(uuid4())}).status_code == 409
    assert "Choose one of the contacts" in words(alice.post(page_of(client)))
    assert cast.read(cast.abc, select(ContactMapping)) == []


def test_looking_costs_two_calls_at_most(browser, cast, simulator) -> None:
    client, alice = a_client(cast), browser("admin@abc.test")
    before = len(simulator.state()["ledger"])
    alice.get(page_of(client))
    assert len(simulator.state()["ledger"]) - before <= 2
    before = len(simulator.state()["ledger"])
    page = alice.get(f"{page_of(client)}?q=nobody-of-this-name")
    assert len(simulator.state()["ledger"]) - before == 1
    assert "No contact found" in words(page)


def test_when_xero_is_away_the_page_says_so(browser, cast, simulator) -> None:
    simulator.fault("503", path="/Contacts")
    assert "Xero could not be searched" in words(browser("admin@abc.test").get(page_of(a_client(cast))))


def test_strangers_find_nothing(browser, cast, simulator) -> None:
    client = a_client(cast)
    assert browser("admin@smith.test").get(page_of(client)).status_code == 404
    assert browser("client@abc.test").get(page_of(client)).status_code == 404
    assert "Xero is not connected" in words(browser("admin@xyz.test").get(page_of(cast.client(cast.xyz))))
