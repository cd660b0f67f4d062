"""Answer questions about the exchange, each at one moment."""

from datetime import datetime
from decimal import Decimal
from threading import Lock

from tradecore.adapters.memory.exchange.accounts import Account, AccountTerms
from tradecore.adapters.memory.exchange.floor import Floor
from tradecore.adapters.memory.exchange.rows import Row
from tradecore.domain.errors import ProgrammingError
from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.venues import AccountState, Position, Quote, Survey
from tradecore.ports.system import Clock


class Readable:
    """The questions; what they are about is only changed elsewhere, under the same lock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._floor = Floor(clock)

    def now(self) -> datetime:
        """Return the time by the exchange's clock."""
        return self._clock.now()

    def find(self, account_id: AccountId, order_id: OrderId) -> Row | None:
        """Return the order with our *order_id*, or None."""
        with self._lock:
            row_id = self._floor.ids.get((account_id, order_id))
            return None if row_id is None else self._floor.rows[row_id]

    def order(self, account_id: AccountId, broker_order_id: BrokerOrderId) -> Row | None:
        """Return the account's order with the exchange's id of it, or None."""
        with self._lock:
            return self._row(account_id, broker_order_id)

    def orders(self, account_id: AccountId) -> tuple[Row, ...]:
        """Return every order that the account ever had, oldest first."""
        with self._lock:
            return tuple(row for row in self._floor.rows.values() if row.account_id == account_id)

    def working(self, account_id: AccountId, symbol: Symbol | None = None) -> tuple[Row, ...]:
        """Return the account's orders that may still fill, legs asleep included, oldest first."""
        with self._lock:
            return self._floor.live_rows(account_id, symbol)

    def survey(self, account_id: AccountId, symbol: Symbol) -> Survey:
        """Return the net position and the working orders at one moment."""
        with self._lock:
            return Survey(
                symbol=symbol,
                net=self._account(account_id).holding(symbol).quantity,
                working=tuple(row.report() for row in self._floor.live_rows(account_id, symbol)),
                at=self._clock.now(),
            )

    def positions(self, account_id: AccountId) -> tuple[Position, ...]:
        """Return everything the account holds."""
        with self._lock:
            account = self._account(account_id)
            return tuple(account.position(symbol) for symbol in account.holdings)

    def terms(self, account_id: AccountId) -> AccountTerms:
        """Return the terms of the account."""
        with self._lock:
            return self._account(account_id).terms

    def state(self, account_id: AccountId) -> AccountState:
        """Return what the account is worth at the last prices."""
        with self._lock:
            account = self._account(account_id)
            return AccountState(
                equity=self._floor.equity(account),
                buying_power=self._floor.buying_power(account),
                at=self._clock.now(),
                blocked=account.blocked,
                cash=account.cash,
            )

    def cash(self, account_id: AccountId) -> Decimal:
        """Return the account's money, without what its positions are worth."""
        with self._lock:
            return self._account(account_id).cash

    def realised(self, account_id: AccountId) -> Decimal:
        """Return the results of everything closed, before commissions."""
        with self._lock:
            return self._account(account_id).realised

    def commission(self, account_id: AccountId) -> Decimal:
        """Return all commissions that the account paid."""
        with self._lock:
            return self._account(account_id).commission

    def accounts(self) -> tuple[AccountId, ...]:
        """Return the accounts that are open."""
        with self._lock:
            return tuple(self._floor.accounts)

    def instruments(self) -> tuple[Instrument, ...]:
        """Return everything that is listed."""
        with self._lock:
            return tuple(self._floor.instruments.values())

    def quote(self, symbol: Symbol) -> Quote | None:
        """Return the last price of *symbol*, or None before the first."""
        with self._lock:
            return self._floor.quotes.get(symbol)

    def _account(self, account_id: AccountId) -> Account:
        account = self._floor.accounts.get(account_id)
        if account is None:
            message = f"account {account_id} was never opened"
            raise ProgrammingError(message)
        return account

    def _row(self, account_id: AccountId, broker_order_id: BrokerOrderId) -> Row | None:
        row = self._floor.rows.get(broker_order_id)
        return row if row is not None and row.account_id == account_id else None
