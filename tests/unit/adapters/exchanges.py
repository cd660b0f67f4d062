"""Open small exchanges, and write orders briefly."""

from datetime import date
from decimal import Decimal
from typing import Any, final

from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.exchange import AccountTerms, Change, Exchange, Follower, Journal, Row
from tradecore.adapters.memory.exchange.listing import listed
from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId, Symbol
from tradecore.domain.orders import Bracket, News, OrderType, Side, Ticket

D = Decimal
BUY, SELL = Side.BUY, Side.SELL
DESK, OTHER = AccountId("desk"), AccountId("other")
AAPL, GME, BRK, MES, BTC = (Symbol(name) for name in ("AAPL", "GME", "BRK.A", "MESH2026", "BTC/USD"))
LISTED = listed(date(2026, 1, 5))


def an_exchange(*, journal: Journal | None = None, clock: MemoryClock | None = None, **terms: Any) -> Exchange:
    """Open an exchange where everything costs 100, with one account."""
    exchange = Exchange(clock or MemoryClock(), journal=journal)
    exchange.list(*LISTED)
    exchange.open_account(DESK, AccountTerms(**{"cash": D(100_000), **terms}))
    for symbol in (AAPL, GME, BRK, MES, BTC):
        exchange.price(symbol, D(100))
    return exchange


def a_ticket(
    order_id: str = "t-1",
    side: Side = BUY,
    quantity: str | int = 10,
    *,
    symbol: Symbol = AAPL,
    limit: str | int | None = None,
    stop: str | int | None = None,
    bracket: Bracket | None = None,
) -> Ticket:
    """Write an order whose type follows from the prices it has."""
    kinds = {
        (False, False): OrderType.MARKET,
        (True, False): OrderType.LIMIT,
        (False, True): OrderType.STOP,
        (True, True): OrderType.STOP_LIMIT,
    }
    return Ticket(
        id=OrderId(order_id),
        symbol=symbol,
        side=side,
        quantity=D(quantity),
        type=kinds[limit is not None, stop is not None],
        limit_price=None if limit is None else D(limit),
        stop_price=None if stop is None else D(stop),
        bracket=bracket,
    )


def a_bracket(stop: str | int | None = 95, target: str | int | None = 110) -> Bracket:
    return Bracket(stop_price=None if stop is None else D(stop), target_price=None if target is None else D(target))


def net(exchange: Exchange, symbol: Symbol = AAPL) -> Decimal:
    return exchange.survey(DESK, symbol).net


def row(exchange: Exchange, order_id: str) -> Row:
    found = exchange.find(DESK, OrderId(order_id))
    assert found is not None, order_id
    return found


def stand(exchange: Exchange, order_id: str) -> tuple[News, Decimal, Decimal | None]:
    """Say where an order stands: its news, what is filled, at which average price."""
    found = row(exchange, order_id)
    return found.news, found.filled, found.average_price


def id_of(exchange: Exchange, order_id: str) -> BrokerOrderId:
    return row(exchange, order_id).id


def cancel(exchange: Exchange, order_id: str) -> Row:
    answer = exchange.cancel(DESK, id_of(exchange, order_id))
    assert answer is not None
    return answer


@final
class Tape(Follower):
    """Remembers every change."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.gaps = 0

    def changed(self, change: Change) -> None:
        self.changes.append(change)

    def missed(self) -> None:
        self.gaps += 1

    @property
    def lines(self) -> list[str]:
        """Every change in a word or two, in order."""
        return [f"{change.row.order_id} {change.row.news.value} {change.row.filled}" for change in self.changes]


def a_tape(exchange: Exchange, account_id: AccountId = DESK) -> Tape:
    tape = Tape()
    exchange.follow(account_id, tape)
    return tape
