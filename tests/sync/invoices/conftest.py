"""Two practices that bill, side by side."""

import pytest

from tests.sync.contacts.practice import NO_LIMITS
from tests.sync.invoices.practice import Books


@pytest.fixture
def books(app, cast, simulator, work) -> Books:
    """ABC, Xero's limits off."""
    simulator.limits(**NO_LIMITS)
    made = Books(app, cast.abc, "ABC Pty Ltd", simulator, work)
    made.learn_lists()
    return made


@pytest.fixture
def smiths(books: Books, app, cast, simulator, work) -> Books:
    """Smith, beside them."""
    made = Books(app, cast.smith, "Smith & Co", simulator, work)
    made.learn_lists()
    return made
