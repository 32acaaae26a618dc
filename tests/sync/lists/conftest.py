import pytest

from tests.support.books import Books
from tests.support.people import Cast
from tests.support.simulator import SimulatorProcess


@pytest.fixture
def books(cast: Cast, simulator: SimulatorProcess) -> Books:
    """ABC's, with nothing mapped yet."""
    found = Books(cast, cast.abc, "ABC Pty Ltd", simulator)
    found.forget()
    return found
