"""What is served under /assets/: only what is meant, kept for a year when the address carries the hash."""

import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.assets import STATIC, Assets, MissingAssetError, asset_url, vendor_url


@pytest.fixture
def css_url(gallery: Flask) -> str:
    with gallery.test_request_context():
        return asset_url("css/app.css")


def test_the_right_hash_may_be_kept_for_a_year(client: FlaskClient, css_url: str) -> None:
    answer = client.get(css_url)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content_type == "text/css; charset=utf-8"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("query", ["", "?v=0000000000000000"])
def test_any_other_hash_asks_again(client: FlaskClient, css_url: str, query: str) -> None:
    path = css_url.partition("?")[0]
    answer = client.get(path + query)
    assert answer.headers["Cache-Control"] == "no-cache"
    again = client.get(path + query, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_it_travels_compressed(client: FlaskClient, css_url: str) -> None:
    plain = client.get(css_url)
    packed = client.get(css_url, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 4


@pytest.mark.parametrize(
    "path",
    [
        "css/none.css",
        "../app/config.py",
        "%2e%2e/config.py",
        "vendor/../../pyproject.toml",
        "vendor/bootstrap/dist/js/bootstrap.js",
    ],
)
def test_nothing_else_can_be_asked_for(client: FlaskClient, path: str) -> None:
    assert client.get(f"/assets/{path}").status_code == 404


def test_a_wrong_name_in_a_template_is_an_error(gallery: Flask) -> None:
    with gallery.test_request_context(), pytest.raises(MissingAssetError):
        asset_url("css/nope.css")


def test_htmx_comes_from_our_own_origin(client: FlaskClient, gallery: Flask) -> None:
    with gallery.test_request_context():
        url = vendor_url("htmx")
    assert url.startswith("/assets/vendor/htmx.js?v=")
    assert b"htmx" in client.get(url).data


OF_ONE_PAGE = {"print.js", "upload.js"}
"""What a single page of the portal loads by itself."""


def test_every_behaviour_is_joined_in() -> None:
    listed = set(re.findall(r'^import "\./([\w.-]+)";$', (STATIC / "js/app.js").read_text(), re.MULTILINE))
    assert listed | OF_ONE_PAGE == {path.name for path in (STATIC / "js").glob("*.js")} - {"app.js"}
    assert not listed & OF_ONE_PAGE
    script = Assets().get("js/app.js").body.decode()
    assert script.count("(() => {") >= len(listed)
    assert not re.search(r"^import ", script, re.MULTILINE)


def test_every_style_sheet_is_used() -> None:
    listed = set(
        re.findall(r'^@import url\("([\w.-]+)"\)', (STATIC / "css/app.css").read_text(), re.MULTILINE)
    )
    templates = " ".join(path.read_text() for path in (STATIC.parent / "templates").rglob("*.html"))
    linked = set(re.findall(r"asset_url\('css/([\w.-]+)'\)", templates))
    assert {path.name for path in (STATIC / "css").glob("*.css")} == listed | linked


def test_bootstrap_lies_in_the_lowest_layer_but_our_important_rules() -> None:
    css = Assets().get("css/app.css").body.decode()
    assert (
        css.index("@layer override, vendor, tokens")
        < css.index("@layer vendor {")
        < css.index("@layer base {")
    )
    assert "@import" not in css
    assert not re.search(r"url\((?!\"?data:)", css)


def test_our_style_sheets_name_no_colour_outside_the_tokens() -> None:
    """A colour is written once, for light and dark; what prints or lies over everything may differ."""
    allowed = {"tokens.css", "print.css"}
    for path in (STATIC / "css").glob("*.css"):
        text = re.sub(r"url\(\"data:[^)]*\)", "", path.read_text())
        found = set(re.findall(r"#[0-9a-f]{3,8}\b", text))
        assert path.name in allowed or found <= {
            "#fff",
            "#ffffff26",
            "#ffffff40",
            "#00000073",
            "#6d2a6b",
            "#572155",
        }, (
            path.name,
            found,
        )
