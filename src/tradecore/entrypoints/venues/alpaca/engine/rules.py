"""Say which orders cannot be: by what is traded, by class, time in force and fraction, and by the levels of a bracket.

The rules are asked in this order, and the first that has something to say answers.
"""

from collections.abc import Callable, Iterator
from datetime import time
from decimal import Decimal
from typing import Final

from tradecore.domain.money import CENT, ONE, is_multiple, plain
from tradecore.entrypoints.venues.alpaca.engine.assets import FINEST
from tradecore.entrypoints.venues.alpaca.engine.case import Case
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal, forbidden, parameter, unprocessable
from tradecore.entrypoints.venues.alpaca.engine.wishes import Wish
from tradecore.entrypoints.venues.alpaca.engine.words import OrderClass, Phase, Side, Tif, Type

Rule = Callable[[Case], Refusal | None]

_CRYPTO_TYPES: Final = frozenset({Type.MARKET, Type.LIMIT, Type.STOP_LIMIT})
_CRYPTO_TIFS: Final = frozenset({Tif.GTC, Tif.IOC})
_LASTING: Final = frozenset({Tif.DAY, Tif.GTC})
_PLAIN_TYPES: Final = frozenset({Type.MARKET, Type.LIMIT})
# From when on an order for an auction comes too late for it, and when those for the next are taken.
_TOO_LATE: Final = {Tif.OPG: time(9, 28), Tif.CLS: time(15, 50)}
_EVENING: Final = time(19)
_LEAST_COIN_COST: Final = Decimal(10)


def first_refusal(case: Case, rules: tuple[Rule, ...]) -> Refusal | None:
    """Return what the first rule that minds has to say."""
    return next((refusal for rule in rules if (refusal := rule(case))), None)


def _listed(case: Case) -> Refusal | None:
    asset = case.asset
    if not asset.active:
        return unprocessable(f"asset {asset.symbol} is not active")
    if not asset.tradable:
        return unprocessable(f'asset "{asset.symbol}" is not tradable')
    if asset.halted and case.wish.type is Type.MARKET:
        return unprocessable(f"market order rejected due to trading halt on symbol: {asset.symbol}")
    return None


def _too_fine(case: Case) -> Refusal | None:
    """Refuse parts of a share below a billionth; of coins they are cut off."""
    quantity = case.wish.quantity
    if quantity is None or is_multiple(quantity, FINEST):
        return None
    return parameter("invalid qty")


def off_grid(case: Case) -> Refusal | None:
    """Refuse a price between two ticks."""
    for name, price in _prices(case.wish):
        if price is not None and not case.asset.takes_price(price):
            sentence = "sub-penny increment does not fulfill minimum pricing criteria"
            return unprocessable(f"invalid {name} {plain(price)}. {sentence}")
    return None


def _prices(wish: Wish) -> Iterator[tuple[str, Decimal | None]]:
    yield "limit_price", wish.prices.limit
    yield "stop_price", wish.prices.stop
    yield "take_profit.limit_price", wish.exits.target
    yield "stop_loss.stop_price", wish.exits.stop
    yield "stop_loss.limit_price", wish.exits.stop_limit


def _crypto(case: Case) -> Refusal | None:
    wish = case.wish
    if not case.asset.is_crypto:
        return None
    if wish.order_class is not OrderClass.SIMPLE:
        return unprocessable("crypto orders not allowed for advanced order_class")
    if wish.type not in _CRYPTO_TYPES:
        return unprocessable("invalid order type for crypto order")
    if wish.tif not in _CRYPTO_TIFS:
        return unprocessable("invalid crypto time_in_force")
    return unprocessable("extended hours order must be DAY or GTC limit orders") if wish.extended_hours else None


def _fractional(case: Case) -> Refusal | None:
    wish = case.wish
    if case.asset.is_crypto or not wish.is_fractional:
        return None
    if not case.asset.fractionable:
        return unprocessable(f'asset "{case.asset.symbol}" is not fractionable')
    if wish.order_class is not OrderClass.SIMPLE:
        return unprocessable("fractional orders must be simple orders")
    if wish.tif is not Tif.DAY:
        return unprocessable("fractional orders must be DAY orders")
    if wish.type is Type.TRAILING_STOP:
        return unprocessable("fractional orders must be market, limit, stop or stop_limit orders")
    if wish.extended_hours and "fractional_eh_enabled" not in case.asset.attributes:
        return unprocessable(f'asset "{case.asset.symbol}" is not enabled for fractional extended hours trading')
    if wish.notional is not None and wish.side is Side.BUY and wish.notional < ONE:
        return unprocessable("notional must be >= 1.00")
    return None


def _time_in_force(case: Case) -> Refusal | None:
    wish = case.wish
    if wish.extended_hours and (wish.type is not Type.LIMIT or wish.tif not in _LASTING):
        return unprocessable("extended hours order must be DAY or GTC limit orders")
    if wish.tif not in _LASTING and wish.type not in _PLAIN_TYPES:
        return unprocessable(f"{wish.type} orders must be DAY or GTC orders")
    if case.wall is not None and wish.tif in _TOO_LATE and _TOO_LATE[wish.tif] <= case.wall < _EVENING:
        return unprocessable(f"{wish.tif} orders are rejected from {_TOO_LATE[wish.tif]:%H:%M} to {_EVENING:%H:%M}")
    if wish.tif in {Tif.IOC, Tif.FOK} and not case.asset.is_crypto and case.phase is not Phase.CORE:
        return unprocessable(f"{wish.tif} orders are only accepted during market hours")
    return None


def _order_class(case: Case) -> Refusal | None:
    wish = case.wish
    if wish.order_class is OrderClass.SIMPLE:
        return None
    if wish.tif not in _LASTING:
        return unprocessable(f"{wish.order_class} orders must be DAY or GTC orders")
    if wish.extended_hours:
        return unprocessable(f"extended hours order must be simple, not {wish.order_class}")
    if wish.order_class is OrderClass.OCO:
        if wish.type is not Type.LIMIT:
            return unprocessable("oco orders must be limit orders")
        return None if case.closes else unprocessable("oco orders must be exit orders")
    if case.closes or (case.brackets_from_flat and (case.net or case.working)):
        return unprocessable(f"{wish.order_class} orders must be entry orders")
    return None


def _levels(case: Case) -> Refusal | None:
    """Hold the legs at least a cent beyond the base price; the stop beyond the market too."""
    wish, exits = case.wish, case.wish.exits
    # The legs of an entry stand on the other side of it; those of an OCO are on the order's own.
    exit_sign = wish.side.sign if wish.is_exit else -wish.side.sign
    base = exits.target if wish.is_exit else wish.prices.limit or wish.prices.stop or case.quote.last
    assert base is not None, wish
    if exits.stop is not None:
        for level in (base, case.quote.last):
            if (exits.stop - level) * exit_sign < CENT:
                return _beyond("stop_loss.stop_price", level, above=exit_sign > 0)
    if exits.target is not None and not wish.is_exit and (base - exits.target) * exit_sign < CENT:
        return _beyond("take_profit.limit_price", base, above=exit_sign < 0)
    return None


def _beyond(name: str, base: Decimal, *, above: bool) -> Refusal:
    bound = ">= base_price + 0.01" if above else "<= base_price - 0.01"
    return unprocessable(f"{name} must be {bound}", base_price=plain(base))


def least_coin_cost(case: Case) -> Refusal | None:
    """Refuse an order for coins that is too small."""
    if not case.asset.is_crypto:
        return None
    cost = case.wish.notional or case.quantity * (case.wish.prices.limit or case.quote.last)
    if cost >= _LEAST_COIN_COST:
        return None
    return forbidden(f"cost basis must be >= minimal amount of order {_LEAST_COIN_COST}")


FORM: Final[tuple[Rule, ...]] = (
    _listed, _too_fine, _crypto, off_grid, _fractional, _time_in_force, _order_class, _levels,
)  # fmt: skip
