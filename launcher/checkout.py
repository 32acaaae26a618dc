"""The folder the project was cloned into, and the places in it that belong to this machine."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


class Refused(Exception):  # noqa: N818 — it is an answer to the user, not a fault
    """What was asked for cannot be done now; the text says why and what to do, in words for the terminal."""


def in_venv() -> bool:
    """Whether the Python at hand is the checkout's own."""
    return Path(sys.prefix).resolve() == VENV.resolve()


@contextmanager
def alone(name: str, *, wait: bool = False, note: str = "") -> Iterator[None]:
    """Hold `var/<name>.lock`; the system lets go of it when the process ends, however it ends.

    Raises Refused with the note of whoever holds it, unless `wait`.
    """
    VAR.mkdir(exist_ok=True)
    with (VAR / f"{name}.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Refused(file.read() or "Another command is at work in this folder.") from None
        file.truncate(0)
        file.write(note)
        file.flush()
        yield


def with_venv(environment: dict[str, str]) -> dict[str, str]:
    """The environment in which `python`, `gunicorn` and `flask` are the checkout's own."""
    path = os.pathsep.join([str(VENV / "bin"), environment.get("PATH", os.defpath)])
    changed = environment | {"VIRTUAL_ENV": str(VENV), "PATH": path}
    changed.pop("PYTHONHOME", None)
    return changed
