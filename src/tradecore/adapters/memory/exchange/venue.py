"""Run an exchange for many accounts.

One lock is around everything, the disk hears of every turn before the caller does, and followers are told after the
lock is released. Prices only move when somebody moves them, so the same calls always give the same fills.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import final

from attrs import evolve

from tradecore.adapters.memory.exchange.accounts import Account, AccountTerms
from tradecore.adapters.memory.exchange.brackets import Offsets
from tradecore.adapters.memory.exchange.faults import Faults
from tradecore.adapters.memory.exchange.feed import Feed, Follower
from tradecore.adapters.memory.exchange.hours import OpeningHours
from tradecore.adapters.memory.exchange.journal import Journal
from tradecore.adapters.memory.exchange.placing import Amendment, Desk
from tradecore.adapters.memory.exchange.prices import levels_of, next_stop, turns
from tradecore.adapters.memory.exchange.reading import Readable
from tradecore.adapters.memory.exchange.records import Record, merged
from tradecore.adapters.memory.exchange.rows import Row
from tradecore.domain.errors import ProgrammingError
from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId, Symbol
from tradecore.domain.instruments import Instrument, Market
from tradecore.domain.orders import Bracket, News, OrderType, Side, Ticket
from tradecore.domain.venues import Quote
from tradecore.ports.calendar import Calendar
from tradecore.ports.system import Clock


@final
class Exchange(Readable):
    """The exchange; every method may be called from any thread.

    Without a calendar every market is open until it is closed by hand. With a journal that was written before, all
    is as it was: accounts, positions, orders with their ids, brackets and the prices of the last fills.
    """

    def __init__(self, clock: Clock, calendar: Calendar | None = None, journal: Journal | None = None) -> None:
        super().__init__(clock)
        self.duplicates = 0  # submissions whose id was taken, and that therefore placed nothing
        self._hours = OpeningHours(clock, calendar)
        self._desk = Desk(self._floor)
        self._feed = Feed()
        self._faults: dict[AccountId, Faults] = {}
        self._journal = journal
        if journal is not None:
            record = merged(journal.read())
            self._restore(record)
            journal.replace(record)

    # ---------------------------------------------------------------- setting up

    def list(self, *instruments: Instrument) -> None:
        """Let *instruments* be traded; one with a symbol that is listed already takes its place."""
        with self._turn():
            for instrument in instruments:
                if self._floor.instruments.get(instrument.symbol) != instrument:
                    self._floor.instruments[instrument.symbol] = instrument
                    self._floor.dirty_instruments[instrument.symbol] = None

    def open_account(self, account_id: AccountId, terms: AccountTerms) -> None:
        """Open an account; one that exists keeps its money and orders, and takes the new terms."""
        with self._turn():
            account = self._floor.accounts.get(account_id)
            if account is None:
                self._floor.accounts[account_id] = Account(id=account_id, terms=terms, cash=terms.cash)
                self._add_faults(account_id)
            else:
                account.terms = terms
            self._floor.dirty_accounts[account_id] = None

    def block(self, account_id: AccountId, reason: str) -> None:
        """Refuse every new order of an account for *reason*; "" lifts it."""
        with self._turn():
            self._account(account_id).blocked = reason
            self._floor.dirty_accounts[account_id] = None

    def faults(self, account_id: AccountId) -> Faults:
        """Return the switches that make the account's venue fail."""
        with self._lock:
            self._account(account_id)
            return self._faults[account_id]

    def follow(self, account_id: AccountId, follower: Follower) -> Callable[[], None]:
        """Tell *follower* of every change to the account's orders; call the result to stop."""
        with self._lock:
            self._account(account_id)
        return self._feed.follow(account_id, follower)

    # ---------------------------------------------------------------- moving the market

    def price(self, symbol: Symbol, last: Decimal, bid: Decimal | None = None, ask: Decimal | None = None) -> None:
        """Make one tick, and let the working orders trade at it."""
        with self._turn():
            self._tick(symbol, last, bid, ask)

    def bar(self, symbol: Symbol, open_: Decimal, high: Decimal, low: Decimal, close: Decimal) -> None:
        """Move the price through a bar; an order inside it trades at its own price."""
        with self._turn():
            self._tick(symbol, open_)
            here = open_
            for turn in turns(open_, high, low, close):
                while here != turn:
                    # Found anew after each step: a fill may have woken legs that the bar has yet to reach.
                    here = next_stop(here, turn, levels_of(self._floor.live_rows(symbol=symbol)))
                    self._tick(symbol, here)

    def liquidity(self, symbol: Symbol, quantity_per_tick: Decimal | None) -> None:
        """Let no more than *quantity_per_tick* trade at each tick; None lets everything trade."""
        with self._turn():
            self._floor.liquidity.limit(symbol, quantity_per_tick)

    def fill_in_parts(self, symbol: Symbol, parts: Iterable[Decimal]) -> None:
        """Let the next ticks at which something can trade trade no more than each of *parts*; zero is nothing."""
        with self._turn():
            self._floor.liquidity.script(symbol, parts)

    def close_market(self, market: Market) -> None:
        """Close *market*, whatever the calendar says."""
        with self._turn():
            self._hours.force(market, is_open=False)

    def open_market(self, market: Market) -> None:
        """Open *market*, whatever the calendar says; what has waited trades now."""
        with self._turn():
            self._hours.force(market, is_open=True)
            waiting = self._floor.live_rows()
            self._floor.match(row for row in waiting if self._floor.instruments[row.symbol].market is market)

    def follow_calendar(self, market: Market) -> None:
        """Give *market* back to the calendar."""
        with self._turn():
            self._hours.force(market, is_open=None)

    def is_open(self, market: Market) -> bool:
        """Tell whether *market* trades now."""
        with self._lock:
            return self._hours.are_open(market)

    # ---------------------------------------------------------------- trading

    def submit(self, account_id: AccountId, ticket: Ticket, offsets: Offsets | None = None) -> Row:
        """Place *ticket*, or return what became of the first order with its id: an id is used once, for ever.

        *offsets* is a bracket in distances from the fill, in the place of the ticket's own.
        """
        with self._turn():
            self._account(account_id)
            if (known := self._floor.ids.get((account_id, ticket.id))) is not None:
                self.duplicates += 1
                return self._floor.rows[known]
            is_open = self._is_open(ticket.symbol)
            return self._desk.place(account_id, ticket, offsets or ticket.bracket, is_open=is_open, by_hand=False)

    def place_by_hand(  # noqa: PLR0913  As many as an order form has fields.
        self,
        account_id: AccountId,
        symbol: Symbol,
        side: Side,
        quantity: Decimal,
        type_: OrderType = OrderType.MARKET,
        *,
        limit_price: Decimal | None = None,
        stop_price: Decimal | None = None,
        bracket: Bracket | Offsets | None = None,
    ) -> Row:
        """Place an order that has no id of ours, as a person does."""
        ticket = Ticket(
            id=OrderId("by-hand"),
            symbol=symbol,
            side=side,
            quantity=quantity,
            type=type_,
            limit_price=limit_price,
            stop_price=stop_price,
        )
        with self._turn():
            self._account(account_id)
            is_open = self._is_open(symbol)
            return self._desk.place(account_id, ticket, bracket, is_open=is_open, by_hand=True)

    def cancel(self, account_id: AccountId, broker_order_id: BrokerOrderId) -> Row | None:
        """Ask for the end of an order; return where it stands, or None where the account has none such."""
        with self._turn():
            row = self._row(account_id, broker_order_id)
            if row is None or not row.is_live or row.news is News.CANCEL_PENDING:
                return row
            if not row.is_asleep and self._faults[account_id].takes_race():
                self._floor.put(evolve(row, news=News.CANCEL_PENDING, changed_at=self._clock.now()))
            else:
                self._floor.cancel(row)
            return self._floor.rows[row.id]

    def finish_cancels(self, symbol: Symbol) -> None:
        """End the orders in *symbol* whose cancel is pending, without a tick."""
        with self._turn():
            self._floor.finish_cancels(symbol)

    def expire(self, account_id: AccountId, broker_order_id: BrokerOrderId) -> Row | None:
        """End a live order because its time is over; return it, or None where the account has none such."""
        with self._turn():
            row = self._row(account_id, broker_order_id)
            if row is None or not row.is_live:
                return row
            self._floor.end(row, News.EXPIRED)
            return self._floor.rows[row.id]

    def amend(self, account_id: AccountId, broker_order_id: BrokerOrderId, amendment: Amendment) -> str:
        """Change a live order in place; return "" or why it was not changed."""
        with self._turn():
            row = self._row(account_id, broker_order_id)
            if row is None or not row.is_live:
                return "the order is unknown or over"
            return self._desk.amend(row, amendment, is_open=self._is_open(row.symbol))

    def reject_next(self, reason: str, account_id: AccountId | None = None) -> None:
        """Refuse the next order, of *account_id* where one is named, for *reason*."""
        with self._turn():
            self._desk.reject_next(reason, account_id)

    # ---------------------------------------------------------------- within a turn

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            finally:
                # Even where the caller was wrong half-way: what was done was done.
                self._write_down()
        self._feed.tell()

    def _write_down(self) -> None:
        if self._journal is not None and not (record := self._floor.record()).is_empty:
            self._journal.write(record)
        self._floor.forget()
        for change in self._floor.take_changes():
            self._feed.publish(change, self._faults[change.row.account_id])

    def _restore(self, record: Record) -> None:
        self._floor.restore(record)
        for account_id in self._floor.accounts:
            self._add_faults(account_id)

    def _add_faults(self, account_id: AccountId) -> None:
        faults = Faults()

        def send() -> None:
            self._feed.release(account_id, faults)
            self._feed.tell()

        def send_gap() -> None:
            self._feed.publish_gap(account_id)
            self._feed.tell()

        faults.send, faults.send_gap = send, send_gap
        self._faults[account_id] = faults

    def _is_open(self, symbol: Symbol) -> bool:
        instrument = self._floor.instruments.get(symbol)
        return instrument is not None and self._hours.are_open(instrument.market)

    def _tick(self, symbol: Symbol, last: Decimal, bid: Decimal | None = None, ask: Decimal | None = None) -> None:
        instrument = self._floor.instruments.get(symbol)
        if instrument is None:
            message = f"{symbol} is not listed, so it has no price"
            raise ProgrammingError(message)
        instrument.check_price(last)
        is_open = self._hours.are_open(instrument.market)
        self._floor.tick(Quote(symbol=symbol, last=last, at=self._clock.now(), bid=bid, ask=ask), is_open=is_open)
