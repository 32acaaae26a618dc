"""What is in the simulator now, as plain data: for scripts, tests and the console page."""

from __future__ import annotations

from typing import Any

from simulator.core import Simulator
from simulator.journal import Record
from simulator.projects import projects as projects_file
from simulator.projects import tasks as tasks_file
from simulator.projects.totals import tasks_of, time_of
from simulator.state import Organisation


def state_report(simulator: Simulator, *, newest: int | None = None, since: int = 0) -> dict[str, Any]:
    """Everything: organisations by name, the faults and limits that are on, and the ledger of calls."""
    return {
        "now": simulator.clock.now().isoformat(),
        "clock_offset_seconds": simulator.clock.offset_seconds,
        "organisations": {
            organisation.name: organisation_report(simulator, organisation)
            for organisation in simulator.state.all_organisations()
        },
        "faults": simulator.faults.all(),
        "limits": simulator.limits.settings(),
        "ledger": simulator.ledger.lines(since=since, newest=newest),
    }


def organisation_report(simulator: Simulator, organisation: Organisation) -> dict[str, Any]:
    """One organisation's records, connections and calls."""
    practice = organisation.record["TenantType"] == "PRACTICEMANAGER"
    with organisation.lock:
        report: dict[str, Any] = {
            "id": organisation.id,
            "tenant_id": organisation.id,
            "tenant_type": organisation.record["TenantType"],
            "short_code": organisation.record["ShortCode"],
            "users": [_plain(user) for user in organisation.table("users").all()],
            "contacts": [_plain(contact) for contact in organisation.table("contacts").all()],
            "projects": [
                {
                    **projects_file.rendered(organisation, project),
                    "tasks": [
                        tasks_file.rendered(organisation, task)
                        for task in tasks_of(organisation, project["projectId"])
                    ],
                    "time": [
                        entry
                        for task in tasks_of(organisation, project["projectId"])
                        for entry in time_of(organisation, task["taskId"])
                    ],
                }
                for project in organisation.table("projects").all()
            ],
            "invoices": [_plain(invoice) for invoice in organisation.table("invoices").all()],
            "payments": [_plain(payment) for payment in organisation.table("payments").all()],
            **{
                noun: [_plain(record) for record in organisation.table(noun).all()]
                for noun in ("accounts", "items", "tax_rates", "tracking")
            },
            "folders": organisation.table("folders").all(),
            "files": [
                {**file, "sha256": organisation.table("file_contents")[file["Id"]]["sha256"]}
                for file in organisation.table("files").all()
            ],
            "associations": organisation.table("associations").all(),
            "connections": connections_of(simulator, organisation),
            **{
                noun: [dict(record) for record in organisation.table(noun).all()]
                for noun in ("clients", "jobs", "staff")
                if practice
            },
            "calls": {
                "total": simulator.ledger.counts[organisation.name],
                "left": simulator.limits.remaining(organisation.id, simulator.registered_app.client_id),
            },
        }
    return report


def connections_of(simulator: Simulator, organisation: Organisation) -> list[Record]:
    """Who connected the organisation to the app."""
    return [
        dict(connection)
        for connection in simulator.state.connections.all()
        if connection["tenantId"] == organisation.id
    ]


def _plain(record: Record) -> Record:
    """Without what only the simulator itself reads."""
    return {name: value for name, value in record.items() if name != "updated"}
