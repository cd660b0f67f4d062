"""Know which markets of the exchange are open."""

from tradecore.domain.instruments import Market
from tradecore.ports.calendar import Calendar
from tradecore.ports.system import Clock


class OpeningHours:
    """The calendar, where there is one, and what was decided by hand against it."""

    def __init__(self, clock: Clock, calendar: Calendar | None) -> None:
        self._clock = clock
        self._calendar = calendar
        self._by_hand: dict[Market, bool] = {}

    def force(self, market: Market, *, is_open: bool | None) -> None:
        """Open or close *market*, whatever the calendar says; None gives it back to the calendar."""
        if is_open is None:
            self._by_hand.pop(market, None)
        else:
            self._by_hand[market] = is_open

    def are_open(self, market: Market) -> bool:
        """Tell whether *market* trades now."""
        by_hand = self._by_hand.get(market)
        if by_hand is not None:
            return by_hand
        return self._calendar is None or self._calendar.hours(market, self._clock.now()).now is not None
