"""Measure the distance to each limit at the limit, and say nothing that nobody knows."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.examples import D
from tradecore.domain.ceilings import ContractLimit, ScalingStep
from tradecore.domain.guard_rails import Rail, Stand, rails_of, risk_level
from tradecore.domain.limits import AccountLimits, Day, DrawdownForm, TrailingDrawdown, judge_drawdown

EVERY = AccountLimits(
    daily_loss=D(500), daily_profit=D(300), losing_streak=3, positions_max=2, orders_per_minute=5,
    drawdown=TrailingDrawdown(amount=D(2000), start=D(50_000), stops_at=D(50_000)), start_balance=D(50_000),
    profit_target=D(3000), contracts=ContractLimit(minis=D(5)), consistency_percent=D(50),
)  # fmt: skip


def rail(name: str, limits: AccountLimits = EVERY, **stand: object) -> Rail:
    found = rails_of(limits, Stand(**{"day": Day(), **stand}))  # type: ignore[arg-type] # the tests name its fields
    return next(one for one in found if one.name.startswith(name))


def test_every_limit_has_its_rail() -> None:
    names = [one.name for one in rails_of(EVERY, Stand(day=Day()))]

    assert names == [
        "daily loss", "daily profit target", "profit target", "trailing drawdown (end of day)", "consecutive losses",
        "open positions", "orders per minute", "contracts", "consistency",
    ]  # fmt: skip
    assert rails_of(AccountLimits(), Stand(day=Day())) == ()


@pytest.mark.parametrize(
    "name", ["daily loss", "daily profit", "profit target", "trailing", "contracts", "consistency"]
)
def test_what_nobody_knows_is_null_and_said_to_be(name: str) -> None:
    found = rail(name, day=Day(known=False))

    assert (found.actual, found.distance) == (None, None)
    assert "not known" in found.detail or "no price" in found.detail
    assert found.reached is found.guards


@pytest.mark.parametrize(("result", "distance", "reached"), [("-499.99", "0.01", False), ("-500", "0", True)])
def test_a_days_loss_has_its_distance(result: str, distance: str, reached: bool) -> None:
    found = rail("daily loss", day=Day(realised=D(result)))

    assert (found.distance, found.reached) == (D(distance), reached)


@pytest.mark.parametrize(("equity", "distance", "reached"), [("52999.99", "0.01", False), ("53000", "0", True)])
def test_the_accounts_target_has_its_distance(equity: str, distance: str, reached: bool) -> None:
    found = rail("profit target", equity=D(equity))

    assert (found.distance, found.reached) == (D(distance), reached)


@given(st.decimals(47_000, 60_000, places=2), st.none() | st.decimals(48_000, 60_000, places=2),
       st.sampled_from(DrawdownForm))  # fmt: skip
def test_the_drawdowns_rail_says_what_its_gate_says(equity: Decimal, high: Decimal | None, form: DrawdownForm) -> None:
    limit = TrailingDrawdown(amount=D(2000), start=D(50_000), form=form)

    found = rail("trailing", AccountLimits(drawdown=limit), equity=equity, equity_high=high)

    (judged,) = judge_drawdown(limit, equity, high)
    assert found.distance is not None
    assert (found.reached, found.detail) == (judged.refusal is not None, judged.detail)
    assert found.reached == (found.distance <= 0)


def test_the_ceiling_of_a_scaling_plan_is_that_of_the_last_days_end() -> None:
    plan = ContractLimit(
        minis=D(5), scaling=(ScalingStep(profit=D(0), minis=D(2)), ScalingStep(profit=D(9), minis=D(4)))
    )
    limits = AccountLimits(contracts=plan, start_balance=D(100))

    found = rail("contracts", limits, minis=D(1), equity=D(9999), equity_ends=(D(110), D(100)))
    first = rail("contracts", limits, minis=D(1), equity=D(9999))

    assert (found.limit, found.distance, first.limit) == (4, 3, 2)


@pytest.mark.parametrize(("today", "actual", "over"), [("50600", "50.00", False), ("50601", "50.08", True)])
def test_consistency_compares_the_best_day_with_all_profit_and_refuses_nothing(
    today: str, actual: str, over: bool
) -> None:
    found = rail("consistency", equity=D(today), equity_ends=(D(50_300), D(50_100)))

    assert (found.actual, found.reached, found.guards) == (D(actual), over, False)


def test_without_a_profit_no_day_is_too_good() -> None:
    assert rail("consistency", equity=D(49_000), equity_ends=(D(50_300),)).actual == 0


# The old bot's table: result of the day, losses in a row, open positions.
@pytest.mark.parametrize(
    ("net", "losses", "open_", "level"),
    [
        (-126, 0, 0, "low"), (-125, 0, 0, "low"), (-251, 0, 0, "medium"), (-401, 0, 0, "medium"), (-401, 2, 0, "high"),
        (-401, 0, 2, "high"), (-251, 2, 2, "high"), (0, 2, 2, "medium"), (0, 3, 4, "high"), (500, 0, 0, "low"),
        # What it called medium, though a limit was reached.
        (0, 3, 0, "high"), (-500, 0, 0, "high"),
    ],
)  # fmt: skip
def test_the_risk_level_is_the_old_bots_but_where_a_loss_limit_is_reached(
    net: int, losses: int, open_: int, level: str
) -> None:
    limits = AccountLimits(daily_loss=D(500), daily_profit=D(500), losing_streak=3)
    stand = Stand(day=Day(realised=D(net)), losses_in_a_row=losses, positions_open=open_)

    assert risk_level(limits, stand, rails_of(limits, stand)) == level


@pytest.mark.parametrize(("losses", "level"), [(1, "low"), (2, "low"), (3, "medium"), (9, "medium")])
def test_a_streak_counts_without_a_limit_too(losses: int, level: str) -> None:
    assert risk_level(AccountLimits(), Stand(day=Day(), losses_in_a_row=losses), ()) == level


def test_a_loss_that_nobody_can_tell_is_high() -> None:
    limits, stand = AccountLimits(daily_loss=D(500)), Stand(day=Day(known=False))

    assert risk_level(limits, stand, rails_of(limits, stand)) == "high"
