"""The API's own fixtures: programs whose every answer is held against the OpenAPI document."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.api.contract import CheckedApi, Contract


@pytest.fixture
def contract(app: Flask) -> Contract:
    return Contract(app)


@pytest.fixture
def api(app: Flask, contract: Contract) -> Callable[[str | None], CheckedApi]:
    """`api("admin@abc.test")`: that person's program with a bearer token; `api()`: nobody's."""
    return lambda email=None: CheckedApi(app, email, contract)
