"""Take orders in: judge them, make them, and let them begin."""

from collections import deque
from datetime import datetime, timedelta
from decimal import ROUND_DOWN
from typing import Final, final

from attrs import evolve

from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.engine.assets import FINEST, Asset
from tradecore.entrypoints.venues.alpaca.engine.case import Case, gather
from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.matching import Matcher
from tradecore.entrypoints.venues.alpaca.engine.orders import Order, Prices
from tradecore.entrypoints.venues.alpaca.engine.permissions import PERMISSIONS
from tradecore.entrypoints.venues.alpaca.engine.quotes import trailing
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal, parameter, unprocessable
from tradecore.entrypoints.venues.alpaca.engine.rules import FORM, first_refusal
from tradecore.entrypoints.venues.alpaca.engine.wishes import Wish
from tradecore.entrypoints.venues.alpaca.engine.words import OrderClass, Side, Status, Tif, Type

_GTC_LASTS: Final = timedelta(days=90)


@final
class Desk:
    """Where orders come in."""

    def __init__(self, floor: Floor, matcher: Matcher) -> None:
        self._floor = floor
        self._matcher = matcher
        self._rejecting: deque[str] = deque()

    def reject_next(self, account_id: str) -> None:
        """Take the account's next order, and reject it right after, as a venue behind Alpaca does."""
        self._rejecting.append(account_id)

    def place(self, account: Account, wish: Wish, *, by_hand: bool = False) -> Order | Refusal:
        """Return the order as it is answered, before anything traded; or why it is refused."""
        asset = self._floor.listing.find(wish.name)
        if asset is None:
            return unprocessable(f'asset "{wish.name}" not found')
        if asset.is_crypto and wish.quantity is not None:
            wish = evolve(wish, quantity=wish.quantity.quantize(FINEST, rounding=ROUND_DOWN))
        case = gather(self._floor, account, asset, wish)
        refusal = first_refusal(case, FORM) or self._taken(account, wish) or first_refusal(case, PERMISSIONS)
        if refusal is not None:
            return refusal
        order = self._order(case, by_hand=by_hand)
        legs = _legs(self._floor, order, wish)
        is_open = self._floor.is_tradable_now(asset, extended_hours=wish.extended_hours)
        order = evolve(order, status=Status.PENDING_NEW if is_open else Status.ACCEPTED)
        self._floor.put(order, order.status.value)
        for leg in legs:
            self._floor.put(leg, leg.status.value)
        if account.id in self._rejecting:
            self._rejecting.remove(account.id)
            self._matcher.end(order, Status.REJECTED)
        elif is_open:
            self._matcher.begin(order)
            self._matcher.match((order, *legs))
        return order

    def _taken(self, account: Account, wish: Wish) -> Refusal | None:
        used = (account.id, wish.client_order_id) in self._floor.client_ids
        return parameter("client_order_id must be unique") if used else None

    def _order(self, case: Case, *, by_hand: bool) -> Order:
        wish, now = case.wish, self._floor.now()
        prices = wish.prices
        if wish.type is Type.TRAILING_STOP:
            prices = trailing(prices, wish.side, case.quote.last)
        return Order(
            id=self._floor.new_id(),
            client_order_id=wish.client_order_id or self._floor.new_id(),
            account_id=case.account.id,
            symbol=case.asset.symbol,
            side=wish.side,
            type=wish.type,
            tif=wish.tif,
            order_class=wish.order_class,
            quantity=wish.quantity,
            notional=wish.notional,
            prices=prices,
            extended_hours=wish.extended_hours,
            status=Status.PENDING_NEW,
            created_at=now,
            updated_at=now,
            position_intent=case.intent,
            expires_at=self._end(case.asset, wish.tif),
            by_hand=by_hand,
        )

    def _end(self, asset: Asset, tif: Tif) -> datetime | None:
        """Return when an order ends by itself; one for coins never does."""
        if asset.is_crypto:
            return None
        return self._floor.now() + _GTC_LASTS if tif is Tif.GTC else self._floor.hours.next_close()


def _legs(floor: Floor, order: Order, wish: Wish) -> tuple[Order, ...]:
    """Return the legs of *order*, asleep; the target first. Of an OCO the order is the target itself."""
    exits, legs = wish.exits, []
    if exits.target is not None and not wish.is_exit:
        legs.append(_leg(floor, order, Type.LIMIT, Prices(limit=exits.target)))
    if exits.stop is not None:
        kind = Type.STOP if exits.stop_limit is None else Type.STOP_LIMIT
        legs.append(_leg(floor, order, kind, Prices(stop=exits.stop, limit=exits.stop_limit)))
    return tuple(legs)


def _leg(floor: Floor, parent: Order, kind: Type, prices: Prices) -> Order:
    is_oco = parent.order_class is OrderClass.OCO
    side: Side = parent.side if is_oco else parent.side.opposite
    return evolve(
        parent,
        id=floor.new_id(),
        client_order_id=floor.new_id(),
        side=side,
        type=kind,
        prices=prices,
        status=Status.HELD,
        parent=parent.id,
        position_intent=f"{side}_to_close",
    )
