"""Let people trade beside the bots: what is theirs is seen, is never touched by a CLOSE, and blocks entries at most."""

from decimal import Decimal

import pytest

from tests.builders import AAPL, ACCOUNT, BOT, OTHER_BOT, a_bot
from tests.desk import Desk
from tests.integration.test_flips_as_at_alpaca import RULES, STOPPED, covered
from tradecore.adapters.memory.exchange import Amendment
from tradecore.domain.decisions import Status
from tradecore.domain.events import DriftAdopted, ReconcileDue
from tradecore.domain.ids import BotId
from tradecore.domain.orders import OrderType, Side
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe


def a_desk(*, stopped: bool = True) -> Desk:
    """Return a desk whose first bot is long 10, with a stop where it is *stopped*."""
    first = a_bot(protection=STOPPED) if stopped else a_bot()
    desk = Desk(first, a_bot(id=OTHER_BOT, timeframe=Timeframe(300), sizing=Units(Decimal(7))), rules=RULES)
    desk.send(Signal.BUY)
    desk.settle()
    assert desk.net() == 10
    return desk


def looked_at(desk: Desk) -> None:
    """Let the broker be asked, as every minute and after every gap."""
    desk.post(ReconcileDue(why="a minute has passed"))
    desk.settle()


def test_what_people_hold_and_order_outlives_a_close() -> None:
    desk = a_desk(stopped=False)
    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.BUY, Decimal(5))
    order = desk.exchange.place_by_hand(
        ACCOUNT, AAPL.symbol, Side.SELL, Decimal(5), OrderType.LIMIT, limit_price=Decimal(150))  # fmt: skip
    looked_at(desk)

    desk.send(Signal.CLOSE)
    desk.settle()

    assert (desk.last().status, desk.held(), desk.net()) == (Status.DONE, 0, 5)
    assert desk.exchange.working(ACCOUNT) == (order,)


def test_a_stop_that_somebody_called_off_is_placed_again() -> None:
    desk = a_desk()
    (stop,) = desk.exchange.working(ACCOUNT)

    desk.exchange.cancel(ACCOUNT, stop.id)
    desk.settle()

    assert covered(desk) == 10
    assert desk.exchange.working(ACCOUNT) != (stop,)


def test_a_stop_that_somebody_made_smaller_and_moved_is_filled_up_where_it_was_moved_to() -> None:
    desk = a_desk()
    (stop,) = desk.exchange.working(ACCOUNT)

    assert not desk.exchange.amend(
        ACCOUNT, stop.id, Amendment(quantity=Decimal(6), stop_price=Decimal(95)))  # fmt: skip
    looked_at(desk)

    rows = desk.exchange.working(ACCOUNT)
    assert sorted((row.left, row.stop_price) for row in rows) == [(4, 95), (6, 95)]


@pytest.mark.parametrize(("bot_id", "held", "external"), [(None, 10, -4), (BOT, 6, 0)])
def test_entries_wait_until_somebody_says_whose_the_difference_is(
    bot_id: BotId | None, held: int, external: int
) -> None:
    desk = a_desk(stopped=False)
    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.SELL, Decimal(4))
    looked_at(desk)
    desk.send(Signal.BUY, OTHER_BOT)
    desk.settle()
    assert desk.last().refusal is Refusal.BOOK_IN_QUESTION

    for _ in range(2):  # The answer to the first was lost.
        desk.post(DriftAdopted(quantity=Decimal(-4), by="ada", bot_id=bot_id, request_id="R"))
    desk.send(Signal.BUY, OTHER_BOT)
    desk.settle()

    book = desk.book()
    assert (book.drift, book.external, desk.held(), desk.held(OTHER_BOT)) == (0, external, held, 7)
    assert book.net == desk.net() == 13
