"""Look at the world once for each decision: every fact with its own age, and what cannot be had is left out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Lock
from typing import Final, TypeVar

from attrs import Factory, define, field, frozen

from tradecore.domain.book import Book, BookKey
from tradecore.domain.entering import may_enter
from tradecore.domain.errors import ShutError, WorldError
from tradecore.domain.events import AlertArrived, CloseAsked, DriftAdopted, Event, OrderReported, ReduceAsked, StopAsked
from tradecore.domain.facts import Facts, unasked
from tradecore.domain.ids import AccountId, BotId, Symbol
from tradecore.domain.instruments import Instrument, is_dated, name_of
from tradecore.domain.orders import Order
from tradecore.domain.parties import Account, Bot, Halt, automation_of
from tradecore.domain.sessions import Hours, VenueClock, by_the_venue
from tradecore.domain.signals import Signal, SizeUnit
from tradecore.domain.sizing import PercentOfEquity, RiskPercent
from tradecore.domain.values import evolve
from tradecore.domain.venues import STRICTEST, AccountState, Position, Quote
from tradecore.entrypoints.runtime.standings import Standings
from tradecore.ports.calendar import Calendar
from tradecore.ports.directory import Directory
from tradecore.ports.ledger import Ledger, Standing
from tradecore.ports.system import Clock, Mint
from tradecore.ports.venues import Venues

# How old what the broker said of an account may be, where its worth counts; a fill changes it, a tick does not matter.
STATE_AGE_MAX: Final = timedelta(seconds=5)
# And where only counts whether it may trade at all: a question for each entry would cost it milliseconds, and at Alpaca
# a part of the minute's requests. A broker that has blocked it meanwhile refuses the order itself.
_MAY_TRADE_AGE_MAX: Final = timedelta(minutes=1)
_MINUTE: Final = timedelta(minutes=1)

_T = TypeVar("_T")


@define
class _Remembered:
    """What the broker last said of each account, and whether its worth counted and was marked."""

    states: dict[AccountId, tuple[AccountState, bool]] = Factory(dict)
    lock: Lock = Factory(Lock)


@define
class _Missing:
    """What could not be had, with each reason; and why the account cannot be traded at all, where one of them says."""

    told: list[str] = Factory(list)
    shut: str = ""


@frozen(kw_only=True)
class Seen:
    """What the world said for one judgement: the facts, the venue's clock, and the last prices of what else is open.

    `held` is what the broker says the account holds, where a limit asks; None where nobody was asked, or nobody knows.
    """

    facts: Facts
    clock: VenueClock | None = None
    held: tuple[Position, ...] | None = None
    prices: Mapping[BookKey, Decimal] = Factory(dict)


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

    @property
    def _standings(self) -> Standings:
        return Standings(directory=self.directory, ledger=self.ledger, standing=self.standing)

    def facts_for(self, book: Book, event: Event) -> Facts:
        """Return what is known now about *book*, for judging *event*.

        Raises `UnreachableError` where our own ledger cannot be had. What a venue or the calendar cannot tell is
        left out, and named in `Facts.unknown`.
        """
        return self.with_standing(self.look(book, event), book, event)

    def look(self, book: Book, event: Event) -> Seen:
        """Return what the world says, without how the account stands: it asks venues, which may take long."""
        unknown = _Missing()
        now = self.clock.now()
        directory = self.directory.view()
        account = directory.account(book.key.account_id)
        if account is None:
            return Seen(facts=Facts(now=now, new_id=self.mint.new(), order=self._order(book, event)))
        bots = _bots(directory, book, event, account)
        # Asked first: whoever opens the first account of a venue lists what is traded there.
        rules = _try(lambda: self.venues.broker(account).rules, "rules", unknown) or STRICTEST
        listed = directory.instrument(account.venue, book.key.symbol)
        if listed is None:
            directory = self.directory.view()
        instrument, active_month = _month(directory, account, book)
        entering = may_enter(book, event)
        facts = Facts(
            now=now,
            new_id=self.mint.new(),
            rules=rules,
            account=account,
            user=directory.user(account.user_id),
            bots=bots,
            halts=_halts(directory, account),
            instrument=instrument,
            active_month=active_month,
            quote=_try(lambda: self._quote(account, book.key.symbol), "price", unknown)
            if entering or _price_counts(book, event) else None,
            order=self._order(book, event),
            heard_since=self.venues.heard_since(account),
        )  # fmt: skip
        clock = _try(lambda: self.venues.broker(account).clock(), "venue's clock", unknown) if entering else None
        facts = evolve(facts, hours=self._hours(facts.instrument, now, clock, unknown))
        # Whoever trails the equity must see it often, and not only before an entry.
        worth_counts = account.limits.follow_equity or (entering and _equity_counts(facts, book, event))
        if worth_counts or entering:
            facts = evolve(facts, state=self._state(account, facts, unknown, worth_counts=worth_counts))
        prices = self._prices_of_others(facts, book) if entering else {}
        counts = entering and account.limits.contracts is not None
        held = _try(lambda: self.venues.broker(account).positions(), "positions", unknown) if counts else None
        facts = evolve(facts, unknown=tuple(unknown.told), shut=unknown.shut)
        return Seen(facts=facts, clock=clock, held=held, prices=prices)

    def hours(self, book: Book) -> Hours | None:
        """Return what the venue's clock and the calendar say of the book's market, and nothing else."""
        account = self.directory.view().account(book.key.account_id)
        if account is None:
            return None
        clock = _try(lambda: self.venues.broker(account).clock(), "venue's clock", _Missing())
        return self._hours(book.instrument, self.clock.now(), clock, _Missing())

    def with_standing(self, seen: Seen, book: Book, event: Event) -> Facts:
        """Return the facts with how the account stands, as far as judging *event* can come to an entry.

        It asks our own store alone. Until the judgement is recorded, no other of the account's may be. Whoever had
        to wait for that judges by the time, the switches and the limits of now, and by prices as old as they are.
        """
        facts = seen.facts
        if facts.account is None:
            return facts
        if not may_enter(book, event):
            return unasked(facts)
        now, directory = self.clock.now(), self.directory.view()
        account = directory.account(facts.account.id) or facts.account
        anew = evolve(
            facts,
            now=now,
            account=account,
            user=directory.user(account.user_id),
            bots=_bots(directory, book, event, account),
            halts=_halts(directory, account),
            hours=self._hours(facts.instrument, now, seen.clock, _Missing()),
        )
        return self._standings.add(anew, book, seen.prices, seen.held)

    def _order(self, book: Book, event: Event) -> Order | None:
        """Return the order that the event speaks of, where the book has let it go: a late fill must find its share."""
        if not isinstance(event, OrderReported) or event.report.order_id is None:
            return None
        order_id = event.report.order_id
        return None if book.order(order_id) is not None else self.ledger.order(order_id)

    def _hours(
        self, instrument: Instrument | None, now: datetime, clock: VenueClock | None, unknown: _Missing
    ) -> Hours | None:
        if instrument is None:
            return None
        hours = _try(lambda: self.calendar.hours(instrument.market, now), "market hours", unknown)
        return hours if hours is None or clock is None else by_the_venue(hours, clock, instrument.market, now)

    def _state(self, account: Account, facts: Facts, unknown: _Missing, *, worth_counts: bool) -> AccountState | None:
        """Return what the broker says of the account; asked again only when the last answer is too old.

        That it may not trade counts for seconds only: whoever has mended that does not wait for a minute.
        """
        with self._remembered.lock:
            known, marked = self._remembered.states.get(account.id, (None, False))
        if known is not None and (marked or not worth_counts):
            age_max = STATE_AGE_MAX if worth_counts or known.blocked else _MAY_TRADE_AGE_MAX
            if abs(facts.now - known.at) < age_max:
                return known
        state = _try(lambda: self.venues.broker(account).account(), "account", unknown)
        if state is None:
            return None
        with self._remembered.lock:
            self._remembered.states[account.id] = state, worth_counts
        if worth_counts and facts.hours is not None:
            self.standing.mark_equity(account.id, facts.hours.day, state.equity)
        return state

    def _quote(self, account: Account, symbol: Symbol) -> Quote | None:
        return self.venues.market_data(account).quote(symbol)

    def _prices_of_others(self, facts: Facts, book: Book) -> dict[BookKey, Decimal]:
        """Return the last price of all that is open or about to be, where a limit asks; what cannot be had is left out.

        What is opened meanwhile has none: it counts as it was bought.
        """
        prices: dict[BookKey, Decimal] = {}
        for account, key in self._standings.open_besides(facts, book):
            quote = _try(partial(self._quote, account, key.symbol), "price", _Missing())
            if quote is not None:
                prices[key] = quote.last
        return prices


def _price_counts(book: Book, event: Event) -> bool:
    """Tell whether judging *event* may ask for a price, though it comes to no entry; a price is a request.

    A stop that is placed anew, FLAT, and what people hold or somebody has closed by hand ask for one. What an order or
    a CLOSE comes to beside these is booked at what it filled at.
    """
    closes = isinstance(event, AlertArrived) and event.alert.signal is Signal.CLOSE
    if not (closes or isinstance(event, OrderReported)):
        return True
    if book.waiting or book.drift or book.external or book.suspicion is not None:
        return True
    if book.plan is not None and book.plan.wish.signal is Signal.FLAT:
        return True
    guards = [order.guard.stop_price for order in book.orders if order.guard is not None]
    return any(stop is not None for stop in (*guards, *(share.stop_price for share in book.shares)))


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
    if isinstance(event, AlertArrived | CloseAsked | ReduceAsked | StopAsked | DriftAdopted):
        ids.add(event.bot_id)
    found = {}
    for bot_id in ids - {None}:
        assert bot_id is not None
        bot = automation_of(account, bot_id) or directory.bot(bot_id)
        if bot is not None:
            found[bot_id] = bot
    return found


def _month(directory: Directory, account: Account, book: Book) -> tuple[Instrument | None, Symbol | None]:
    """Return the book's instrument, and the active month of its root where it is not that one itself.

    A month that the venue no longer lists stays what it was, but for being the active one: it can still be closed.
    """
    symbol = book.key.symbol
    instrument = directory.instrument(account.venue, symbol)
    if (instrument is not None and instrument.active) or not is_dated(symbol):
        return instrument or book.instrument, None
    active = directory.instrument(account.venue, name_of(symbol).root)
    if instrument is None and book.instrument is not None:
        instrument = evolve(book.instrument, active=book.instrument.active and active is None)
    return instrument, active.symbol if active is not None else None


def _halts(directory: Directory, account: Account) -> tuple[Halt, ...]:
    """Return the halts that cover the account, or a part of it."""
    return tuple(
        halt
        for halt in directory.halts()
        if halt.account_id in {None, account.id} and halt.user_id in {None, account.user_id}
    )


def _try(ask: Callable[[], _T], what: str, unknown: _Missing) -> _T | None:
    """Ask the outside; what it cannot tell is named in *unknown*."""
    try:
        return ask()
    except WorldError as error:
        unknown.told.append(f"{what}: {error}")
        unknown.shut = unknown.shut or (str(error) if isinstance(error, ShutError) else "")
        return None
