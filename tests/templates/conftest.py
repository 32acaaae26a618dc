"""The gallery over HTTP, and a Chromium to look at it with."""

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.templates.gallery import create_gallery

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def gallery() -> Flask:
    return create_gallery()


@pytest.fixture
def client(gallery: Flask) -> FlaskClient:
    return gallery.test_client()


@pytest.fixture(scope="session")
def gallery_url(gallery: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, gallery, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(chromium: Browser, gallery_url: str) -> Iterator[Visit]:
    """`visit("/", theme="dark", width=390, scripts=False)`. Fails the test for anything in the console."""
    contexts = []
    said: list[str] = []

    def go(
        path: str, theme: str = "light", width: int = 1440, scripts: bool = True, policy: bool = True
    ) -> Page:
        context = chromium.new_context(
            color_scheme=theme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            bypass_csp=not policy,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("console", lambda message: said.append(f"{path}: {message.type} {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{path}: {error}"))
        page.goto(gallery_url + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert not [line for line in said if "status of 4" not in line], said
