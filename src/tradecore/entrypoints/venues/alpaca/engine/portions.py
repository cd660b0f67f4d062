"""Say how much of an order trades at one tick: all of it, unless somebody asked for less."""

from collections import deque
from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal
from random import Random
from typing import Final, final

from tradecore.domain.money import ONE, is_multiple
from tradecore.entrypoints.venues.alpaca.engine.assets import FINEST

_PARTS_OF_A_WHOLE: Final = 1000


@final
class Portions:
    """What the market gives. *chance* is how many of 1,000 fills are partial; the same *seed* makes the same ones."""

    def __init__(self, chance: int = 0, seed: int = 0) -> None:
        self._script: dict[str, deque[Decimal]] = {}
        self.set_chance(chance, seed)

    def set_chance(self, chance: int, seed: int) -> None:
        """Let *chance* of 1,000 fills be partial from now on."""
        self._chance = chance
        self._random = Random(seed)  # noqa: S311  It decides over paper.

    def script(self, symbol: str, parts: Iterable[Decimal]) -> None:
        """Give the next fills in *symbol* no more than each of *parts*; zero gives nothing this time."""
        self._script[symbol] = deque(parts)

    def take(self, symbol: str, wanted: Decimal) -> Decimal:
        """Return how much of *wanted* trades now."""
        if parts := self._script.get(symbol):
            return min(wanted, parts.popleft())
        if not self._chance or self._random.randrange(_PARTS_OF_A_WHOLE) >= self._chance:
            return wanted
        step = ONE if is_multiple(wanted, ONE) else FINEST
        share = Decimal(self._random.randrange(1, _PARTS_OF_A_WHOLE)) / _PARTS_OF_A_WHOLE
        return min(wanted, max(step, (wanted * share).quantize(step, rounding=ROUND_DOWN)))
