"""Be one account's broker, over an exchange of our own."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import final

from attrs import evolve

from tradecore.adapters.memory.exchange.faults import Call
from tradecore.adapters.memory.exchange.rows import Change
from tradecore.adapters.memory.exchange.venue import Exchange
from tradecore.domain.errors import ProgrammingError
from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.orders import News, Report, Ticket
from tradecore.domain.venues import AccountState, Position, Survey, VenueRules
from tradecore.ports.broker import Broker, Listener


@final
class MemoryBroker(Broker):
    """A broker that calls the exchange through the account's faults.

    What the listener hears comes from the thread that made it happen, before that thread's call returns, unless
    another thread is just telling.
    """

    def __init__(self, exchange: Exchange, account_id: AccountId) -> None:
        self._exchange = exchange
        self._account_id = account_id
        self._faults = exchange.faults(account_id)
        self._lock = Lock()
        self._stop: Callable[[], None] | None = None

    @property
    def rules(self) -> VenueRules:
        return self._exchange.terms(self._account_id).rules

    def submit(self, ticket: Ticket) -> Report:
        return self._faults.ask(Call.SUBMIT, lambda: self._submit(ticket))

    def cancel(self, order_id: OrderId) -> Report:
        return self._faults.ask(Call.CANCEL, lambda: self._cancel(order_id))

    def cancel_stray(self, broker_order_id: BrokerOrderId) -> None:
        self._faults.ask(Call.CANCEL, lambda: self._exchange.cancel(self._account_id, broker_order_id))

    def find(self, order_id: OrderId) -> Report | None:
        return self._faults.ask(Call.FIND, lambda: self._find(order_id))

    def survey(self, symbol: Symbol) -> Survey:
        survey = self._faults.ask(Call.SURVEY, lambda: self._exchange.survey(self._account_id, symbol))
        shown = tuple(report for report in survey.working if not self._faults.hides(report.order_id))
        return evolve(survey, working=shown)

    def positions(self) -> tuple[Position, ...]:
        return self._faults.ask(Call.POSITIONS, lambda: self._exchange.positions(self._account_id))

    def working_symbols(self) -> frozenset[Symbol]:
        rows = self._faults.ask(Call.SURVEY, lambda: self._exchange.working(self._account_id))
        return frozenset(row.symbol for row in rows if not self._faults.hides(row.order_id))

    def account(self) -> AccountState:
        return self._faults.ask(Call.ACCOUNT, lambda: self._exchange.state(self._account_id))

    def instruments(self) -> tuple[Instrument, ...]:
        return self._faults.ask(Call.INSTRUMENTS, self._exchange.instruments)

    def listen(self, listener: Listener) -> None:
        with self._lock:
            if self._stop is not None:
                message = f"account {self._account_id} has a listener already"
                raise ProgrammingError(message)
            self._stop = self._exchange.follow(self._account_id, _Ear(listener))

    def close(self) -> None:
        with self._lock:
            if self._stop is not None:
                self._stop()
                self._stop = None

    def _submit(self, ticket: Ticket) -> Report:
        # Noted first: the listener hears of the order before `submit` returns, and may ask for it.
        if self._exchange.find(self._account_id, ticket.id) is None:
            self._faults.placed(ticket.id)
        return self._exchange.submit(self._account_id, ticket).report()

    def _cancel(self, order_id: OrderId) -> Report:
        row = self._exchange.find(self._account_id, order_id)
        if row is None:
            return _no_such_order(order_id, self._exchange.now())
        row = self._exchange.cancel(self._account_id, row.id) or row
        return row.report()

    def _find(self, order_id: OrderId) -> Report | None:
        row = None if self._faults.hides(order_id) else self._exchange.find(self._account_id, order_id)
        return None if row is None else row.report()


@final
class _Ear:
    """Hears changes of the exchange, and says them as reports."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def changed(self, change: Change) -> None:
        self._listener.heard(change.row.report())

    def missed(self) -> None:
        self._listener.missed()


def _no_such_order(order_id: OrderId, now: datetime) -> Report:
    """Say that the venue knows no such order; it may only be late to list it, so nothing is known of it."""
    return Report(order_id=order_id, broker_order_id=None, news=News.LOST, at=now, reason="no such order")
