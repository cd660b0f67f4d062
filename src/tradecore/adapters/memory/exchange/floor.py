"""Match orders with prices.

The floor has no lock, no disk and no listeners: the `Exchange` around it has them.
"""

from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import Final

from attrs import evolve

from tradecore.adapters.memory.exchange.accounts import EXACT_DIGITS, Account
from tradecore.adapters.memory.exchange.brackets import awake
from tradecore.adapters.memory.exchange.liquidity import Liquidity
from tradecore.adapters.memory.exchange.prices import fill_price, triggers
from tradecore.adapters.memory.exchange.records import Record
from tradecore.adapters.memory.exchange.rows import Change, Execution, Row, shortened
from tradecore.adapters.memory.exchange.rules import (
    Case,
    cost_per_unit,
    exposure_refusal,
    opening,
    price_asked,
)
from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.money import ZERO
from tradecore.domain.orders import News
from tradecore.domain.venues import Quote
from tradecore.ports.system import Clock

_MAY_FILL: Final = frozenset({News.ACCEPTED, News.CANCEL_PENDING})


class Floor:
    """All accounts, prices and orders.

    What the present turn did is in `changes`, in order, to be told; and in the three `dirty`, to be written down.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.liquidity = Liquidity()
        self.accounts: dict[AccountId, Account] = {}
        self.instruments: dict[Symbol, Instrument] = {}
        self.quotes: dict[Symbol, Quote] = {}
        self.rows: dict[BrokerOrderId, Row] = {}
        self.ids: dict[tuple[AccountId, OrderId], BrokerOrderId] = {}
        self.live: dict[Symbol, dict[BrokerOrderId, None]] = {}
        self.changes: list[Change] = []
        self.dirty_rows: dict[BrokerOrderId, None] = {}
        self.dirty_accounts: dict[AccountId, None] = {}
        self.dirty_instruments: dict[Symbol, None] = {}
        self._last_id = 1000

    def new_id(self) -> BrokerOrderId:
        """Return a broker's id that no order has; later ones are greater numbers."""
        self._last_id += 1
        return BrokerOrderId(str(self._last_id))

    def keep(self, row: Row) -> None:
        """Take in *row* as the state of its order, without a word."""
        self.rows[row.id] = row
        self.dirty_rows[row.id] = None
        self._last_id = max(self._last_id, int(row.id))
        if row.order_id is not None:
            self.ids.setdefault((row.account_id, row.order_id), row.id)
        live = self.live.setdefault(row.symbol, {})
        if row.is_live:
            live[row.id] = None
        else:
            live.pop(row.id, None)

    def put(self, row: Row, execution: Execution | None = None) -> None:
        """Take in *row*, and tell of it."""
        self.keep(row)
        account = self.accounts[row.account_id]
        position = account.position(row.symbol)
        self.changes.append(Change(row=row, execution=execution, position=position, cash=account.cash))

    def take_changes(self) -> tuple[Change, ...]:
        """Return what there is to tell, and forget it."""
        changes = tuple(self.changes)
        self.changes.clear()
        return changes

    def record(self) -> Record:
        """Return what there is to write down."""
        rows = tuple(self.rows[row_id] for row_id in self.dirty_rows)
        # The prices go with the orders: without them nothing that is held would be worth anything.
        symbols = dict.fromkeys(row.symbol for row in rows if row.symbol in self.quotes)
        account_ids = dict.fromkeys((*self.dirty_accounts, *(row.account_id for row in rows)))
        return Record(
            accounts=tuple(self.accounts[account_id] for account_id in account_ids),
            instruments=tuple(self.instruments[symbol] for symbol in self.dirty_instruments),
            quotes=tuple(self.quotes[symbol] for symbol in symbols),
            rows=rows,
        )

    def forget(self) -> None:
        """Count everything as written down."""
        self.dirty_rows.clear()
        self.dirty_accounts.clear()
        self.dirty_instruments.clear()

    def restore(self, record: Record) -> None:
        """Be as *record* says."""
        self.accounts.update({account.id: account for account in record.accounts})
        self.instruments.update({instrument.symbol: instrument for instrument in record.instruments})
        self.quotes.update({quote.symbol: quote for quote in record.quotes})
        for row in record.rows:
            self.keep(row)
        self.forget()

    def tick(self, quote: Quote, *, is_open: bool) -> None:
        """Take in a new price, and let what works trade at it where the market is open."""
        self.quotes[quote.symbol] = quote
        self.liquidity.tick(quote.symbol)
        if is_open:
            self.match(self.live_rows(symbol=quote.symbol))
        self.finish_cancels(quote.symbol)

    def finish_cancels(self, symbol: Symbol) -> None:
        """End the orders in *symbol* whose cancel is pending."""
        for row in self.live_rows(symbol=symbol):
            if self.rows[row.id].news is News.CANCEL_PENDING:
                self.cancel(self.rows[row.id])

    def live_rows(self, account_id: AccountId | None = None, symbol: Symbol | None = None) -> tuple[Row, ...]:
        """Return the orders that may still fill, oldest first; those asleep included."""
        symbols: Iterable[Symbol] = tuple(self.live) if symbol is None else (symbol,)
        rows = (self.rows[row_id] for each in symbols for row_id in self.live.get(each, ()))
        return tuple(row for row in rows if account_id in {None, row.account_id})

    def case(self, row: Row, legs: tuple[Row, ...], *, is_open: bool) -> Case:
        """Gather what a new order is judged by."""
        account = self.accounts[row.account_id]
        return Case(
            row=row,
            legs=legs,
            terms=account.terms,
            blocked=account.blocked,
            instrument=self.instruments[row.symbol],
            net=account.holding(row.symbol).quantity,
            working=self.live_rows(row.account_id, row.symbol),
            quote=self.quotes.get(row.symbol),
            is_open=is_open,
            buying_power=self.buying_power(account),
        )

    def equity(self, account: Account) -> Decimal:
        """Return the cash with what the positions add to it at the last prices."""
        with localcontext(prec=EXACT_DIGITS):
            added = (account.worth(self.instruments[symbol], self.quotes[symbol].last) for symbol in account.holdings)
            return shortened(account.cash + sum(added, ZERO))

    def buying_power(self, account: Account) -> Decimal:
        """Return what positions and working entries leave to open with; never negative."""
        terms = account.terms
        used = ZERO
        for symbol, held in account.holdings.items():
            price = self.quotes[symbol].last
            used += abs(held.quantity) * cost_per_unit(terms, self.instruments[symbol], price)
        for row in self.live_rows(account.id):
            if row.parent is None and (quote := self.quotes.get(row.symbol)) is not None:
                opened = opening(account.holding(row.symbol).quantity, row.left * row.side.sign)
                used += opened * cost_per_unit(terms, self.instruments[row.symbol], price_asked(row, quote))
        return shortened(max(ZERO, self.equity(account) * terms.multiplier - used))

    def match(self, rows: Iterable[Row]) -> None:
        """Let each of *rows* trade, in order, as far as the present prices allow."""
        for row in rows:
            self._trigger(row.id)
            self._trade(row.id)

    def end(self, row: Row, news: News, reason: str = "") -> None:
        """End an order, and see to its legs: they protect what it filled, or end with it."""
        row = evolve(row, news=news, reason=reason or row.reason, changed_at=self.clock.now())
        self.put(row)
        if row.filled:
            self._wake_legs(row)
            return
        for leg_id in row.legs:
            if self.rows[leg_id].is_live:
                # As Alpaca has it: a leg was never judged, so it cannot have been rejected.
                self.end(self.rows[leg_id], News.CANCELLED if news is News.REJECTED else news)

    def cancel(self, row: Row) -> None:
        """End an order because somebody asked for it."""
        if row.parent is None or not self.accounts[row.account_id].terms.legs_end_together:
            self.end(row, News.CANCELLED)
            return
        # The legs go first: a parent that ends partly filled would wake them.
        parent = self.rows[row.parent]
        for member_id in (*parent.legs, parent.id):
            if self.rows[member_id].is_live:
                self.end(self.rows[member_id], News.CANCELLED)

    def _trigger(self, row_id: BrokerOrderId) -> None:
        row = self.rows[row_id]
        if row.news in _MAY_FILL and triggers(row, self.quotes[row.symbol]):
            self.keep(evolve(row, triggered=True))

    def _trade(self, row_id: BrokerOrderId) -> None:
        row = self.rows[row_id]
        if row.news not in _MAY_FILL:
            return
        price = fill_price(row, self.quotes[row.symbol])
        if price is not None:
            self._fill(row, price)
        elif row.limit_price is not None and not row.resting and (row.triggered or row.stop_price is None):
            self.keep(evolve(row, resting=True))

    def _fill(self, row: Row, price: Decimal) -> None:
        account, instrument = self.accounts[row.account_id], self.instruments[row.symbol]
        net = account.holding(row.symbol).quantity
        # The position may have changed since the order came: a stop must not sell what is gone.
        if (reason := exposure_refusal(account.terms, instrument, net, row)) is not None:
            self.end(row, News.CANCELLED if row.filled else News.REJECTED, reason)
            return
        quantity = self.liquidity.take(row.symbol, row.left)
        if not quantity:
            return
        per_order = ZERO if row.filled else account.terms.commission_per_order
        commission = shortened(quantity * account.terms.commission_per_unit + per_order)
        realised = account.book(instrument, quantity * row.side.sign, price, commission)
        filled = row.filled + quantity
        row = evolve(
            row,
            filled=filled,
            paid=row.paid + quantity * price,
            commission=row.commission + commission,
            news=News.FILLED if filled == row.quantity else row.news,
            changed_at=self.clock.now(),
        )
        execution = Execution(
            quantity=quantity, price=price, commission=commission, realised=realised, at=row.changed_at
        )
        self.put(row, execution)
        if row.news is News.FILLED:
            self._wake_legs(row)
        if row.parent is not None:
            self._shrink_sibling(row, quantity)

    def _wake_legs(self, parent: Row) -> None:
        entry = parent.average_price
        assert entry is not None, parent  # only what has filled wakes its legs
        for leg_id in parent.legs:
            leg = self.rows[leg_id]
            if leg.is_asleep:
                leg = awake(leg, parent.filled, entry, self.instruments[leg.symbol])
                self.put(evolve(leg, changed_at=self.clock.now()))

    def _shrink_sibling(self, leg: Row, quantity: Decimal) -> None:
        assert leg.parent is not None, leg
        for sibling_id in self.rows[leg.parent].legs:
            sibling = self.rows[sibling_id]
            if sibling_id == leg.id or not sibling.is_live:
                continue
            left = sibling.left - quantity
            if left > 0:
                self.put(evolve(sibling, quantity=sibling.quantity - quantity, changed_at=self.clock.now()))
            else:
                self.end(sibling, News.CANCELLED, "the other leg of its bracket filled")
