"""Say what an account may not do now: its own blocks, wash trades, shares that are held, shorts, and money.

The rules are asked in this order, and the first that has something to say answers.
"""

from decimal import Decimal
from typing import Final

from tradecore.domain.money import ZERO, plain
from tradecore.entrypoints.venues.alpaca.engine.case import Case
from tradecore.entrypoints.venues.alpaca.engine.funds import cost_per_unit
from tradecore.entrypoints.venues.alpaca.engine.orders import Order
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal, forbidden, unprocessable
from tradecore.entrypoints.venues.alpaca.engine.rules import Rule, least_coin_cost
from tradecore.entrypoints.venues.alpaca.engine.words import OrderClass, Side, Tif, Type

_LEAST_EQUITY_TO_SHORT: Final = Decimal(2000)


def _account(case: Case) -> Refusal | None:
    account = case.account
    if account.status != "ACTIVE" or account.account_blocked:
        return forbidden("account is not active")
    if account.trading_blocked:
        return forbidden("trading is blocked for account")
    if account.configuration["suspend_trade"]:
        return forbidden("trade is suspended by user")
    if case.wish.is_fractional and not case.asset.is_crypto and not account.configuration["fractional_trading"]:
        return forbidden("fractional trading is not allowed for account")
    return None


def _intent(case: Case) -> Refusal | None:
    stated = case.wish.position_intent
    if stated is None or stated == case.intent:
        return None
    return unprocessable(f"position intent mismatch, inferred: {case.intent}, specified: {stated}")


def _wash_trade(case: Case) -> Refusal | None:
    wish = case.wish
    if wish.order_class is not OrderClass.SIMPLE or wish.type is Type.TRAILING_STOP:
        return None
    for order in case.working:
        is_plain = order.order_class is OrderClass.SIMPLE or (order.parent is not None and not case.legs_are_exempt)
        if (
            is_plain
            and order.type is not Type.TRAILING_STOP
            and order.side is not wish.side
            and _would_meet(case, order)
        ):
            is_limit = order.type in {Type.LIMIT, Type.STOP_LIMIT}
            return forbidden(
                "potential wash trade detected. use complex orders",
                existing_order_id=order.id,
                reject_reason=f"opposite side {'limit' if is_limit else 'market/stop'} order exists",
            )
    return None


def _would_meet(case: Case, order: Order) -> bool:
    """Tell whether the two could trade with each other: where either has no limit, they always could."""
    mine, other = case.wish.prices.limit, order.prices.limit
    if mine is None or other is None:
        return True
    return (mine - other) * case.wish.side.sign >= 0


def held_shares(case: Case) -> Refusal | None:
    """Refuse to close more than is free: what working orders hold, and what would cross zero."""
    if not case.closes:
        return None
    wanted, available = case.quantity, abs(case.net) - case.held
    if wanted <= available:
        return None
    if case.asset.is_crypto:
        return _no_balance(case.asset.symbol.partition("/")[0], wanted, available)
    if case.wish.side is Side.SELL and wanted > abs(case.net) and case.wish.is_fractional:
        return unprocessable("fractional orders cannot be sold short")
    return forbidden(
        f"insufficient qty available for order (requested: {plain(wanted)}, available: {plain(available)})",
        available=plain(available),
        existing_qty=plain(abs(case.net)),
        held_for_orders=plain(case.held),
        related_orders=[order.id for order in case.closing],
        symbol=case.asset.symbol,
    )


def short(case: Case) -> Refusal | None:
    """Refuse to sell what is not held, where account or asset do not allow it."""
    if not case.opens_short:
        return None
    symbol, account = case.asset.symbol, case.account
    if case.asset.is_crypto:
        return _no_balance(symbol.partition("/")[0], case.quantity, ZERO)
    if case.wish.is_fractional:
        return unprocessable("fractional orders cannot be sold short")
    may_short = account.shorting_enabled and not account.configuration["no_shorting"]
    if not may_short or case.equity < _LEAST_EQUITY_TO_SHORT:
        return forbidden("account is not allowed to short")
    if not case.asset.shortable:
        return unprocessable(f'asset "{symbol}" cannot be sold short')
    if not case.asset.easy_to_borrow and case.wish.tif is not Tif.DAY:
        return unprocessable(f'only day orders are allowed for hard-to-borrow asset "{symbol}"')
    return None


def power(case: Case) -> Refusal | None:
    """Refuse to open more than can be paid for."""
    if case.closes:
        return None
    wish = case.wish
    cost = wish.notional or case.quantity * cost_per_unit(wish.side, wish.prices, case.quote)
    if case.asset.is_crypto:
        balance = case.buying_power / case.account.multiplier
        return None if cost <= balance else _no_balance("USD", cost, balance)
    if cost <= case.buying_power:
        return None
    return forbidden("insufficient buying power", buying_power=plain(case.buying_power), cost_basis=plain(cost))


def _no_balance(currency: str, wanted: Decimal, available: Decimal) -> Refusal:
    amounts = f"requested: {plain(wanted)}, available: {plain(available)}"
    return forbidden(f"insufficient balance for {currency} ({amounts})", symbol=currency)


PERMISSIONS: Final[tuple[Rule, ...]] = (_account, _intent, _wash_trade, held_shares, short, least_coin_cost, power)
# What an order that takes the place of another is judged by once more.
REPLACED: Final[tuple[Rule, ...]] = (_account, held_shares, short, power)
