"""Trade at random, and hold the Alpaca exchange to what must be true after every step."""

from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.unit.venues.alpaca.floors import Floored
from tradecore.entrypoints.venues.alpaca.engine.funds import buying_power, held_for_orders
from tradecore.entrypoints.venues.alpaca.engine.orders import Order
from tradecore.entrypoints.venues.alpaca.engine.words import OrderClass, Phase, Status

SYMBOLS = st.sampled_from(["AAPL", "MSFT"])
SIDES = st.sampled_from(["buy", "sell"])
PRICES = st.integers(80, 120)
CLASSES = st.sampled_from(["", "bracket", "oto", "oco"])
PARTS = st.lists(st.integers(0, 5).map(Decimal), max_size=3)
START = 100_000


class Trading(RuleBasedStateMachine):
    """One account that places, replaces, cancels and closes whatever comes to its mind."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floored(str(START))
        self.over: dict[str, Order] = {}

    @rule(symbol=SYMBOLS, side=SIDES, quantity=st.integers(1, 20), kind=st.sampled_from(["market", "limit", "stop"]),
          tif=st.sampled_from(["day", "gtc", "ioc"]), price=PRICES)  # fmt: skip
    def places(self, symbol: str, side: str, quantity: int, kind: str, tif: str, price: int) -> None:
        prices = {"market": {}, "limit": {"limit_price": price}, "stop": {"stop_price": price}}[kind]
        self.floor.ask(symbol=symbol, side=side, qty=quantity, type=kind, time_in_force=tif, **prices)

    @rule(symbol=SYMBOLS, side=SIDES, order_class=CLASSES, low=PRICES, high=PRICES, limit=st.none() | PRICES)
    def places_a_group(self, symbol: str, side: str, order_class: str, low: int, high: int, limit: int | None) -> None:
        target, stop = (max(low, high), min(low, high)) if side == "buy" else (min(low, high), max(low, high))
        if order_class == "oco":
            target, stop = stop, target
        body: dict[str, Any] = {"stop_loss": {"stop_price": stop}}
        if order_class != "oto":
            body["take_profit"] = {"limit_price": target}
        if limit is not None or order_class == "oco":
            body |= {"type": "limit", "limit_price": target if order_class == "oco" else limit}
        self.floor.ask(symbol=symbol, side=side, order_class=order_class, **body)

    @rule(amount=st.integers(1, 500), side=SIDES)
    def places_money(self, amount: int, side: str) -> None:
        self.floor.ask(side=side, notional=amount)

    @rule(data=st.data(), price=PRICES, quantity=st.none() | st.integers(1, 20))
    def replaces(self, data: st.DataObject, price: int, quantity: int | None) -> None:
        if live := self.floor.exchange.floor.live():
            order = data.draw(st.sampled_from(live))
            name = "limit_price" if order.prices.limit is not None else "stop_price"
            self.floor.replace(order, **{name: price}, **({} if quantity is None else {"qty": quantity}))

    @rule(data=st.data())
    def cancels(self, data: st.DataObject) -> None:
        if live := self.floor.exchange.floor.live():
            self.floor.cancel(data.draw(st.sampled_from(live)))

    @rule(symbol=SYMBOLS)
    def closes(self, symbol: str) -> None:
        self.floor.close(symbol)

    @rule(cancel=st.booleans())
    def closes_all(self, cancel: bool) -> None:
        self.floor.exchange.close_all(self.floor.account, cancel_orders=cancel)

    @rule(symbol=SYMBOLS, price=PRICES)
    def moves(self, symbol: str, price: int) -> None:
        self.floor.price(price, symbol)

    @rule(symbol=SYMBOLS, parts=PARTS)
    def fills_in_parts(self, symbol: str, parts: list[Decimal]) -> None:
        self.floor.exchange.fill_in_parts(symbol, parts)

    @rule(times=st.integers(0, 2))
    def races(self, times: int) -> None:
        self.floor.exchange.race(self.floor.account, times)

    @rule(phase=st.sampled_from([Phase.CORE, Phase.CLOSED]))
    def opens_and_closes(self, phase: Phase) -> None:
        self.floor.exchange.force_phase(phase)
        self.floor.exchange.pulse()

    @invariant()
    def the_books_balance(self) -> None:
        signed = [(fill, fill.quantity * fill.order.side.sign) for fill in self.floor.exchange.floor.fills]
        for symbol in ("AAPL", "MSFT"):
            assert self.floor.net(symbol) == sum(each for fill, each in signed if fill.order.symbol == symbol)
        assert self.floor.account.cash == START - sum(each * fill.price for fill, each in signed)

    @invariant()
    def an_order_fills_what_it_asked_for_and_no_more(self) -> None:
        for order in self.floor.exchange.floor.orders.values():
            if order.quantity is not None:
                assert 0 <= order.filled <= order.quantity, order
                assert (order.status is Status.FILLED) == (order.filled == order.quantity), order

    @invariant()
    def what_is_over_stays_as_it_was(self) -> None:
        for order in self.floor.exchange.floor.orders.values():
            known = self.over.get(order.id)
            if known is not None:
                assert (known.status, known.filled) == (order.status, order.filled)
            elif order.status.is_over:
                self.over[order.id] = order

    @invariant()
    def the_exits_of_an_entry_close_no_more_than_it_opened(self) -> None:
        floor = self.floor.exchange.floor
        for entry in floor.orders.values():
            if entry.order_class in {OrderClass.BRACKET, OrderClass.OTO} and entry.parent is None:
                legs = [order for order in floor.orders.values() if order.parent == entry.id]
                assert sum(leg.filled for leg in legs) <= entry.filled, (entry, legs)

    @invariant()
    def what_is_free_is_never_less_than_nothing(self) -> None:
        floor, account = self.floor.exchange.floor, self.floor.account
        for symbol, holding in account.holdings.items():
            held = held_for_orders(holding.quantity, floor.live(symbol), floor.quotes[symbol])
            assert 0 <= held <= abs(holding.quantity)
        assert buying_power(floor, account) >= 0

    @invariant()
    def the_last_word_on_an_order_is_what_it_is(self) -> None:
        last = {update.order.id: update.order for update in self.floor.updates}
        for order in self.floor.exchange.floor.orders.values():
            if order.status.is_over:
                assert (last[order.id].status, last[order.id].filled) == (order.status, order.filled)


Trading.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestTrading = Trading.TestCase
