"""Let orders trade at the present prices, and do what follows for the orders that stand and fall with them."""

from collections.abc import Iterable
from decimal import ROUND_DOWN, Decimal
from typing import Final, final

from attrs import evolve

from tradecore.domain.money import ZERO
from tradecore.entrypoints.venues.alpaca.engine.assets import FINEST
from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.orders import Fill, Order
from tradecore.entrypoints.venues.alpaca.engine.quotes import fill_price, trailing, triggers
from tradecore.entrypoints.venues.alpaca.engine.words import OrderClass, Side, Status, Tif, Type

_CRYPTO_FEE: Final = Decimal("0.0025")  # of what is received
_AUCTIONS: Final = frozenset({Tif.OPG, Tif.CLS})
_AT_ONCE: Final = frozenset({Tif.IOC, Tif.FOK})
_PENDING: Final = frozenset({Status.PENDING_CANCEL, Status.PENDING_REPLACE})


@final
class Matcher:
    """Fills orders, wakes legs, and ends what has ended."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def begin(self, order: Order) -> None:
        """Let *order* work from now on. A stop whose target works beside it stays held, and works nevertheless."""
        has_target = order.parent is not None and any(one.type is Type.LIMIT for one in self._floor.companions(order))
        status = Status.HELD if has_target and order.type is not Type.LIMIT else Status.NEW
        if order.status in _PENDING:
            status = order.status
        # Of a leg that has only been waiting, it was told that it is held.
        event = None if status is order.status else status.value
        order = evolve(order, status=status, is_awake=True, updated_at=self._floor.now())
        self._floor.put(order, event)
        if order.order_class is OrderClass.OCO and order.parent is None:
            for leg in self._floor.legs(order):
                self.begin(leg)

    def auction(self, order: Order) -> None:
        """Let an order for the opening or the close trade in its auction, or end."""
        self._match(order)
        left = self._floor.orders[order.id]
        if left.is_live:
            self.end(left, Status.EXPIRED)

    def match(self, orders: Iterable[Order]) -> None:
        """Let *orders* trade where they can; those for an opening or a close wait for their auction."""
        for each in orders:
            order = self._floor.orders[each.id]  # an order before it may have changed it
            if order.is_live and order.is_awake and order.tif not in _AUCTIONS:
                asset = self._floor.listing[order.symbol]
                if self._floor.is_tradable_now(asset, extended_hours=order.extended_hours):
                    self._match(order)

    def _match(self, order: Order) -> None:
        quote = self._floor.quotes[order.symbol]
        if order.type is Type.TRAILING_STOP and not order.triggered:
            order = evolve(order, prices=trailing(order.prices, order.side, quote.last))
            self._floor.put(order)
        if triggers(order, quote):
            order = evolve(order, triggered=True)
            self._floor.put(order)
        price = fill_price(order, quote)
        if price is not None:
            self._trade(order, price)
        elif order.prices.limit is not None and (order.triggered or order.prices.stop is None):
            self._floor.put(evolve(order, resting=True))
        left = self._floor.orders[order.id]
        if left.tif in _AT_ONCE and left.is_live:
            self.end(left, Status.CANCELED)

    def _trade(self, order: Order, price: Decimal) -> None:
        if order.notional is not None:
            self._trade_money(order, order.notional, price)
            return
        is_whole = order.tif is Tif.FOK
        quantity = order.left if is_whole else self._floor.portions.take(order.symbol, order.left)
        if quantity > ZERO:
            self._fill(order, quantity, price)

    def _trade_money(self, order: Order, money: Decimal, price: Decimal) -> None:
        """Trade as much as *money* is worth by now, and sell no more than there is."""
        quantity = (money / price).quantize(FINEST, rounding=ROUND_DOWN)
        if order.side is Side.SELL:
            quantity = min(quantity, self._floor.accounts[order.account_id].holding(order.symbol).quantity)
        if quantity > ZERO:
            self._fill(order, quantity, price)
        else:
            self.end(order, Status.REJECTED)

    def _fill(self, order: Order, quantity: Decimal, price: Decimal) -> None:
        floor, now = self._floor, self._floor.now()
        account = floor.accounts[order.account_id]
        is_coin = floor.listing[order.symbol].is_crypto
        fee = (quantity * _CRYPTO_FEE).quantize(FINEST) if is_coin and order.side is Side.BUY else ZERO
        account.book(order.symbol, quantity * order.side.sign, price, fee)
        if is_coin and order.side is Side.SELL:
            account.cash -= quantity * price * _CRYPTO_FEE
        is_done = order.notional is not None or quantity == order.left
        status = order.status if order.status in _PENDING else Status.PARTIALLY_FILLED
        order = evolve(
            order,
            filled=order.filled + quantity,
            paid=order.paid + quantity * price,
            status=Status.FILLED if is_done else status,
            updated_at=now,
            ended_at=now if is_done else None,
        )
        position = account.holding(order.symbol).quantity
        fill = Fill(id=floor.new_id(), order=order, quantity=quantity, price=price, position=position, at=now)
        floor.fills.append(fill)
        floor.put(order, "fill" if is_done else "partial_fill", fill)
        self._follow_up(order, quantity)

    def _follow_up(self, order: Order, quantity: Decimal) -> None:
        """Wake the legs of an entry that has filled; shrink or end the exits beside one that has."""
        if order.parent is None and order.order_class is not OrderClass.OCO:
            if order.status is Status.FILLED:
                for leg in sorted(self._floor.legs(order), key=lambda leg: leg.type is not Type.LIMIT):
                    self.begin(self._floor.orders[leg.id])
                self.match(self._floor.legs(order))
            return
        for other in tuple(self._floor.companions(order)):
            if order.status is Status.FILLED:
                is_target = other.type is Type.LIMIT and self._floor.targets_end_replaced
                self.end(other, Status.REPLACED if is_target else Status.CANCELED, alone=True)
            else:
                assert other.quantity is not None, other  # only a simple order can be in money
                self._floor.put(evolve(other, quantity=other.quantity - quantity, updated_at=self._floor.now()))

    def end(self, order: Order, status: Status, *, alone: bool = False) -> None:
        """End *order* without a trade, and unless *alone* all that stand and fall with it."""
        now = self._floor.now()
        others = () if alone else tuple(self._floor.companions(order))
        ended = evolve(order, status=status, is_awake=False, updated_at=now, ended_at=now)
        is_told = order.status is not Status.HELD or self._floor.tells_end_of_held
        self._floor.put(ended, status.value if is_told else None)
        for other in others:
            self.end(other, status, alone=True)
