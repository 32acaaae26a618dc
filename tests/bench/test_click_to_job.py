"""From the click to the job in Xero, beside the bare calls to Xero that it takes."""

import statistics
import time

import pytest
import requests
from sqlalchemy import select

from app.models import ServiceRequest
from tests.support.stack import wait_until

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]


def test_click_to_job(admin, running, simulator, cast):
    simulator.limits(enabled=False)
    jane = str(cast.member(cast.abc, "Jane").id)
    unmapped = cast.service(cast.abc, "SMSF Audit and Return")
    statement = select(ServiceRequest).where(
        ServiceRequest.status == "new", ServiceRequest.service_id != unmapped.id
    )
    todo = cast.read(cast.abc, statement)
    times = [_assign_and_wait(admin, request, jane) for request in todo[:12]]
    baseline = [_bare_calls(simulator, number) for number in range(12)]
    median, bare = statistics.median(times), statistics.median(baseline)
    print(
        f"\nclick to job in Xero: median {median * 1000:.0f} ms, slowest {max(times) * 1000:.0f} ms over {len(times)};"
        f" the same calls bare, one after the other: {bare * 1000:.0f} ms; ratio {median / bare:.1f}"
    )
    assert times


def _assign_and_wait(admin, request, jane: str) -> float:
    started = time.perf_counter()
    assert admin.post(f"/api/requests/{request.id}/assign", {"accountant_id": jane}).status_code == 200
    wait_until(
        lambda: admin.get(f"/api/requests/{request.id}").json()["job"]["state"] == "done",
        30,
        "the job is made",
    )
    return time.perf_counter() - started


def _bare_calls(simulator, number: int) -> float:
    """What Xero must be asked at least for a new client: look for the contact, create it, project, three tasks."""
    given = simulator.token("ABC Pty Ltd")
    session = requests.Session()
    session.headers.update(
        {
            "Authorization": f"Bearer {given['access_token']}",
            "xero-tenant-id": given["tenant_id"],
            "Accept": "application/json",
        }
    )
    accounting, projects = f"{simulator.url}/api.xro/2.0", f"{simulator.url}/projects.xro/2.0"
    started = time.perf_counter()
    session.get(f"{accounting}/Contacts/NONE-{number}", timeout=10)
    session.get(f"{accounting}/Contacts", params={"searchTerm": f"Bare {number}", "page": 1}, timeout=10)
    made = session.put(f"{accounting}/Contacts", json={"Name": f"Bare {number}"}, timeout=10).json()
    contact_id = made["Contacts"][0]["ContactID"]
    project = session.post(
        f"{projects}/Projects", json={"contactId": contact_id, "name": "Bare"}, timeout=10
    ).json()
    for task in range(3):
        session.post(
            f"{projects}/Projects/{project['projectId']}/Tasks",
            json={"name": f"t{task}", "chargeType": "TIME", "rate": {"currency": "AUD", "value": 1}},
            timeout=10,
        ).raise_for_status()
    took = time.perf_counter() - started
    session.close()
    return took
