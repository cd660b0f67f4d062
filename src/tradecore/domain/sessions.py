"""Know when a market trades, and when an account must be flat.

Every moment is aware UTC; a zone appears only where a wall clock counts. All spans are half-open.
"""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import evolve, field, frozen

from tradecore.domain.instruments import Market

CHICAGO: Final = ZoneInfo("America/Chicago")
NEW_YORK: Final = ZoneInfo("America/New_York")


@frozen(kw_only=True)
class Session:
    """One stretch in which a market trades; `day` is the trading day that its results belong to.

    `note` says what is special: a holiday's name, an early close.
    """

    market: Market
    day: date
    opens: datetime
    closes: datetime
    note: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a session that ends before it begins, and a clock without a zone."""
        if self.opens.tzinfo is None or self.closes.tzinfo is None or self.opens >= self.closes:
            message = f"{self.market.value} {self.day}: no session from {self.opens} to {self.closes}"
            raise ValueError(message)

    def __contains__(self, moment: datetime) -> bool:
        """Tell whether the market trades at *moment*."""
        return self.opens <= moment < self.closes


@frozen(kw_only=True)
class Hours:
    """What a market's clock says at one moment: the session now, the next one, and the trading day.

    `day_began` is the moment from which results count for `day`.
    """

    now: Session | None
    next: Session | None
    day: date
    day_began: datetime


@frozen(kw_only=True)
class VenueClock:
    """What a venue's own clock says: whether its market is open, and when it opens and closes next."""

    is_open: bool
    opens: datetime
    closes: datetime


def by_the_venue(hours: Hours, clock: VenueClock, market: Market, moment: datetime) -> Hours:
    """Return *hours* as the venue's own clock has them: it knows of closings that no calendar could know.

    What it said before its market opened or closed counts for nothing any more.
    """
    if moment >= (clock.closes if clock.is_open else clock.opens):
        return hours
    if clock.is_open:
        told = Session(market=market, day=hours.day, opens=moment, closes=clock.closes, note="by the venue's clock")
        return evolve(hours, now=hours.now or told)
    if hours.now is None and hours.next is not None and hours.next.opens == clock.opens:
        return hours
    # When the session after this one ends, the clock does not say.
    ends = max(clock.closes, clock.opens + timedelta(minutes=1))
    return evolve(hours, now=None, next=Session(
        market=market, day=hours.day, opens=clock.opens, closes=ends, note="by the venue's clock"))  # fmt: skip


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{name!r} is not a time zone: write it like America/New_York"
        raise ValueError(message) from error


@frozen(kw_only=True)
class Window:
    """A daily stretch of wall clock in which a bot may enter; over midnight where it closes before it opens."""

    opens: time
    closes: time
    zone: str = "America/New_York"
    weekdays: frozenset[int] = field(default=frozenset(range(7)), converter=frozenset)  # Monday is 0

    def __attrs_post_init__(self) -> None:
        """Refuse a zone that nobody knows, and a day that no week has."""
        _check_zone(self.zone)
        if not self.weekdays <= frozenset(range(7)):
            message = f"weekdays are 0 (Monday) to 6, not {sorted(self.weekdays)}"
            raise ValueError(message)

    def __contains__(self, moment: datetime) -> bool:
        """Tell whether *moment* lies in the window. A night belongs to the weekday on which it opened."""
        local = moment.astimezone(ZoneInfo(self.zone))
        clock = local.time()
        if self.opens <= self.closes:
            return self.opens <= clock < self.closes and local.weekday() in self.weekdays
        if clock >= self.opens:
            return local.weekday() in self.weekdays
        return clock < self.closes and (local.weekday() - 1) % 7 in self.weekdays


@frozen(kw_only=True)
class GetFlat:
    """When an account must be flat before its session ends: a wall clock, or minutes before an earlier close."""

    at: time = time(15, 7)
    minutes_before_close: int = 3
    zone: str = "America/Chicago"

    def __attrs_post_init__(self) -> None:
        """Refuse a zone that nobody knows."""
        _check_zone(self.zone)

    def begins(self, session: Session) -> datetime:
        """Return from when all must be flat in *session*; nothing may be opened then until the next one."""
        zone = ZoneInfo(self.zone)
        wall = datetime.combine(session.closes.astimezone(zone).date(), self.at, tzinfo=zone)
        return min(wall, session.closes - timedelta(minutes=self.minutes_before_close))
