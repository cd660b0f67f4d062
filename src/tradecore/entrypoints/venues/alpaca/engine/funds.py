"""Reckon what an account can still pay for, and which of its shares are free."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from tradecore.domain.money import ZERO, sign
from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.orders import Order, Prices
from tradecore.entrypoints.venues.alpaca.engine.quotes import Quote, collared
from tradecore.entrypoints.venues.alpaca.engine.words import OrderClass, Side, Status

_SHORT_MARKUP: Final = Decimal("1.03")


def cost_per_unit(side: Side, prices: Prices, quote: Quote) -> Decimal:
    """Return how much buying power one more unit takes: more than its price, where that is not certain."""
    if side is Side.SELL:
        return max(prices.limit or ZERO, _SHORT_MARKUP * quote.against(Side.BUY))
    return prices.limit or collared(prices.stop or quote.against(Side.BUY))


def reserved(order: Order, net: Decimal, quote: Quote) -> Decimal:
    """Return the buying power that a working order takes; one that closes takes none."""
    if _is_exit(order) or order.status is Status.PENDING_NEW or net * order.side.sign < 0:
        return ZERO
    if order.notional is not None:
        return order.notional
    return order.left * cost_per_unit(order.side, order.prices, quote)


def buying_power(floor: Floor, account: Account, without: str | None = None) -> Decimal:
    """Return what may still be opened, as if the order *without* were not there. Coins are paid for in full."""
    power = account.multiplier * floor.equity(account)
    for symbol, held in account.holdings.items():
        weight = account.multiplier if floor.listing[symbol].is_crypto else 1
        power -= abs(held.quantity) * floor.quotes[symbol].last * weight
    for order in floor.live(account_id=account.id):
        if order.id != without:
            weight = account.multiplier if floor.listing[order.symbol].is_crypto else 1
            net = account.holding(order.symbol).quantity
            power -= reserved(order, net, floor.quotes[order.symbol]) * weight
    return max(ZERO, power)


def closing_orders(net: Decimal, orders: Iterable[Order], without: str | None = None) -> tuple[Order, ...]:
    """Return those of *orders* that would close of *net*, one for each group: its members close the same shares."""
    groups: dict[str, Order] = {}
    for order in orders:
        closes = order.side.sign * sign(net) < 0
        # A sleeping leg waits for an entry, and a replacement for the order before it, which is counted.
        waits = (order.parent is not None and not order.is_awake) or order.status is Status.PENDING_NEW
        if closes and order.is_live and not waits and without not in {order.id, order.group}:
            groups.setdefault(order.group, order)
    return tuple(groups.values())


def held_for_orders(net: Decimal, orders: Iterable[Order], quote: Quote, without: str | None = None) -> Decimal:
    """Return how much of *net* is held by working orders; never negative, and never more than there is."""
    held = sum((_units(order, quote) for order in closing_orders(net, orders, without)), ZERO)
    return min(abs(net), held)


def _units(order: Order, quote: Quote) -> Decimal:
    return order.left if order.notional is None else order.notional / quote.last


def _is_exit(order: Order) -> bool:
    return order.parent is not None or order.order_class is OrderClass.OCO
