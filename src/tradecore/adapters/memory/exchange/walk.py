"""Move a price at random, so that a demo has something to trade on."""

from decimal import Decimal
from random import Random
from typing import Final, final

from tradecore.adapters.memory.exchange.venue import Exchange
from tradecore.domain.errors import ProgrammingError
from tradecore.domain.ids import Symbol
from tradecore.domain.money import down_to

_CHANCES: Final = 1000
_PULL: Final = 5  # chances that the way home gains for each thousandth that the price is from home
_PULL_MAX: Final = 400  # the way out always stays open a little


@final
class RandomWalk:
    """A price that steps up or down by *step*, the likelier towards *start* the further it is away.

    The same seed on the same exchange makes the same prices. Where the exchange knows a price already, as after a
    restart, the walk goes on from there. `tick` never blocks; who wants prices calls it.
    """

    def __init__(self, exchange: Exchange, symbol: Symbol, start: Decimal, step: Decimal, seed: int) -> None:
        instrument = next((one for one in exchange.instruments() if one.symbol == symbol), None)
        if instrument is None:
            message = f"{symbol} is not listed, so its price cannot walk"
            raise ProgrammingError(message)
        self._exchange = exchange
        self._symbol = symbol
        self._tick_size = instrument.tick_size
        self._home = self._on_grid(start)
        self._step = self._on_grid(step)
        self._random = Random(seed)  # noqa: S311  The prices of a demo guard nothing.

    def tick(self) -> Decimal:
        """Move the price once, and return where it is now."""
        quote = self._exchange.quote(self._symbol)
        price = self._home if quote is None else self._next(quote.last)
        self._exchange.price(self._symbol, price)
        return price

    def _next(self, price: Decimal) -> Decimal:
        away = int((price - self._home) / self._home * _CHANCES)
        pull = max(-_PULL_MAX, min(_PULL_MAX, away * _PULL))
        goes_up = self._random.randrange(_CHANCES) < _CHANCES // 2 - pull
        return max(self._tick_size, price + self._step if goes_up else price - self._step)

    def _on_grid(self, price: Decimal) -> Decimal:
        return max(self._tick_size, down_to(price, self._tick_size))
