"""Hold the exchange to the prices, quantities and money of real matching."""

from threading import Barrier, Thread

import pytest

from tests.unit.adapters.exchanges import (
    AAPL,
    BRK,
    BTC,
    BUY,
    DESK,
    MES,
    OTHER,
    SELL,
    D,
    a_bracket,
    a_tape,
    a_ticket,
    an_exchange,
    cancel,
    id_of,
    net,
    row,
    stand,
)
from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.exchange import AccountTerms, Amendment, Exchange
from tradecore.adapters.memory.exchange.listing import listed
from tradecore.domain.errors import ProgrammingError
from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId, Symbol
from tradecore.domain.instruments import Market
from tradecore.domain.money import ZERO
from tradecore.domain.orders import News, OrderType, Side
from tradecore.domain.sessions import NEW_YORK

ACCEPTED, FILLED, CANCELLED, REJECTED = News.ACCEPTED, News.FILLED, News.CANCELLED, News.REJECTED

# ---------------------------------------------------------------- prices


@pytest.mark.parametrize(("side", "price"), [(BUY, 101), (SELL, 99)])
def test_a_market_order_trades_at_the_other_side_of_the_quote(side: Side, price: int) -> None:
    exchange = an_exchange()
    exchange.price(AAPL, D(100), D(99), D(101))

    exchange.submit(DESK, a_ticket(side=side))

    assert stand(exchange, "t-1") == (FILLED, D(10), D(price))


def test_a_limit_that_rested_trades_at_its_own_price() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket(limit=90))
    assert stand(exchange, "t-1") == (ACCEPTED, ZERO, None)

    exchange.price(AAPL, D(80))

    assert stand(exchange, "t-1") == (FILLED, D(10), D(90))


def test_a_limit_that_came_to_the_market_trades_at_the_better_price() -> None:
    exchange = an_exchange()

    exchange.submit(DESK, a_ticket(limit=110))

    assert stand(exchange, "t-1") == (FILLED, D(10), D(100))


@pytest.mark.parametrize(("side", "stop", "short_of", "through"), [(BUY, 105, "104.99", 107), (SELL, 95, "95.01", 93)])
def test_a_stop_wakes_at_its_price_and_trades_at_the_markets(
    side: Side, stop: int, short_of: str, through: int
) -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket(side=side, stop=stop))
    exchange.price(AAPL, D(short_of))
    assert stand(exchange, "t-1") == (ACCEPTED, ZERO, None)

    exchange.price(AAPL, D(through))

    assert stand(exchange, "t-1") == (FILLED, D(10), D(through))


def test_a_stop_limit_wakes_then_waits_for_its_limit() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket(stop=105, limit=106))
    exchange.price(AAPL, D(108))
    assert stand(exchange, "t-1") == (ACCEPTED, ZERO, None)

    exchange.price(AAPL, D(104))

    assert stand(exchange, "t-1") == (FILLED, D(10), D(106))


def test_a_stop_limit_does_not_trade_before_its_stop() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket(stop=105, limit=106))

    exchange.price(AAPL, D(101))

    assert stand(exchange, "t-1") == (ACCEPTED, ZERO, None)


@pytest.mark.parametrize(
    ("bar", "price"),
    [
        ((100, 101, 88, 99), 90),  # passed on the way down
        ((100, 101, 88, 101), 90),  # the dip came first
        ((85, 101, 84, 100), 90),  # it had rested before the gap
    ],
)
def test_in_a_bar_a_limit_trades_at_its_own_price(bar: tuple[int, int, int, int], price: int) -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket(limit=90))

    exchange.bar(AAPL, *(D(one) for one in bar))

    assert stand(exchange, "t-1") == (FILLED, D(10), D(price))


def test_in_a_bar_a_stop_trades_at_its_own_price_and_after_a_gap_at_the_open() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket("inside", SELL, stop=95))
    exchange.submit(DESK, a_ticket("gap", SELL, stop=98))

    exchange.bar(AAPL, D(97), D(99), D(94), D(95))

    assert stand(exchange, "inside")[2] == 95
    assert stand(exchange, "gap")[2] == 97


def test_a_price_between_two_ticks_is_refused() -> None:
    with pytest.raises(ValueError, match="no price of AAPL"):
        an_exchange().price(AAPL, D("100.001"))


def test_what_is_not_listed_has_no_price() -> None:
    exchange = an_exchange()

    with pytest.raises(ProgrammingError, match="not listed"):
        exchange.price(Symbol("NOPE"), D(1))


# ---------------------------------------------------------------- quantities


def test_orders_share_what_a_tick_has_to_give_in_the_order_in_which_they_came() -> None:
    exchange = an_exchange()
    exchange.open_account(OTHER, AccountTerms(cash=D(100_000)))
    exchange.liquidity(AAPL, D(12))
    exchange.submit(DESK, a_ticket("first"))
    exchange.submit(OTHER, a_ticket("second"))
    assert exchange.survey(OTHER, AAPL).net == 2

    exchange.price(AAPL, D(101))

    found = exchange.find(OTHER, OrderId("second"))
    assert found is not None
    assert (found.news, found.average_price) == (FILLED, D("100.8"))
    assert net(exchange) == 10


def test_a_scripted_split_is_followed_then_everything_trades() -> None:
    exchange = an_exchange()
    exchange.fill_in_parts(AAPL, [D(0), D(4), D(1)])
    exchange.submit(DESK, a_ticket())
    filled = [row(exchange, "t-1").filled]
    for _ in range(3):
        exchange.price(AAPL, D(100))
        filled.append(row(exchange, "t-1").filled)

    assert filled == [0, 4, 5, 10]


def test_a_tick_at_which_nobody_trades_uses_up_no_part() -> None:
    exchange = an_exchange()
    exchange.fill_in_parts(AAPL, [D(4)])
    exchange.price(AAPL, D(100))

    exchange.submit(DESK, a_ticket())

    assert row(exchange, "t-1").filled == 4


def test_without_a_limit_of_liquidity_everything_trades_again() -> None:
    exchange = an_exchange()
    exchange.liquidity(AAPL, D(1))
    exchange.liquidity(AAPL, None)

    exchange.submit(DESK, a_ticket())

    assert net(exchange) == 10


# ---------------------------------------------------------------- money


def test_shares_move_cash_by_their_price_and_their_result_is_realised_at_the_average() -> None:
    exchange = an_exchange(cash=D(10_000))
    exchange.submit(DESK, a_ticket("b-1", BUY, 10))
    exchange.price(AAPL, D(110))
    exchange.submit(DESK, a_ticket("b-2", BUY, 10))
    (position,) = exchange.positions(DESK)
    assert (position.quantity, position.average_price) == (D(20), D(105))

    exchange.price(AAPL, D(120))
    exchange.submit(DESK, a_ticket("s-1", SELL, 15))

    assert exchange.realised(DESK) == 15 * 15
    assert exchange.cash(DESK) == 10_000 - 1_000 - 1_100 + 1_800
    assert exchange.state(DESK).equity == 10_000 - 1_000 - 1_100 + 1_800 + 5 * 120


def test_futures_move_cash_by_their_result_only() -> None:
    exchange = an_exchange(cash=D(10_000))
    exchange.submit(DESK, a_ticket("b-1", BUY, 4, symbol=MES))
    assert exchange.cash(DESK) == 10_000

    exchange.price(MES, D(102))
    assert exchange.state(DESK).equity == 10_000 + 4 * 2 * 5
    assert exchange.cash(DESK) == 10_000

    exchange.submit(DESK, a_ticket("s-1", SELL, 1, symbol=MES))
    assert exchange.cash(DESK) == 10_000 + 2 * 5
    assert exchange.state(DESK).equity == 10_000 + 4 * 2 * 5


def test_an_order_through_zero_realises_one_side_and_opens_the_other() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket("b-1", BUY, 10, symbol=MES))
    exchange.price(MES, D(103))

    exchange.submit(DESK, a_ticket("s-1", SELL, 15, symbol=MES))

    assert exchange.realised(DESK) == 10 * 3 * 5
    (position,) = exchange.positions(DESK)
    assert (position.quantity, position.average_price) == (D(-5), D(103))


def test_commission_is_paid_per_unit_and_once_per_order() -> None:
    exchange = an_exchange(cash=D(10_000), commission_per_unit=D("0.37"), commission_per_order=D(1), multiplier=D(2))
    exchange.fill_in_parts(AAPL, [D(4)])

    exchange.submit(DESK, a_ticket())
    exchange.price(AAPL, D(100))

    assert row(exchange, "t-1").commission == D("4.70")
    assert exchange.commission(DESK) == D("4.70")
    assert exchange.cash(DESK) == D("10000") - 1_000 - D("4.70")


def test_thirds_leave_no_dust() -> None:
    exchange = an_exchange(cash=D(10_000))
    for number, (price, quantity) in enumerate([(100, 1), (101, 1), (101, 1)]):
        exchange.price(MES, D(price))
        exchange.submit(DESK, a_ticket(f"b-{number}", BUY, quantity, symbol=MES))
    exchange.price(MES, D(110))
    for number in range(3):
        exchange.submit(DESK, a_ticket(f"s-{number}", SELL, 1, symbol=MES))

    assert exchange.cash(DESK) == 10_000 + (10 + 9 + 9) * 5
    assert exchange.positions(DESK) == ()


def test_buying_power_is_what_positions_and_working_orders_leave() -> None:
    exchange = an_exchange(cash=D(10_000), multiplier=D(2))
    exchange.submit(DESK, a_ticket("b-1", BUY, 50))
    exchange.submit(DESK, a_ticket("b-2", BUY, 10, limit=90))
    exchange.submit(DESK, a_ticket("s-1", SELL, 10, limit=120))  # it closes, so it needs nothing

    assert exchange.state(DESK).buying_power == 20_000 - 5_000 - 900


def test_sleeping_legs_take_no_buying_power() -> None:
    exchange = an_exchange(cash=D(10_000))
    exchange.submit(DESK, a_ticket(limit=90, bracket=a_bracket(80, 110)))

    assert exchange.state(DESK).buying_power == 10_000 - 900


def test_contracts_need_their_margin() -> None:
    exchange = an_exchange(cash=D(1_000), margin=D(300))
    exchange.submit(DESK, a_ticket("b-1", BUY, 3, symbol=MES))
    assert exchange.state(DESK).buying_power == 100

    exchange.submit(DESK, a_ticket("b-2", BUY, 1, symbol=MES))

    assert row(exchange, "b-2").news is REJECTED


# ---------------------------------------------------------------- ids


def test_an_id_is_used_once_for_ever_even_where_it_was_refused() -> None:
    exchange = an_exchange()
    exchange.reject_next("not today")
    first = exchange.submit(DESK, a_ticket())

    again = exchange.submit(DESK, a_ticket())

    assert (again.id, again.news, again.reason) == (first.id, REJECTED, "not today")
    assert exchange.duplicates == 1
    assert len(exchange.orders(DESK)) == 1
    assert net(exchange) == 0


def test_accounts_do_not_share_their_ids() -> None:
    exchange = an_exchange()
    exchange.open_account(OTHER, AccountTerms(cash=D(100_000)))
    exchange.submit(DESK, a_ticket())
    exchange.submit(OTHER, a_ticket())

    assert exchange.duplicates == 0
    assert net(exchange) == exchange.survey(OTHER, AAPL).net == 10


def test_an_account_that_was_never_opened_is_a_bug() -> None:
    with pytest.raises(ProgrammingError, match="never opened"):
        an_exchange().submit(AccountId("nobody"), a_ticket())


# ---------------------------------------------------------------- hours


def test_a_closed_market_refuses_where_the_venue_does() -> None:
    exchange = an_exchange(queues_when_closed=False)
    exchange.close_market(Market.US_EQUITIES)

    assert exchange.submit(DESK, a_ticket()).reason == "the market is closed"


def test_a_closed_market_keeps_orders_until_it_opens() -> None:
    exchange = an_exchange()
    exchange.close_market(Market.US_EQUITIES)
    exchange.submit(DESK, a_ticket())
    exchange.price(AAPL, D(104))
    assert stand(exchange, "t-1") == (ACCEPTED, ZERO, None)

    exchange.open_market(Market.US_EQUITIES)

    assert stand(exchange, "t-1") == (FILLED, D(10), D(104))


def test_one_market_can_be_closed_beside_another() -> None:
    exchange = an_exchange()
    exchange.close_market(Market.US_EQUITIES)

    assert exchange.submit(DESK, a_ticket(symbol=MES)).news is FILLED


def test_the_calendar_decides_where_no_hand_does() -> None:
    clock = MemoryClock()
    clock.set(clock.now().astimezone(NEW_YORK).replace(hour=9, minute=29))
    exchange = Exchange(clock, ExchangeCalendar())
    exchange.list(*listed(clock.now().date()))
    exchange.open_account(DESK, AccountTerms(cash=D(100_000)))
    exchange.price(AAPL, D(100))
    exchange.submit(DESK, a_ticket())
    assert not exchange.is_open(Market.US_EQUITIES)

    clock.advance(60)
    exchange.price(AAPL, D(101))

    assert exchange.is_open(Market.US_EQUITIES)
    assert stand(exchange, "t-1") == (FILLED, D(10), D(101))
    exchange.close_market(Market.US_EQUITIES)
    assert not exchange.is_open(Market.US_EQUITIES)
    exchange.follow_calendar(Market.US_EQUITIES)
    assert exchange.is_open(Market.US_EQUITIES)


# ---------------------------------------------------------------- ends and changes


def test_an_order_can_expire() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket(limit=90))

    exchange.expire(DESK, id_of(exchange, "t-1"))
    exchange.price(AAPL, D(80))

    assert stand(exchange, "t-1") == (News.EXPIRED, ZERO, None)
    answer = exchange.expire(DESK, id_of(exchange, "t-1"))
    assert answer is not None
    assert answer.news is News.EXPIRED


def test_nobody_cancels_another_accounts_order() -> None:
    exchange = an_exchange()
    exchange.open_account(OTHER, AccountTerms(cash=D(100_000)))
    exchange.submit(DESK, a_ticket(limit=90))

    assert exchange.cancel(OTHER, id_of(exchange, "t-1")) is None
    assert exchange.expire(OTHER, id_of(exchange, "t-1")) is None
    assert exchange.order(OTHER, id_of(exchange, "t-1")) is None
    assert row(exchange, "t-1").news is ACCEPTED


def test_a_live_order_is_amended_in_place() -> None:
    exchange = an_exchange()
    first = exchange.submit(DESK, a_ticket(limit=90))

    assert exchange.amend(DESK, first.id, Amendment(quantity=D(7), limit_price=D(101))) == ""

    assert row(exchange, "t-1").id == first.id
    assert stand(exchange, "t-1") == (FILLED, D(7), D(100))


@pytest.mark.parametrize(
    ("amendment", "reason"),
    [
        (Amendment(stop_price=D(95)), "no such price"),
        (Amendment(limit_price=D("90.001")), "no price of AAPL"),
        (Amendment(quantity=D("0.0000000001")), "no quantity of AAPL"),
        (Amendment(quantity=D(4)), "4 filled already"),
    ],
)
def test_an_amendment_that_makes_no_sense_changes_nothing(amendment: Amendment, reason: str) -> None:
    exchange = an_exchange()
    exchange.fill_in_parts(AAPL, [D(4), D(0)])
    exchange.submit(DESK, a_ticket(limit=100))
    before = row(exchange, "t-1")

    assert reason in exchange.amend(DESK, before.id, amendment)
    assert row(exchange, "t-1") == before


def test_what_is_over_is_not_amended() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket())

    assert "over" in exchange.amend(DESK, id_of(exchange, "t-1"), Amendment(quantity=D(20)))
    assert "unknown" in exchange.amend(DESK, BrokerOrderId("7"), Amendment(quantity=D(20)))


def test_an_order_by_hand_has_no_id_of_ours_and_cannot_be_confused() -> None:
    exchange = an_exchange()
    exchange.place_by_hand(DESK, AAPL, BUY, D(3))
    exchange.place_by_hand(DESK, AAPL, BUY, D(3), OrderType.LIMIT, limit_price=D(90))

    assert [one.order_id for one in exchange.orders(DESK)] == [None, None]
    assert net(exchange) == 3
    assert exchange.duplicates == 0


def test_fractions_trade_where_the_instrument_has_them() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket("b-1", BUY, "0.123456789", symbol=BTC))

    assert net(exchange, BTC) == D("0.123456789")
    assert exchange.submit(DESK, a_ticket("b-2", BUY, "0.5", symbol=BRK)).news is REJECTED


def test_many_threads_submitting_make_each_order_once() -> None:
    exchange = an_exchange(cash=D(10_000_000))
    tape = a_tape(exchange)
    barrier = Barrier(8)

    def submit_all() -> None:
        barrier.wait()
        for number in range(50):
            exchange.submit(DESK, a_ticket(f"t-{number}", BUY, 1))

    threads = [Thread(target=submit_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert net(exchange) == 50
    assert exchange.duplicates == 50 * 7
    # Each order was told as accepted, then as filled, and position by position.
    assert sorted(tape.lines) == sorted(f"t-{n} {what}" for n in range(50) for what in ("accepted 0", "filled 1"))
    held = [change.position.quantity for change in tape.changes if change.execution]
    assert held == [D(quantity) for quantity in range(1, 51)]


def test_a_cancel_ends_an_order_and_a_repeat_answers_the_same() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket(limit=90))

    assert cancel(exchange, "t-1").news is CANCELLED
    assert cancel(exchange, "t-1").news is CANCELLED
    assert exchange.working(DESK) == ()
