"""Know which part of the trading day it is: by the calendar, or as somebody decided by hand."""

from datetime import date, datetime, time, timedelta
from typing import Final, final

from attrs import frozen

from tradecore.domain.instruments import Market
from tradecore.domain.sessions import NEW_YORK, Session
from tradecore.entrypoints.venues.alpaca.engine.words import Phase
from tradecore.ports.calendar import Calendar
from tradecore.ports.system import Clock

_MARKET: Final = Market.US_EQUITIES
_EARLIEST: Final = time(4, 0)
_LATEST_AFTER_CLOSE: Final = timedelta(hours=4)


@frozen
class Moment:
    """The phase, and the day that it belongs to; a phase that was set by hand has no day, and never ends by itself."""

    phase: Phase
    day: date | None


@final
class TradingHours:
    """The hours of US equities. Coins trade always."""

    def __init__(self, clock: Clock, calendar: Calendar) -> None:
        self._clock = clock
        self._calendar = calendar
        self._by_hand: Phase | None = None

    def force(self, phase: Phase | None) -> None:
        """Make it *phase* until further notice; None gives the hours back to the calendar."""
        self._by_hand = phase

    def now(self) -> Moment:
        """Return which part of which day it is."""
        if self._by_hand is not None:
            return Moment(self._by_hand, None)
        now = self._clock.now()
        today = now.astimezone(NEW_YORK).date()
        session = next(iter(self._calendar.sessions(_MARKET, today, today)), None)
        return Moment(_phase(session, now), today)

    def next_open(self) -> datetime:
        """Return when the next regular session begins."""
        following = self._calendar.hours(_MARKET, self._clock.now()).next
        assert following is not None, "the calendar ends here"
        return following.opens

    def next_close(self) -> datetime:
        """Return when the regular session that runs, or else the next one, ends."""
        hours = self._calendar.hours(_MARKET, self._clock.now())
        session = hours.now or hours.next
        assert session is not None, "the calendar ends here"
        return session.closes

    def sessions(self, first: date, last: date) -> tuple[Session, ...]:
        """Return the regular sessions of the days from *first* to *last*, both included."""
        return self._calendar.sessions(_MARKET, first, last)


def _phase(session: Session | None, now: datetime) -> Phase:
    if session is None:
        return Phase.CLOSED
    if now in session:
        return Phase.CORE
    opening = datetime.combine(session.day, _EARLIEST, tzinfo=NEW_YORK)
    if opening <= now < session.closes + _LATEST_AFTER_CLOSE:
        return Phase.EXTENDED
    return Phase.CLOSED
