"""Consenting at the simulator the way a person does: open its page, choose, press a button, come back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from werkzeug.test import TestResponse

from tests.support.people import Browser

CONNECT = "/api/integrations/xero/connect"
CONFIRM = "/settings/integrations/xero/confirm"
PAGE = "/settings/integrations/xero"


def begin(browser: Browser) -> str:
    """Press Connect; the address at Xero where the browser is sent."""
    sent = browser.post(CONNECT)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    return str(sent.headers["Location"])


def decide(address: str, tenants: Mapping[str, str], organisation: str = "", *, allow: bool = True) -> str:
    """Press Allow or Cancel on the consent page; the path and query that the person comes back to."""
    page = requests.get(address, timeout=10)
    assert page.status_code == 200, page.text
    carried = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    answer = requests.post(
        address.split("?", maxsplit=1)[0],
        data={
            **carried,
            "organisation": tenants.get(organisation, ""),
            "decision": "allow" if allow else "cancel",
        },
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert back.path == "/api/integrations/xero/callback"
    return f"{back.path}?{back.query}"


def tenants_of(state: Mapping[str, Any]) -> dict[str, str]:
    return {name: organisation["tenant_id"] for name, organisation in state["organisations"].items()}


def consent(browser: Browser, state: Mapping[str, Any], organisation: str) -> TestResponse:
    """Connect, allow, come back: our answer to the way back."""
    return browser.get(decide(begin(browser), tenants_of(state), organisation))
