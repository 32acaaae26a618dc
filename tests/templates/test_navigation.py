"""Who sees which entry, which one is marked, and that no letter jumps to two places."""

from collections import Counter

import pytest
from flask import Flask

from app.navigation import ENTRIES, navigation
from tests.templates.gallery import Entry, Viewer

ADMIN = Viewer()
ACCOUNTANT = Viewer(role="accountant")
CLIENT = Viewer(role="client")
INSIDE = Viewer(role="super", super_admin=True, entry=Entry())
OUTSIDE = Viewer(role=None, super_admin=True, company=None)


def labels(gallery: Flask, viewer: Viewer | None, path: str = "/") -> list[str]:
    with gallery.test_request_context(path):
        return [link.label for group in navigation(viewer) for link in group.links]


@pytest.mark.parametrize(
    ("viewer", "sees", "never"),
    [
        (ADMIN, {"Requests", "Connection", "Settings"}, {"Practices", "Your requests"}),
        (ACCOUNTANT, {"Requests", "Clients"}, {"Connection", "Settings", "Sync log", "Staff mapping"}),
        (CLIENT, {"Your requests"}, {"Requests", "Clients", "Settings"}),
        (INSIDE, {"Practices", "Requests", "Connection"}, {"Your requests"}),
        (OUTSIDE, {"Practices"}, {"Requests", "Settings"}),
        (None, set(), {"Requests", "Practices", "Your requests"}),
    ],
)
def test_each_role_sees_its_own(
    gallery: Flask, viewer: Viewer | None, sees: set[str], never: set[str]
) -> None:
    found = set(labels(gallery, viewer))
    assert sees <= found
    assert not never & found


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/", ["Dashboard"]),
        ("/requests", ["Requests"]),
        ("/requests/12", ["Requests"]),
        ("/settings/xero", ["Connection"]),
        ("/settings/people", ["Settings"]),
        ("/requestsomething", []),
    ],
)
def test_the_closest_page_is_marked(gallery: Flask, path: str, marked: list[str]) -> None:
    with gallery.test_request_context(path):
        assert [link.label for group in navigation(ADMIN) for link in group.links if link.current] == marked


def test_what_is_not_built_is_left_out() -> None:
    bare = Flask(__name__)
    bare.add_url_rule("/clients", "clients.index", str)
    assert labels(bare, ADMIN) == ["Clients"]


@pytest.mark.parametrize("role", ["admin", "accountant", "client", "super"])
def test_no_letter_leads_to_two_pages(role: str) -> None:
    letters = Counter(entry.letter for entry in ENTRIES if role in entry.roles)
    assert not [letter for letter, count in letters.items() if count > 1]


def test_no_two_pages_of_a_visiting_super_admin_share_a_letter(gallery: Flask) -> None:
    with gallery.test_request_context():
        letters = [link.letter for group in navigation(INSIDE) for link in group.links]
    assert len(letters) == len(set(letters))
