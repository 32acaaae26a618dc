"""The set-up: everything once, nothing twice. Locks without a package keep it off the network."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NPM = shutil.which("npm")
PACKAGE = '{"name": "nothing", "version": "1.0.0", "private": true}'
LOCK = """{
  "name": "nothing", "version": "1.0.0", "lockfileVersion": 3, "requires": true,
  "packages": {"": {"name": "nothing", "version": "1.0.0"}}
}"""


@pytest.fixture
def newcomer(checkout: Path) -> Path:
    """A checkout whose virtual environment was made from a Python that is gone, which is as good as none."""
    (checkout / ".venv").unlink()
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").symlink_to("/nowhere/python")
    (checkout / "requirements.txt").write_text("# nothing\n")
    (checkout / "requirements-dev.txt").write_text("# nothing, for development\n")
    if NPM:  # the wheel that else brings it is not among nothing
        (checkout / "package.json").write_text(PACKAGE)
        (checkout / "package-lock.json").write_text(LOCK)
    return checkout


def set_up(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "launcher", "setup", *words]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.timeout(300)  # a virtual environment is made, which takes its time on a busy machine
def test_installs_what_has_changed_and_nothing_else(newcomer: Path) -> None:
    first = set_up(newcomer)
    assert first.returncode == 0, first.stderr
    assert [line.split(" …")[0] for line in first.stdout.splitlines()] == [
        "Making the virtual environment .venv",
        "Installing the Python packages of requirements.txt",
        *(["Installing the front-end packages"] if NPM else []),
    ]
    assert set_up(newcomer).stdout == ""

    development = set_up(newcomer, "--dev")
    assert "requirements-dev.txt" in development.stdout
    assert ("front-end" in development.stdout) == bool(NPM)
    assert set_up(newcomer).stdout == "", "what development has is enough to run"

    (newcomer / "requirements.txt").write_text("# nothing, but newer\n")
    changed = set_up(newcomer)
    assert changed.stdout == "Installing the Python packages of requirements.txt …\n"

    # A package without its hash is not installed, and what pip says is passed on.
    (newcomer / "requirements.txt").write_text("flask==3.1.3\n")
    refused = set_up(newcomer)
    assert refused.returncode == 1
    assert "pip could not install" in refused.stderr
    assert "hash" in refused.stderr
    assert not _stamped(newcomer)

    (newcomer / "requirements.txt").write_text("# nothing again\n")
    (newcomer / "package-lock.json").write_text("{")
    refused = set_up(newcomer)
    assert refused.returncode == 1
    assert "npm could not install" in refused.stderr


def _stamped(checkout: Path) -> bool:
    lock = hashlib.sha256((checkout / "requirements.txt").read_bytes()).hexdigest()
    return (checkout / ".venv/.installed-requirements").read_text() == lock
