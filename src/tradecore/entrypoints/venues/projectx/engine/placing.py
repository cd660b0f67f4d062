"""Bring new orders to the floor, and change those that are there."""

from decimal import Decimal
from typing import Final, final

from attrs import evolve, frozen

from tradecore.entrypoints.venues.projectx.engine.accounts import Account
from tradecore.entrypoints.venues.projectx.engine.contracts import Contract
from tradecore.entrypoints.venues.projectx.engine.floor import Floor
from tradecore.entrypoints.venues.projectx.engine.matching import Matcher
from tradecore.entrypoints.venues.projectx.engine.orders import Leg, Order, Wish
from tradecore.entrypoints.venues.projectx.engine.rules import OUTSIDE, Case, beyond, off_grid, rejection, trail_ticks
from tradecore.entrypoints.venues.projectx.engine.words import Change, Place, Refusal, Side, Status, Type

_SIZES: Final = "Invalid order size."


@frozen(kw_only=True)
class Amendment:
    """What is to be different about an order; None leaves it as it is."""

    size: int | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None


@final
class Desk:
    """Where orders come in."""

    def __init__(self, floor: Floor, matcher: Matcher) -> None:
        self._floor = floor
        self._matcher = matcher

    def place(self, account: Account, contract: Contract, wish: Wish, *, is_open: bool) -> Order | Refusal:
        """Judge a new order, and let it trade as far as it can; a rejected one is there all the same."""
        side = Side.SELL if wish.side == Side.SELL else Side.BUY
        live = self._floor.live(contract, account.id)
        working = sum(one.left for one in live if one.side is side and one.parent is None)
        quote = self._floor.quotes.get(contract.id)
        reason = rejection(
            Case(wish=wish, account=account, contract=contract, quote=quote, is_open=is_open, working=working)
        )
        order = self._order(contract, wish, side)
        if wish.tag is not None:
            account.tags.update((wish.tag, f"{wish.tag}-SL", f"{wish.tag}-TP"))
        if reason is not None:
            rejected = self._floor.put(evolve(order, status=Status.REJECTED))
            code = Place.ORDER_REJECTED if is_open else self._floor.manners.closed_code
            return Refusal(code, reason, rejected.id)
        legs = self._legs(order, wish)
        # The stop is told before the entry, as it was seen.
        for each in (*legs[:1], order, *legs[1:]):
            self._floor.put(each)
        self._matcher.match((order,))
        return self._floor.orders[order.id]

    def close(self, account: Account, contract: Contract, side: Side, size: int) -> Order:
        """Send the market order that closes a position, or a part of it."""
        wish = Wish(account_id=account.id, contract_id=contract.id, type=Type.MARKET, side=side, size=size)
        order = self._floor.put(self._order(contract, wish, side))
        self._matcher.match((order,))
        return self._floor.orders[order.id]

    def modify(self, order: Order, amendment: Amendment) -> Refusal | None:
        """Change a working order in place."""
        if order.status not in {Status.OPEN, Status.PENDING}:
            return Refusal(Change.REJECTED)
        reason = self._reason_not_to(order, amendment)
        if reason is not None:
            return Refusal(Change.REJECTED, reason)
        if order.limit_price is not None:
            order = evolve(order, limit_price=amendment.limit_price or order.limit_price, resting=False)
        if order.type is Type.STOP:
            order = evolve(order, stop_price=amendment.stop_price or order.stop_price)
        if order.type is Type.TRAILING_STOP and amendment.trail_price is not None:
            last = self._floor.quotes[order.contract.id].last
            ticks = trail_ticks(order.contract, last, amendment.trail_price)
            order = evolve(order, trail_distance=ticks, stop_price=None)
        order = self._floor.put(evolve(order, size=amendment.size or order.size))
        self._matcher.match((order,))
        return None

    def _reason_not_to(self, order: Order, amendment: Amendment) -> str | None:
        contract = order.contract
        if amendment.size is not None and amendment.size <= order.filled:
            return _SIZES
        for name in ("limit", "stop", "trail"):
            if reason := off_grid(contract, name, getattr(amendment, f"{name}_price")):
                return reason
        if order.type is Type.STOP and amendment.stop_price is not None:
            last = self._floor.quotes[contract.id].last
            return None if beyond(order.side, amendment.stop_price, last) else OUTSIDE
        return None

    def _order(self, contract: Contract, wish: Wish, side: Side) -> Order:
        now, quote = self._floor.now(), self._floor.quotes.get(contract.id)
        known = wish.type in tuple(Type)
        kind = Type(wish.type) if known else Type.UNKNOWN
        limit, trail = wish.limit_price, None
        if quote is not None and kind in {Type.JOIN_BID, Type.JOIN_ASK}:
            limit = quote.bid if kind is Type.JOIN_BID else quote.ask
        if quote is not None and kind is Type.TRAILING_STOP and wish.trail_price is not None:
            trail = trail_ticks(contract, quote.last, wish.trail_price)
        return Order(
            id=self._floor.new_order_id(), account_id=wish.account_id, contract=contract, created_at=now,
            updated_at=now, status=Status.PENDING if kind is Type.MARKET else Status.OPEN, type=kind, side=side,
            size=wish.size, limit_price=limit if kind in {Type.LIMIT, Type.JOIN_BID, Type.JOIN_ASK} else None,
            stop_price=wish.stop_price if kind is Type.STOP else None, tag=wish.tag, trail_distance=trail)  # fmt: skip

    def _legs(self, entry: Order, wish: Wish) -> tuple[Order, ...]:
        """Return the legs of an entry, suspended: the stop first, and the target linked to it."""
        stop = None if wish.stop_loss is None else self._leg(entry, wish.stop_loss, "SL")
        target = None if wish.take_profit is None else self._leg(entry, wish.take_profit, "TP")
        if target is not None and stop is not None:
            target = evolve(target, linked=stop.id)
        return tuple(leg for leg in (stop, target) if leg is not None)

    def _leg(self, entry: Order, leg: Leg, suffix: str) -> Order:
        return evolve(
            entry, id=self._floor.new_order_id(), status=Status.SUSPENDED, type=Type(leg.type),
            side=entry.side.opposite, limit_price=None, stop_price=None,
            tag=None if entry.tag is None else f"{entry.tag}-{suffix}", trail_distance=leg.ticks,
            parent=entry.id)  # fmt: skip
