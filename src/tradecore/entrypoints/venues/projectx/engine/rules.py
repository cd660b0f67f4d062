"""Say why an order is rejected, in the Gateway's words where somebody has seen them.

Those of a missing price, a wrong type, a size, a leg's type and a position that is too large nobody has: they are ours.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from attrs import frozen

from tradecore.domain.money import is_multiple
from tradecore.entrypoints.venues.projectx.engine.accounts import Account
from tradecore.entrypoints.venues.projectx.engine.contracts import Contract
from tradecore.entrypoints.venues.projectx.engine.orders import Quote, Wish
from tradecore.entrypoints.venues.projectx.engine.words import Side, Type

CLOSED: Final = "Trading is currently unavailable. The instrument is not in an active trading status."
OUTSIDE: Final = "Invalid price. Price is outside allowed range."
_TRAIL_MAX: Final = 1000
# The real limit is unknown; people keep to 60, so that the suffix of a leg fits.
_TAG_MAX: Final = 64
_SUFFIX: Final = "-SL"
_PLACEABLE: Final = frozenset({
    Type.LIMIT, Type.MARKET, Type.STOP, Type.TRAILING_STOP, Type.JOIN_BID, Type.JOIN_ASK,
})  # fmt: skip


@frozen(kw_only=True)
class Case:
    """An order that is asked for, and all that it is judged by; `working` is how many its side has at work."""

    wish: Wish
    account: Account
    contract: Contract
    quote: Quote | None
    is_open: bool
    working: int


def rejection(case: Case) -> str | None:
    """Return the first reason to reject the order, or None where there is none."""
    return next((reason for rule in _RULES if (reason := rule(case))), None)


def trail_ticks(contract: Contract, last: Decimal, level: Decimal) -> int:
    """Return how many ticks a trailing stop stays behind that is asked for at *level*."""
    return int(abs(last - level) // contract.product.tick_size)


def off_grid(contract: Contract, name: str, price: Decimal | None) -> str | None:
    """Say so where *price* is not on the grid."""
    if price is None or (price > 0 and is_multiple(price, contract.product.tick_size)):
        return None
    return f"Invalid {name} price. Price is not aligned to tick size."


def beyond(side: Side, stop: Decimal, last: Decimal) -> bool:
    """Tell whether a stop is where the market has yet to come."""
    return (stop - last) * side.sign > 0


def _closed(case: Case) -> str | None:
    return None if case.is_open else CLOSED


def _words(case: Case) -> str | None:
    if case.wish.type not in _PLACEABLE:
        return "Invalid order type."
    if case.wish.side not in tuple(Side):
        return "Invalid order side."
    return None if case.wish.size > 0 else "Invalid order size."


def _tag(case: Case) -> str | None:
    tag = case.wish.tag
    if tag is None:
        return None
    suffix = _SUFFIX if case.wish.stop_loss or case.wish.take_profit else ""
    if len(tag + suffix) > _TAG_MAX:
        return "Custom tag is too long."
    return "Custom tag already in use." if tag in case.account.tags else None


def _bracket_mode(case: Case) -> str | None:
    if case.account.order_brackets or not (case.wish.stop_loss or case.wish.take_profit):
        return None
    return "Brackets cannot be used with Position Brackets. You must enable Auto OCO Brackets."


def _priceless(case: Case) -> str | None:
    if case.quote is not None:
        return None
    return "Cannot trail without a last price" if case.wish.type == Type.TRAILING_STOP else CLOSED


def _prices(case: Case) -> str | None:
    wish, contract = case.wish, case.contract
    assert case.quote is not None, case  # or it was rejected for that before
    match wish.type:
        case Type.LIMIT:
            return "Limit price not set." if wish.limit_price is None else off_grid(contract, "limit", wish.limit_price)
        case Type.STOP:
            if wish.stop_price is None:
                return "Stop price not set."
            if reason := off_grid(contract, "stop", wish.stop_price):
                return reason
            return None if beyond(Side(wish.side), wish.stop_price, case.quote.last) else OUTSIDE
        case Type.TRAILING_STOP:
            return _trail(contract, wish.trail_price, case.quote.last)
        case _:
            return None


def _trail(contract: Contract, level: Decimal | None, last: Decimal) -> str | None:
    if level is None:
        return "Trail Distance not set."
    if reason := off_grid(contract, "trail", level):
        return reason
    ticks = trail_ticks(contract, last, level)
    if not ticks:
        return "Trail Distance not set."
    return f"Trail Distance exceeds maximum ({_TRAIL_MAX})" if ticks > _TRAIL_MAX else None


def _legs(case: Case) -> str | None:
    wish = case.wish
    is_long = wish.side == Side.BUY
    for leg, name, is_below, types in (
        (wish.stop_loss, "stop loss", is_long, {Type.STOP, Type.TRAILING_STOP}),
        (wish.take_profit, "take profit", not is_long, {Type.LIMIT}),
    ):
        if leg is None:
            continue
        if leg.ticks == 0 or (leg.ticks < 0) is not is_below:
            bound = "less" if is_below else "greater"
            way = "longing" if is_long else "going short"
            return f"Invalid {name} ticks ({leg.ticks}). Ticks should be {bound} than zero when {way}."
        if leg.type not in types:
            return f"Invalid {name} type."
    return None


def _size(case: Case) -> str | None:
    limit, side = case.account.size_max, Side(case.wish.side)
    if limit is None:
        return None
    after = case.account.held(case.contract) * side.sign + case.working + case.wish.size
    return f"Maximum position exceeded ({limit})." if after > limit else None


_RULES: Final[tuple[Callable[[Case], str | None], ...]] = (
    _tag, _words, _closed, _bracket_mode, _priceless, _prices, _legs, _size,
)  # fmt: skip
