"""Work out from trades how well they went; net of commissions, by round trips and never by fills."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from attrs import frozen

from tradecore.domain.money import HUNDRED, ZERO
from tradecore.domain.trades import Trade

_Key = TypeVar("_Key")


@frozen(kw_only=True)
class Performance:
    """How a set of trades went. Amounts in money, rates in percent; None where there is nothing to divide by.

    A trade that won and lost nothing counts as neither. `drawdown` is the deepest fall of the summed result from
    its highest point so far, as a positive amount.
    """

    trades: int
    wins: int
    losses: int
    net: Decimal
    gross: Decimal
    commission: Decimal
    best: Decimal | None
    worst: Decimal | None
    win_rate: Decimal | None
    average_win: Decimal | None
    average_loss: Decimal | None
    profit_factor: Decimal | None
    expectancy: Decimal | None
    drawdown: Decimal
    losses_in_a_row: int


@frozen(kw_only=True)
class Totals:
    """What ended trades have come to, net of commissions, in money; as a database adds them up."""

    trades: int = 0
    wins: int = 0
    losses: int = 0
    net: Decimal = ZERO
    best: Decimal | None = None
    worst: Decimal | None = None
    last_at: datetime | None = None

    @property
    def win_rate(self) -> Decimal | None:
        """In percent of all trades; None where there is none."""
        return HUNDRED * self.wins / self.trades if self.trades else None


@frozen
class Point:
    """The summed result after a trade's end."""

    at: datetime
    net: Decimal


def measure(trades: Iterable[Trade]) -> Performance:
    """Measure *trades*, in whatever order they come."""
    ordered = sorted(trades, key=lambda trade: trade.closed_at)
    results = [trade.net for trade in ordered]
    won = [result for result in results if result > ZERO]
    lost = [result for result in results if result < ZERO]
    net = sum(results, ZERO)
    return Performance(
        trades=len(results),
        wins=len(won),
        losses=len(lost),
        net=net,
        gross=sum((trade.gross for trade in ordered), ZERO),
        commission=sum((trade.commission for trade in ordered), ZERO),
        best=max(results, default=None),
        worst=min(results, default=None),
        win_rate=HUNDRED * len(won) / len(results) if results else None,
        average_win=sum(won, ZERO) / len(won) if won else None,
        average_loss=sum(lost, ZERO) / len(lost) if lost else None,
        profit_factor=sum(won, ZERO) / -sum(lost, ZERO) if lost else None,
        expectancy=net / len(results) if results else None,
        drawdown=_drawdown(results),
        losses_in_a_row=_longest_row(results),
    )


def curve(trades: Iterable[Trade]) -> tuple[Point, ...]:
    """Return the summed net result after each trade, in the order of their ends."""
    total = ZERO
    points = []
    for trade in sorted(trades, key=lambda trade: trade.closed_at):
        total += trade.net
        points.append(Point(trade.closed_at, total))
    return tuple(points)


def grouped(trades: Iterable[Trade], by: Callable[[Trade], _Key]) -> Mapping[_Key, Performance]:
    """Measure the trades of each group apart: per bot, per symbol, per whatever *by* tells."""
    groups: dict[_Key, list[Trade]] = {}
    for trade in trades:
        groups.setdefault(by(trade), []).append(trade)
    return {key: measure(members) for key, members in groups.items()}


def _drawdown(results: list[Decimal]) -> Decimal:
    total = high = deepest = ZERO
    for result in results:
        total += result
        high = max(high, total)
        deepest = max(deepest, high - total)
    return deepest


def _longest_row(results: list[Decimal]) -> int:
    row = longest = 0
    for result in results:
        row = row + 1 if result < ZERO else 0
        longest = max(longest, row)
    return longest
