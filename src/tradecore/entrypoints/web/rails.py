"""Measure how far an account is from each of its guard rails."""

from decimal import Decimal

from attrs import frozen

from tradecore.domain.limits import judge_drawdown
from tradecore.domain.money import ZERO, money
from tradecore.domain.parties import Account, HaltLevel
from tradecore.entrypoints.web.snapshots import Snapshot, Today

_NEAR = Decimal("0.5")


@frozen(kw_only=True)
class RailView:
    """One limit: where it is, where the account stands, what is left, and whether it is reached.

    `actual` and `distance` are null where nobody knows, and the limit counts as reached.
    """

    name: str
    limit: Decimal
    actual: Decimal | None
    distance: Decimal | None
    reached: bool
    detail: str


def rails_of(account: Account, seen: Snapshot, today: Today) -> tuple[RailView, ...]:
    """Return the guard rails that the account has, each with its distance."""
    limits, result = account.limits, today.day.result
    rails = []
    if limits.daily_loss is not None:
        lost = max(ZERO, -result)
        rails.append(_rail("daily loss", limits.daily_loss, lost, f"lost {money(lost)} of {money(limits.daily_loss)}"))
    if limits.daily_profit is not None:
        words = f"won {money(result)} of {money(limits.daily_profit)}"
        rails.append(_rail("daily profit target", limits.daily_profit, result, words))
    if limits.losing_streak:
        rails.append(_count("consecutive losses", limits.losing_streak, today.losses_in_a_row))
    if limits.positions_max is not None:
        rails.append(_count("open positions", limits.positions_max, today.positions_open))
    if limits.orders_per_minute is not None:
        rails.append(_count("orders per minute", limits.orders_per_minute, today.orders_last_minute))
    if limits.drawdown is not None:
        rails.append(_drawdown(account, seen, today))
    return tuple(rails)


def _rail(name: str, limit: Decimal, actual: Decimal, detail: str) -> RailView:
    left = limit - actual
    return RailView(name=name, limit=limit, actual=actual, distance=left, reached=left <= ZERO, detail=detail)


def _count(name: str, limit: int, actual: int) -> RailView:
    return _rail(name, Decimal(limit), Decimal(actual), f"{actual} of {limit}")


def _drawdown(account: Account, seen: Snapshot, today: Today) -> RailView:
    limit = account.limits.drawdown
    assert limit is not None
    equity = seen.state.equity if seen.state else None
    judged = judge_drawdown(limit, equity, today.equity_high)[0]
    distance = None
    if equity is not None:
        distance = equity - limit.floor(max(equity, today.equity_high or equity))
    return RailView(
        name=judged.name,
        limit=abs(limit.amount),
        actual=None if distance is None else abs(limit.amount) - distance,
        distance=distance,
        reached=judged.refusal is not None,
        detail=judged.detail,
    )


def halt_level(today: Today) -> HaltLevel | None:
    """Return how hard the kill switch is pressed for the account."""
    return max((halt.level for halt in today.halts), key=list(HaltLevel).index, default=None)


def can_trade(account: Account, seen: Snapshot, today: Today, rails: tuple[RailView, ...]) -> bool:
    """Tell whether an entry could pass, as far as the account is concerned."""
    blocked = bool(seen.state and seen.state.blocked)
    return account.opens and not blocked and not today.halts and not any(rail.reached for rail in rails)


def risk_level(rails: tuple[RailView, ...], *, open_for_trade: bool) -> str:
    """Say how near the nearest guard rail is: low, medium from half way on, high where trading is over."""
    if not open_for_trade:
        return "high"
    half = any(rail.actual is not None and rail.actual >= rail.limit * _NEAR for rail in rails)
    return "medium" if half else "low"
