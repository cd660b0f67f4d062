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
from tradecore.domain.reconciling import seems_closed
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


def test_who_closes_the_whole_account_by_hand_has_closed_a_bots_short_beside_their_own_long() -> None:
    desk = a_desk(stopped=False)
    desk.send(Signal.CLOSE)
    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.BUY, Decimal(17))
    looked_at(desk)
    desk.post(DriftAdopted(quantity=Decimal(17), by="ada", bot_id=None, request_id="R"))
    desk.send(Signal.SELL, OTHER_BOT)
    desk.settle()
    assert (desk.held(OTHER_BOT), desk.net()) == (-7, 10)

    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.SELL, Decimal(10))
    looked_at(desk)
    assert seems_closed(desk.book()) == (OTHER_BOT,)
    desk.send(Signal.CLOSE, OTHER_BOT)
    desk.settle()

    assert desk.net() == 0, "an exit has opened something in an account that held nothing"
    assert (desk.last().status, desk.held(OTHER_BOT), desk.book().drift) == (Status.DONE, 0, -17)
    desk.post(DriftAdopted(quantity=Decimal(-17), by="ada", bot_id=None, request_id="S"))
    desk.settle()
    assert (desk.book().external, desk.book().drift) == (0, 0)


def test_what_was_traded_by_hand_while_nobody_listened_is_met_before_the_next_entry() -> None:
    desk = a_desk(stopped=False)
    desk.send(Signal.CLOSE)
    desk.settle()
    desk.clock.advance(60)
    desk.price(100)
    desk.broker.close()  # Nobody hears what happens now.
    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.BUY, Decimal(6))
    desk.restart()

    desk.send(Signal.BUY)
    desk.settle()

    assert desk.last().refusal is Refusal.BOOK_IN_QUESTION
    assert (desk.held(), desk.book().drift, desk.net()) == (0, 6, 6)


def test_a_reversal_closes_what_is_left_and_opens_nothing_where_somebody_had_closed_a_part() -> None:
    desk = a_desk(stopped=False)
    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.SELL, Decimal(4))
    looked_at(desk)

    desk.send(Signal.SELL)
    desk.settle()

    last = desk.last()
    assert (last.status, last.refusal) == (Status.REFUSED, Refusal.BOOK_IN_QUESTION)
    assert last.outcome.startswith("Closed, but not reversed: ")
    assert (desk.held(), desk.net(), desk.book().drift) == (0, 0, 0)
