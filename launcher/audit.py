"""Whether a package that the app runs with has a known vulnerability: pip-audit over requirements.txt, by its hashes.

Where the advisory service cannot be asked (no network, a registry that has no advisories) this is said and fails
nothing: a machine without network must be able to run every other check.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

from launcher.checkout import PYTHON, ROOT, Refused

LOCK = "requirements.txt"
_NOT_ASKED = "Dependency audit: the advisory service cannot be reached from here, so nothing was audited."
_SERVICE = ("requests.exceptions.", "pip_audit._service.", "vulnerability feed", "not redirecting properly")
"""What pip-audit's complaint holds when the service is to blame and not the lock."""


def audit() -> str:
    """One line about how it went. Raises Refused naming every package with a known vulnerability."""
    command = [str(PYTHON), "-m", "pip_audit", "--progress-spinner", "off", "--format", "json"]
    command += ["--disable-pip", "--require-hashes", "--requirement", str(ROOT / LOCK)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    except subprocess.TimeoutExpired:
        return _NOT_ASKED
    return judge(done.stdout, done.stderr)


def judge(output: str, complaint: str) -> str:
    """What pip-audit's JSON says, or its complaint when it has none."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        if any(words in complaint for words in _SERVICE):
            return _NOT_ASKED
        raise Refused(f"Dependency audit: {LOCK} could not be audited.\n{complaint.strip()}") from None
    found = [
        f"  {package['name']} {package['version']}: {flaw['id']}, mended in {_versions(flaw['fix_versions'])}"
        for package in packages
        for flaw in package.get("vulns", ())
    ]
    if found:
        raise Refused("\n".join([f"Dependency audit: known vulnerabilities in {LOCK}.", *found]))
    unknown = sum("skip_reason" in package for package in packages)
    if unknown == len(packages):
        return _NOT_ASKED
    without = f"; {unknown} more are unknown to the advisory service" if unknown else ""
    return f"Dependency audit: no known vulnerability in {len(packages) - unknown} packages{without}."


def _versions(versions: list[str]) -> str:
    return " or ".join(versions) or "no version yet"
