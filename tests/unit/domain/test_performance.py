"""Measure trades by round trips, net of commissions."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import AAPL, ACCOUNT, BOT, MONDAY, OTHER_BOT
from tests.unit.domain.examples import D
from tradecore.domain.ids import BotId, PlanId, TradeId
from tradecore.domain.performance import curve, grouped, measure
from tradecore.domain.signals import Direction
from tradecore.domain.trades import Trade


def a_trade(gross: Decimal | int, commission: Decimal | int = 0, minute: int = 0, bot_id: BotId = BOT) -> Trade:
    return Trade(
        id=TradeId(f"t-{minute}"), account_id=ACCOUNT, bot_id=bot_id, symbol=AAPL.symbol, direction=Direction.LONG,
        quantity=D(1), entry_price=D(100), exit_price=D(101), gross=D(gross), commission=D(commission),
        opened_at=MONDAY, closed_at=MONDAY + timedelta(minutes=minute), opened_by=PlanId("A"), closed_by=PlanId("B"),
    )  # fmt: skip


def trades(*results: int) -> list[Trade]:
    return [a_trade(result, minute=minute) for minute, result in enumerate(results)]


def test_a_run_of_trades_is_measured_net_of_commissions() -> None:
    found = measure([a_trade(50, 1, 0), a_trade(-20, 1, 1), a_trade(30, 2, 2), a_trade(-10, 0, 3)])

    assert (found.trades, found.wins, found.losses) == (4, 2, 2)
    assert (found.net, found.gross, found.commission) == (46, 50, 4)
    assert (found.best, found.worst) == (49, -21)
    assert (found.win_rate, found.average_win, found.average_loss) == (50, D("38.5"), D("-15.5"))
    assert (found.profit_factor, found.expectancy) == (D(77) / 31, D("11.5"))
    assert (found.drawdown, found.losses_in_a_row) == (21, 1)


def test_a_gain_that_its_commission_eats_is_no_win() -> None:
    even, lost = measure([a_trade(2, 2)]), measure([a_trade(2, 3)])

    assert [(found.wins, found.losses) for found in (even, lost)] == [(0, 0), (0, 1)]


def test_without_trades_there_is_nothing_to_divide_by() -> None:
    found = measure([])

    assert (found.trades, found.net, found.drawdown, found.losses_in_a_row) == (0, 0, 0, 0)
    nothing = (found.best, found.worst, found.win_rate, found.average_win, found.profit_factor, found.expectancy)
    assert nothing == (None,) * 6


def test_without_a_loss_there_is_no_profit_factor_and_without_a_win_it_is_nothing() -> None:
    assert measure(trades(5, 5)).profit_factor is None
    assert measure(trades(5, 5)).average_loss is None
    assert measure(trades(-5, -5)).profit_factor == 0


@pytest.mark.parametrize(
    ("results", "drawdown", "row"),
    [
        ([10, -5, -5, 20, -1], 10, 2), ([-5, -5], 10, 2), ([5, 5], 0, 0), ([-3, 10, -4, 1, -4], 7, 1),
        # A trade that comes to nothing ends a row of losses: it lost nothing.
        ([-1, 0, -1, -1], 3, 2),
    ],
)  # fmt: skip
def test_the_deepest_fall_and_the_longest_row_of_losses_are_found(results: list[int], drawdown: int, row: int) -> None:
    found = measure(trades(*results))

    assert (found.drawdown, found.losses_in_a_row) == (drawdown, row)


def test_trades_are_put_in_the_order_of_their_ends() -> None:
    ordered = trades(10, -5, -5, 20)

    assert measure(reversed(ordered)) == measure(ordered)
    assert [point.net for point in curve(reversed(ordered))] == [10, 5, 0, 20]
    assert [point.at for point in curve(ordered)] == [trade.closed_at for trade in ordered]


def test_trades_are_measured_by_group() -> None:
    found = grouped([a_trade(5), a_trade(-3, bot_id=OTHER_BOT), a_trade(7)], by=lambda trade: trade.bot_id)

    assert {bot: (one.trades, one.net) for bot, one in found.items()} == {BOT: (2, 12), OTHER_BOT: (1, -3)}


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 3)), max_size=20))
def test_the_measures_agree_with_one_another(results: list[tuple[int, int]]) -> None:
    ran = [a_trade(gross, paid, minute) for minute, (gross, paid) in enumerate(results)]

    found = measure(ran)

    points = curve(ran)
    assert found.net == found.gross - found.commission == (points[-1].net if points else 0)
    assert found.wins + found.losses <= found.trades
    assert found.drawdown >= max((-found.net, *(-(found.worst or D(0)),)))
    assert found.losses_in_a_row <= found.losses
