"""Look at an account as it stands now: what the broker holds, at the last price, and how the day went."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Final, TypeVar

import structlog
from attrs import frozen

from tradecore.domain.book import BookKey
from tradecore.domain.errors import UnreachableError, WorldError
from tradecore.domain.guard_rails import Stand
from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import Instrument, Market
from tradecore.domain.limits import Day
from tradecore.domain.money import HUNDRED, ONE, ZERO
from tradecore.domain.orders import Report
from tradecore.domain.parties import Account, Halt, Venue
from tradecore.domain.trades import Trade
from tradecore.domain.venues import AccountState, Position, Quote
from tradecore.entrypoints.runtime.exposure import Coming, Exposure
from tradecore.entrypoints.runtime.services import Services
from tradecore.ports.history import Asked

_log = structlog.get_logger()
_T = TypeVar("_T")

# More trades or fills than this a day's summary does not count.
_ROWS_MAX: Final = 10_000
# More days than an evaluation takes.
_DAYS_MAX: Final = 400


@frozen(kw_only=True)
class Held:
    """A position with the last price, where there is one. Amounts are in money; `bots` is what bots hold of it."""

    position: Position
    instrument: Instrument | None
    quote: Quote | None
    bots: Decimal = ZERO

    @property
    def external(self) -> Decimal:
        """What the broker holds beside the bots: people's, or nobody's known; signed units."""
        return self.position.quantity - self.bots

    @property
    def point_value(self) -> Decimal:
        """Money per unit when the price moves by one."""
        return self.instrument.point_value if self.instrument else ONE

    @property
    def value(self) -> Decimal | None:
        """What is held at the last price, signed."""
        return self.quote.last * self.position.quantity * self.point_value if self.quote else None

    @property
    def unrealised(self) -> Decimal | None:
        """What closing at the last price would win, before commissions."""
        cost = self.position.average_price * self.position.quantity * self.point_value
        return None if self.value is None else self.value - cost

    @property
    def unrealised_percent(self) -> Decimal | None:
        """The same in percent of what the position has cost."""
        cost = abs(self.position.average_price * self.position.quantity * self.point_value)
        return None if self.unrealised is None or not cost else HUNDRED * self.unrealised / cost


@frozen(kw_only=True)
class Snapshot:
    """What the broker says of one account now; `trouble` is why it does not."""

    account: Account
    held: tuple[Held, ...] = ()
    state: AccountState | None = None
    trouble: str = ""


@frozen(kw_only=True)
class Today:
    """How an account's trading day stands: results net of commissions, and the trades that ended in it."""

    began: datetime
    day: Day
    commission: Decimal
    trades: tuple[Trade, ...]
    losses_in_a_row: int
    orders_last_minute: int
    positions_open: int
    equity_high: Decimal | None
    equity_ends: tuple[Decimal, ...]
    halts: tuple[Halt, ...]


def snapshot(services: Services, account: Account) -> Snapshot:
    """Ask the account's broker what it holds; what cannot be had is named, never read as nothing."""
    try:
        broker = services.venues.broker(account)
        positions = broker.positions()
        state = broker.account()
    except WorldError as error:
        _log.warning("a broker could not be asked", account=account.id, error=str(error))
        return Snapshot(account=account, trouble=f"The broker cannot be asked now: {str(error).rstrip('.')}.")
    bots: dict[Symbol, Decimal] = {}
    for one in services.standing.holdings([account.id]):
        bots[one.key.symbol] = bots.get(one.key.symbol, ZERO) + one.share.quantity
    held = tuple(_held(services, account, position, bots.get(position.symbol, ZERO)) for position in positions)
    return Snapshot(account=account, held=held, state=state)


def orders_by_hand(services: Services, account: Account) -> tuple[Report, ...] | None:
    """Ask the account's broker for every working order that is not ours; None where it cannot be asked."""
    try:
        broker = services.venues.broker(account)
        surveys = [broker.survey(symbol) for symbol in sorted(broker.working_symbols())]
    except WorldError as error:
        _log.warning("a broker could not be asked", account=account.id, error=str(error))
        return None
    return tuple(
        report for survey in surveys for report in survey.working
        if report.order_id is None or services.ledger.order(report.order_id) is None
    )  # fmt: skip


def _held(services: Services, account: Account, position: Position, bots: Decimal) -> Held:
    instrument = services.directory.instrument(account.venue, position.symbol)
    quote = _unless(lambda: services.venues.market_data(account).quote(position.symbol))
    return Held(position=position, instrument=instrument, quote=quote, bots=bots)


def _unless(ask: Callable[[], _T]) -> _T | None:
    try:
        return ask()
    except WorldError:
        return None


def market_of(account: Account) -> Market:
    """Return whose hours make the account's day: those of futures where it trades, or limits, contracts."""
    futures = account.venue is Venue.PROJECTX or account.limits.contracts is not None
    return Market.CME_FUTURES if futures else Market.US_EQUITIES


def stand_of(services: Services, account: Account, seen: Snapshot, day: Today) -> Stand:
    """Return what the account's limits are measured by."""
    return Stand(
        day=day.day,
        equity=seen.state.equity if seen.state else None,
        equity_high=day.equity_high,
        equity_ends=day.equity_ends,
        losses_in_a_row=day.losses_in_a_row,
        positions_open=day.positions_open,
        orders_last_minute=day.orders_last_minute,
        minis=None if seen.trouble else _minis(services, account, seen),
    )


def _minis(services: Services, account: Account, seen: Snapshot) -> Decimal | None:
    """Count the contracts that the account holds, and is about to; None where no limit asks."""
    limit = account.limits.contracts
    if limit is None:
        return None
    coming = tuple(
        Coming(key=book.key, order=order, point_value=book.point_value, instrument=book.instrument)
        for book in services.ledger.books_entering([account.id]) for order in book.entries
    )  # fmt: skip
    exposure = Exposure(holdings=services.standing.holdings([account.id]), coming=coming)
    find = partial(services.directory.view().instrument, account.venue)
    return exposure.minis(limit, (held.position for held in seen.held), find)


def today(services: Services, account: Account, seen: Snapshot | None = None) -> Today:
    """Add up the account's trading day; at the prices of *seen*, where it is given."""
    now = services.clock.now()
    began, on = _day(services, market_of(account), now)
    results = services.standing.results_of_bots(account.id, began)
    holdings = services.standing.holdings([account.id])
    prices = {
        BookKey(account_id=account.id, symbol=one.position.symbol): one.quote.last
        for one in (seen.held if seen else ())
        if one.quote is not None
    }
    asked = Asked(account_id=account.id, since=began, limit=_ROWS_MAX)
    limits = account.limits
    streak_from = max(began, account.streak_from or began)
    return Today(
        began=began,
        day=Exposure(holdings=holdings, prices=prices).day(sum(results.values(), ZERO)),
        commission=sum((fill.commission for fill in services.history.fills(asked)), ZERO),
        trades=services.history.trades(asked),
        losses_in_a_row=services.standing.losses_in_a_row(account.id, streak_from),
        orders_last_minute=services.standing.orders_since(account.id, now - timedelta(minutes=1)),
        positions_open=len(holdings),
        equity_high=services.standing.equity_high(account.id, limits.drawdown.form, on) if limits.drawdown else None,
        equity_ends=services.standing.equity_ends(account.id, on, _DAYS_MAX) if limits.follow_equity else (),
        halts=tuple(one for one in services.directory.halts() if one.covers(None, account)),
    )


def _day(services: Services, market: Market, now: datetime) -> tuple[datetime, date]:
    """Return when the market's trading day began, and its date; UTC's where the calendar does not reach."""
    try:
        hours = services.calendar.hours(market, now)
    except UnreachableError:
        return datetime.combine(now.date(), time(), tzinfo=UTC), now.date()
    return hours.day_began, hours.day
