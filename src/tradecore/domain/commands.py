"""List what a decision can want done: a closed union, in the imperative.

Each is performed by one port call, after it was written down, and is harmless when performed again.
"""

from datetime import datetime
from enum import Enum

from attrs import frozen

from tradecore.domain.ids import BrokerOrderId, OrderId
from tradecore.domain.orders import Ticket


@frozen(kw_only=True)
class Submit:
    """Place the order."""

    ticket: Ticket


@frozen(kw_only=True)
class Cancel:
    """Ask for the order's end."""

    order_id: OrderId


@frozen(kw_only=True)
class CancelStray:
    """Ask for the end of an order that is not ours."""

    broker_order_id: BrokerOrderId


@frozen(kw_only=True)
class LookUp:
    """Ask what became of the order."""

    order_id: OrderId


@frozen(kw_only=True)
class TakeSurvey:
    """Ask what the account holds and works in the book's instrument."""


@frozen(kw_only=True)
class Remind:
    """Wake the book at a moment."""

    at: datetime


class Urgency(Enum):
    """How soon a person should look."""

    NOTE = "note"
    WARNING = "warning"
    ALARM = "alarm"


@frozen(kw_only=True)
class Tell:
    """Tell a person."""

    urgency: Urgency
    text: str


Command = Submit | Cancel | CancelStray | LookUp | TakeSurvey | Remind | Tell
