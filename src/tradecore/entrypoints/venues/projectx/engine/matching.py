"""Match orders with prices, and let the legs of a bracket live and end with each other."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, final

from attrs import evolve

from tradecore.entrypoints.venues.projectx.engine.floor import Floor
from tradecore.entrypoints.venues.projectx.engine.orders import Order, Quote
from tradecore.entrypoints.venues.projectx.engine.words import Status, Type

_AT_WORK: Final = frozenset({Status.OPEN, Status.PENDING})
_LIMITED: Final = frozenset({Type.LIMIT, Type.JOIN_BID, Type.JOIN_ASK})
_STOPS: Final = frozenset({Type.STOP, Type.TRAILING_STOP})


@final
class Matcher:
    """Trades what can trade."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def match(self, orders: Iterable[Order]) -> None:
        """Let each of *orders* trade, in order, as far as the prices allow."""
        for order in orders:
            self._trail(order.id)
            self._trade(order.id)

    def fill(self, order: Order, price: Decimal, size: int) -> None:
        """Fill *size* of an order at *price*."""
        filled = order.filled + size
        status = Status.FILLED if filled == order.size else Status.OPEN
        order = self._floor.put(evolve(order, filled=filled, paid=order.paid + size * price, status=status))
        self._floor.book(order, size, price)
        if status is Status.FILLED:
            self._wake_legs(order)
            self._end_siblings(order)

    def end(self, order: Order, status: Status = Status.CANCELLED) -> None:
        """End an order; its legs protect what it filled, or end with it."""
        order = self._floor.put(evolve(order, status=status))
        if order.filled and order.parent is None:
            self._wake_legs(order)
            return
        for leg in self._floor.children(order.id):
            if not leg.status.is_over:
                self._floor.put(evolve(leg, status=Status.CANCELLED))

    def end_by_request(self, order: Order) -> None:
        """End an order because its owner asked for it."""
        self.end(order)
        if self._floor.manners.cancel_ends_sibling:
            self._end_siblings(order)

    def _trail(self, order_id: int) -> None:
        order = self._floor.orders[order_id]
        if order.type is not Type.TRAILING_STOP or order.status not in _AT_WORK:
            return
        assert order.trail_price is not None, order
        level = self._floor.quotes[order.contract.id].last + abs(order.trail_price) * order.side.sign
        if order.stop_price is None or (order.stop_price - level) * order.side.sign > 0:
            self._floor.keep(evolve(order, stop_price=level))

    def _trade(self, order_id: int) -> None:
        order = self._floor.orders[order_id]
        if order.status not in _AT_WORK:
            return
        price = self._price(order, self._floor.quotes[order.contract.id])
        if price is None:
            self._floor.keep(evolve(order, resting=order.type in _LIMITED))
        elif size := self._floor.part(order.contract, order.left):
            self.fill(order, price, size)

    def _price(self, order: Order, quote: Quote) -> Decimal | None:
        """Return the price at which *order* trades now, or None where it does not."""
        market, sign = quote.against(order.side), order.side.sign
        if order.type in _LIMITED:
            assert order.limit_price is not None, order
            room = (order.limit_price - market) * sign
            if room < 0 or (room == 0 and order.resting and self._floor.manners.limits_need_through):
                return None
            # A limit that the market came to trades at its own price; one that came to the market at the market's.
            return order.limit_price if order.resting else market
        if order.type in _STOPS:
            assert order.stop_price is not None, order
            if not order.filled and (quote.last - order.stop_price) * sign < 0:
                return None
        return market + self._floor.manners.slippage_ticks * order.contract.product.tick_size * sign

    def _wake_legs(self, entry: Order) -> None:
        assert entry.filled_price is not None, entry
        tick = entry.contract.product.tick_size
        at = (entry.filled_price / tick).to_integral_value() * tick
        legs = self._floor.children(entry.id)
        # The target is told first, as it was seen.
        for leg in reversed(legs):
            if leg.status is not Status.SUSPENDED:
                continue
            assert leg.trail_price is not None, leg
            price = at + leg.trail_price
            awake = evolve(leg, status=Status.OPEN, size=entry.filled)
            if leg.type is Type.LIMIT:
                self._floor.put(evolve(awake, limit_price=price, resting=True))
            else:
                self._floor.put(evolve(awake, stop_price=price))
        self.match(legs)

    def _end_siblings(self, leg: Order) -> None:
        for sibling in self._floor.siblings(leg):
            if not sibling.status.is_over:
                self._floor.put(evolve(sibling, status=Status.CANCELLED))
