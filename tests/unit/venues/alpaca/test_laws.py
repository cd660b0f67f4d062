"""Trade at random, and hold the Alpaca exchange to what must be true after every step."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.unit.venues.alpaca.floors import Floored
from tradecore.entrypoints.venues.alpaca.engine.funds import buying_power, held_for_orders
from tradecore.entrypoints.venues.alpaca.engine.orders import Order
from tradecore.entrypoints.venues.alpaca.engine.words import OrderClass, Phase, Status

SYMBOLS = st.sampled_from(["AAPL", "AAPL", "MSFT"])
SIDES = st.sampled_from(["buy", "sell"])
AWAY = st.integers(-6, 6)
NEAR = st.integers(1, 6)
PARTS = st.lists(st.integers(0, 5).map(Decimal), min_size=2, max_size=6)
START = 100_000


class Trading(RuleBasedStateMachine):
    """One account that places, replaces, cancels and closes whatever comes to its mind."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floored(str(START))
        self.floor.exchange.floor.brackets_from_flat = False
        self.over: dict[str, Order] = {}

    def last(self, symbol: str) -> int:
        return int(self.floor.exchange.floor.quotes[symbol].last)

    @rule(symbol=SYMBOLS, side=SIDES, quantity=st.integers(1, 20), kind=st.sampled_from(["market", "limit", "stop"]),
          tif=st.sampled_from(["day", "gtc", "ioc"]), away=AWAY)  # fmt: skip
    def places(self, symbol: str, side: str, quantity: int, kind: str, tif: str, away: int) -> None:
        price = self.last(symbol) + away
        prices = {"market": {}, "limit": {"limit_price": price}, "stop": {"stop_price": price}}[kind]
        self.floor.ask(symbol=symbol, side=side, qty=quantity, type=kind, time_in_force=tif, **prices)

    @rule(symbol=SYMBOLS, side=SIDES, is_bracket=st.booleans(), risk=NEAR, gain=NEAR, away=st.none() | AWAY)
    def enters_with_exits(
        self, symbol: str, side: str, is_bracket: bool, risk: int, gain: int, away: int | None
    ) -> None:
        up = 1 if side == "buy" else -1
        base = self.last(symbol) + (0 if away is None else away)
        body: dict[str, Any] = {"order_class": "bracket" if is_bracket else "oto"}
        body["stop_loss"] = {"stop_price": min(base * up, self.last(symbol) * up) * up - risk * up}
        if is_bracket:
            body["take_profit"] = {"limit_price": base + gain * up}
        if away is not None:
            body |= {"type": "limit", "limit_price": base}
        self.floor.ask(symbol=symbol, side=side, **body)

    @rule(symbol=SYMBOLS, risk=NEAR, gain=NEAR)
    def exits_by_a_pair(self, symbol: str, risk: int, gain: int) -> None:
        if net := self.floor.net(symbol):
            up = 1 if net > 0 else -1
            self.floor.ask(
                symbol=symbol, side="sell" if net > 0 else "buy", qty=abs(net), type="limit", order_class="oco",
                take_profit={"limit_price": self.last(symbol) + gain * up},
                stop_loss={"stop_price": self.last(symbol) - risk * up})  # fmt: skip

    @rule(amount=st.integers(1, 500), side=SIDES)
    def places_money(self, amount: int, side: str) -> None:
        self.floor.ask(symbol="SPY", side=side, notional=amount)

    @rule(data=st.data(), away=AWAY, quantity=st.none() | st.integers(1, 20))
    def replaces(self, data: st.DataObject, away: int, quantity: int | None) -> None:
        if live := self.floor.exchange.floor.live():
            order = data.draw(st.sampled_from(live))
            name = "limit_price" if order.prices.limit is not None else "stop_price"
            price = self.last(order.symbol) + away
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

    @rule(symbol=SYMBOLS, steps=st.lists(AWAY, min_size=1, max_size=4))
    def moves(self, symbol: str, steps: list[int]) -> None:
        for step in steps:
            self.floor.price(max(50, min(150, self.last(symbol) + step)), symbol)

    @rule(symbol=SYMBOLS, parts=PARTS)
    def fills_in_parts(self, symbol: str, parts: list[Decimal]) -> None:
        self.floor.exchange.fill_in_parts(symbol, parts)

    @rule(times=st.integers(0, 2))
    def races(self, times: int) -> None:
        self.floor.exchange.race(self.floor.account, times)

    @rule(orders=st.lists(SIDES, max_size=2))
    def sleeps(self, orders: list[str]) -> None:
        self.floor.exchange.force_phase(Phase.CLOSED)
        for side in orders:
            self.floor.ask(side=side)
        self.floor.exchange.force_phase(Phase.CORE)
        self.floor.exchange.pulse()

    @invariant()
    def the_books_balance(self) -> None:
        signed = [(fill, fill.quantity * fill.order.side.sign) for fill in self.floor.exchange.floor.fills]
        for symbol in ("AAPL", "MSFT", "SPY"):
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
                opened, before = entry.filled, entry.replaces
                while before is not None:
                    opened, before = opened + floor.orders[before].filled, floor.orders[before].replaces
                assert sum(leg.filled for leg in legs) <= opened, (entry, legs)

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


@given(
    order_class=st.sampled_from(["bracket", "oto", "oco"]), side=SIDES, parts=PARTS,
    path=st.lists(st.tuples(st.integers(85, 115), st.none() | st.integers(86, 114)), max_size=8),
    races=st.booleans(),
)  # fmt: skip
def test_a_group_closes_what_it_opened_and_no_more(
    order_class: str, side: str, parts: list[Decimal], path: list[tuple[int, int | None]], races: bool
) -> None:
    floor, up = Floored(), 1 if side == "buy" else -1
    exits = {"take_profit": {"limit_price": 100 + 10 * up}, "stop_loss": {"stop_price": 100 - 10 * up}}
    if order_class == "oco":
        floor.order(side=side)
        head = floor.order(**exits, side="sell" if up > 0 else "buy", type="limit", order_class="oco")
    else:
        floor.exchange.fill_in_parts("AAPL", parts)
        wanted = exits if order_class == "bracket" else {"stop_loss": exits["stop_loss"]}
        head = floor.order(**wanted, side=side, order_class=order_class)
    floor.exchange.fill_in_parts("AAPL", parts)
    for price, level in path:
        group = [order for order in (floor.now(head), *floor.legs(head)) if order.is_live]
        if level is not None and group:
            floor.exchange.race(floor.account, int(races))
            old = group[level % len(group)]
            name = "limit_price" if old.prices.limit is not None else "stop_price"
            floor.replace(old, **{name: level})
        floor.price(price)
        replaced_by = floor.now(head).replaced_by
        if replaced_by is not None and floor.now(head).status is Status.REPLACED:
            head = floor.exchange.floor.orders[replaced_by]

        assert 0 <= floor.net() * up <= 10
    for _ in parts * 2:
        floor.exchange.pulse()
    exits_left = [order for order in floor.exchange.floor.live() if order.is_awake]
    assert bool(exits_left) == (floor.net() != 0)
    if order_class != "oto" and exits_left:
        assert {order.left for order in exits_left} == {abs(floor.net())}
        assert len(exits_left) == 2


Trading.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestTrading = Trading.TestCase
