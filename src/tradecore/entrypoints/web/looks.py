"""Look at an account as a whole: what its broker says, how its day stands, its books, and its guard rails."""

from datetime import datetime

from attrs import frozen

from tradecore.domain.book import Book
from tradecore.domain.errors import UnreachableError
from tradecore.domain.guard_rails import Rail, Stand, rails_of
from tradecore.domain.instruments import Market
from tradecore.domain.parties import Account
from tradecore.domain.sessions import GetFlat
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.web.snapshots import Snapshot, Today, market_of, snapshot, stand_of, today


@frozen(kw_only=True)
class Look:
    """One account at one moment. From `flat_by` on it opens nothing in this session; None where it never has to."""

    account: Account
    now: datetime
    seen: Snapshot
    today: Today
    stand: Stand
    rails: tuple[Rail, ...]
    books: tuple[Book, ...]
    flat_by: datetime | None


def look_at(services: Services, account: Account) -> Look:
    """Look at *account*. Raises `UnreachableError` where our own store is away; a broker's silence is in `seen`."""
    now = services.clock.now()
    seen = snapshot(services, account)
    day = today(services, account, seen)
    stand = stand_of(services, account, seen, day)
    return Look(
        account=account, now=now, seen=seen, today=day, stand=stand, rails=rails_of(account.limits, stand),
        books=services.history.books(account.id),
        flat_by=_flat_by(services, account.get_flat, market_of(account), now))  # fmt: skip


def is_flat_window(services: Services, now: datetime) -> bool:
    """Tell whether futures are about to close, or are closed."""
    begins = _flat_by(services, GetFlat(), Market.CME_FUTURES, now)
    return begins is None or now >= begins


def _flat_by(services: Services, rule: GetFlat | None, market: Market, now: datetime) -> datetime | None:
    try:
        hours = services.calendar.hours(market, now)
    except UnreachableError:
        return None
    return rule.begins(hours.now) if rule is not None and hours.now is not None else None
