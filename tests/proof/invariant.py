"""The master invariant, counted in the simulator: for every accepted request exactly one job, in its own organisation,
with each task once; at every moment at most one. Our database is asked only what it believes."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.proof.practices import Piece


@dataclass
class Verdict:
    """What is wrong; all empty when nothing is."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    tasks_wrong: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.lost or self.doubled or self.elsewhere or self.tasks_wrong)

    def __str__(self) -> str:
        parts = {name: value for name, value in vars(self).items() if value}
        return "; ".join(f"{name} {len(value)}: {value[:5]}" for name, value in parts.items()) or "holds"


def jobs_in(state: dict[str, Any]) -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """Reference → the projects that carry it, each with its organisation's name."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for organisation, report in state["organisations"].items():
        for project in report["projects"]:
            words = project["name"].replace("(", " ").replace(")", " ").split()
            for word in words:
                if "-" in word:
                    found[word].append((organisation, project))
    return found


def judge(
    state: dict[str, Any], wanted: Iterable[Piece], tasks: list[str], possible: Iterable[Piece] = ()
) -> Verdict:
    """`wanted` must each have one job with all `tasks`; `possible` may have one, with any of them, each once."""
    verdict, jobs = Verdict(), jobs_in(state)
    for piece, needed in [(one, True) for one in wanted] + [(one, False) for one in possible]:
        found = jobs.get(piece.reference, [])
        if needed and not found:
            verdict.lost.append(piece.reference)
        if len(found) > 1:
            verdict.doubled.append(piece.reference)
        for organisation, project in found:
            if organisation != piece.organisation:
                verdict.elsewhere.append(piece.reference)
            names = Counter(task["name"] for task in project["tasks"])
            right = names == Counter(tasks) if needed else not names - Counter(tasks)
            if not right:
                verdict.tasks_wrong.append(f"{piece.reference}: {dict(names)}")
    return verdict


def doubled(state: dict[str, Any], pieces: Iterable[Piece]) -> list[str]:
    """References that have more than one project at this moment."""
    jobs = jobs_in(state)
    return [piece.reference for piece in pieces if len(jobs.get(piece.reference, ())) > 1]
