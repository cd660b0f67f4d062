"""Hold the engine to what once would have lost money: each test is a way that was found, and closed."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from tests.builders import AAPL, ACCOUNT, MES, OTHER_BOT, a_bot, an_account
from tests.desk import Desk, Killed
from tradecore.adapters.memory.exchange import Call
from tradecore.domain.book import Book
from tradecore.domain.deciding import decide
from tradecore.domain.decisions import Decision, Status
from tradecore.domain.events import AlertArrived, Event, Woken
from tradecore.domain.facts import Facts
from tradecore.domain.ids import BotId, HaltId
from tradecore.domain.limits import AccountLimits, BotLimits
from tradecore.domain.orders import Side
from tradecore.domain.parties import Halt, HaltLevel, Mode
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Direction, Signal, Size, Strategy
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.venues import VenueRules


def test_an_alert_that_tradecore_itself_fails_on_is_set_aside_and_a_person_is_told() -> None:
    def judge(book: Book, event: Event, facts: Facts) -> Decision:
        if isinstance(event, AlertArrived) and event.alert.id == "POISON":
            raise AssertionError("a bug")
        return decide(book, event, facts)

    desk = Desk()
    desk.engine = evolve(desk.engine, judge=judge)
    desk.send(Signal.BUY, name="POISON")
    desk.send(Signal.BUY)
    desk.settle()

    assert desk.record("POISON").status is Status.FAILED
    assert "set it aside" in desk.notifier.texts[0]
    assert desk.last().status is Status.DONE
    assert desk.net() == Decimal(10)


def _work_until_killed(desk: Desk) -> None:
    while desk.engine.step():
        pass


def _desk_with_a_bad_line(*, lost: bool) -> Desk:
    """Return a desk whose next order does not arrive: it is lost on its way, or it never leaves."""
    desk = Desk()
    if lost:
        desk.faults.lose_requests(Call.SUBMIT)
    else:
        desk.faults.be_unreachable(Call.SUBMIT)
    return desk


def _halt(desk: Desk) -> None:
    halt = Halt(id=HaltId("h"), level=HaltLevel.NO_ENTRIES, reason="lunch", by="ada", at=desk.clock.now())
    desk.store.directory.keep(halt)


@pytest.mark.parametrize("lost", [False, True])
def test_a_halt_stops_an_entry_that_was_not_handed_over_yet(lost: bool) -> None:
    desk = _desk_with_a_bad_line(lost=lost)
    desk.send(Signal.BUY)
    desk.run()

    _halt(desk)
    desk.settle()

    assert desk.net() == Decimal(0)
    assert desk.last().status is Status.REFUSED
    assert desk.last().refusal is Refusal.HALTED


@pytest.mark.parametrize("lost", [False, True])
def test_an_entry_that_was_not_handed_over_goes_out_once_when_the_line_is_back(lost: bool) -> None:
    desk = _desk_with_a_bad_line(lost=lost)

    desk.send(Signal.BUY)
    desk.settle()

    assert desk.net() == Decimal(10)
    assert desk.last().status is Status.DONE


@pytest.mark.parametrize("meanwhile", ["hours pass", "somebody halts", "the market closes"])
def test_an_entry_that_a_crash_left_behind_is_judged_anew_before_it_goes_out(tmp_path: Path, meanwhile: str) -> None:
    desk = Desk(folder=tmp_path)
    desk.deadly, desk.lives = "before performing", 2
    desk.send(Signal.BUY)
    with pytest.raises(Killed):
        _work_until_killed(desk)

    desk.clock.advance(8 * 3600 if meanwhile == "hours pass" else 10)
    desk.calendar.is_open = meanwhile != "the market closes"
    if meanwhile == "somebody halts":
        _halt(desk)
    desk.price(100)
    desk.restart()
    desk.settle()

    assert desk.net() == Decimal(0)
    assert desk.last().status is Status.REFUSED


def test_an_alert_that_lay_in_the_inbox_for_hours_opens_nothing() -> None:
    desk = Desk()
    desk.send(Signal.BUY)

    desk.clock.advance(8 * 3600)
    desk.price(100)
    desk.settle()

    assert desk.last().refusal is Refusal.WAITED_TOO_LONG
    assert desk.net() == Decimal(0)


def test_an_alert_that_is_too_old_does_not_even_close() -> None:
    desk = Desk(a_bot(limits=BotLimits(alert_age_max=60)))
    desk.send(Signal.BUY)
    desk.run()

    desk.send(Signal.SELL, fired_at=desk.clock.now() - timedelta(days=2))
    desk.settle()

    assert desk.last().refusal is Refusal.TOO_OLD
    assert desk.net() == Decimal(10)


def test_an_entry_is_not_handed_over_again_in_a_size_that_a_limit_no_longer_leaves() -> None:
    desk = Desk()
    desk.faults.be_unreachable(Call.SUBMIT)
    desk.send(Signal.BUY)
    desk.run()

    desk.store.directory.keep(a_bot(limits=BotLimits(position_max=Decimal(2))))
    desk.settle()

    assert desk.net() == Decimal(0)


def test_an_entry_given_up_that_the_venue_had_after_all_is_found_and_blocks() -> None:
    desk = Desk()
    desk.faults.hide_new_orders()
    desk.faults.disconnect()
    desk.faults.lose_answers(times=None)
    desk.send(Signal.BUY)
    desk.settle()

    assert desk.last().status is Status.FAILED
    assert desk.net() == Decimal(10)
    assert desk.book().net == Decimal(10)


def test_a_close_that_lay_in_the_inbox_for_hours_still_closes() -> None:
    desk = Desk()
    desk.send(Signal.BUY)
    desk.run()

    desk.send(Signal.CLOSE)
    desk.clock.advance(8 * 3600)
    desk.settle()

    assert desk.last().status is Status.DONE
    assert desk.net() == Decimal(0)


def test_every_share_of_an_entry_that_filled_in_part_has_its_stop_when_more_is_added() -> None:
    stop = Protection(stop=Distance(Decimal(5), DistanceUnit.DOLLARS))
    desk = Desk(a_bot(mode=Mode.PYRAMID, protection=stop))
    desk.exchange.fill_in_parts(AAPL.symbol, [Decimal(4)] + [Decimal(0)] * 100)
    desk.send(Signal.BUY)
    desk.settle()
    desk.exchange.fill_in_parts(AAPL.symbol, [])

    desk.send(Signal.BUY, size=Size(amount=Decimal(6)))
    desk.settle()

    assert desk.held() == Decimal(10)
    assert sum(row.left for row in desk.exchange.working(ACCOUNT, AAPL.symbol)) == Decimal(10)
    desk.price(90)
    desk.settle()
    assert desk.net() == Decimal(0)


def test_an_entry_in_two_orders_is_never_sized_anew() -> None:
    third = BotId("bot-60")
    desk = Desk(
        a_bot(mode=Mode.PYRAMID),
        a_bot(id=OTHER_BOT, timeframe=Timeframe(300), sizing=Units(Decimal(9))),
        a_bot(id=third, timeframe=Timeframe(3600), sizing=Units(Decimal(2))),
        rules=VenueRules(crosses_zero=False),
    )
    desk.send(Signal.SELL, OTHER_BOT)
    desk.send(Signal.BUY, third)
    desk.run()
    desk.exchange.liquidity(AAPL.symbol, Decimal(0))

    desk.send(Signal.BUY)
    desk.send(Signal.CLOSE, third)
    desk.run()
    desk.exchange.liquidity(AAPL.symbol, None)
    desk.settle()

    assert desk.held() == Decimal(10)
    assert desk.held(third) == Decimal(0)
    assert desk.held(OTHER_BOT) == Decimal(-9)


@pytest.mark.parametrize("limits", [AccountLimits(positions_max=1), AccountLimits(daily_loss=Decimal(60))])
def test_an_entry_that_another_book_has_sent_counts_against_the_accounts_limits(limits: AccountLimits) -> None:
    stop = Protection(stop=Distance(Decimal(50), DistanceUnit.DOLLARS))
    micro = a_bot(id=OTHER_BOT, symbol=MES.root, sizing=Units(Decimal(1)), protection=stop)
    desk = Desk(a_bot(sizing=Units(Decimal(1)), protection=stop), micro)
    desk.store.directory.keep(an_account(limits=limits))
    desk.exchange.price(MES.symbol, Decimal(6500))
    desk.exchange.liquidity(AAPL.symbol, Decimal(0))
    desk.send(Signal.BUY)
    desk.run()

    desk.send(Signal.BUY, OTHER_BOT, symbol=MES.symbol)
    desk.run()

    assert desk.last().status is Status.REFUSED
    assert desk.last().refusal in {Refusal.TOO_MANY_POSITIONS, Refusal.DAILY_LOSS_AT_RISK}


@pytest.mark.parametrize("limits", [AccountLimits(positions_max=1), AccountLimits(daily_loss=Decimal(60))])
def test_an_entry_that_waited_for_another_ones_fill_in_its_book_counts_it_against_the_accounts_limits(
    limits: AccountLimits,
) -> None:
    stop = Protection(stop=Distance(Decimal(50), DistanceUnit.DOLLARS))
    other = a_bot(id=OTHER_BOT, timeframe=Timeframe(300), sizing=Units(Decimal(1)), protection=stop)
    desk = Desk(a_bot(sizing=Units(Decimal(1)), protection=stop), other)
    desk.store.directory.keep(an_account(limits=limits))
    desk.exchange.liquidity(AAPL.symbol, Decimal(0))
    desk.send(Signal.BUY)
    desk.run()
    desk.send(Signal.BUY, OTHER_BOT)
    desk.run()

    desk.exchange.liquidity(AAPL.symbol, None)
    desk.settle()

    assert desk.held() == Decimal(1)
    assert desk.held(OTHER_BOT) == Decimal(0)
    assert desk.last().refusal in {Refusal.TOO_MANY_POSITIONS, Refusal.DAILY_LOSS_AT_RISK}


def test_a_loss_limit_lets_nothing_through_while_something_held_has_no_price() -> None:
    micro = a_bot(id=OTHER_BOT, symbol=MES.root, sizing=Units(Decimal(1)))
    desk = Desk(a_bot(), micro)
    desk.store.directory.keep(an_account(limits=AccountLimits(daily_loss=Decimal(500))))
    desk.exchange.price(MES.symbol, Decimal(6500))
    desk.send(Signal.BUY, OTHER_BOT, symbol=MES.symbol)
    desk.run()

    desk.faults.be_unreachable(Call.QUOTE, times=None)
    facts = desk.engine.gatherer.facts_for(desk.book(), Woken())

    assert not facts.account_day.known


def test_a_close_goes_out_while_the_venues_prices_cannot_be_opened() -> None:
    desk = Desk()
    desk.store.directory.keep(an_account(limits=AccountLimits(daily_loss=Decimal(500))))
    desk.send(Signal.BUY)
    desk.run()
    assert desk.net() == Decimal(10)

    desk.venues.dark = True
    desk.send(Signal.CLOSE)
    desk.run()

    assert desk.last().status is Status.DONE
    assert desk.net() == Decimal(0)


def test_a_target_between_two_lots_is_reached_on_the_next_one_towards_zero() -> None:
    desk = Desk(a_bot(mode=Mode.TARGET, sizing=Units(Decimal(3))))
    desk.send(Signal.SELL)
    desk.run()

    desk.send(Signal.BUY, strategy=Strategy(direction=Direction.SHORT, quantity=Decimal("1.5")))
    desk.settle()

    assert desk.held() == Decimal(-1)


def test_what_a_person_has_closed_at_the_broker_is_not_closed_a_second_time() -> None:
    stop = Protection(stop=Distance(Decimal(5), DistanceUnit.DOLLARS))
    desk = Desk(a_bot(protection=stop))
    desk.send(Signal.BUY)
    desk.run()
    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.SELL, Decimal(10))
    desk.settle()

    assert desk.book().drift == Decimal(-10)
    assert not desk.exchange.working(ACCOUNT, AAPL.symbol), "a stop over nothing would open a short"
    desk.send(Signal.CLOSE)
    desk.settle()

    assert desk.last().status is Status.DONE
    assert desk.net() == desk.held() == desk.book().net == Decimal(0)
    assert desk.book().drift == Decimal(0)


def test_a_stop_is_cut_to_what_a_person_has_left_of_the_share() -> None:
    stop = Protection(stop=Distance(Decimal(5), DistanceUnit.DOLLARS))
    desk = Desk(a_bot(protection=stop))
    desk.send(Signal.BUY)
    desk.run()

    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.SELL, Decimal(4))
    desk.settle()

    assert [row.left for row in desk.exchange.working(ACCOUNT, AAPL.symbol)] == [Decimal(6)]
    desk.price(90)
    desk.settle()
    assert desk.net() == Decimal(0)
