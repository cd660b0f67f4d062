"""Hold a share's cost, cash flows and results to the cent, through every kind of fill."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import ACCOUNT, BOT, MONDAY
from tests.unit.domain.examples import D, a_fill, a_share
from tradecore.domain.ids import OrderId, PlanId, TradeId
from tradecore.domain.money import ZERO
from tradecore.domain.signals import Direction
from tradecore.domain.trades import Fill, Result, Share, Taken, Trade, charge, take

EMPTY = Share(bot_id=BOT)
LATER = MONDAY + timedelta(minutes=5)
TINY = D("0.000001")


def take_all(*fills: Fill, point_value: Decimal | int = 1) -> Taken:
    """Book *fills* one after the other, and return the share with everything that came of them."""
    share, results, trades = EMPTY, tuple[Result, ...](), tuple[Trade, ...]()
    for fill in fills:
        taken = take(share, fill, ACCOUNT, D(point_value))
        share, results, trades = taken.share, results + taken.results, trades + taken.trades
    return Taken(share, results, trades)


def test_an_opening_fill_makes_a_share_at_its_price() -> None:
    taken = take_all(a_fill(10, 190, order_id=OrderId("A-1-1")))

    share = taken.share
    assert (share.quantity, share.cost, share.average_price(D(1)), share.direction) == (10, 1900, 190, Direction.LONG)
    assert share.trade is not None
    assert (share.trade.id, share.trade.opened_by) == ("A-1-1", "A")
    assert (taken.results, taken.trades) == ((), ())


def test_adding_averages_the_price_and_keeps_the_trade() -> None:
    taken = take_all(a_fill(10, 100), a_fill(5, 106, plan_id=PlanId("B"), order_id=OrderId("B-1-1")))

    assert taken.share.average_price(D(1)) == 102
    assert taken.share.trade is not None
    assert (taken.share.trade.opened_by, taken.share.trade.largest) == ("A", 15)


def test_a_closed_trade_counts_every_cash_flow() -> None:
    fills = [
        a_fill(10, 100, commission=D(1)),
        a_fill(-4, 105, plan_id=PlanId("B"), commission=D("0.40")),
        a_fill(-6, 98, plan_id=PlanId("C"), commission=D("0.60"), at=LATER),
    ]

    taken = take_all(*fills)

    assert taken.share == EMPTY
    assert [result.amount for result in taken.results] == [D(-1), D("19.60"), D("-12.60")]
    assert taken.trades == (
        Trade(
            id=TradeId("A-1-1"), account_id=ACCOUNT, bot_id=BOT, symbol=fills[0].symbol, direction=Direction.LONG,
            quantity=D(10), entry_price=D(100), exit_price=D("100.8"), gross=D(8), commission=D("2.00"),
            opened_at=MONDAY, closed_at=LATER, opened_by=PlanId("A"), closed_by=PlanId("C"),
        ),
    )  # fmt: skip
    assert taken.trades[0].net == 6


def test_a_short_wins_when_the_price_falls() -> None:
    taken = take_all(a_fill(-3, 100), a_fill(3, 90))

    assert [(trade.direction, trade.gross) for trade in taken.trades] == [(Direction.SHORT, 30)]
    assert taken.results[-1].amount == 30


def test_the_documented_es_round_trip_nets_47_20() -> None:
    fills = a_fill(1, "6064.25", commission=D("1.40")), a_fill(-1, "6065.25", commission=D("1.40"))

    taken = take_all(*fills, point_value=50)

    assert (taken.trades[0].gross, taken.trades[0].net) == (50, D("47.20"))


def test_a_point_of_mes_is_five_dollars() -> None:
    taken = take_all(a_fill(-2, 6000), a_fill(2, "6000.25"), point_value=5)

    assert taken.trades[0].gross == D("-2.50")


def test_a_fill_through_zero_ends_one_trade_and_begins_another() -> None:
    taken = take_all(
        a_fill(10, 100), a_fill(-15, 104, plan_id=PlanId("B"), order_id=OrderId("B-1-1"), commission=D(3), at=LATER)
    )

    ended, share = taken.trades[0], taken.share
    assert (ended.gross, ended.commission, ended.closed_by) == (40, 3, "B")
    assert (share.quantity, share.average_price(D(1))) == (-5, 104)
    assert share.trade is not None
    assert (share.trade.id, share.trade.opened_at, share.trade.direction) == ("B-1-1", LATER, Direction.SHORT)
    assert sum(result.amount for result in taken.results) == 37


def test_what_protected_a_closed_share_does_not_protect_the_next_one() -> None:
    share = a_share(10, stop_price=D(98), target_price=D(103), stops_lost=2)

    turned = take(share, a_fill(-15, 100), ACCOUNT, D(1)).share

    assert (turned.quantity, turned.stop_price, turned.target_price, turned.stops_lost) == (-5, None, None, 0)


def test_a_part_that_is_closed_keeps_what_protects_the_rest() -> None:
    share = a_share(10, stop_price=D(98), target_price=D(103), stops_lost=2)

    rest = take(share, a_fill(-4, 100), ACCOUNT, D(1)).share

    assert (rest.quantity, rest.stop_price, rest.target_price, rest.stops_lost) == (6, 98, 103, 2)


def test_thirds_of_a_cost_that_does_not_divide_still_sum_to_the_cent() -> None:
    fills = a_fill(3, "33.333333"), a_fill(-1, 40), a_fill(-1, 41), a_fill(-1, 42)

    taken = take_all(*fills)

    assert taken.trades[0].gross == 123 - 3 * D("33.333333")
    assert abs(sum(result.amount for result in taken.results) - taken.trades[0].gross) <= TINY


def test_a_fill_without_an_order_names_the_trade_after_its_plan() -> None:
    share = take(EMPTY, a_fill(1, order_id=None, plan_id=PlanId("P")), ACCOUNT, D(1)).share

    assert share.trade is not None
    assert share.trade.id == "P"


def test_an_opening_commission_is_a_result_at_once_and_none_is_none() -> None:
    charged, free = take_all(a_fill(1, commission=D(2))), take_all(a_fill(1))

    assert [result.amount for result in charged.results] == [-2]
    assert free.results == ()


def test_a_late_commission_goes_to_the_open_trade_and_to_the_results() -> None:
    taken = charge(a_share(10), D("1.40"), LATER)

    assert taken.share.trade is not None
    assert taken.share.trade.commission == D("1.40")
    assert taken.results == (Result(bot_id=BOT, amount=D("-1.40"), at=LATER),)


def test_a_late_commission_of_a_closed_trade_goes_to_the_bots_results_alone() -> None:
    taken = charge(EMPTY, D("1.40"), LATER)

    assert taken.share == EMPTY
    assert [result.amount for result in taken.results] == [D("-1.40")]


@pytest.mark.parametrize(
    ("quantity", "price", "expected"), [(10, 101, 10), (10, 98, -20), (-10, 101, -10), (-10, 98, 20)]
)
def test_the_open_result_follows_the_price(quantity: int, price: int, expected: int) -> None:
    assert a_share(quantity).unrealised(D(price), D(1)) == expected


def test_the_open_result_counts_the_multiplier() -> None:
    share = take(EMPTY, a_fill(2, 6000), ACCOUNT, D(5)).share

    assert share.unrealised(D(6001), D(5)) == 10
    assert share.average_price(D(5)) == 6000


@pytest.mark.parametrize(
    ("quantity", "stop", "price", "expected"),
    [(10, 98, 100, 20), (10, 98, 97, 0), (-10, 102, 100, 20), (-10, 102, 103, 0), (10, None, 100, 0)],
)
def test_what_is_at_risk_is_what_the_stop_would_still_lose(
    quantity: int, stop: int | None, price: int, expected: int
) -> None:
    share = a_share(quantity, stop_price=None if stop is None else D(stop))

    assert share.at_risk(D(price), D(1)) == expected


def test_an_empty_share_has_no_average_price() -> None:
    assert EMPTY.average_price(D(1)) == ZERO


@pytest.mark.parametrize("changes", [{"quantity": ZERO}, {"trade": None}])
def test_a_share_that_contradicts_itself_is_a_bug(changes: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        evolve(a_share(10), **changes)  # type: ignore[arg-type] # breaking it is the point


fills = st.lists(
    st.builds(
        lambda quantity, price, commission: a_fill(quantity, price, commission=commission),
        st.decimals(-20, 20, places=3).filter(bool),
        st.decimals(1, 500, places=2),
        st.decimals(0, 3, places=2),
    ),
    max_size=12,
)


@given(fills, st.sampled_from([D(1), D(5), D(50)]))
def test_trades_and_open_cash_are_the_cash_flows_of_the_fills(fills: list[Fill], point_value: Decimal) -> None:
    taken = take_all(*fills, point_value=point_value)

    flows = sum((-fill.quantity * fill.price * point_value for fill in fills), ZERO)
    trade = taken.share.trade
    assert sum((ended.gross for ended in taken.trades), trade.cash if trade else ZERO) == flows
    paid = sum((ended.commission for ended in taken.trades), trade.commission if trade else ZERO)
    assert paid == sum((fill.commission for fill in fills), ZERO)


@given(fills, st.sampled_from([D(1), D(5), D(50)]))
def test_the_two_ways_of_counting_money_agree(fills: list[Fill], point_value: Decimal) -> None:
    taken = take_all(*fills, point_value=point_value)

    net = sum((result.amount for result in taken.results), ZERO)
    flows = sum((-fill.quantity * fill.price * point_value - fill.commission for fill in fills), ZERO)
    assert abs(net - taken.share.cost - flows) <= TINY
    assert taken.share.quantity == sum((fill.quantity for fill in fills), ZERO)


@given(fills)
def test_a_trade_ends_exactly_where_the_share_is_flat_or_turns(fills: list[Fill]) -> None:
    held, ends = ZERO, 0
    for fill in fills:
        ends += bool(held) and held * (held + fill.quantity) <= 0
        held += fill.quantity

    taken = take_all(*fills)

    assert len(taken.trades) == ends
    assert all(trade.direction is not Direction.FLAT and trade.quantity > 0 for trade in taken.trades)
