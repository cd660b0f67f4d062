"""List what can happen to a book: a closed union, in the past tense."""

from decimal import Decimal

from attrs import frozen

from tradecore.domain.ids import BotId, OrderId
from tradecore.domain.money import ZERO
from tradecore.domain.orders import Report
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Alert
from tradecore.domain.venues import Survey


@frozen(kw_only=True)
class AlertArrived:
    """An alert was accepted. `bot_id` is who takes it; None with `nobody` as the reason why no bot does.

    FLAT has no bot: it is the account's.
    """

    alert: Alert
    bot_id: BotId | None = None
    nobody: Refusal | None = None


@frozen(kw_only=True)
class OrderReported:
    """The broker said something of an order: as an answer, when looked up, or by itself."""

    report: Report


@frozen(kw_only=True)
class OrderNotSent:
    """The broker was not reached, or refused to listen: nothing was done with the order."""

    order_id: OrderId
    why: str
    retry_after: int | None = None


@frozen(kw_only=True)
class OrderLost:
    """The answer to what we asked of an order was lost: anything may have been done."""

    order_id: OrderId
    why: str


@frozen(kw_only=True)
class OrderMissing:
    """The broker was asked for an order by our id, and knows none."""

    order_id: OrderId


@frozen(kw_only=True)
class LookFailed:
    """The broker could not be asked what is held, or what became of an order; nothing is known anew."""

    why: str


@frozen(kw_only=True)
class Surveyed:
    """The broker said what it holds and works in the instrument."""

    survey: Survey


@frozen(kw_only=True)
class Woken:
    """A moment that was waited for has come, or nothing but time has passed."""


@frozen(kw_only=True)
class ReconcileDue:
    """Something may have been missed: everything that is open is to be looked at again."""

    why: str


@frozen(kw_only=True)
class FlattenAsked:
    """A person, or the kill switch, wants everything closed in the account's instrument."""

    why: str


@frozen(kw_only=True)
class CloseAsked:
    """A person, or the kill switch, wants one bot's share closed."""

    bot_id: BotId
    why: str


@frozen(kw_only=True)
class ReduceAsked:
    """A person wants one bot's share no larger than `to` units, whichever way it is held.

    It names what is left and not what goes, so that a repeat takes nothing more.
    """

    bot_id: BotId
    to: Decimal
    why: str

    def __attrs_post_init__(self) -> None:
        """Refuse to leave less than nothing: that would open the other side."""
        if self.to < ZERO:
            message = f"a share is reduced to 0 units or more, not to {self.to}"
            raise ValueError(message)


@frozen(kw_only=True)
class StopAsked:
    """A person wants the stop of one bot's share at *price* per unit; further away only where they say `loosen`.

    `request_id` names the request, which may be posted again after an answer that was lost.
    """

    bot_id: BotId
    price: Decimal
    request_id: str
    by: str
    loosen: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse a stop at no price."""
        if self.price <= ZERO:
            message = f"a stop stands at a price above zero, not at {self.price}"
            raise ValueError(message)


@frozen(kw_only=True)
class DriftAdopted:
    """A person said whose signed *quantity* of the drift is: the bot's, or without one, people's.

    `request_id` names the request, which may be posted again after an answer that was lost.
    """

    quantity: Decimal
    by: str
    bot_id: BotId | None = None
    request_id: str = ""


Event = (
    AlertArrived
    | OrderReported
    | OrderNotSent
    | OrderLost
    | OrderMissing
    | LookFailed
    | Surveyed
    | Woken
    | ReconcileDue
    | FlattenAsked
    | CloseAsked
    | ReduceAsked
    | StopAsked
    | DriftAdopted
)
