"""Open small Alpaca exchanges, and write orders briefly."""

from decimal import Decimal
from typing import Any, final

from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.mint import MemoryMint
from tradecore.entrypoints.venues.alpaca.engine.closing import Part, read_part
from tradecore.entrypoints.venues.alpaca.engine.exchange import AlpacaExchange
from tradecore.entrypoints.venues.alpaca.engine.orders import Order, Update
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal
from tradecore.entrypoints.venues.alpaca.engine.replacing import read_amendment
from tradecore.entrypoints.venues.alpaca.engine.wishes import read_wish

D = Decimal
COINS = {"symbol": "BTC/USD", "time_in_force": "gtc"}
BRACKET = {"order_class": "bracket", "take_profit": {"limit_price": 110}, "stop_loss": {"stop_price": 90}}
OCO = {
    "side": "sell", "type": "limit", "order_class": "oco",
    "take_profit": {"limit_price": 110}, "stop_loss": {"stop_price": 90},
}  # fmt: skip


@final
class Floored:
    """An exchange on a quiet Monday, where everything costs 100, with one account."""

    def __init__(self, cash: str = "100000") -> None:
        self.clock = MemoryClock()
        self.exchange = AlpacaExchange(self.clock, MemoryMint(), ExchangeCalendar())
        self.account = self.exchange.open_account("key", "secret", D(cash))
        self.updates: list[Update] = []
        self.exchange.follow(self.updates.append)
        for asset in self.exchange.floor.listing:
            self.exchange.price(asset.symbol, D(100))

    def ask(self, **body: Any) -> Order | Refusal:
        """Send an order: ten AAPL at the market, unless *body* says otherwise."""
        whole = {"symbol": "AAPL", "side": "buy", "type": "market", "time_in_force": "day", **body}
        wish = read_wish(whole if "notional" in body or "qty" in body else {"qty": 10, **whole})
        return wish if isinstance(wish, Refusal) else self.exchange.submit(self.account, wish)

    def order(self, **body: Any) -> Order:
        """Send an order that is taken, and return it as it was answered."""
        order = self.ask(**body)
        assert isinstance(order, Order), order
        return order

    def refusal(self, **body: Any) -> dict[str, Any]:
        """Send an order that is not taken, and return its status with its body."""
        return said(self.ask(**body))

    def now(self, order: Order) -> Order:
        """Return *order* as it is now."""
        return self.exchange.floor.orders[order.id]

    def legs(self, order: Order) -> tuple[Order, ...]:
        return self.exchange.floor.legs(self.now(order))

    def price(self, last: str | int, symbol: str = "AAPL", **sides: int) -> None:
        self.exchange.price(symbol, D(last), **{name: D(side) for name, side in sides.items()})

    def net(self, symbol: str = "AAPL") -> Decimal:
        return self.account.holding(symbol).quantity

    def replace(self, order: Order, **body: Any) -> Order | Refusal:
        amendment = read_amendment(body)
        if isinstance(amendment, Refusal):
            return amendment
        return self.exchange.replace(self.account, order.id, amendment)

    def close(self, symbol: str = "AAPL", **query: Any) -> Order | Refusal:
        part = read_part(query)
        return self.exchange.close(self.account, symbol, part) if isinstance(part, Part) else part

    def cancel(self, order: Order) -> Refusal | None:
        return self.exchange.cancel(self.account, order.id)

    def told(self) -> list[str]:
        """Return the events since the last call."""
        events = [update.event for update in self.updates]
        self.updates.clear()
        return events


def said(answer: object) -> dict[str, Any]:
    """Return a refusal's status with its body."""
    assert isinstance(answer, Refusal), answer
    return {"status": answer.status, **answer.body()}
