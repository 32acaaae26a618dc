"""What a task adds up to: minutes logged and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from simulator.journal import Record
from simulator.state import Organisation


@dataclass(frozen=True)
class TaskTotals:
    minutes: int
    chargeable_minutes: int
    amount: Decimal


def _project_id(record: Record) -> str:
    return str(record["projectId"])


def _task_id(record: Record) -> str:
    return str(record["taskId"])


def tasks_of(organisation: Organisation, project_id: str) -> list[Record]:
    """The tasks of a project, oldest first."""
    return organisation.table("tasks").matching("project", _project_id, project_id)


def time_of(organisation: Organisation, task_id: str) -> list[Record]:
    """The time entries of a task, oldest first."""
    return organisation.table("time_entries").matching("task", _task_id, task_id)


def task_totals(organisation: Organisation, task: Record) -> TaskTotals:
    """Hourly tasks are worth their minutes, fixed ones their rate, the others nothing."""
    minutes = sum(entry["duration"] for entry in time_of(organisation, task["taskId"]))
    rate: Decimal = task["rate"]
    if task["chargeType"] == "TIME":
        worth = (rate * minutes / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return TaskTotals(minutes, minutes, worth)
    return TaskTotals(minutes, 0, rate if task["chargeType"] == "FIXED" else Decimal(0))
