"""Hand out exchanges."""

import pytest

from tests.unit.venues.alpaca.floors import Floored


@pytest.fixture
def floor() -> Floored:
    return Floored()
