"""Read what somebody wants to order, or say which part of it makes no sense."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen

from tradecore.domain.money import CENT, is_multiple
from tradecore.entrypoints.venues.alpaca.engine import fields
from tradecore.entrypoints.venues.alpaca.engine.fields import FieldError
from tradecore.entrypoints.venues.alpaca.engine.orders import Prices
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal, parameter
from tradecore.entrypoints.venues.alpaca.engine.words import OrderClass, Side, Tif, Type

_INTENTS: Final = frozenset({None, "buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close"})


@frozen(kw_only=True)
class Exits:
    """The legs that are asked for: the target's price, and the stop's with a limit where it has one."""

    target: Decimal | None = None
    stop: Decimal | None = None
    stop_limit: Decimal | None = None


@frozen(kw_only=True)
class Wish:
    """An order that somebody wants; exactly one of `quantity` and `notional` is there. `name` says what to trade."""

    name: str
    side: Side
    type: Type
    tif: Tif
    order_class: OrderClass
    quantity: Decimal | None
    notional: Decimal | None
    prices: Prices
    exits: Exits
    extended_hours: bool = False
    client_order_id: str | None = None
    position_intent: str | None = None

    @property
    def is_fractional(self) -> bool:
        """Whether it is for parts of a share, or may turn out so."""
        return self.quantity is None or self.quantity % 1 != 0

    @property
    def is_exit(self) -> bool:
        """Whether it is a pair of exits for what is held."""
        return self.order_class is OrderClass.OCO


def read_wish(body: object) -> Wish | Refusal:
    """Read the body of POST /v2/orders."""
    if not isinstance(body, dict):
        return parameter("request body format is invalid")
    try:
        wish = _wish(body)
    except FieldError as error:
        return parameter(str(error))
    message = _amount(wish) or _PRICES_OF[wish.type](wish) or _legs(wish)
    return parameter(message) if message else wish


def _wish(body: Mapping[str, Any]) -> Wish:
    name = fields.text(body, "symbol")
    if name is None:
        raise FieldError("symbol is required")
    target, stop = fields.part(body, "take_profit"), fields.part(body, "stop_loss")
    order_class = _order_class(body)
    intent = fields.text(body, "position_intent")
    if intent not in _INTENTS:
        raise FieldError("invalid position_intent")
    limit, target_price = fields.number(body, "limit_price"), fields.number(target, "limit_price")
    if order_class is OrderClass.OCO:
        limit = limit or target_price
    return Wish(
        name=name,
        side=fields.word(body, "side", Side, "invalid side"),
        type=fields.word(body, "type", Type, "invalid order type"),
        tif=fields.word(body, "time_in_force", Tif, "invalid time_in_force"),
        order_class=order_class,
        quantity=fields.number(body, "qty"),
        notional=fields.number(body, "notional"),
        prices=Prices(
            limit=limit,
            stop=fields.number(body, "stop_price"),
            trail=fields.number(body, "trail_price"),
            trail_percent=fields.number(body, "trail_percent"),
        ),
        exits=Exits(
            target=target_price or (limit if order_class is OrderClass.OCO else None),
            stop=fields.number(stop, "stop_price"),
            stop_limit=fields.number(stop, "limit_price"),
        ),
        extended_hours=fields.flag(body, "extended_hours"),
        client_order_id=fields.client_order_id(body),
        position_intent=intent,
    )


def _order_class(body: Mapping[str, Any]) -> OrderClass:
    if body.get("order_class") == "simple":
        return OrderClass.SIMPLE
    return fields.word(body, "order_class", OrderClass, "invalid order_class")


def _amount(wish: Wish) -> str | None:
    if wish.quantity is None and wish.notional is None:
        return "qty or notional is required"
    if wish.quantity is not None and wish.notional is not None:
        return "only one of qty or notional is accepted"
    if wish.notional is not None and not is_multiple(wish.notional, CENT):
        return "notional value must be limited to 2 decimal places"
    return None


def _market(wish: Wish) -> str | None:
    return "market orders require no stop or limit price" if _has(wish, limit=True, stop=True) else _no_trail(wish)


def _limit(wish: Wish) -> str | None:
    if wish.prices.limit is None:
        return "limit orders require a limit price"
    return "limit orders must not have stop_price" if _has(wish, stop=True) else _no_trail(wish)


def _stop(wish: Wish) -> str | None:
    if wish.prices.stop is None:
        return "stop orders require a stop price"
    return "stop orders must not have limit_price" if _has(wish, limit=True) else _no_trail(wish)


def _stop_limit(wish: Wish) -> str | None:
    if wish.prices.stop is None or wish.prices.limit is None:
        return "stop limit orders require both stop and limit price"
    return _no_trail(wish)


def _trailing(wish: Wish) -> str | None:
    if _has(wish, limit=True, stop=True):
        return "trailing stop orders require no stop or limit price"
    if (wish.prices.trail is None) == (wish.prices.trail_percent is None):
        return "trailing stop orders must specify one of trail_price or trail_percent"
    return None


_PRICES_OF: Final[Mapping[Type, Callable[[Wish], str | None]]] = MappingProxyType({
    Type.MARKET: _market,
    Type.LIMIT: _limit,
    Type.STOP: _stop,
    Type.STOP_LIMIT: _stop_limit,
    Type.TRAILING_STOP: _trailing,
})  # fmt: skip


def _has(wish: Wish, *, limit: bool = False, stop: bool = False) -> bool:
    return (limit and wish.prices.limit is not None) or (stop and wish.prices.stop is not None)


def _no_trail(wish: Wish) -> str | None:
    has_trail = wish.prices.trail is not None or wish.prices.trail_percent is not None
    return "only trailing stop orders take trail_price or trail_percent" if has_trail else None


def _legs(wish: Wish) -> str | None:
    exits = wish.exits
    if exits.stop_limit is not None and exits.stop is None:
        return "stop_loss.stop_price is required"
    match wish.order_class:
        case OrderClass.BRACKET | OrderClass.OCO:
            if exits.target is None or exits.stop is None:
                return f"{wish.order_class} orders require take_profit.limit_price and stop_loss.stop_price"
        case OrderClass.OTO:
            if (exits.target is None) == (exits.stop is None):
                return "oto orders require exactly one of take_profit or stop_loss"
        case OrderClass.SIMPLE:
            if exits != Exits():
                return "simple orders require no take_profit or stop_loss"
    return None
