"""The dependency audit: a known vulnerability fails it, an advisory service that is away does not."""

import json
import os
import subprocess
import sys

import pytest

from launcher.audit import _NOT_ASKED, judge
from launcher.checkout import ROOT, Refused


def report(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


SOUND = {"name": "flask", "version": "3.1.3", "vulns": []}
FLAWED = {
    "name": "jinja2",
    "version": "2.4.1",
    "vulns": [{"id": "PYSEC-2014-8", "fix_versions": ["2.7.2"], "aliases": [], "description": "…"}],
}
UNKNOWN = {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited"}


def test_a_known_vulnerability_fails_with_its_name_and_the_version_that_mends_it() -> None:
    with pytest.raises(Refused, match=r"jinja2 2\.4\.1: PYSEC-2014-8, mended in 2\.7\.2"):
        judge(report(SOUND, FLAWED, UNKNOWN), "")


def test_what_was_not_audited_is_not_called_sound() -> None:
    assert judge(report(SOUND, SOUND), "") == "Dependency audit: no known vulnerability in 2 packages."
    assert "1 packages; 1 more are unknown" in judge(report(SOUND, UNKNOWN), "")
    assert judge(report(UNKNOWN, UNKNOWN), "") == _NOT_ASKED


def test_a_lock_that_cannot_be_read_fails() -> None:
    with pytest.raises(Refused, match="does not contain a hash"):
        judge("", "ERROR:pip_audit._cli:requirement flask does not contain a hash")


def test_without_a_way_out_it_says_so_in_one_line_and_does_not_fail() -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "NO_PROXY": ""}
    done = subprocess.run(
        [sys.executable, "-m", "launcher", "audit"],
        cwd=ROOT,
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, _NOT_ASKED + "\n"), done.stderr
