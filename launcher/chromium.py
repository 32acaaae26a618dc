"""Chromium for the browser tests: what the machine has, else Playwright's own, else Debian's package.

A candidate counts when it prints its version: a stub that only advertises a package, or a browser whose
libraries are missing, does not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from launcher.checkout import Refused, alone

# For a machine without a screen, as root too, and quiet on the network.
LAUNCH_ARGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_APPLICATIONS = (
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
_PLAYWRIGHTS_FOLDERS = (
    Path.home() / ".cache" / "ms-playwright",
    Path.home() / "Library" / "Caches" / "ms-playwright",
)
_PLAYWRIGHTS_PROGRAMS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium_headless_shell-*/*/*headless*shell",
)


def find_chromium() -> Path:
    """A Chromium that starts, installed if need be. CHROMIUM in the environment decides alone.

    Raises Refused when none can be had: browser tests then fail, they are not skipped.
    """
    given = os.environ.get("CHROMIUM")
    if given:
        if _works(Path(given)):
            return Path(given)
        raise Refused(f"CHROMIUM is “{given}”, but that does not start. Correct it or leave it out.")
    found = _present()
    if found is not None:
        return found
    with alone("chromium", wait=True):  # test processes run side by side: one installs, the others wait
        found = _present()  # while this one waited its turn, another may have installed it
        for install in (_install_playwrights, _install_debians):
            if found is None:
                install()
                found = _present()
    if found is not None:
        return found
    raise Refused(
        "The browser tests need Chromium, and none was found or could be installed. "
        "Install Chromium or Chrome with your system's packages, or set CHROMIUM to the path of one."
    )


def _present() -> Path | None:
    return next((path for path in _candidates() if _works(path)), None)


def _candidates() -> Iterator[Path]:
    for name in _NAMES:
        path = shutil.which(name)
        if path:
            yield Path(path)
    yield from (path for path in _APPLICATIONS if path.exists())
    own = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    for folder in (Path(own),) if own and own != "0" else _PLAYWRIGHTS_FOLDERS:
        for pattern in _PLAYWRIGHTS_PROGRAMS:
            yield from sorted(folder.glob(pattern), reverse=True)


def _works(path: Path) -> bool:
    try:
        done = subprocess.run([path, "--version"], capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and b"." in done.stdout


def _install_playwrights() -> None:
    print("No Chromium found; asking Playwright for its own …", flush=True)
    _try([sys.executable, "-m", "playwright", "install", "chromium"])


def _install_debians() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print("Playwright's Chromium cannot be had; installing Debian's package …", flush=True)
    _try(["apt-get", "update", "-qq"])
    _try(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"])


def _try(command: list[str]) -> None:
    """Run an installer; what counts is whether a browser is there afterwards."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False, timeout=600
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{command[0]} did not finish: {error}", file=sys.stderr, flush=True)
