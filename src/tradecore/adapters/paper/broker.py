"""Be one account's broker, over an exchange in another process."""

from functools import cached_property
from typing import final
from urllib.parse import quote

from tradecore.adapters.paper import wire
from tradecore.adapters.paper.client import Line
from tradecore.adapters.paper.stream import Stream
from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.orders import Report, Ticket
from tradecore.domain.venues import AccountState, Position, Survey, VenueRules
from tradecore.ports.broker import Broker, Listener


@final
class PaperBroker(Broker):
    """A broker whose account is opened at the first call, where it is not."""

    def __init__(self, line: Line, stream: Stream, account_id: AccountId) -> None:
        self._line = line
        self._stream = stream
        self._account_id = account_id
        self._path = f"accounts/{quote(account_id, safe='')}/"

    @cached_property
    def rules(self) -> VenueRules:
        return self._line.ask(self._path + "rules", wire.RULES)

    def submit(self, ticket: Ticket) -> Report:
        return self._line.do("POST", self._path + "order", wire.REPORT, wire.TICKET.write(ticket))

    def cancel(self, order_id: OrderId) -> Report:
        return self._line.do("DELETE", self._path + "order", wire.REPORT, id=order_id)

    def cancel_stray(self, broker_order_id: BrokerOrderId) -> None:
        self._line.do("DELETE", self._path + "stray", wire.DONE, id=broker_order_id)

    def find(self, order_id: OrderId) -> Report | None:
        return self._line.ask(self._path + "order", wire.FOUND, id=order_id)

    def survey(self, symbol: Symbol) -> Survey:
        return self._line.ask(self._path + "survey", wire.SURVEY, symbol=symbol)

    def positions(self) -> tuple[Position, ...]:
        return self._line.ask(self._path + "positions", wire.POSITIONS)

    def working_symbols(self) -> frozenset[Symbol]:
        return self._line.ask(self._path + "working-symbols", wire.SYMBOLS)

    def account(self) -> AccountState:
        return self._line.ask(self._path + "state", wire.STATE)

    def instruments(self) -> tuple[Instrument, ...]:
        return self._line.ask(self._path + "instruments", wire.INSTRUMENTS)

    def listen(self, listener: Listener) -> None:
        # Asked before anything can be heard: what happens in an account that is not open yet would be told to nobody.
        self._line.ask(self._path + "rules", wire.RULES)
        self._stream.join(self._account_id, listener)

    def close(self) -> None:
        if self._stream.leave(self._account_id):
            self._line.rest()
