"""What docs/security.md says is done has evidence that exists."""

import re

import pytest

from tests.support.database import ROOT

PAPER = (ROOT / "docs/security.md").read_text()
ROWS = [line for line in PAPER.splitlines() if line.startswith("| ") and line.count("|") == 4]
FOLDERS = ("app/", "tests/", "docs/", "migrations/", "launcher/", ".ci/")
FILES = {"SECURITY.md", "README.md", "requirements.txt", "package-lock.json"}


def named() -> list[str]:
    """Every file and test that the paper names."""
    quoted = re.findall(r"`([^`\s]+)`", PAPER)
    return [one for one in quoted if one.startswith(FOLDERS) or one in FILES]


def test_what_is_named_exists():
    missing = []
    for one in named():
        path, _, test = one.partition("::")
        file = ROOT / path
        there = file.is_file() and (not test or f"def {test}(" in file.read_text())
        missing += [] if there else [one]
    assert missing == []
    assert sum("::" in one for one in named()) > 60, "evidence is mostly tests"


@pytest.mark.parametrize("row", [row for row in ROWS if row.endswith("| – |")])
def test_a_row_without_evidence_says_that_it_is_not_done(row: str):
    assert "Not done" in row, row
