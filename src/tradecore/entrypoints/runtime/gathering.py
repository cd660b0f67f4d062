"""Look at the world once for each decision: every fact with its own age, and what cannot be had is left out."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Lock
from typing import Final, TypeVar

from attrs import Factory, define, field, frozen

from tradecore.domain.book import Book, BookKey
from tradecore.domain.errors import WorldError
from tradecore.domain.events import AlertArrived, CloseAsked, Event, OrderReported
from tradecore.domain.facts import Facts
from tradecore.domain.ids import AccountId, BotId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.limits import Day
from tradecore.domain.money import ZERO
from tradecore.domain.orders import Order, Purpose
from tradecore.domain.parties import Account, Bot, Halt, User, automation_of
from tradecore.domain.records import Holding
from tradecore.domain.sessions import Hours
from tradecore.domain.signals import SizeUnit
from tradecore.domain.sizing import PercentOfEquity, RiskPercent
from tradecore.domain.values import evolve
from tradecore.domain.venues import AccountState, Quote, VenueRules
from tradecore.ports.calendar import Calendar
from tradecore.ports.directory import Directory
from tradecore.ports.ledger import Ledger, Standing
from tradecore.ports.system import Clock, Mint
from tradecore.ports.venues import Venues

# How old what the broker said of an account may be; a fill changes it, a tick does not matter.
STATE_AGE_MAX: Final = timedelta(seconds=5)

_T = TypeVar("_T")


@define
class _Remembered:
    """What the broker last said of each account."""

    states: dict[AccountId, AccountState] = Factory(dict)
    lock: Lock = Factory(Lock)


@frozen(kw_only=True)
class Coming:
    """An entry that another book has sent and that is not over."""

    key: BookKey
    order: Order
    point_value: Decimal


@frozen(kw_only=True)
class Gatherer:
    """Collects the facts that a decision may know."""

    directory: Directory
    ledger: Ledger
    standing: Standing
    venues: Venues
    calendar: Calendar
    clock: Clock
    mint: Mint
    _remembered: _Remembered = field(factory=_Remembered, init=False, repr=False)

    def facts_for(self, book: Book, event: Event) -> Facts:
        """Return what is known now about *book*, for judging *event*.

        Raises `UnreachableError` where our own ledger cannot be had. What a venue or the calendar cannot tell is
        left out, and named in `Facts.unknown`.
        """
        unknown: list[str] = []
        now = self.clock.now()
        directory = self.directory.view()
        account = directory.account(book.key.account_id)
        if account is None:
            return Facts(now=now, new_id=self.mint.new(), order=self._order(book, event))
        bots = _bots(directory, book, event, account)
        instrument = directory.instrument(account.venue, book.key.symbol)
        user = directory.user(account.user_id)
        facts = Facts(
            now=now,
            new_id=self.mint.new(),
            rules=_try(lambda: self.venues.broker(account).rules, "rules", unknown) or VenueRules(),
            account=account,
            user=user,
            bots=bots,
            halts=_halts(directory, account),
            instrument=instrument or book.instrument,
            quote=_try(lambda: self._quote(account, book.key.symbol), "price", unknown),
            order=self._order(book, event),
        )
        hours = self._hours(facts.instrument, now, unknown)
        return self._standing(evolve(facts, hours=hours), book, event, unknown)

    def _order(self, book: Book, event: Event) -> Order | None:
        """Return the order that the event speaks of, where the book has let it go: a late fill must find its share."""
        if not isinstance(event, OrderReported) or event.report.order_id is None:
            return None
        order_id = event.report.order_id
        return None if book.order(order_id) is not None else self.ledger.order(order_id)

    def _hours(self, instrument: Instrument | None, now: datetime, unknown: list[str]) -> Hours | None:
        if instrument is None:
            return None
        return _try(lambda: self.calendar.hours(instrument.market, now), "market hours", unknown)

    def _standing(self, facts: Facts, book: Book, event: Event, unknown: list[str]) -> Facts:
        """Add how the account stands, as far as any limit or size asks for it."""
        account, user = facts.account, facts.user
        assert account is not None
        limits = account.limits
        if _equity_counts(facts, book, event):
            facts = evolve(facts, state=self._state(account, facts, unknown))
        if limits.drawdown is not None and facts.hours is not None:
            high = self.standing.equity_high(account.id, limits.drawdown.form, facts.hours.day)
            facts = evolve(facts, equity_high=high)
        if limits.orders_per_minute is not None:
            since = facts.now - timedelta(minutes=1)
            facts = evolve(facts, orders_last_minute=self.standing.orders_since(account.id, since))
        if limits.positions_max is not None:
            held = {(holding.key, holding.share.bot_id) for holding in self.standing.holdings([account.id])}
            coming = {(entry.key, entry.order.bot_id) for entry in self._coming(account, book)}
            facts = evolve(facts, positions_open=len(held | coming))
        if facts.hours is None:
            return evolve(facts, unknown=tuple(unknown))
        began = facts.hours.day_began
        if limits.losing_streak:
            since = max(began, account.streak_from or began)
            facts = evolve(facts, losses_in_a_row=self.standing.losses_in_a_row(account.id, since))
        if limits.daily_loss or limits.daily_profit or any(bot.limits.daily_loss for bot in facts.bots.values()):
            facts = self._account_days(facts, account, began, book)
        if user is not None and user.limits.daily_loss:
            facts = evolve(facts, user_day=self._user_day(user, began, book))
        return evolve(facts, unknown=tuple(unknown))

    def _state(self, account: Account, facts: Facts, unknown: list[str]) -> AccountState | None:
        """Return what the broker says of the account; asked again only when the last answer is too old."""
        with self._remembered.lock:
            known = self._remembered.states.get(account.id)
        if known is not None and abs(facts.now - known.at) < STATE_AGE_MAX:
            return known
        state = _try(lambda: self.venues.broker(account).account(), "account", unknown)
        if state is None:
            return None
        with self._remembered.lock:
            self._remembered.states[account.id] = state
        if facts.hours is not None:
            self.standing.mark_equity(account.id, facts.hours.day, state.equity)
        return state

    def _coming(self, account: Account, book: Book) -> tuple[Coming, ...]:
        """Return the entries that other books of the account have sent and that are not over: about to open."""
        others = (self.ledger.book(key) for key in self.ledger.open_books(account.id) if key != book.key)
        return tuple(
            Coming(key=other.key, order=order, point_value=other.point_value)
            for other in others
            for order in other.orders
            if order.ticket.purpose is Purpose.ENTRY
        )

    def _account_days(self, facts: Facts, account: Account, began: datetime, book: Book) -> Facts:
        results = self.standing.results_of_bots(account.id, began)
        holdings, coming = self.standing.holdings([account.id]), self._coming(account, book)
        prices = self._prices(account, {holding.key for holding in holdings} | {entry.key for entry in coming})
        bots = {holding.share.bot_id for holding in holdings} | {entry.order.bot_id for entry in coming} | set(results)
        days = {}
        for bot_id in bots - {None}:
            assert bot_id is not None
            held = tuple(holding for holding in holdings if holding.share.bot_id == bot_id)
            entries = tuple(entry for entry in coming if entry.order.bot_id == bot_id)
            days[bot_id] = day_of(results.get(bot_id, ZERO), held, prices, entries)
        total = day_of(sum(results.values(), ZERO), holdings, prices, coming)
        return evolve(facts, days=days, account_day=total)

    def _user_day(self, user: User, began: datetime, book: Book) -> Day:
        accounts = self.directory.accounts(user.id)
        holdings = self.standing.holdings([account.id for account in accounts])
        coming: tuple[Coming, ...] = ()
        prices: dict[BookKey, Decimal] = {}
        for account in accounts:
            own = {holding.key for holding in holdings if holding.key.account_id == account.id}
            entries = self._coming(account, book)
            prices |= self._prices(account, own | {entry.key for entry in entries})
            coming += entries
        return day_of(self.standing.results_of_user(user.id, began), holdings, prices, coming)

    def _quote(self, account: Account, symbol: Symbol) -> Quote | None:
        return self.venues.market_data(account).quote(symbol)

    def _prices(self, account: Account, keys: Iterable[BookKey]) -> dict[BookKey, Decimal]:
        """Return the last price of each book's instrument; one that cannot be had is left out."""
        prices: dict[BookKey, Decimal] = {}
        for key in keys:
            quote = _try(partial(self._quote, account, key.symbol), "price", [])
            if quote is not None:
                prices[key] = quote.last
        return prices


def day_of(
    realised: Decimal,
    holdings: tuple[Holding, ...],
    prices: Mapping[BookKey, Decimal],
    coming: tuple[Coming, ...] = (),
) -> Day:
    """Return the day's standing of what is held and what is about to be, at *prices*; all amounts in money."""
    unrealised = at_risk = ZERO
    for holding in holdings:
        price, instrument = prices.get(holding.key), holding.instrument
        if price is not None and instrument is not None:
            unrealised += holding.share.unrealised(price, instrument.point_value)
            at_risk += holding.share.at_risk(price, instrument.point_value)
    for entry in coming:
        price = prices.get(entry.key)
        stop = entry.order.guard.stop_price if entry.order.guard is not None else None
        if price is not None and stop is not None:
            at_risk += abs(price - stop) * entry.order.left * entry.point_value
    known = all(holding.key in prices for holding in holdings)
    return Day(realised=realised, unrealised=unrealised, at_risk=at_risk, known=known)


def _equity_counts(facts: Facts, book: Book, event: Event) -> bool:
    """Tell whether any limit or size needs what the account is worth."""
    assert facts.account is not None
    wishes = (*book.waiting, *((book.plan.wish,) if book.plan else ()))
    alerts = [wish.alert for wish in wishes] + [event.alert if isinstance(event, AlertArrived) else None]
    by_alert = any(
        alert is not None and alert.size is not None and alert.size.unit is SizeUnit.PERCENT_OF_EQUITY
        for alert in alerts
    )
    by_bot = any(isinstance(bot.sizing, PercentOfEquity | RiskPercent) for bot in facts.bots.values())
    return facts.account.limits.drawdown is not None or by_alert or by_bot


def _bots(directory: Directory, book: Book, event: Event, account: Account) -> dict[BotId, Bot]:
    """Return every bot that the book or the event speaks of, and that still is configured."""
    wishes = (*book.waiting, *((book.plan.wish,) if book.plan else ()))
    ids = {share.bot_id for share in book.shares} | {wish.bot_id for wish in wishes}
    if isinstance(event, AlertArrived | CloseAsked):
        ids.add(event.bot_id)
    found = {}
    for bot_id in ids - {None}:
        assert bot_id is not None
        bot = automation_of(account, bot_id) or directory.bot(bot_id)
        if bot is not None:
            found[bot_id] = bot
    return found


def _halts(directory: Directory, account: Account) -> tuple[Halt, ...]:
    """Return the halts that cover the account, or a part of it."""
    return tuple(
        halt
        for halt in directory.halts()
        if halt.account_id in {None, account.id} and halt.user_id in {None, account.user_id}
    )


def _try(ask: Callable[[], _T], what: str, unknown: list[str]) -> _T | None:
    """Ask the outside; what it cannot tell is named in *unknown*."""
    try:
        return ask()
    except WorldError as error:
        unknown.append(f"{what}: {error}")
        return None
