"""Which Chromium the browser tests get, and what is said when there is none."""

from pathlib import Path

import pytest

from launcher import chromium
from launcher.checkout import Refused
from launcher.chromium import find_chromium


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no browser and no way to install one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setattr(chromium, "_APPLICATIONS", ())
    monkeypatch.setattr("launcher.checkout.VAR", tmp_path)
    monkeypatch.setattr(chromium, "_try", lambda _command: None)
    return tmp_path


def browser(path: Path, *, works: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "#!/bin/sh\n" + ("echo Chromium 150.0.1\n" if works else "echo install the snap; exit 1\n")
    )
    path.chmod(0o755)
    return path


def test_the_systems_comes_first(machine: Path) -> None:
    browser(machine / "playwright/chromium-1200/chrome-linux/chrome")
    own = browser(machine / "chromium")
    assert find_chromium() == own


def test_a_stub_that_does_not_start_is_passed_over(machine: Path) -> None:
    browser(machine / "chromium-browser", works=False)
    chrome = browser(machine / "google-chrome")
    assert find_chromium() == chrome


def test_playwrights_own_is_taken_else(machine: Path) -> None:
    theirs = browser(machine / "playwright/chromium-1200/chrome-linux64/chrome")
    assert find_chromium() == theirs


def test_it_is_installed_where_there_is_none(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def installs(command: list[str]) -> None:
        asked.append(command)
        browser(machine / "playwright/chromium-1200/chrome-linux/chrome")

    monkeypatch.setattr(chromium, "_try", installs)
    assert find_chromium().name == "chrome"
    assert [command[-2:] for command in asked] == [["install", "chromium"]]


def test_none_is_a_failure_and_not_a_skip() -> None:
    with pytest.raises(Refused, match="none was found or could be installed"):
        find_chromium()


def test_a_given_one_must_start(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", str(browser(machine / "mine", works=False)))
    with pytest.raises(Refused, match="CHROMIUM is"):
        find_chromium()
    monkeypatch.setenv("CHROMIUM", str(browser(machine / "mine")))
    assert find_chromium() == machine / "mine"
