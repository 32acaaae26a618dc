"""A supervisor of the Procfile's lines: starts them, starts again what ends, and leaves nothing behind.

Small and our own because a worker ends whenever Redis goes away, so what keeps the processes must start them
again. Each line gets a session of its own. To stop, the process of the line is asked (it stops its own
children in its own order), and whatever of its session is left after the grace is killed; only sessions
opened here are ever touched.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from launcher import pids

GRACE_SECONDS = 10.0
_BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
_STEADY_SECONDS = 30.0
_SETTLED_SECONDS = 2.0
_COLOURS = (36, 33, 35, 32, 34, 31)


def read_procfile(path: Path) -> dict[str, str]:
    """The lines of a Procfile, by name; comments and empty lines left out."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition(":") for line in lines if line and not line.startswith("#"))
    return {name.strip(): command.strip() for name, _, command in pairs}


def say(text: str, out: IO[str] | None = None) -> None:
    """Print at once. A terminal that is gone (SIGHUP) must not keep anything from being stopped."""
    try:
        print(text, file=out or sys.stdout, flush=True)
    except OSError:
        return


@dataclass
class _Process:
    name: str
    command: str
    child: subprocess.Popen[bytes] | None = None
    since: float = 0.0
    """When it was last started (monotonic seconds)."""
    failures: int = 0
    """Ends in a row without a steady life between."""
    due: float | None = None
    """When it is to be started again; None while it runs or was never started."""
    reader: threading.Thread | None = field(default=None, repr=False)


class Supervisor:
    """Runs `commands` (name to shell line) in `folder`.

    Output goes to `logs`/<name>.log, or with `verbose` to the terminal, each line with its name in front.
    `held` is entered around the moments in which a signal would leave a process that nobody has written down.
    """

    def __init__(
        self,
        commands: dict[str, str],
        environment: dict[str, str],
        *,
        folder: Path,
        logs: Path,
        record: Path,
        verbose: bool = False,
        held: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._processes = {name: _Process(name, command) for name, command in commands.items()}
        self._environment = environment | {"PYTHONUNBUFFERED": "1"}
        self._folder = folder
        self._logs = logs
        self._record = record
        self._verbose = verbose
        self._held = held

    def start(self, names: Iterable[str] | None = None) -> None:
        """Start the named processes, or all that have not been started yet."""
        for process in self._processes.values():
            if process.child is None and (names is None or process.name in set(names)):
                self._start(process)

    def tend(self) -> None:
        """Look once: start again what has ended, after a pause that grows while it keeps failing."""
        now = time.monotonic()
        for process in self._processes.values():
            if process.due is not None:
                if now >= process.due:
                    self._start(process)
            elif process.child is not None and process.child.poll() is not None:
                self._note_end(process, process.child.returncode, now)

    def all_running(self) -> bool:
        """Whether everything that was started runs; what has ended once must have lasted a moment since."""
        now = time.monotonic()
        return all(
            process.due is None
            and self.pid(process.name) is not None
            and (not process.failures or now - process.since >= _SETTLED_SECONDS)
            for process in self._processes.values()
            if process.child is not None
        )

    def failing(self, ends: int = 3) -> str | None:
        """The name of a process that has ended `ends` times in a row, if there is one."""
        return next((each.name for each in self._processes.values() if each.failures >= ends), None)

    def last_words(self, name: str, lines: int = 15) -> str:
        """The end of a process's log; empty when its output went to the terminal."""
        try:
            return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def pid(self, name: str) -> int | None:
        """The id of a running process's leader."""
        child = self._processes[name].child
        return child.pid if child is not None and child.poll() is None else None

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Ask all to end, wait up to `grace` seconds together, kill what is left of their sessions."""
        children = [process.child for process in self._processes.values() if process.child is not None]
        for child in children:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + grace
        for child in children:
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        for child in children:
            _kill_session(child.pid)
            child.wait()
        for process in self._processes.values():
            process.child, process.due = None, None
            if process.reader is not None:
                process.reader.join(timeout=1)
        self._record.unlink(missing_ok=True)

    def _start(self, process: _Process) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._held():
            if self._verbose:
                child = process.child = self._spawn(process.command, subprocess.PIPE)
                process.reader = threading.Thread(target=self._relay, args=(process, child), daemon=True)
                process.reader.start()
            else:
                with self.log(process.name).open("ab") as log:
                    process.child = self._spawn(process.command, log)
            process.since, process.due = time.monotonic(), None
            self._write_record()

    def _spawn(self, command: str, out: IO[bytes] | int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command}"],  # exec: the line's own process is the one asked to stop
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _note_end(self, process: _Process, status: int, now: float) -> None:
        assert process.child is not None  # the caller has just asked it
        _kill_session(process.child.pid)  # children it left would work beside its successor
        steady = now - process.since >= _STEADY_SECONDS
        process.failures = 1 if steady else process.failures + 1
        pause = _BACK_OFF_SECONDS[min(process.failures, len(_BACK_OFF_SECONDS)) - 1]
        process.due = now + pause
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        where = "" if self._verbose else f" (its log: {self._shown(process.name)})"
        say(f"{process.name} {how}; it is started again in {pause:g} s{where}", sys.stderr)

    def _shown(self, name: str) -> Path:
        log = self.log(name)
        return log.relative_to(self._folder) if log.is_relative_to(self._folder) else log

    def _relay(self, process: _Process, child: subprocess.Popen[bytes]) -> None:
        width = max(len(name) for name in self._processes)
        prefix = f"{process.name:<{width}} | "
        if sys.stdout.isatty():
            colour = _COLOURS[list(self._processes).index(process.name) % len(_COLOURS)]
            prefix = f"\033[{colour}m{prefix}\033[0m"
        assert child.stdout is not None  # it was opened as a pipe
        with child.stdout as lines:
            for line in lines:
                say(prefix + line.decode(errors="replace").rstrip("\n"))

    def _write_record(self) -> None:
        running = [process.child.pid for process in self._processes.values() if process.child is not None]
        self._record.write_text(json.dumps([[pid, pids.started(pid)] for pid in running]))


def end_leftovers(record: Path) -> None:
    """End what a launcher that was itself killed has left, by its record of ids and starting times."""
    try:
        left = json.loads(record.read_text())
    except (OSError, ValueError):
        return
    for pid, started in left:
        now = pids.started(pid)
        if now not in ("", started):
            continue  # the id has since been given to somebody else
        if now:
            pids.send(pid, signal.SIGTERM)
            pids.wait_gone([pid], GRACE_SECONDS)
        _kill_session(pid)
    record.unlink(missing_ok=True)


def _kill_session(leader: int) -> None:
    for _ in range(3):  # what forks while it is looked at is found the next time
        members = pids.session(leader)
        if not members:
            return
        for pid in members:
            pids.send(pid, signal.SIGKILL)
        pids.wait_gone(members, 2.0)
