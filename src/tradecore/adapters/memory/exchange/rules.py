"""Say why the exchange refuses an order, in the order in which venues look."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from attrs import frozen

from tradecore.adapters.memory.exchange.accounts import AccountTerms
from tradecore.adapters.memory.exchange.rows import WASH_TRADE, Row
from tradecore.domain.instruments import Instrument, Kind
from tradecore.domain.money import ONE, ZERO, is_multiple, plain, sign
from tradecore.domain.orders import Side
from tradecore.domain.venues import Quote


@frozen(kw_only=True)
class Case:
    """An order, and all that it is judged by.

    `net` is what the account holds of the instrument, `working` its other live orders in it, and `buying_power`
    what its live orders have left of it.
    """

    row: Row
    legs: tuple[Row, ...]
    terms: AccountTerms
    blocked: str
    instrument: Instrument
    net: Decimal
    working: tuple[Row, ...]
    quote: Quote | None
    is_open: bool
    buying_power: Decimal


def refusal(case: Case) -> str | None:
    """Return the first reason to refuse the order, or None where there is none."""
    return next((reason for rule in _RULES if (reason := rule(case))), None)


def exposure_refusal(terms: AccountTerms, instrument: Instrument, net: Decimal, row: Row) -> str | None:
    """Say why a position of *net* must not change by what is left of *row*: asked when it comes, and when it fills."""
    signed = row.left * row.side.sign
    after = net + signed
    if row.reduce_only and opening(net, signed):
        return f"the order may only reduce (requested: {plain(abs(signed))}, held: {plain(net)})"
    if sign(net) * sign(after) < 0 and not terms.rules.crosses_zero:
        return _insufficient(row.left, abs(net))
    if after >= 0 or signed > 0:
        return None
    if not terms.rules.shorts:
        return "the account may not sell short"
    if not instrument.shortable:
        return f"{instrument.symbol} cannot be sold short"
    if not is_multiple(after, ONE):
        return "fractional orders cannot be sold short"
    return None


def opening(net: Decimal, signed: Decimal) -> Decimal:
    """Return how much of *signed* would take the position further from zero; never negative."""
    if sign(net) * sign(signed) >= 0:
        return abs(signed)
    return max(ZERO, abs(signed) - abs(net))


def cost_per_unit(terms: AccountTerms, instrument: Instrument, price: Decimal) -> Decimal:
    """Return how much buying power one more unit takes at *price*."""
    return terms.margin if instrument.kind is Kind.FUTURE else price * instrument.point_value


def price_asked(row: Row, quote: Quote) -> Decimal:
    """Return the price that buying power is reckoned at: the order's own, or the market's."""
    if row.limit_price is not None:
        return row.limit_price
    market = quote.ask if row.side is Side.BUY else quote.bid
    return row.stop_price or market or quote.last


def _untradable(case: Case) -> str | None:
    return None if case.instrument.tradable else f"{case.instrument.symbol} is not tradable"


def _off_grid(case: Case) -> str | None:
    if not case.instrument.fractionable and not is_multiple(case.row.quantity, ONE):
        return f"{case.instrument.symbol} is not fractionable"
    try:
        case.instrument.check_quantity(case.row.quantity)
        for row in (case.row, *case.legs):
            for price in (row.limit_price, row.stop_price):
                if price is not None:
                    case.instrument.check_price(price)
    except ValueError as error:
        return str(error)
    return None


def _fractional(case: Case) -> str | None:
    if case.terms.fractional or is_multiple(case.row.quantity, ONE):
        return None
    return "fractional orders are not allowed"


def _bracket(case: Case) -> str | None:
    if not case.legs:
        return None
    if not case.terms.rules.brackets:
        return "brackets are not supported"
    if case.terms.rules.brackets_from_flat and (case.net or case.working):
        return "bracket orders must be entry orders"
    stop = next((leg.stop_price for leg in case.legs if leg.stop_price is not None), None)
    target = next((leg.limit_price for leg in case.legs if leg.limit_price is not None), None)
    if stop is not None and target is not None and (target - stop) * case.row.side.sign <= 0:
        return f"the target {target} must lie beyond the stop {stop}"
    return None


def _blocked(case: Case) -> str | None:
    return case.blocked or None


def _closed(case: Case) -> str | None:
    return None if case.is_open or case.terms.queues_when_closed else "the market is closed"


def _priceless(case: Case) -> str | None:
    return None if case.quote is not None else f"{case.instrument.symbol} has no price yet"


def _wash_trade(case: Case) -> str | None:
    terms = case.terms
    if case.legs or not (terms.wash_trade_guard or terms.rules.refuses_wash_trades):
        return None
    for other in case.working:
        exempt = bool(other.legs) or other.is_asleep or (other.parent is not None and terms.legs_are_exempt)
        if not exempt and other.side is not case.row.side and _would_meet(case.row, other):
            return f"{WASH_TRADE}. use complex orders (existing_order_id: {other.id})"
    return None


def _would_meet(row: Row, other: Row) -> bool:
    """Tell whether two orders on opposite sides could trade with each other."""
    buy, sell = (row, other) if row.side is Side.BUY else (other, row)
    if buy.limit_price is None or sell.limit_price is None:
        return True
    return buy.limit_price >= sell.limit_price


def _held_shares(case: Case) -> str | None:
    holds = case.terms.holds_shares or case.terms.rules.holds_shares
    if not holds or sign(case.net) * case.row.side.sign >= 0:
        return None
    closing = [row for row in case.working if row.side is case.row.side and not row.is_asleep]
    # The legs of one bracket would close the same shares, so they reserve them once.
    groups = {row.parent or row.id: row.left for row in closing}
    available = max(ZERO, abs(case.net) - sum(groups.values()))
    if min(case.row.quantity, abs(case.net)) <= available:
        return None
    return _insufficient(case.row.quantity, available)


def _insufficient(asked: Decimal, available: Decimal) -> str:
    return f"insufficient qty available for order (requested: {plain(asked)}, available: {plain(available)})"


def _exposure(case: Case) -> str | None:
    return exposure_refusal(case.terms, case.instrument, case.net, case.row)


def _buying_power(case: Case) -> str | None:
    assert case.quote is not None, case  # or it was refused for that before
    opened = opening(case.net, case.row.quantity * case.row.side.sign)
    cost = opened * cost_per_unit(case.terms, case.instrument, price_asked(case.row, case.quote))
    if not cost or cost <= case.buying_power:
        return None
    return f"insufficient buying power (needed: {plain(cost)}, available: {plain(case.buying_power)})"


_RULES: Final[tuple[Callable[[Case], str | None], ...]] = (
    _untradable, _off_grid, _fractional, _bracket, _blocked, _closed, _priceless,
    _wash_trade, _held_shares, _exposure, _buying_power,
)  # fmt: skip
