"""Keep the markets' hours as somebody says: one session a day, open until it is closed by hand."""

from datetime import UTC, date, datetime, time, timedelta
from typing import final

from tradecore.domain.instruments import Market
from tradecore.domain.sessions import Hours, Session
from tradecore.ports.calendar import Calendar


@final
class MemoryCalendar(Calendar):
    """Every market trades from midnight to midnight UTC, while `is_open` says so."""

    def __init__(self) -> None:
        self.is_open = True

    def hours(self, market: Market, moment: datetime) -> Hours:
        """Return the day's session, or none where the markets are closed."""
        session = _session(market, moment.astimezone(UTC).date())
        following = _session(market, session.day + timedelta(days=1))
        now = session if self.is_open else None
        return Hours(now=now, next=following, day=session.day, day_began=session.opens)

    def sessions(self, market: Market, first: date, last: date) -> tuple[Session, ...]:
        """Return one session a day; none where the markets are closed."""
        days = (last - first).days + 1 if self.is_open else 0
        return tuple(_session(market, first + timedelta(days=number)) for number in range(days))


def _session(market: Market, day: date) -> Session:
    opens = datetime.combine(day, time(), tzinfo=UTC)
    return Session(market=market, day=day, opens=opens, closes=opens + timedelta(days=1))
