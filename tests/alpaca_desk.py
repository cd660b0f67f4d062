"""Put the engine on a desk over the Alpaca exchange, through the real adapter: every request as HTTP, no network.

The stream's events are handed to the adapter as they would come, after the request that made them, in one thread.
"""

from collections import deque
from decimal import Decimal
from typing import Any, Final, final
from urllib.parse import urlsplit

import requests
from attrs import frozen
from requests.adapters import BaseAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError
from werkzeug.test import Client

from tests.builders import AAPL, ACCOUNT
from tests.desk import Desk, DeskVenues, MortalInbox
from tradecore.adapters.alpaca.broker import AlpacaBroker
from tradecore.adapters.alpaca.line import Line
from tradecore.adapters.alpaca.market_data import AlpacaMarketData
from tradecore.adapters.alpaca.roster import Roster, is_ours
from tradecore.adapters.alpaca.stream import StreamAddress
from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.memory.exchange import Amendment, Call
from tradecore.adapters.system.mint import SystemMint
from tradecore.domain.credentials import Credentials
from tradecore.domain.ids import AccountId, OrderId, Symbol
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import OrderType, Side
from tradecore.domain.venues import Quote, Survey
from tradecore.entrypoints.runtime.doorstep import Doorstep
from tradecore.entrypoints.runtime.listening import Ear
from tradecore.entrypoints.venues.alpaca.app import create_app
from tradecore.entrypoints.venues.alpaca.engine.exchange import AlpacaExchange
from tradecore.entrypoints.venues.alpaca.engine.orders import Order, Update
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal
from tradecore.entrypoints.venues.alpaca.engine.replacing import read_amendment
from tradecore.entrypoints.venues.alpaca.engine.wishes import read_wish
from tradecore.entrypoints.venues.alpaca.engine.words import Phase
from tradecore.entrypoints.venues.alpaca.rates import RateLimit
from tradecore.entrypoints.venues.alpaca.trade_stream import UNKNOWN_WORDS, TradeStream
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.event_faults import EventFault, EventFaults
from tradecore.entrypoints.venues.faults import Aim, Fault
from tradecore.entrypoints.venues.striking import STRIKE

URL: Final = "http://alpaca.test"
KEYS: Final = Credentials(key_id="PKDESK", secret="a-desks-secret")
CASH: Final = Decimal(1_000_000_000)
_AIMS: Final = {
    Call.SUBMIT: ("POST", "/v2/orders"), Call.CANCEL: ("DELETE", "/v2/orders"), Call.FIND: ("GET", "/v2/orders"),
    Call.SURVEY: ("GET", "/v2/positions"),
}  # fmt: skip
_HANGS: Final = ("hang", "slow")


@frozen
class Row:
    """An order as the exchange has it, under our id."""

    id: str
    order_id: OrderId | None
    type: OrderType
    left: Decimal
    filled: Decimal

    def report(self) -> "Row":
        return self


@final
class Wire(BaseAdapter):
    """Carries requests to the exchange's own web application, and breaks as a line breaks."""

    def __init__(self, world: "AlpacaWorld") -> None:
        super().__init__()
        self._world = world
        self._client = Client(create_app(world.venue))
        self.requests: list[str] = []

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        method, url = str(request.method), str(request.url)
        self.requests.append(f"{method} {url}")
        if self._world.takes_away(method, urlsplit(url).path):
            raise requests.ConnectionError(MaxRetryError(None, url, NewConnectionError(None, "away")))  # type: ignore[arg-type]
        answer = self._client.open(url, method=method, headers=dict(request.headers), data=request.body)
        self._world.tell()
        strike = answer.headers.pop(STRIKE, None)
        if strike is not None:
            raise requests.ReadTimeout if strike.split()[0] in _HANGS else requests.ConnectionError("reset")
        found = requests.Response()
        found.status_code, found._content, found.url = answer.status_code, answer.data, url
        found.headers.update(dict(answer.headers))
        return found

    def close(self) -> None:
        pass


@final
class AlpacaWorld:
    """The exchange and the line to it, behind the names that `Desk` and the state machine move a venue by."""

    def __init__(self, desk: Desk) -> None:
        self.core = AlpacaExchange(desk.clock, SystemMint(desk.clock), ExchangeCalendar())
        self.core.force_phase(Phase.CORE)
        self.venue = Venue(self.core, RateLimit(desk.clock, 0))
        self.account = self.core.open_account(KEYS.key_id, KEYS.secret, CASH)
        self.core.follow(self._happened)
        self._shapes = TradeStream(self.venue)
        self._events: deque[dict[str, Any]] = deque()
        self._event_faults = EventFaults(UNKNOWN_WORDS)
        self._is_telling = self._is_cut = False
        self._away: dict[Call, int | None] = {}
        self.wire = Wire(self)
        self.clock = desk.clock
        self.broker = self.new_broker()
        self.prices = AlpacaMarketData(Line(URL, KEYS, desk.clock, self.wire), "iex", desk.clock)
        self.ear: Any = None

    def new_broker(self) -> AlpacaBroker:
        """Return the broker of a process that has just begun; it remembers nothing."""
        self.broker = AlpacaBroker(
            Line(URL, KEYS, self.clock, self.wire), StreamAddress(url="", credentials=KEYS), self.clock
        )
        return self.broker

    # ---------------------------------------------------------------- the stream

    def _happened(self, update: Update) -> None:
        if update.order.account_id == self.account.id and not self._is_cut:
            self._events.extend(self._event_faults.pass_on(self.account.id, self._shapes.event(update)))

    def tell(self) -> None:
        """Tell what has happened, in order; what happens by that is told after it."""
        if self._is_telling:
            return
        self._is_telling = True
        try:
            while self._events:
                self.broker._hear(self.ear, self._events.popleft())
        finally:
            self._is_telling = False

    def double_changes(self, times: int) -> None:
        self._event_faults.turn(self.account.id, EventFault.DOUBLE, times)

    def reverse_changes(self, times: int) -> None:
        self._event_faults.turn(self.account.id, EventFault.REVERSE, times)

    def delay_changes(self) -> None:
        self._event_faults.hold(self.account.id)

    def deliver(self) -> None:
        self._events.extend(self._event_faults.release(self.account.id))
        self.tell()

    def disconnect(self) -> None:
        self._is_cut = True

    def reconnect(self) -> None:
        if self._is_cut:
            self._is_cut = False
            self.ear.missed()

    # ---------------------------------------------------------------- the line

    def takes_away(self, method: str, path: str) -> bool:
        """Tell whether this request does not get through."""
        for call, times in self._away.items():
            aimed_at, begin = _AIMS[call]
            if times != 0 and method == aimed_at and path.startswith(begin):
                self._away[call] = None if times is None else times - 1
                return True
        return False

    def _turn(self, fault: Fault, call: Call | None, times: int = 1) -> None:
        method, path = _AIMS[call] if call is not None else ("", "")
        self.venue.faults.turn(KEYS.key_id, fault, Aim(method=method, path=path, times=times))

    def lose_answers(self, call: Call) -> None:
        self._turn(Fault.RESET_AFTER, call)

    def lose_requests(self, call: Call) -> None:
        self._turn(Fault.GATEWAY_TIMEOUT, call)

    def be_unreachable(self, *calls: Call, times: int | None = 1) -> None:
        self._away |= dict.fromkeys(calls, times)

    def talk_nonsense(self) -> None:
        self._turn(Fault.INVALID_JSON, None)

    def limit_rate(self, call: Call, retry_after: int) -> None:
        self._turn(Fault.RATE_LIMITED, call)

    def race_cancels(self) -> None:
        self.core.race(self.account, 1)

    def hide_new_orders(self) -> None:
        self.venue.faults.let_lag(KEYS.key_id, 8)  # At Alpaca it is positions that are late.

    def show_orders(self) -> None:
        self.venue.faults.let_lag(KEYS.key_id, 0)

    def clear(self) -> None:
        self._away.clear()
        self.venue.faults.clear(KEYS.key_id)
        for fault in EventFault:
            self._event_faults.turn(self.account.id, fault, 0)
        self.deliver()
        self.core.race(self.account, 0)

    # ---------------------------------------------------------------- the exchange

    def price(self, symbol: Symbol, last: Decimal) -> None:
        self.core.price(symbol, last)
        self.core.pulse()
        self.tell()

    def quote(self, symbol: Symbol) -> Quote:
        quote = self.core.floor.quotes[symbol]
        return Quote(symbol=symbol, last=quote.last, at=quote.at)

    def place_by_hand(self, _account: AccountId, symbol: Symbol, side: Side, quantity: Decimal) -> None:
        body = {"symbol": symbol, "side": side.value, "qty": plain(quantity), "type": "market", "time_in_force": "day"}
        wish = read_wish(body)
        assert not isinstance(wish, Refusal)
        self.core.submit(self.account, wish, by_hand=True)  # What is refused, a person just does not get.
        self.tell()

    def reject_next(self, _reason: str, _account: AccountId) -> None:
        self.core.reject_next(self.account)

    def fill_in_parts(self, symbol: Symbol, parts: list[Decimal]) -> None:
        self.core.fill_in_parts(symbol, parts)

    def finish_cancels(self, _symbol: Symbol) -> None:
        self.core.pulse()
        self.tell()

    def survey(self, _account: AccountId, symbol: Symbol) -> Survey:
        """Return what is really held, whoever is told otherwise."""
        holding = self.account.holdings.get(symbol)
        net = holding.quantity if holding is not None else ZERO
        return Survey(symbol=symbol, net=net, working=(), at=self.core.floor.now())

    def find(self, _account: AccountId, order_id: OrderId) -> Row | None:
        return next((row for row in map(self._row, self._orders()) if row.order_id == order_id), None)

    def working(self, _account: AccountId, symbol: Symbol) -> tuple[Row, ...]:
        return tuple(self._row(order) for order in self._orders() if order.is_live and order.symbol == symbol)

    def _orders(self) -> list[Order]:
        return [order for order in self.core.floor.orders.values() if order.account_id == self.account.id]

    def _row(self, order: Order) -> Row:
        return Row(order.id, self._our_id(order), OrderType(order.type.value), order.left, order.filled)

    def cancel(self, _account: AccountId, order_id: str) -> None:
        """End an order by hand."""
        self.core.cancel(self.account, order_id)
        self.tell()

    def amend(self, _account: AccountId, order_id: str, wanted: Amendment) -> None:
        """Replace an order by hand, where Alpaca lets people."""
        fields = {"qty": wanted.quantity, "limit_price": wanted.limit_price, "stop_price": wanted.stop_price}
        amendment = read_amendment({name: plain(value) for name, value in fields.items() if value is not None})
        if not isinstance(amendment, Refusal):
            self.core.replace(self.account, order_id, amendment)
            self.tell()

    def _our_id(self, order: Order) -> OrderId | None:
        if order.parent is None:
            return OrderId(order.client_order_id) if is_ours(order.client_order_id) else None
        names = Roster()
        parent = self.core.floor.orders[order.parent]
        names.learn({"id": parent.id, "client_order_id": parent.client_order_id,
                     "legs": [{"id": order.id, "type": order.type.value}]})  # fmt: skip
        place = names.place(order.id)
        return place.order_id if place is not None else None


class AlpacaDesk(Desk):
    """A desk whose venue is Alpaca's exchange, and whose broker is the adapter that trades there."""

    def _open(self) -> None:
        self.world = AlpacaWorld(self)
        self.exchange = self.world  # type: ignore[assignment] # it has what desks move an exchange by
        self._listen()
        self.price(100)

    def _listen(self) -> None:
        """Begin as a process does: with a new broker, whose stream this desk is."""
        self.is_dead, self.doorstep = False, Doorstep()
        self.ear = Ear(ACCOUNT, MortalInbox(self), self.store.ledger, self.clock, self.doorstep)  # type: ignore[arg-type] # it posts, and no more
        self.world.ear = self.ear
        self.venues = DeskVenues({ACCOUNT: self.world.new_broker()}, self.world.prices)
        self.venues.ear = self.ear

    @property
    def faults(self) -> Any:
        return self.world

    def price(self, price: Decimal | int) -> None:
        self.world.price(AAPL.symbol, Decimal(price))
