"""Write what the Gateway is sent: orders, and JSON whose numbers are exact."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from tradecore.domain.errors import ProgrammingError
from tradecore.domain.money import ONE, ZERO, is_multiple, plain
from tradecore.domain.orders import Bracket, OrderType, Side, Ticket

Body = Mapping[str, object]

SIDES: Final[Mapping[Side, int]] = {Side.BUY: 0, Side.SELL: 1}
# A stop with a limit is in the Gateway's list of types, and not in that of what may be placed.
_TYPES: Final[Mapping[OrderType, int]] = {OrderType.LIMIT: 1, OrderType.MARKET: 2, OrderType.STOP: 4}
LIMIT: Final = _TYPES[OrderType.LIMIT]
MARKET: Final = _TYPES[OrderType.MARKET]
STOP: Final = _TYPES[OrderType.STOP]
TRAILING_STOP: Final = 5


class UnwritableError(Exception):
    """The order cannot be said in the Gateway's words; the sentence tells a person why."""


def written(value: object) -> str:
    """Write *value* as JSON, a `Decimal` as the plain number it is."""
    match value:
        case Decimal():
            return plain(value)
        case Mapping():
            return "{" + ",".join(f"{json.dumps(name)}:{written(each)}" for name, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(written, value)) + "]"
        case _:
            return json.dumps(value)


def order(ticket: Ticket, account: int, contract_id: str, tick_size: Decimal) -> Body:
    """Return the body that places *ticket*; its tag is our id, so that the Gateway takes it once.

    `UnwritableError` where the Gateway has no words for it.
    """
    if ticket.type not in _TYPES:
        raise UnwritableError(f"ProjectX takes no {ticket.type.value.replace('_', ' ')} orders")
    if not is_multiple(ticket.quantity, ONE):
        raise UnwritableError(f"{plain(ticket.quantity)} is no whole number of contracts")
    for price in (ticket.limit_price, ticket.stop_price):
        if price is not None and not is_multiple(price, tick_size):
            raise UnwritableError(f"its price of {plain(price)} lies between two ticks of {plain(tick_size)}")
    return {
        "accountId": account,
        "contractId": contract_id,
        "type": _TYPES[ticket.type],
        "side": SIDES[ticket.side],
        "size": int(ticket.quantity),
        "limitPrice": ticket.limit_price,
        "stopPrice": ticket.stop_price,
        "trailPrice": None,
        "customTag": ticket.id,
        **(legs(ticket.bracket, ticket.side, tick_size) if ticket.bracket is not None else {}),
    }


def legs(bracket: Bracket, side: Side, tick_size: Decimal) -> dict[str, Body]:
    """Return a bracket as the Gateway has it: signed ticks, counted from wherever the entry fills.

    Below the entry they are negative and above it positive, whatever the leg is for. So the stop of a long has fewer
    than none, and that of a short more; the target's are the other way round.
    """
    if bracket.reference is None:
        message = "a bracket for ProjectX needs the price that it was counted from"
        raise ProgrammingError(message)
    found: dict[str, Body] = {}
    for name, what, price, way, kind in (
        ("stopLossBracket", "stop", bracket.stop_price, -side.sign, STOP),
        ("takeProfitBracket", "target", bracket.target_price, side.sign, LIMIT),
    ):
        if price is None:
            continue
        ticks = (price - bracket.reference) / tick_size
        if ticks * way <= ZERO:
            wrong = f"its {what} of {plain(price)} is on the wrong side of {plain(bracket.reference)}"
            raise UnwritableError(f"{wrong}, from which it was counted")
        whole = ticks.to_integral_value()
        if whole != ticks:
            raise UnwritableError(
                f"its {what} of {plain(price)} is no whole number of ticks from {plain(bracket.reference)}"
            )
        found[name] = {"ticks": int(whole), "type": kind}
    return found
