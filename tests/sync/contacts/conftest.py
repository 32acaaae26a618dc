"""A practice whose clients have contacts in the simulated organisation."""

import pytest

from tests.sync.contacts.practice import NO_LIMITS, Pair


@pytest.fixture
def pair(app, cast, simulator, work) -> Pair:
    """ABC and its organisation, Xero's limits off; nobody is mapped yet."""
    simulator.limits(**NO_LIMITS)
    return Pair(app, cast.abc, "ABC Pty Ltd", simulator, work)
