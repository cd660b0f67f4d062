"""Test that it is said what people would hold against the bots, before that is booked."""

import pytest

from tests.builders import a_book
from tests.unit.domain.examples import D, a_share
from tradecore.domain.reconciling import left_by_hand


@pytest.mark.parametrize(
    ("held", "external", "quantity", "said"),
    [
        (4, 3, -5, "Then 2 short are held by hand beside the bots' 4: when these are closed, the account is short 2."),
        (-4, 0, 2, "Then 2 long are held by hand beside the bots' 4: when these are closed, the account is long 2."),
        (4, 3, -3, None),
        (4, 0, 5, None),
        (0, 3, -5, None),
    ],
)
def test_what_people_would_hold_against_the_bots_is_said(
    held: int, external: int, quantity: int, said: str | None
) -> None:
    shares = (a_share(held),) if held else ()
    book = a_book(shares=shares, external=D(external), drift=D(quantity))

    assert left_by_hand(book, D(quantity)) == said
