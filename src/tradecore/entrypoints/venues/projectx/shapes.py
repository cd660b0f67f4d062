"""Write things as the Gateway writes them: null where nothing is over REST, and no such key on a hub."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from tradecore.entrypoints.venues.projectx.engine.accounts import Account, Holding
from tradecore.entrypoints.venues.projectx.engine.contracts import Contract
from tradecore.entrypoints.venues.projectx.engine.orders import Order, Trade

Shape = dict[str, Any]
Moment = Callable[[datetime], str]


def rest_moment(at: datetime) -> str:
    """Write a time without the zeros at the end of its fraction."""
    fraction = f".{at.microsecond:06}".rstrip("0").rstrip(".")
    return f"{at:%Y-%m-%dT%H:%M:%S}{fraction}+00:00"


def hub_moment(at: datetime) -> str:
    """Write a time with seven places of a second."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06}0+00:00"


def number(value: Decimal | None) -> int | float | None:
    """Write a number as JSON has it."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def lean(shape: Shape) -> Shape:
    """Return *shape* without what is null."""
    return {name: value for name, value in shape.items() if value is not None}


def account_shape(account: Account, _: Moment = rest_moment) -> Shape:
    return {
        "id": account.id,
        "name": account.name,
        "balance": number(account.balance),
        "canTrade": account.can_trade,
        "isVisible": account.is_visible,
        "simulated": account.simulated,
    }


def contract_shape(contract: Contract, *, active: bool) -> Shape:
    return {
        "id": contract.id,
        "name": contract.name,
        "description": contract.description,
        "tickSize": number(contract.product.tick_size),
        "tickValue": number(contract.product.tick_value),
        "activeContract": active,
        "symbolId": contract.symbol_id,
    }


def order_shape(order: Order, moment: Moment = rest_moment) -> Shape:
    return {
        "id": order.id,
        "accountId": order.account_id,
        "contractId": order.contract.id,
        "symbolId": order.contract.symbol_id,
        "creationTimestamp": moment(order.created_at),
        "updateTimestamp": moment(order.updated_at),
        "status": order.status,
        "type": order.type,
        "side": order.side,
        "size": order.size,
        "limitPrice": number(order.limit_price),
        "stopPrice": number(order.stop_price),
        "fillVolume": order.filled,
        "filledPrice": number(order.filled_price),
        "customTag": order.tag,
        "trailDistance": order.trail_distance,
        "trailPrice": number(order.trail_price),
        "parentOrderId": order.parent,
        "linkedOrderId": order.linked,
    }


def position_shape(held: Holding, moment: Moment = rest_moment) -> Shape:
    """Write a position; one that is closed has neither side nor size, and still the average of its entry."""
    return {
        "id": held.id,
        "accountId": held.account_id,
        "contractId": held.contract.id,
        "contractDisplayName": held.contract.display_name,
        "creationTimestamp": moment(held.created_at),
        "type": 0 if not held.size else 1 if held.size > 0 else 2,
        "size": abs(held.size),
        "averagePrice": number(held.average),
    }


def trade_shape(trade: Trade, moment: Moment = rest_moment) -> Shape:
    return {
        "id": trade.id,
        "accountId": trade.account_id,
        "contractId": trade.contract.id,
        "creationTimestamp": moment(trade.at),
        "price": number(trade.price),
        "profitAndLoss": number(trade.profit),
        "fees": number(trade.fees),
        "commissions": number(trade.commissions),
        "side": trade.side,
        "size": trade.size,
        "voided": False,
        "orderId": trade.order_id,
    }
