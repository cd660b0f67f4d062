"""Reduce a bot's share to what a person leaves of it: never past it, never to the other side, and once."""

from decimal import Decimal

import pytest

from tests.builders import AAPL, BOT, OTHER_BOT
from tests.desk import Desk
from tests.unit.domain.examples import BUY, SELL
from tradecore.domain.events import CloseAsked, ReduceAsked


def a_desk_that_holds(signal: object = BUY) -> Desk:
    desk = Desk()
    desk.send(signal)  # type: ignore[arg-type] # one of two signals
    desk.settle()
    return desk


def asked(to: int | str) -> ReduceAsked:
    return ReduceAsked(bot_id=BOT, to=Decimal(to), why="ada")


@pytest.mark.parametrize(
    ("to", "left"), [("9", 9), ("1", 1), ("0", 0), ("10", 10), ("11", 10), ("2.5", Decimal("2.5"))]
)
@pytest.mark.parametrize("side", [1, -1])
def test_what_is_left_is_what_was_named_or_less(to: str, left: Decimal, side: int) -> None:
    desk = a_desk_that_holds(BUY if side > 0 else SELL)

    for _ in range(3):
        desk.post(asked(to))
        desk.settle()

    # A short is whole: what is left of one is rounded down.
    assert desk.held() == (left if side > 0 else -int(left))
    assert desk.net() == desk.held()


def test_nothing_is_reduced_where_nothing_is_held() -> None:
    desk = Desk()

    desk.post(asked(3))
    desk.settle()

    assert desk.net() == 0


def test_a_close_behind_a_reduction_still_closes_and_a_reduction_behind_a_close_opens_nothing() -> None:
    first, second = a_desk_that_holds(), a_desk_that_holds()
    close = CloseAsked(bot_id=BOT, why="ada")

    for desk, events in ((first, (asked(4), close)), (second, (close, asked(4)))):
        for event in events:
            desk.post(event)
        desk.settle()

    assert (first.net(), second.net()) == (0, 0)


def test_a_close_that_comes_while_a_reduction_is_at_the_venue_is_not_taken_for_the_same() -> None:
    desk = a_desk_that_holds()
    desk.exchange.liquidity(AAPL.symbol, Decimal(0))
    desk.post(asked(4))
    desk.run()

    desk.post(CloseAsked(bot_id=BOT, why="ada"))
    desk.run()
    desk.exchange.liquidity(AAPL.symbol, None)
    desk.settle()

    assert (desk.held(), desk.net()) == (0, 0)


def test_another_bots_share_is_left_alone() -> None:
    desk = a_desk_that_holds()
    desk.post(ReduceAsked(bot_id=OTHER_BOT, to=Decimal(0), why="ada"))
    desk.settle()

    assert desk.held() == 10


def test_nobody_can_ask_for_less_than_nothing() -> None:
    with pytest.raises(ValueError, match="0 units or more"):
        asked(-1)
