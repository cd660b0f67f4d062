"""Know whether the firm lets people trade: by CME's calendar and its own, or as somebody decided by hand."""

from datetime import time
from typing import Final, final

from tradecore.domain.instruments import Market
from tradecore.domain.sessions import CHICAGO
from tradecore.ports.calendar import Calendar
from tradecore.ports.system import Clock

_FLAT_FROM: Final = time(15, 10)
_TRADING_FROM: Final = time(17)


@final
class TradingHours:
    """The hours of CME futures, without those in which the firm wants everybody flat."""

    def __init__(self, clock: Clock, calendar: Calendar) -> None:
        self._clock = clock
        self._calendar = calendar
        self._by_hand: bool | None = True

    def force(self, *, is_open: bool | None) -> None:
        """Open or close the market until further notice; None gives it back to the calendar."""
        self._by_hand = is_open

    @property
    def is_by_hand(self) -> bool:
        """Whether somebody decided, and not the calendar."""
        return self._by_hand is not None

    def are_open(self) -> bool:
        """Tell whether orders are taken now."""
        if self._by_hand is not None:
            return self._by_hand
        now = self._clock.now()
        wall = now.astimezone(CHICAGO).time()
        return self._calendar.hours(Market.CME_FUTURES, now).now is not None and not _FLAT_FROM <= wall < _TRADING_FROM
