"""Judge each limit at the limit itself, and one step to each side."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.examples import D
from tradecore.domain.ceilings import ContractLimit, ScalingStep
from tradecore.domain.limits import (
    AccountLimits,
    BotLimits,
    Day,
    DrawdownForm,
    Judgement,
    TrailingDrawdown,
    UserLimits,
    clip,
    clipped_words,
    judge_count,
    judge_daily_loss,
    judge_daily_profit,
    judge_drawdown,
    judge_drawdown_risk,
    judge_profit_target,
    judge_streak,
    unrealised_loss_reached,
)
from tradecore.domain.refusals import Refusal


def refusals(judgements: tuple[Judgement, ...]) -> list[Refusal]:
    return [judgement.refusal for judgement in judgements if judgement.refusal is not None]


# ---------------------------------------------------------------- a day's loss and profit


@pytest.mark.parametrize(
    ("realised", "unrealised", "refused"),
    [
        ("-499.99", "0", False), ("-500", "0", True), ("-500.01", "0", True),
        ("-300", "-199.99", False), ("-300", "-200", True), ("-600", "100.01", False), ("-600", "100", True),
        ("500", "0", False),
    ],
)  # fmt: skip
def test_the_days_loss_is_reached_at_its_limit(realised: str, unrealised: str, refused: bool) -> None:
    day = Day(realised=D(realised), unrealised=D(unrealised))

    found = judge_daily_loss("account", D(500), day)

    assert (Refusal.DAILY_LOSS_REACHED in refusals(found)) is refused


@pytest.mark.parametrize(
    ("realised", "at_risk", "new_risk", "refused"),
    [
        ("0", "0", "500", False), ("0", "0", "500.01", True), ("0", "300", "200", False), ("0", "300", "200.01", True),
        ("-100", "300", "100", False), ("-100", "300", "100.01", True), ("100", "300", "300", False),
    ],
)  # fmt: skip
def test_an_entry_is_refused_when_every_stop_together_could_break_the_limit(
    realised: str, at_risk: str, new_risk: str, refused: bool
) -> None:
    day = Day(realised=D(realised), at_risk=D(at_risk))

    found = judge_daily_loss("account", D(500), day, new_risk=D(new_risk))

    assert refusals(found) == ([Refusal.DAILY_LOSS_AT_RISK] if refused else [])


def test_a_days_loss_is_told_with_its_values_and_whose_it_is() -> None:
    day = Day(realised=D(-120), unrealised=D("-0.5"), at_risk=D(30))

    loss, risk = judge_daily_loss("bot", D(500), day, new_risk=D(20))

    assert (loss.name, loss.detail) == ("daily loss (bot)", "lost 120.50 of 500.00 today")
    assert (risk.name, risk.detail) == ("open risk (bot)", "could lose 170.50 of 500.00 if every stop is hit")


def test_a_day_that_won_has_lost_nothing() -> None:
    loss, _ = judge_daily_loss("user", D(500), Day(realised=D(80)))

    assert loss.detail == "lost 0.00 of 500.00 today"


@pytest.mark.parametrize(("won", "refused"), [("299.99", False), ("300", True), ("300.01", True), ("-300", False)])
def test_the_days_target_is_earned_at_its_limit(won: str, refused: bool) -> None:
    found = judge_daily_profit(D(300), Day(realised=D(won) - 10, unrealised=D(10)))

    assert refusals(found) == ([Refusal.DAILY_PROFIT_REACHED] if refused else [])


def test_a_day_that_nobody_can_value_is_refused_where_a_limit_needs_it() -> None:
    day = Day(known=False)

    loss, profit = judge_daily_loss("account", D(500), day), judge_daily_profit(D(300), day)

    assert refusals(loss) == refusals(profit) == [Refusal.ACCOUNT_UNKNOWN_STATE]
    assert "has no price" in loss[0].detail
    assert judge_daily_loss("account", None, day) == judge_daily_profit(None, day) == ()


# ---------------------------------------------------------------- counts


@pytest.mark.parametrize(("losses", "refused"), [(2, False), (3, True), (4, True)])
def test_a_losing_streak_is_reached_at_its_limit(losses: int, refused: bool) -> None:
    assert refusals(judge_streak(3, losses)) == ([Refusal.LOSING_STREAK] if refused else [])


@pytest.mark.parametrize(("count", "refused"), [(1, False), (2, True), (3, True)])
def test_a_count_that_is_full_takes_no_more(count: int, refused: bool) -> None:
    found = judge_count("open positions", Refusal.TOO_MANY_POSITIONS, 2, count)

    assert refusals(found) == ([Refusal.TOO_MANY_POSITIONS] if refused else [])
    assert found[0].detail == f"{count} of 2"


# ---------------------------------------------------------------- the trailing drawdown

EVENING = TrailingDrawdown(amount=D(2000), start=D(50_000))
MOMENT = TrailingDrawdown(amount=D(2000), start=D(50_000), form=DrawdownForm.INTRADAY)
STOPPING = TrailingDrawdown(amount=D(2000), start=D(50_000), stops_at=D(50_000))


@pytest.mark.parametrize("limit", [EVENING, MOMENT])
@pytest.mark.parametrize(
    ("equity", "high", "refused"),
    [
        ("48000.01", None, False), ("50000", None, False), ("49000.01", "51000", False), ("49000", "51000", True),
        ("48999.99", "51000", True), ("52000", "51000", False),
        # A high below the beginning never lowers the floor.
        ("48000", "49000", True), ("48000.01", "49000", False),
    ],
)  # fmt: skip
def test_the_drawdown_is_reached_on_its_floor(
    limit: TrailingDrawdown, equity: str, high: str | None, refused: bool
) -> None:
    found = judge_drawdown(limit, D(equity), None if high is None else D(high))

    assert refusals(found) == ([Refusal.DRAWDOWN_REACHED] if refused else [])


@pytest.mark.parametrize(
    ("high", "floor"),
    [("50000", "48000"), ("51000", "49000"), ("51999.99", "49999.99"), ("52000", "50000"), ("60000", "50000")],
)
def test_a_floor_that_stops_rising_stays_where_it_stopped(high: str, floor: str) -> None:
    assert STOPPING.floor(D(high)) == D(floor)


def test_a_drawdown_given_as_a_negative_amount_means_the_same() -> None:
    negative = TrailingDrawdown(amount=D(-2000), start=D(50_000))

    assert negative.floor(D(51_000)) == EVENING.floor(D(51_000)) == 49_000


def test_an_intraday_drawdown_trails_the_equity_of_this_moment() -> None:
    (found,) = judge_drawdown(MOMENT, D(51_500), D(50_000))

    assert (found.name, found.detail) == ("trailing drawdown (intraday)", "2,000.00 above the floor")


def test_an_end_of_day_drawdown_trails_only_the_days_ends() -> None:
    (found,) = judge_drawdown(EVENING, D(51_500), D(50_000))

    assert (found.name, found.detail) == ("trailing drawdown (end of day)", "3,500.00 above the floor")


def test_a_drawdown_of_an_equity_that_nobody_knows_is_refused() -> None:
    assert refusals(judge_drawdown(EVENING, None, D(51_000))) == [Refusal.ACCOUNT_UNKNOWN_STATE]


# Evaluations of 50,000, and a funded account, which begins at zero.
COMBINE = TrailingDrawdown(amount=D(2000), start=D(50_000), stops_at=D(50_000))
FUNDED = TrailingDrawdown(amount=D(2000), start=D(0), stops_at=D(0))


@pytest.mark.parametrize("high", ["-500", "0", "1999.99", "2000", "2000.01", "9000"])
def test_a_funded_accounts_floor_trails_to_zero_and_stands_there_after_a_payout(high: str) -> None:
    paid_out = evolve(FUNDED, paid_out=True)

    assert FUNDED.floor(D(high)) == min(D(0), -2000 + max(D(0), D(high)))
    assert paid_out.floor(D(high)) == 0


def test_after_a_payout_there_must_be_a_place_to_stand() -> None:
    with pytest.raises(ValueError, match="stops_at"):
        TrailingDrawdown(amount=D(2000), start=D(0), paid_out=True)


@given(st.decimals(40_000, 70_000, places=2), st.decimals(40_000, 70_000, places=2))
def test_the_floor_of_an_evaluation_is_as_the_firm_has_it_and_never_falls(high: Decimal, later: Decimal) -> None:
    assert COMBINE.floor(high) == min(D(50_000), D(48_000) + max(D(0), high - 50_000))
    assert COMBINE.floor(max(high, later)) >= COMBINE.floor(high)


@given(st.decimals(48_001, 70_000, places=2), st.decimals(0, 30_000, places=2))
def test_nothing_within_the_day_raises_the_floor_of_the_days_ends(equity: Decimal, gain: Decimal) -> None:
    assert COMBINE.distance(equity + gain, equity) - COMBINE.distance(equity, equity) == gain


@pytest.mark.parametrize(
    ("at_risk", "new_risk", "refused"),
    [("0", "0", False), ("0", "999.99", False), ("0", "1000", True), ("600", "399.99", False), ("600", "400", True),
     ("1000.01", "0", True)],
)  # fmt: skip
def test_an_entry_is_refused_when_every_stop_together_would_touch_the_floor(
    at_risk: str, new_risk: str, refused: bool
) -> None:
    found = judge_drawdown_risk(EVENING, D(49_000), None, Day(at_risk=D(at_risk)), new_risk=D(new_risk))

    assert refusals(found) == ([Refusal.DRAWDOWN_AT_RISK] if refused else [])
    assert "of the 1,000.00 above the floor" in found[0].detail


def test_a_risk_that_nobody_can_value_is_refused_where_the_floor_needs_it() -> None:
    found = judge_drawdown_risk(EVENING, D(49_000), None, Day(known=False), new_risk=D(0))

    assert refusals(found) == [Refusal.ACCOUNT_UNKNOWN_STATE]


# ---------------------------------------------------------------- the target of the whole account

TARGET = AccountLimits(profit_target=D(3000), start_balance=D(50_000))


@pytest.mark.parametrize(("equity", "refused"), [("52999.99", False), ("53000", True), ("53000.01", True)])
def test_the_accounts_target_is_earned_at_its_limit(equity: str, refused: bool) -> None:
    (found,) = judge_profit_target(TARGET, D(equity))

    assert found.refusal is (Refusal.PROFIT_TARGET_REACHED if refused else None)


def test_a_target_of_an_equity_that_nobody_knows_is_refused_and_without_one_nothing_is_judged() -> None:
    assert refusals(judge_profit_target(TARGET, None)) == [Refusal.ACCOUNT_UNKNOWN_STATE]
    assert judge_profit_target(AccountLimits(), None) == ()


@pytest.mark.parametrize(
    "contracts", [None, ContractLimit(minis=D(5), scaling=(ScalingStep(profit=D(0), minis=D(2)),))]
)
def test_a_profit_counts_from_somewhere(contracts: ContractLimit | None) -> None:
    with pytest.raises(ValueError, match="start_balance"):
        AccountLimits(profit_target=D(3000) if contracts is None else None, contracts=contracts)


@pytest.mark.parametrize(
    ("limits", "follows"),
    [
        (AccountLimits(), False), (AccountLimits(daily_loss=D(5)), False), (TARGET, True),
        (AccountLimits(drawdown=EVENING), True), (AccountLimits(consistency_percent=D(50)), True),
        (AccountLimits(contracts=ContractLimit(minis=D(5))), False),
    ],
)  # fmt: skip
def test_an_account_whose_worth_counts_is_known_by_its_limits(limits: AccountLimits, follows: bool) -> None:
    assert limits.follow_equity is follows


# ---------------------------------------------------------------- an open loss, and the position's size


@pytest.mark.parametrize(
    ("unrealised", "reached"), [("-19.99", False), ("-20", True), ("-20.01", True), ("20", False), ("0", False)]
)
@pytest.mark.parametrize("entry_value", ["1000", "-1000"])
def test_an_open_loss_is_reached_at_its_percentage(unrealised: str, reached: bool, entry_value: str) -> None:
    found = unrealised_loss_reached(D(2), unrealised=D(unrealised), entry_value=D(entry_value))

    assert found is reached


@pytest.mark.parametrize(
    ("wanted", "held", "left"),
    [(5, 0, 5), (10, 0, 10), (11, 0, 10), (5, 9, 1), (1, 9, 1),
     (5, 10, Refusal.POSITION_FULL), (5, 11, Refusal.POSITION_FULL)],
)  # fmt: skip
def test_a_position_is_clipped_to_its_limit_and_refused_when_full(
    wanted: int, held: int, left: Decimal | Refusal
) -> None:
    assert clip(D(wanted), held=D(held), position_max=D(10)) == left


def test_without_a_limit_nothing_is_clipped() -> None:
    assert clip(D(10**9), held=D(10**9), position_max=None) == 10**9


def test_what_a_limit_left_is_said() -> None:
    words = [clipped_words(D("2.50"), D("2.5")), clipped_words(D(10), D(4))]

    assert words == ["2.5", "4 of the 10 wanted"]


# ---------------------------------------------------------------- how limits are given


@pytest.mark.parametrize("name", ["daily_loss", "daily_profit", "position_max"])
@pytest.mark.parametrize(("given_", "meant"), [("-500", D(500)), ("500", D(500)), ("0", None), (None, None)])
def test_a_limit_means_the_same_with_either_sign_and_nothing_at_zero(
    name: str, given_: str | None, meant: Decimal | None
) -> None:
    stated: dict[str, Any] = {name: None if given_ is None else D(given_)}

    limits = AccountLimits(**stated)

    assert getattr(limits, name) == meant


def test_the_limits_of_bots_and_users_take_either_sign_too() -> None:
    bot = BotLimits(daily_loss=D(-5), position_max=D(-6), unrealised_loss_percent=D(-2), price_gap_percent=D(-1))

    user = UserLimits(daily_loss=D(-7))

    assert (bot.daily_loss, bot.position_max, bot.unrealised_loss_percent, bot.price_gap_percent) == (5, 6, 2, 1)
    assert user.daily_loss == 7


def test_counted_limits_take_either_sign_and_nothing_at_zero() -> None:
    signed = AccountLimits(losing_streak=-3, positions_max=-2, orders_per_minute=-4)
    zero = AccountLimits(losing_streak=0, positions_max=0, orders_per_minute=0)

    found = [
        (*judge_streak(limits.losing_streak, 9), *judge_count("positions", Refusal.TOO_MANY_POSITIONS,
         limits.positions_max, 9), *judge_count("orders", Refusal.TOO_MANY_ORDERS, limits.orders_per_minute, 9))
        for limits in (signed, zero)
    ]  # fmt: skip

    assert refusals(found[0]) == [Refusal.LOSING_STREAK, Refusal.TOO_MANY_POSITIONS, Refusal.TOO_MANY_ORDERS]
    assert refusals(found[1]) == []


def test_a_limit_that_is_not_set_judges_nothing() -> None:
    found = (
        judge_daily_loss("bot", None, Day(realised=D(-(10**9)))), judge_daily_profit(None, Day(realised=D(10**9))),
        judge_streak(0, 99), judge_drawdown(None, None, None), judge_count("x", Refusal.TOO_MANY_ORDERS, None, 99),
    )  # fmt: skip

    assert found == ((), (), (), (), ())


amounts = st.decimals("0.01", 10**6, places=2)
results = st.decimals(-(10**6), 10**6, places=2)


@given(amounts, amounts, results, st.decimals(0, 10**6, places=2))
def test_a_tighter_loss_limit_never_lets_more_through(
    limit: Decimal, more: Decimal, result: Decimal, risk: Decimal
) -> None:
    day = Day(realised=result)

    tight, loose = (refusals(judge_daily_loss("bot", size, day, new_risk=risk)) for size in (limit, limit + more))

    assert set(loose) <= set(tight)


@given(amounts, st.decimals(0, 10**6, places=2), amounts, amounts)
def test_clipping_only_ever_takes_away(wanted: Decimal, held: Decimal, limit: Decimal, more: Decimal) -> None:
    tight, loose = (clip(wanted, held=held, position_max=size) for size in (limit, limit + more))

    small, large = (size if isinstance(size, Decimal) else D(0) for size in (tight, loose))
    assert 0 <= small <= large <= wanted
    assert held + small <= max(held, limit)
