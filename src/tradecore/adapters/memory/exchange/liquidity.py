"""Say how much can trade at one tick."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from tradecore.domain.ids import Symbol
from tradecore.domain.money import ZERO


class Liquidity:
    """How much of each instrument is left to trade at its present tick; without a word, there is no end of it."""

    def __init__(self) -> None:
        self._per_tick: dict[Symbol, Decimal] = {}
        self._parts: dict[Symbol, deque[Decimal]] = {}
        self._left: dict[Symbol, Decimal | None] = {}

    def limit(self, symbol: Symbol, per_tick: Decimal | None) -> None:
        """Let no more than *per_tick* units trade at a tick; None lifts the limit."""
        self._left.pop(symbol, None)
        if per_tick is None:
            self._per_tick.pop(symbol, None)
        else:
            self._per_tick[symbol] = per_tick

    def script(self, symbol: Symbol, parts: Iterable[Decimal]) -> None:
        """Let the next ticks that find an order to fill trade no more than each of *parts*, zero included."""
        self._left.pop(symbol, None)
        self._parts[symbol] = deque(parts)

    def tick(self, symbol: Symbol) -> None:
        """Begin a new tick."""
        self._left.pop(symbol, None)

    def take(self, symbol: Symbol, wanted: Decimal) -> Decimal:
        """Return how much of *wanted* may trade now, and count it as traded."""
        if symbol not in self._left:
            # Only now, so that a tick at which nobody wants to trade uses up no part of the script.
            parts = self._parts.get(symbol)
            self._left[symbol] = parts.popleft() if parts else self._per_tick.get(symbol)
        left = self._left[symbol]
        if left is None:
            return wanted
        taken = max(ZERO, min(left, wanted))
        self._left[symbol] = left - taken
        return taken
