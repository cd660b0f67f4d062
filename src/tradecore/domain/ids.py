"""Name each kind of identifier, so that they cannot be mixed up.

Our ids are minted before the world hears of them.
"""

import re
from typing import Final, NewType

UserId = NewType("UserId", str)
AccountId = NewType("AccountId", str)
BotId = NewType("BotId", str)
TokenId = NewType("TokenId", str)
SignInId = NewType("SignInId", str)
InvitationId = NewType("InvitationId", str)
Symbol = NewType("Symbol", str)
AlertId = NewType("AlertId", str)
EventId = NewType("EventId", str)
ErrandId = NewType("ErrandId", str)
HaltId = NewType("HaltId", str)
TradeId = NewType("TradeId", str)
PlanId = NewType("PlanId", str)  # the alert's id, or the halt's: whatever caused the plan
OrderId = NewType("OrderId", str)  # ours: a function of plan, step and attempt
BrokerOrderId = NewType("BrokerOrderId", str)

# ProjectX appends "-SL" and "-TP" to the tag of a bracket's children, and is the narrowest venue at
# about 60 characters for the tag itself.
ORDER_ID_CHARACTERS_MAX: Final = 60
_ORDER_ID: Final = re.compile(r"[A-Za-z0-9-]{1,60}")


def order_id_for(plan: PlanId, step: int, attempt: int) -> OrderId:
    """Return the one id that *attempt* at *step* of *plan* has, today and after any restart."""
    order_id = f"{plan}-{step}-{attempt}"
    if not _ORDER_ID.fullmatch(order_id):
        message = f"{order_id!r} is no order id: 1 to {ORDER_ID_CHARACTERS_MAX} letters, digits and hyphens"
        raise ValueError(message)
    return OrderId(order_id)


def stop_leg_id(parent: OrderId) -> OrderId:
    """Return the id of the stop that goes with *parent* as one bracket."""
    return OrderId(f"{parent}-SL")


def parent_of(order_id: OrderId) -> OrderId | None:
    """Return the id of the order that *order_id* is a leg of, or None where it is none."""
    return OrderId(order_id[:-3]) if order_id.endswith(("-SL", "-TP")) else None


def target_leg_id(parent: OrderId) -> OrderId:
    """Return the id of the profit target that goes with *parent* as one bracket."""
    return OrderId(f"{parent}-TP")
