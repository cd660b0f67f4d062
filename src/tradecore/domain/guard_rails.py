"""Tell how far an account is from each of its limits, and how near it is to trouble."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from attrs import frozen

from tradecore.domain.limits import AccountLimits, Day, judge_drawdown
from tradecore.domain.money import HUNDRED, ZERO, money, plain

_NO_PRICE = "something that is held has no price"
_NO_EQUITY = "the equity is not known"


@frozen(kw_only=True)
class Rail:
    """One limit: where it is, where the account stands, what is left, and whether it is reached.

    `actual` and `distance` are None where nobody knows; then it counts as reached, for entries are refused. One that
    does not `guard` is told, and refuses nothing.
    """

    name: str
    unit: str
    limit: Decimal
    actual: Decimal | None
    distance: Decimal | None
    reached: bool
    detail: str
    guards: bool = True


@frozen(kw_only=True)
class Stand:
    """What an account's limits are measured by; None for what nobody knows. Money in its currency.

    `equity_ends` is what the account was worth at the days' ends, newest first; `minis` the contracts that are held and
    about to be.
    """

    day: Day
    equity: Decimal | None = None
    equity_high: Decimal | None = None
    equity_ends: tuple[Decimal, ...] = ()
    losses_in_a_row: int = 0
    positions_open: int = 0
    orders_last_minute: int = 0
    minis: Decimal | None = None


def rails_of(limits: AccountLimits, stand: Stand) -> tuple[Rail, ...]:
    """Return the rails that the limits are, each with its distance."""
    result = stand.day.result if stand.day.known else None
    rails = []
    if limits.daily_loss is not None:
        lost = None if result is None else max(ZERO, -result)
        rails.append(_rail("daily loss", "$", limits.daily_loss, lost, _NO_PRICE))
    if limits.daily_profit is not None:
        rails.append(_rail("daily profit target", "$", limits.daily_profit, result, _NO_PRICE))
    if limits.profit_target is not None:
        rails.append(_rail("profit target", "$", limits.profit_target, limits.profit(stand.equity), _NO_EQUITY))
    if limits.drawdown is not None:
        rails.append(_drawdown(limits, stand))
    if limits.losing_streak:
        rails.append(_rail("consecutive losses", "trades", Decimal(limits.losing_streak), stand.losses_in_a_row))
    if limits.positions_max is not None:
        rails.append(_rail("open positions", "positions", Decimal(limits.positions_max), stand.positions_open))
    if limits.orders_per_minute is not None:
        rails.append(_rail("orders per minute", "orders", Decimal(limits.orders_per_minute), stand.orders_last_minute))
    if limits.contracts is not None:
        ceiling = limits.contracts.ceiling(limits.profit(stand.equity_ends[0] if stand.equity_ends else None))
        rails.append(_rail("contracts", "minis", ceiling, stand.minis, "what the account holds is not known"))
    return (*rails, *_consistency(limits, stand))


def _rail(name: str, unit: str, limit: Decimal, actual: Decimal | int | None, unknown: str = "") -> Rail:
    if actual is None:
        return Rail(name=name, unit=unit, limit=limit, actual=None, distance=None, reached=True, detail=unknown)
    write, found = money if unit == "$" else plain, Decimal(actual)
    return Rail(
        name=name, unit=unit, limit=limit, actual=found, distance=limit - found, reached=found >= limit,
        detail=f"{write(found)} of {write(limit)}")  # fmt: skip


def _drawdown(limits: AccountLimits, stand: Stand) -> Rail:
    limit = limits.drawdown
    assert limit is not None
    (judged,) = judge_drawdown(limit, stand.equity, stand.equity_high)
    distance = None if stand.equity is None else limit.distance(stand.equity, stand.equity_high)
    amount = abs(limit.amount)
    return Rail(
        name=judged.name, unit="$", limit=amount, actual=None if distance is None else amount - distance,
        distance=distance, reached=judged.refusal is not None, detail=judged.detail)  # fmt: skip


def _consistency(limits: AccountLimits, stand: Stand) -> Iterator[Rail]:
    """Yield how much of all profit the best day has won, in percent, by the days' ends that were seen."""
    percent, name = limits.consistency_percent, "consistency"
    if percent is None:
        return
    won = limits.profit(stand.equity)
    if won is None or limits.start_balance is None or stand.equity is None:
        why = _NO_EQUITY if limits.start_balance is not None else "the start balance is not known"
        yield Rail(
            name=name, unit="%", limit=percent, actual=None, distance=None, reached=False, detail=why, guards=False
        )
        return
    ends = (stand.equity, *stand.equity_ends, limits.start_balance)
    best = max(later - earlier for later, earlier in pairwise(ends))
    actual = (HUNDRED * best / won).quantize(Decimal("0.01")) if won > ZERO else ZERO
    words = f"the best day won {money(max(ZERO, best))} of {money(won)}"
    yield Rail(
        name=name, unit="%", limit=percent, actual=actual, distance=percent - actual, reached=actual > percent,
        detail=words, guards=False)  # fmt: skip


# ---------------------------------------------------------------- how risky it is

_LOSING = ("daily loss", "trailing drawdown", "consecutive losses")


def risk_level(limits: AccountLimits, stand: Stand, rails: tuple[Rail, ...]) -> str:
    """Return low, medium or high: by points for what is lost of a limit, for losses in a row and for open positions.

    More than 80, 50 and 25 percent of the daily loss, or of the drawdown, are 3, 2 and 1 points; a streak at its limit
    2, one below it or two losses 1 (without a limit 2 from three losses on); more than three positions 2, more than one
    1. Four points are high, two medium. A loss limit that is reached, or that nobody can tell, is high in any case.
    """
    losing = [rail for rail in rails if rail.name.startswith(_LOSING)]
    if any(rail.reached for rail in losing):
        return "high"
    shares = [rail.actual * HUNDRED / rail.limit for rail in losing if rail.unit == "$" and rail.actual is not None]
    points = sum(max(shares, default=ZERO) > edge for edge in (25, 50, 80))
    points += _streak_points(limits.losing_streak, stand.losses_in_a_row)
    points += sum(stand.positions_open > edge for edge in (1, 3))
    return "high" if points >= 4 else "medium" if points >= 2 else "low"  # noqa: PLR2004 - the docstring names them


def _streak_points(most: int, losses: int) -> int:
    if not most:
        return sum(losses >= edge for edge in (2, 3))
    return 2 if losses >= most else int(losses >= 2 or (most > 1 and losses >= most - 1))  # noqa: PLR2004 - as above
