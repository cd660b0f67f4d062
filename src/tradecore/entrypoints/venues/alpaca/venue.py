"""Hold together what the doors of the Alpaca exchange share."""

from datetime import datetime, timedelta
from typing import final

from attrs import Factory, define
from flask import g

from tradecore.entrypoints.venues.alpaca.engine.accounts import Account, Holding
from tradecore.entrypoints.venues.alpaca.engine.exchange import AlpacaExchange
from tradecore.entrypoints.venues.alpaca.engine.orders import Update
from tradecore.entrypoints.venues.alpaca.manners import Manners
from tradecore.entrypoints.venues.alpaca.rates import RateLimit
from tradecore.entrypoints.venues.alpaca.tape import Tape
from tradecore.entrypoints.venues.faults import Fault, Faults


@final
class Venue:
    """The exchange, and what goes wrong with it."""

    def __init__(self, exchange: AlpacaExchange, rate: RateLimit) -> None:
        self.exchange = exchange
        self.floor = exchange.floor
        self.rate = rate
        self.faults: Faults[Fault] = Faults()
        self.tape = Tape(exchange.floor)
        self.manners = Manners()
        self.past = Past()
        exchange.watch(self.tape.tick)
        exchange.follow(self._remember)

    def account_of(self, key_id: str) -> Account | None:
        """Return whose key that is."""
        accounts = tuple(self.floor.accounts.values())
        return next((account for account in accounts if account.key_id == key_id), None)

    def holdings(self, account: Account) -> dict[str, Holding]:
        """Return what the account is said to hold: what it held a while ago, where positions lag behind."""
        lag = self.faults.lag(account.key_id)
        if lag is None:
            return account.holdings
        return self.past.holdings(account.id, self.floor.now() - timedelta(seconds=lag))

    def _remember(self, update: Update) -> None:
        if update.fill is not None:
            account = self.floor.accounts[update.order.account_id]
            self.past.note(account.id, update.at, dict(account.holdings))


@define
class Past:
    """What accounts held after each of their fills."""

    _seen: dict[str, list[tuple[datetime, dict[str, Holding]]]] = Factory(dict)

    def note(self, account_id: str, at: datetime, holdings: dict[str, Holding]) -> None:
        """Take note of what is held from now on."""
        self._seen.setdefault(account_id, []).append((at, holdings))

    def holdings(self, account_id: str, at: datetime) -> dict[str, Holding]:
        """Return what was held then."""
        before = (held for noted, held in reversed(self._seen.get(account_id, [])) if noted <= at)
        return next(before, {})


def caller() -> Account:
    """Return whose request it is."""
    account = g.account
    assert isinstance(account, Account)
    return account
