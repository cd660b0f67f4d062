"""Put the engine on a desk over the ProjectX exchange, through the real adapter: every request as HTTP, no network.

What the user hub would tell is handed to the adapter as the records that would come, after the request that made them
and before its answer, in one thread.
"""

import json
from collections import deque
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, final

import httpx
from attrs import frozen

from tests.builders import ACCOUNT, MES
from tests.desk import Desk, DeskVenues, MortalInbox
from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.memory.exchange import Call
from tradecore.adapters.memory.exchange.placing import Amendment as Moved
from tradecore.adapters.projectx.broker import ProjectXBroker
from tradecore.adapters.projectx.desk import Desk as LoginDesk
from tradecore.adapters.projectx.hearing import Hearing
from tradecore.adapters.projectx.hosts import Hosts
from tradecore.adapters.projectx.market_data import ProjectXMarketData
from tradecore.adapters.projectx.roster import is_ours
from tradecore.adapters.projectx.session import Login
from tradecore.adapters.system.mint import SystemMint
from tradecore.domain.errors import WorldError
from tradecore.domain.ids import AccountId, OrderId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.orders import OrderType, Side
from tradecore.domain.venues import Quote, Survey
from tradecore.entrypoints.runtime.doorstep import Doorstep
from tradecore.entrypoints.runtime.listening import Ear
from tradecore.entrypoints.venues.event_faults import EventFault, EventFaults
from tradecore.entrypoints.venues.faults import Aim, Fault, Faults
from tradecore.entrypoints.venues.projectx.app import any_case, create_app
from tradecore.entrypoints.venues.projectx.engine import words
from tradecore.entrypoints.venues.projectx.engine.exchange import ProjectXExchange
from tradecore.entrypoints.venues.projectx.engine.orders import Event, Order, Wish
from tradecore.entrypoints.venues.projectx.engine.placing import Amendment
from tradecore.entrypoints.venues.projectx.pace import Pace
from tradecore.entrypoints.venues.projectx.shapes import Shape, hub_moment, lean, order_shape, trade_shape
from tradecore.entrypoints.venues.projectx.signalr import END, invocation
from tradecore.entrypoints.venues.projectx.tokens import Tokens
from tradecore.entrypoints.venues.projectx.venue import Envelope, Venue
from tradecore.entrypoints.venues.projectx.venue import Login as User
from tradecore.entrypoints.venues.striking import STRIKE
from tradecore.ports.system import Clock

USER: Final = User("ada", "a-desks-api-key")
HOSTS: Final = Hosts(rest="http://px.test", user_hub="http://px.test/user", market_hub="http://px.test/market")
BALANCE: Final = Decimal(1_000_000_000)
PLACE: Final = "/api/order/place"
_PATHS: Final = {
    Call.SUBMIT: (PLACE,), Call.CANCEL: ("/api/order/cancel",), Call.FIND: ("/api/order/v2", "/api/order/searchbyid"),
    Call.SURVEY: ("/api/position",),
}  # fmt: skip
# The adapter subscribes these two.
_SHAPES: Final[dict[str, Callable[[Any, Callable[..., str]], Shape]]] = {"Order": order_shape, "Trade": trade_shape}
_TYPES: Final = {
    words.Type.LIMIT: OrderType.LIMIT, words.Type.MARKET: OrderType.MARKET, words.Type.STOP: OrderType.STOP,
}  # fmt: skip
_HANGS: Final = ("hang", "slow")


@final
class VenueClock(Clock):
    """The venue's own clock: it goes on with the desk's, and is not set back with it."""

    def __init__(self, desks: Clock) -> None:
        self._desks = desks
        self._seen = self._at = desks.now()

    def now(self) -> datetime:
        seen, self._seen = self._seen, self._desks.now()
        self._at = max(self._at, self._at + (self._seen - seen))
        return self._at


@frozen
class Row:
    """An order as the exchange has it, under our id."""

    id: int
    order_id: OrderId | None
    type: OrderType
    left: Decimal
    filled: Decimal

    def report(self) -> "Row":
        return self


@frozen
class Placed:
    """An order as it came to the exchange, and what was held just before."""

    tag: str
    side: int
    size: int
    held: int


@final
class Wire(httpx.BaseTransport):
    """Carries requests to the exchange's own web application, and breaks as a line breaks."""

    def __init__(self, world: "ProjectXWorld") -> None:
        self._world = world
        self._app = httpx.WSGITransport(app=any_case(create_app(world.venue)))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.lower()
        if self._world.takes_away(path):
            raise httpx.ConnectError("away")
        if path == PLACE:
            self._world.note(json.loads(request.content))
        answer = self._app.handle_request(request)
        content = answer.read()
        self._world.tell()
        strike = answer.headers.get(STRIKE)
        if strike is not None:
            raise httpx.ReadTimeout("late") if strike.split()[0] in _HANGS else httpx.ReadError("reset")
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


@final
class ProjectXWorld:
    """The exchange and the line to it, behind the names that `Desk` and the state machine move a venue by.

    There is one contract, so that nobody is asked which is meant.
    """

    def __init__(self, desk: Desk) -> None:
        self.clock = desk.clock
        clock = VenueClock(desk.clock)
        self.core = ProjectXExchange(clock, ExchangeCalendar())
        self.account = self.core.open_account(balance=BALANCE)
        contract = self.core.floor.listing.named(MES.root)
        assert contract is not None
        self.contract = contract
        self.venue = Venue(
            exchange=self.core, login=USER, tokens=Tokens(clock, SystemMint(clock)), pace=Pace(clock, kept=True),
            faults=Faults(), envelopes=Faults())  # fmt: skip
        self.core.follow(self._happened)
        self.placed: list[Placed] = []
        self._events: deque[tuple[str, Shape]] = deque()
        self._event_faults = EventFaults({EventFault.UNKNOWN_STATUS: _in_unknown_words})
        self._is_telling = self._is_cut = False
        self._away: dict[Call, int | None] = {}
        self.wire = Wire(self)
        self.ear: Any = None

    def begin(self, ear: Ear) -> tuple[ProjectXBroker, ProjectXMarketData]:
        """Return what a process has that has just begun: it remembers nothing."""
        login = Login(user=USER.user, key=USER.key, account=self.account.id)
        desk = LoginDesk(HOSTS, login, self.clock, transport=self.wire)
        assert desk.prices._feed is not None
        # Neither hub is ever started: what they would tell comes from `tell` and `price`.
        self.feed = desk.prices._feed
        self.feed._wanted = (self.contract.id,)
        self.broker = ProjectXBroker(desk, self.account.id)
        self.ear = ear
        self.hearing = Hearing(desk.line, self.broker._orders, self.account.id, ear, HOSTS.user_hub, None)
        return self.broker, ProjectXMarketData(desk.prices, desk.contracts)

    # ---------------------------------------------------------------- the user hub

    def _happened(self, event: Event) -> None:
        if event.kind in _SHAPES and not self._is_cut:
            told = {"action": int(event.action), "data": lean(_SHAPES[event.kind](event.value, hub_moment))}
            self._events.extend(self._event_faults.pass_on(str(event.account_id), (event.kind, told)))

    def tell(self) -> None:
        """Tell what has happened, in order; what happens by that is told after it."""
        if self._is_telling or self.ear is None:
            return
        self._is_telling = True
        try:
            while self._events:
                kind, told = self._events.popleft()
                record = json.loads(invocation(f"GatewayUser{kind}", told).removesuffix(END), parse_float=Decimal)
                try:
                    self.hearing._hear(record["target"], record["arguments"])
                except WorldError:
                    self.ear.missed()  # as the hub does
        finally:
            self._is_telling = False

    def double_changes(self, times: int) -> None:
        self._event_faults.turn(str(self.account.id), EventFault.DOUBLE, times)

    def reverse_changes(self, times: int) -> None:
        self._event_faults.turn(str(self.account.id), EventFault.REVERSE, times)

    def say_the_unknown(self) -> None:
        self._event_faults.turn(str(self.account.id), EventFault.UNKNOWN_STATUS, 1)

    def delay_changes(self) -> None:
        self._event_faults.hold(str(self.account.id))

    def deliver(self) -> None:
        self._events.extend(self._event_faults.release(str(self.account.id)))
        self.tell()

    def disconnect(self) -> None:
        self._is_cut = True

    def reconnect(self) -> None:
        if self._is_cut:
            self._is_cut = False
            self.ear.missed()

    # ---------------------------------------------------------------- the line

    def takes_away(self, path: str) -> bool:
        """Tell whether this request does not get through."""
        for call, times in self._away.items():
            if times != 0 and path.startswith(_PATHS[call]):
                self._away[call] = None if times is None else times - 1
                return True
        return False

    def turn(self, fault: Fault, call: Call | None = None, times: int = 1) -> None:
        for path in _PATHS[call] if call is not None else ("",):
            self.venue.faults.turn(USER.user, fault, Aim(path=path, times=times))

    def refuse(self, code: int, call: Call, *, is_done: bool, message: str | None = None) -> None:
        """Let the next answer have a code, whether it *is_done* or not."""
        for path in _PATHS[call]:
            self.venue.envelopes.turn(USER.user, Envelope(code, message, is_done=is_done), Aim(path=path))

    def lose_answers(self, call: Call) -> None:
        self.turn(Fault.RESET_AFTER, call)

    def lose_requests(self, call: Call) -> None:
        self.turn(Fault.GATEWAY_TIMEOUT, call)

    def be_unreachable(self, *calls: Call, times: int | None = 1) -> None:
        self._away |= dict.fromkeys(calls, times)

    def talk_nonsense(self) -> None:
        self.turn(Fault.INVALID_JSON)

    def limit_rate(self, call: Call, retry_after: int) -> None:
        self.turn(Fault.RATE_LIMITED, call)

    def race_cancels(self) -> None:
        self.core.race(self.account, 1)

    def show_orders(self) -> None:
        """Nothing is listed late here."""

    def clear(self) -> None:
        self._away.clear()
        self.venue.faults.clear(USER.user)
        self.venue.envelopes.clear(USER.user)
        for fault in EventFault:
            self._event_faults.turn(str(self.account.id), fault, 0)
        self.deliver()
        self.core.race(self.account, 0)

    # ---------------------------------------------------------------- the exchange, and people at it

    def note(self, body: dict[str, Any]) -> None:
        """Take note of an order that comes in."""
        self.placed.append(Placed(body["customTag"], body["side"], body["size"], self.account.held(self.contract)))

    def price(self, _symbol: Symbol, last: Decimal) -> None:
        self.core.price(self.contract, last, volume=1)
        if not self._is_cut:
            told = {"lastPrice": last, "timestamp": hub_moment(self.core.floor.now())}
            self.feed._hear("GatewayQuote", [self.contract.id, told])
        self.tell()

    def quote(self, symbol: Symbol) -> Quote:
        quote = self.core.floor.quotes[self.contract.id]
        return Quote(symbol=symbol, last=quote.last, at=quote.at)

    def place_by_hand(self, _account: AccountId, _symbol: Symbol, side: Side, quantity: Decimal) -> None:
        way = words.Side.BUY if side is Side.BUY else words.Side.SELL
        self.core.place(Wish(  # What is refused, a person just does not get.
            account_id=self.account.id, contract_id=self.contract.id, type=words.Type.MARKET, side=way,
            size=int(quantity)))  # fmt: skip
        self.tell()

    def close_by_hand(self) -> None:
        """Call everything off in the platform, and close what is held."""
        self.core.flatten(self.account)
        self.tell()

    def cancel(self, _account: AccountId, order_id: int) -> None:
        self.core.cancel(self.account.id, order_id)
        self.tell()

    def amend(self, _account: AccountId, order_id: int, moved: Moved) -> None:
        size = int(moved.quantity) if moved.quantity is not None else None
        amendment = Amendment(size=size, limit_price=moved.limit_price, stop_price=moved.stop_price)
        self.core.modify(self.account.id, order_id, amendment)
        self.tell()

    def reject_next(self, reason: str, _account: AccountId) -> None:
        self.refuse(words.Place.ORDER_REJECTED, Call.SUBMIT, is_done=False, message=reason)

    def fill_in_parts(self, _symbol: Symbol, parts: list[Decimal]) -> None:
        self.core.fill_in_parts(self.contract, [int(part) for part in parts])

    def finish_cancels(self, _symbol: Symbol) -> None:
        self.core.pulse()
        self.tell()

    def survey(self, _account: AccountId, symbol: Symbol) -> Survey:
        """Return what is really held."""
        net = Decimal(self.account.held(self.contract))
        return Survey(symbol=symbol, net=net, working=(), at=self.core.floor.now())

    def find(self, _account: AccountId, order_id: OrderId) -> Row | None:
        """Return the first order with our id; the others were refused as repeats of it."""
        return next((row for row in map(_row, self.orders()) if row.order_id == order_id), None)

    def working(self, _account: AccountId, _symbol: Symbol) -> tuple[Row, ...]:
        return tuple(_row(order) for order in self.orders() if not order.status.is_over)

    def orders(self) -> list[Order]:
        return self.core.floor.orders_of(self.account.id)


def _in_unknown_words(event: tuple[str, Shape]) -> tuple[str, Shape]:
    kind, told = event
    return kind, {**told, "data": {**told["data"], "status": 99}}


def _row(order: Order) -> Row:
    tag = OrderId(order.tag) if order.tag is not None and is_ours(order.tag) else None
    return Row(order.id, tag, _TYPES[order.type], Decimal(order.left), Decimal(order.filled))


class ProjectXDesk(Desk):
    """A desk whose venue is the ProjectX exchange, and whose broker is the adapter that trades there."""

    instrument: Instrument = MES

    def _open(self) -> None:
        self.world = ProjectXWorld(self)
        self.exchange = self.world  # type: ignore[assignment] # it has what desks move an exchange by
        self._listen()
        self.price(100)

    def _listen(self) -> None:
        """Begin as a process does: with a new broker, whose hub this desk is."""
        self.is_dead, self.doorstep = False, Doorstep()
        self.ear = Ear(ACCOUNT, MortalInbox(self), self.store.ledger, self.clock, self.doorstep)  # type: ignore[arg-type] # it posts, and no more
        broker, prices = self.world.begin(self.ear)
        self.venues = DeskVenues({ACCOUNT: broker}, prices)
        self.venues.ear = self.ear

    @property
    def faults(self) -> Any:
        return self.world
