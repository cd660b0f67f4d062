"""Hold the exchange to the reasons for which venues refuse."""

import pytest
from attrs import evolve

from tests.unit.adapters.exchanges import (
    AAPL,
    BRK,
    BTC,
    BUY,
    DESK,
    GME,
    LISTED,
    OTHER,
    SELL,
    D,
    a_bracket,
    a_ticket,
    an_exchange,
    cancel,
    net,
    row,
)
from tradecore.adapters.memory.exchange import AccountTerms, Exchange
from tradecore.domain.ids import OrderId, Symbol
from tradecore.domain.orders import News, OrderType, Purpose, Side, Ticket
from tradecore.domain.venues import VenueRules

NO_CROSSING = VenueRules(crosses_zero=False)


def refused(exchange: Exchange, ticket: Ticket, reason: str) -> None:
    """Check that *ticket* is refused for *reason*, and that nothing else happened."""
    before = exchange.positions(DESK), exchange.cash(DESK), exchange.working(DESK)

    answer = exchange.submit(DESK, ticket)

    assert answer.news is News.REJECTED
    assert reason in answer.reason
    assert (exchange.positions(DESK), exchange.cash(DESK), exchange.working(DESK)) == before


# ---------------------------------------------------------------- instruments


def test_what_is_not_listed() -> None:
    refused(an_exchange(), a_ticket(symbol=Symbol("NOPE")), "NOPE is not known")


def test_what_is_not_tradable() -> None:
    exchange = an_exchange()
    exchange.list(evolve(LISTED[0], tradable=False))

    refused(exchange, a_ticket(), "AAPL is not tradable")


def test_what_has_no_price_yet() -> None:
    refused(an_exchange(), a_ticket(symbol=Symbol("MSFT")), "no price yet")


@pytest.mark.parametrize(
    ("ticket", "reason"),
    [
        (a_ticket(limit="90.001"), "90.001 is no price"),
        (a_ticket(stop="110.001"), "110.001 is no price"),
        (a_ticket(limit=90, bracket=a_bracket(stop="80.001")), "80.001 is no price"),
        (a_ticket(quantity="0.0000000001"), "is no quantity"),
        (a_ticket(quantity="1.5", symbol=BRK), "not fractionable"),
    ],
)
def test_what_lies_off_the_grid(ticket: Ticket, reason: str) -> None:
    refused(an_exchange(), ticket, reason)


def test_fractions_where_the_account_has_none() -> None:
    refused(an_exchange(fractional=False), a_ticket(quantity="1.5"), "fractional orders are not allowed")


# ---------------------------------------------------------------- the account


def test_everything_while_the_account_is_blocked() -> None:
    exchange = an_exchange()
    exchange.block(DESK, "the firm stopped trading")
    refused(exchange, a_ticket(), "the firm stopped trading")
    assert exchange.state(DESK).blocked == "the firm stopped trading"

    exchange.block(DESK, "")

    assert exchange.submit(DESK, a_ticket("t-2")).news is News.FILLED


def test_a_scripted_refusal_meets_the_account_it_names() -> None:
    exchange = an_exchange()
    exchange.open_account(OTHER, AccountTerms(cash=D(100_000)))
    exchange.reject_next("only you", OTHER)

    assert exchange.submit(DESK, a_ticket()).news is News.FILLED
    assert exchange.submit(OTHER, a_ticket()).reason == "only you"
    assert exchange.submit(OTHER, a_ticket("t-2")).news is News.FILLED


# ---------------------------------------------------------------- shorts and zero


@pytest.mark.parametrize(
    ("rules", "ticket", "reason"),
    [
        (VenueRules(), a_ticket(side=SELL, symbol=GME), "GME cannot be sold short"),
        (VenueRules(shorts=False), a_ticket(side=SELL), "may not sell short"),
        (VenueRules(), a_ticket(side=SELL, quantity="1.5"), "fractional orders cannot be sold short"),
    ],
)
def test_a_short_that_may_not_be(rules: VenueRules, ticket: Ticket, reason: str) -> None:
    refused(an_exchange(rules=rules), ticket, reason)


def test_a_sale_of_more_than_is_held_of_what_cannot_be_shorted() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket("b-1", BUY, 2, symbol=GME))

    refused(exchange, a_ticket("s-1", SELL, 3, symbol=GME), "cannot be sold short")
    assert exchange.submit(DESK, a_ticket("s-2", SELL, 2, symbol=GME)).news is News.FILLED


def test_a_fraction_that_is_held_may_be_sold() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket("b-1", BUY, "1.5", symbol=BTC))

    assert exchange.submit(DESK, a_ticket("s-1", SELL, "1.5", symbol=BTC)).news is News.FILLED


@pytest.mark.parametrize(("first", "second"), [(BUY, SELL), (SELL, BUY)])
def test_one_order_through_zero_where_the_venue_refuses_it(first: Side, second: Side) -> None:
    exchange = an_exchange(rules=NO_CROSSING)
    exchange.submit(DESK, a_ticket("o-1", first, 10))

    refused(
        exchange, a_ticket("o-2", second, 15), "insufficient qty available for order (requested: 15, available: 10)"
    )


def test_a_stop_does_not_sell_what_was_sold_by_hand() -> None:
    exchange = an_exchange(rules=VenueRules(shorts=False))
    exchange.submit(DESK, a_ticket("b-1", BUY, 10))
    exchange.submit(DESK, a_ticket("s-1", SELL, 10, stop=95))
    exchange.place_by_hand(DESK, AAPL, SELL, D(10))

    exchange.price(AAPL, D(94))

    assert (row(exchange, "s-1").news, row(exchange, "s-1").reason) == (
        News.REJECTED,
        "the account may not sell short",
    )
    assert net(exchange) == 0


# ---------------------------------------------------------------- brackets


def test_a_bracket_where_the_venue_has_none() -> None:
    exchange = an_exchange(rules=VenueRules(brackets=False))

    refused(exchange, a_ticket(bracket=a_bracket()), "brackets are not supported")


def test_a_bracket_whose_target_lies_on_the_wrong_side_of_its_stop() -> None:
    refused(an_exchange(), a_ticket(bracket=a_bracket(stop=110, target=95)), "must lie beyond the stop")


def test_a_bracket_beside_a_position_or_an_order_where_it_must_start_flat() -> None:
    exchange = an_exchange(rules=VenueRules(brackets_from_flat=True))
    exchange.submit(DESK, a_ticket("l-1", BUY, 1, limit=90))
    refused(exchange, a_ticket("e-1", bracket=a_bracket()), "must be entry orders")

    cancel(exchange, "l-1")
    exchange.submit(DESK, a_ticket("b-1", BUY, 1))
    refused(exchange, a_ticket("e-2", bracket=a_bracket()), "must be entry orders")

    exchange.submit(DESK, a_ticket("s-1", SELL, 1))
    assert exchange.submit(DESK, a_ticket("e-3", bracket=a_bracket())).news is News.FILLED


# ---------------------------------------------------------------- wash trades


@pytest.mark.parametrize(
    ("working", "coming", "meet"),
    [
        (a_ticket("w", BUY, 1, limit=90), a_ticket("c", SELL, 1), True),
        (a_ticket("w", BUY, 1, limit=90), a_ticket("c", SELL, 1, limit=90), True),
        (a_ticket("w", BUY, 1, limit=90), a_ticket("c", SELL, 1, limit=110), False),
        (a_ticket("w", BUY, 1, limit=90), a_ticket("c", SELL, 1, stop=95), True),
        (a_ticket("w", BUY, 1, stop=110), a_ticket("c", SELL, 1, limit=120), True),
        (a_ticket("w", BUY, 1, limit=90), a_ticket("c", BUY, 1), False),
        (a_ticket("w", BUY, 1, limit=111, stop=110), a_ticket("c", SELL, 1, limit=120), False),
    ],
)
def test_orders_that_could_meet_each_other(working: Ticket, coming: Ticket, meet: bool) -> None:
    exchange = an_exchange(wash_trade_guard=True)
    exchange.submit(DESK, working)

    answer = exchange.submit(DESK, coming)

    assert ("wash trade" in answer.reason) is meet
    assert an_exchange().submit(DESK, coming).news is not News.REJECTED


@pytest.mark.parametrize("exempt", [True, False])
def test_legs_are_exempt_from_the_guard_or_are_not(exempt: bool) -> None:
    exchange = an_exchange(rules=VenueRules(refuses_wash_trades=True), legs_are_exempt=exempt)
    exchange.submit(DESK, a_ticket("e", bracket=a_bracket()))
    stop = exchange.find(DESK, OrderId("e-SL"))
    assert stop is not None

    answer = exchange.submit(DESK, a_ticket("more", BUY, 1))

    if exempt:
        assert answer.news is News.FILLED
    else:
        expected = f"potential wash trade detected. use complex orders (existing_order_id: {stop.id})"
        assert (answer.reason, answer.report().wash_trade) == (expected, True)


def test_a_bracket_that_comes_is_exempt_from_the_guard() -> None:
    exchange = an_exchange(wash_trade_guard=True)
    exchange.submit(DESK, a_ticket("w", SELL, 1, limit=120))

    assert exchange.submit(DESK, a_ticket("e", bracket=a_bracket())).news is News.FILLED


def test_another_refusal_is_no_wash_trade() -> None:
    exchange = an_exchange()
    exchange.block(DESK, "the account is blocked")

    assert not exchange.submit(DESK, a_ticket()).report().wash_trade


# ---------------------------------------------------------------- reduce-only


@pytest.mark.parametrize(
    ("held", "side", "quantity", "taken"),
    [(10, SELL, 10, True), (10, SELL, 4, True), (10, SELL, 11, False), (0, SELL, 1, False), (10, BUY, 1, False),
     (-10, BUY, 10, True), (-10, BUY, 11, False), (-10, SELL, 1, False)],
)  # fmt: skip
def test_a_reduce_only_order_never_opens(held: int, side: Side, quantity: int, taken: bool) -> None:
    exchange = an_exchange()
    if held:
        exchange.submit(DESK, a_ticket("o", BUY if held > 0 else SELL, abs(held)))

    answer = exchange.submit(DESK, evolve(a_ticket("x", side, quantity), purpose=Purpose.EXIT, reduce_only=True))

    assert (answer.news is News.FILLED) is taken
    assert taken or "may only reduce" in answer.reason


def test_a_reduce_only_stop_ends_where_what_it_closes_is_gone_when_it_is_reached() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket("o", BUY, 10))
    stop = exchange.submit(DESK, evolve(a_ticket("s", SELL, 10, stop=95), purpose=Purpose.STOP, reduce_only=True))
    exchange.place_by_hand(DESK, AAPL, SELL, D(10))

    exchange.price(AAPL, D(90))

    ended = exchange.order(DESK, stop.id)
    assert ended is not None
    assert (ended.news, exchange.survey(DESK, AAPL).net) == (News.REJECTED, 0)


# ---------------------------------------------------------------- reserved shares


def test_shares_that_a_working_order_would_sell_are_held() -> None:
    exchange = an_exchange(holds_shares=True, rules=NO_CROSSING)
    exchange.submit(DESK, a_ticket("b-1", BUY, 10))
    exchange.submit(DESK, a_ticket("s-1", SELL, 6, stop=95))
    refused(exchange, a_ticket("s-2", SELL, 5), "(requested: 5, available: 4)")
    assert exchange.submit(DESK, a_ticket("s-3", SELL, 4)).news is News.FILLED

    cancel(exchange, "s-1")

    assert exchange.submit(DESK, a_ticket("s-4", SELL, 6)).news is News.FILLED


def test_the_legs_of_a_bracket_hold_their_shares_once() -> None:
    exchange = an_exchange(holds_shares=True, rules=NO_CROSSING)
    exchange.submit(DESK, a_ticket("b-1", BUY, 10))
    exchange.submit(DESK, a_ticket("e", BUY, 10, bracket=a_bracket()))

    refused(exchange, a_ticket("s-1", SELL, 11), "(requested: 11, available: 10)")
    assert exchange.submit(DESK, a_ticket("s-2", SELL, 10)).news is News.FILLED


def test_sleeping_legs_hold_nothing() -> None:
    exchange = an_exchange(holds_shares=True, rules=NO_CROSSING)
    exchange.submit(DESK, a_ticket("b-1", BUY, 10))
    exchange.submit(DESK, a_ticket("e", BUY, 10, limit=90, bracket=a_bracket(80, 110)))

    assert exchange.submit(DESK, a_ticket("s-1", SELL, 10)).news is News.FILLED


# ---------------------------------------------------------------- buying power


@pytest.mark.parametrize(
    ("ticket", "enough"),
    [
        (a_ticket(quantity=100), True),
        (a_ticket(quantity="100.000000001"), False),
        (a_ticket(quantity=111, limit=90), True),
        (a_ticket(quantity=112, limit=90), False),
        (a_ticket(quantity=95, stop=105), True),
        (a_ticket(quantity=96, stop=105), False),
        (a_ticket(side=SELL, quantity=100), True),
        (a_ticket(side=SELL, quantity=101), False),
    ],
)
def test_an_order_that_costs_more_than_there_is(ticket: Ticket, enough: bool) -> None:
    answer = an_exchange(cash=D(10_000)).submit(DESK, ticket)

    assert (answer.news is not News.REJECTED) is enough
    assert ("insufficient buying power" in answer.reason) is not enough


def test_a_close_needs_no_buying_power() -> None:
    exchange = an_exchange(cash=D(1_000))
    exchange.submit(DESK, a_ticket("b-1", BUY, 10))
    exchange.price(AAPL, D(1))

    assert exchange.submit(DESK, a_ticket("s-1", SELL, 10)).news is News.FILLED


def test_a_new_contract_on_terms_keeps_the_money() -> None:
    exchange = an_exchange(cash=D(10_000))
    exchange.submit(DESK, a_ticket("b-1", BUY, 10))

    exchange.open_account(DESK, AccountTerms(cash=D(77), rules=NO_CROSSING))

    assert exchange.cash(DESK) == 9_000
    assert net(exchange) == 10
    refused(exchange, a_ticket("s-1", SELL, 15), "insufficient qty")


def test_orders_by_hand_are_judged_alike() -> None:
    answer = an_exchange(cash=D(100)).place_by_hand(DESK, AAPL, BUY, D(10), OrderType.LIMIT, limit_price=D(90))

    assert "insufficient buying power" in answer.reason
