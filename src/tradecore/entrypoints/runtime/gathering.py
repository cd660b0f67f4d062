"""Look at the world once for each decision: every fact with its own age, and what cannot be had is left out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Lock
from typing import Final, TypeVar

from attrs import Factory, define, field, frozen

from tradecore.domain.book import Book, BookKey
from tradecore.domain.entering import may_enter
from tradecore.domain.errors import WorldError
from tradecore.domain.events import AlertArrived, CloseAsked, DriftAdopted, Event, OrderReported
from tradecore.domain.facts import Facts, unasked
from tradecore.domain.ids import AccountId, BotId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.limits import Day
from tradecore.domain.money import ZERO
from tradecore.domain.orders import Order
from tradecore.domain.parties import Account, Bot, Halt, automation_of
from tradecore.domain.records import Holding
from tradecore.domain.sessions import Hours, by_the_venue
from tradecore.domain.signals import SizeUnit
from tradecore.domain.sizing import PercentOfEquity, RiskPercent
from tradecore.domain.values import evolve
from tradecore.domain.venues import AccountState, Quote, VenueRules
from tradecore.entrypoints.runtime.exposure import Coming, Exposure
from tradecore.ports.calendar import Calendar
from tradecore.ports.directory import Directory
from tradecore.ports.ledger import Ledger, Standing
from tradecore.ports.system import Clock, Mint
from tradecore.ports.venues import Venues

# How old what the broker said of an account may be; a fill changes it, a tick does not matter.
STATE_AGE_MAX: Final = timedelta(seconds=5)
_MINUTE: Final = timedelta(minutes=1)

_T = TypeVar("_T")


@define
class _Remembered:
    """What the broker last said of each account."""

    states: dict[AccountId, AccountState] = Factory(dict)
    lock: Lock = Factory(Lock)


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
        return self.with_standing(self.look(book, event), book, event)

    def look(self, book: Book, event: Event) -> Facts:
        """Return the same without how the account stands: it asks the world, which may take long."""
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
        entering = may_enter(book, event)
        facts = evolve(facts, hours=self._hours(account, facts.instrument, now, unknown, ask_venue=entering))
        # Whoever trails the equity must see it often, and not only before an entry.
        if account.limits.drawdown is not None or (entering and _equity_counts(facts, book, event)):
            facts = evolve(facts, state=self._state(account, facts, unknown))
        return evolve(facts, unknown=tuple(unknown))

    def with_standing(self, facts: Facts, book: Book, event: Event) -> Facts:
        """Return *facts* with how the account stands, as far as judging *event* can come to an entry.

        It asks our own ledger alone. Until the judgement is recorded, no other of the account's may be.
        """
        if facts.account is None:
            return facts
        return self._standing(facts, book) if may_enter(book, event) else unasked(facts)

    def _order(self, book: Book, event: Event) -> Order | None:
        """Return the order that the event speaks of, where the book has let it go: a late fill must find its share."""
        if not isinstance(event, OrderReported) or event.report.order_id is None:
            return None
        order_id = event.report.order_id
        return None if book.order(order_id) is not None else self.ledger.order(order_id)

    def _hours(
        self, account: Account, instrument: Instrument | None, now: datetime, unknown: list[str], *, ask_venue: bool
    ) -> Hours | None:
        if instrument is None:
            return None
        hours = _try(lambda: self.calendar.hours(instrument.market, now), "market hours", unknown)
        clock = _try(self.venues.broker(account).clock, "the venue's clock", unknown) if ask_venue else None
        return hours if hours is None or clock is None else by_the_venue(hours, clock, instrument.market, now)

    def _standing(self, facts: Facts, book: Book) -> Facts:
        """Add how the account stands, as far as any limit asks for it."""
        account, hours = facts.account, facts.hours
        assert account is not None
        limits = account.limits
        if limits.drawdown is not None and hours is not None:
            high = self.standing.equity_high(account.id, limits.drawdown.form, hours.day)
            facts = evolve(facts, equity_high=high)
        if limits.orders_per_minute is not None:
            # Those of the future were made before the clock was set back.
            since, to_come = (facts.now + step for step in (-_MINUTE, _MINUTE))
            count = self.standing.orders_since(account.id, since) - self.standing.orders_since(account.id, to_come)
            facts = evolve(facts, orders_last_minute=count)
        if limits.losing_streak and hours is not None:
            since = max(hours.day_began, account.streak_from or hours.day_began)
            facts = evolve(facts, losses_in_a_row=self.standing.losses_in_a_row(account.id, since))
        if limits.positions_max is not None or _days_count(facts):
            facts = self._days(facts, book)
        return facts

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

    def _days(self, facts: Facts, book: Book) -> Facts:
        """Add what is open, and what the day has brought: for the account, its bots and, where it counts, its user."""
        account, user = facts.account, facts.user
        assert account is not None
        accounts = {account.id: account}
        if user is not None and user.limits.daily_loss:
            accounts |= {one.id: one for one in self.directory.view().accounts(user.id)}
        exposures = self._exposures(accounts, book)
        mine = exposures[account.id]
        facts = evolve(facts, positions_open=mine.positions)
        if facts.hours is None or not _days_count(facts):
            return facts
        began = facts.hours.day_began
        results = {account_id: self.standing.results_of_bots(account_id, began) for account_id in accounts}
        days = {
            account_id: exposures[account_id].day(sum(won.values(), ZERO)) for account_id, won in results.items()
        }  # fmt: skip
        won = results[account.id]
        return evolve(
            facts,
            days={bot_id: mine.of_bot(bot_id).day(won.get(bot_id, ZERO)) for bot_id in facts.bots},
            account_day=days[account.id],
            user_day=sum(days.values(), Day()),
        )

    def _exposures(self, accounts: Mapping[AccountId, Account], book: Book) -> dict[AccountId, Exposure]:
        """Return what each account has open, and what its other books are about to open."""
        holdings: defaultdict[AccountId, list[Holding]] = defaultdict(list)
        for holding in self.standing.holdings(accounts):
            holdings[holding.key.account_id].append(holding)
        coming: defaultdict[AccountId, list[Coming]] = defaultdict(list)
        for other in self.ledger.books_entering(accounts):
            if other.key != book.key:
                coming[other.key.account_id] += (
                    Coming(key=other.key, order=order, point_value=other.point_value) for order in other.entries
                )
        exposures = {}
        for account in accounts.values():
            held, entries = tuple(holdings[account.id]), tuple(coming[account.id])
            prices = self._prices(account, {one.key for one in held} | {one.key for one in entries})
            exposures[account.id] = Exposure(holdings=held, coming=entries, prices=prices)
        return exposures

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


def _days_count(facts: Facts) -> bool:
    """Tell whether any limit needs what the day has brought."""
    assert facts.account is not None
    limits, user = facts.account.limits, facts.user
    by_user = user is not None and user.limits.daily_loss
    return bool(limits.daily_loss or limits.daily_profit or by_user) or any(
        bot.limits.daily_loss for bot in facts.bots.values()
    )


def _equity_counts(facts: Facts, book: Book, event: Event) -> bool:
    """Tell whether any size needs what the account is worth."""
    wishes = (*book.waiting, *((book.plan.wish,) if book.plan else ()))
    alerts = [wish.alert for wish in wishes] + [event.alert if isinstance(event, AlertArrived) else None]
    by_alert = any(
        alert is not None and alert.size is not None and alert.size.unit is SizeUnit.PERCENT_OF_EQUITY
        for alert in alerts
    )
    by_bot = any(isinstance(bot.sizing, PercentOfEquity | RiskPercent) for bot in facts.bots.values())
    return by_alert or by_bot


def _bots(directory: Directory, book: Book, event: Event, account: Account) -> dict[BotId, Bot]:
    """Return every bot that the book or the event speaks of, and that still is configured."""
    wishes = (*book.waiting, *((book.plan.wish,) if book.plan else ()))
    ids = {share.bot_id for share in book.shares} | {wish.bot_id for wish in wishes}
    if isinstance(event, AlertArrived | CloseAsked | DriftAdopted):
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
