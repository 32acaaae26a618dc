"""Processes by their id: is it still this one, is it gone, what is below it.

An id alone is no identity (the system hands it out again), so what is kept in a file is the id together with
the moment the process started. Linux is read from /proc, because small images come without `ps`; elsewhere
`ps` answers.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_POLL_SECONDS = 0.02
_PROC = Path("/proc")
_HAS_PROC = (_PROC / "self" / "stat").exists()


@dataclass(frozen=True)
class _Row:
    """One process: its state letter, its parent's id, and when it started (text, only to be compared)."""

    state: str
    parent: int
    started: str


def alive(pid: int) -> bool:
    """Whether `pid` runs. A zombie that nobody has reaped yet counts as gone."""
    row = _row(pid)
    return row is not None and not row.state.startswith("Z")


def started(pid: int) -> str:
    """The moment `pid` started, as text to compare with itself later; empty when there is no such process."""
    row = _row(pid)
    return row.started if row else ""


def command(pid: int) -> str:
    """The command line of `pid`; empty when there is no such process."""
    if not _HAS_PROC:
        return _ps("-o", "command=", "-p", str(pid)).strip()
    try:
        raw = (_PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace").strip()


def below(pid: int) -> list[int]:
    """Every living process below `pid`, at any depth."""
    children: dict[int, list[int]] = {}
    for child in _every_pid():
        row = _row(child)
        if row and not row.state.startswith("Z"):
            children.setdefault(row.parent, []).append(child)
    found: list[int] = []
    waiting = [pid]
    while waiting:
        direct = children.get(waiting.pop(), [])
        found += direct
        waiting += direct
    return found


def session(leader: int) -> list[int]:
    """Every living process of the session that `leader` opened, whether or not the leader still lives."""
    found = []
    for pid in _every_pid():
        try:
            same = os.getsid(pid) == leader
        except OSError:  # it has just ended, or is out of our sight
            continue
        if same and alive(pid):
            found.append(pid)
    return found


def wait_gone(pids: list[int], seconds: float) -> list[int]:
    """Wait up to `seconds` for all of `pids` to end; answers those that are still there."""
    deadline = time.monotonic() + seconds
    left = [pid for pid in pids if alive(pid)]
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        left = [pid for pid in left if alive(pid)]
    return left


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is already gone is no error."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _row(pid: int) -> _Row | None:
    if not _HAS_PROC:
        words = _ps("-o", "stat=,ppid=,lstart=", "-p", str(pid)).split()
        return _Row(words[0], int(words[1]), " ".join(words[2:])) if words else None
    try:
        # The name stands in brackets and may hold blanks: what is counted on begins after the last bracket.
        words = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return _Row(words[0], int(words[1]), words[19])


def _every_pid() -> list[int]:
    if not _HAS_PROC:
        return [int(line) for line in _ps("-A", "-o", "pid=").split()]
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _ps(*arguments: str) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False, env=environment)
    return done.stdout
