"""Hold what is written down, as it is written and read back: alerts, judgements, errands."""

from datetime import datetime, timedelta

from attrs import field, frozen

from tradecore.domain.book import Book, BookKey
from tradecore.domain.commands import Command
from tradecore.domain.decisions import Decision, Status
from tradecore.domain.events import AlertArrived, Event, FlattenAsked
from tradecore.domain.facts import Facts
from tradecore.domain.ids import (
    AccountId,
    AlertId,
    BotId,
    ErrandId,
    EventId,
    OrderId,
    PlanId,
    TokenId,
    UserId,
)
from tradecore.domain.instruments import Instrument
from tradecore.domain.limits import Judgement
from tradecore.domain.orders import Order
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Alert
from tradecore.domain.trades import Share


@frozen(kw_only=True)
class Delivery:
    """An alert as the door hands it over, authenticated, read and addressed.

    `identity` is what makes two deliveries one alert: the sender's own alert id or the body, within what `scope`
    covers; `window` is for how long, None for ever. `body` is the text with its secrets masked. `also` are further
    books that the alert, a FLAT, flattens: the account's other months of the root.
    """

    arrived: AlertArrived
    key: BookKey
    user_id: UserId
    account_id: AccountId | None
    token_id: TokenId | None
    body: str
    identity: str
    window: timedelta | None
    also: tuple[BookKey, ...] = ()

    @property
    def alert(self) -> Alert:
        """The alert itself."""
        return self.arrived.alert

    @property
    def flattening(self) -> FlattenAsked:
        """What goes to the books in `also`."""
        return FlattenAsked(why=f"FLAT for {self.alert.symbol}, by the alert {self.alert.id}")


@frozen(kw_only=True)
class Receipt:
    """What the inbox made of a delivery: the alert's id, and whether it had it already."""

    alert_id: AlertId
    duplicate: bool


@frozen(kw_only=True)
class Errand:
    """A command that was written down and is still to be performed."""

    id: ErrandId
    key: BookKey
    command: Command


@frozen(kw_only=True)
class Posted:
    """An event in the inbox."""

    id: EventId
    key: BookKey
    event: Event
    posted_at: datetime


@frozen(kw_only=True)
class Claim:
    """A book that one worker has to itself: errands left over from a crash, and the next event, if one is due."""

    key: BookKey
    left_over: tuple[Errand, ...] = ()
    posted: Posted | None = None


@frozen(kw_only=True)
class Judged:
    """One judgement, whole: what happened, what was known, what was decided. Judged again, it is the same.

    `errand_id` is the errand whose outcome the event is; it is done with this. `event_id` is the inbox's where the
    event lay there, else a new one.
    """

    event_id: EventId
    event: Event
    before: Book
    facts: Facts
    decision: Decision
    errand_id: ErrandId | None = None


@frozen(kw_only=True)
class AlertRecord:
    """An alert with its end, as people read it. `order_ids` are those made for it, in order."""

    alert: Alert
    key: BookKey
    user_id: UserId
    account_id: AccountId | None
    bot_id: BotId | None
    body: str
    status: Status
    outcome: str = ""
    refusal: Refusal | None = None
    gates: tuple[Judgement, ...] = ()
    ended_at: datetime | None = None


@frozen(kw_only=True)
class OrderRecord:
    """An order with the book it belongs to."""

    key: BookKey
    order: Order


@frozen(kw_only=True)
class Holding:
    """A bot's open share with the book it belongs to."""

    key: BookKey
    share: Share
    instrument: Instrument | None


@frozen(kw_only=True)
class Told:
    """A message to a person, as it was sent. `urgency` is `commands.Urgency`'s value."""

    at: datetime
    key: BookKey
    urgency: str
    text: str


@frozen(kw_only=True)
class Moment:
    """One line of an alert's story: when, what happened in words, and how far along it was."""

    at: datetime
    text: str
    event_id: EventId = field(default=EventId(""))


def about(judged: Judged) -> PlanId | None:
    """Return the plan that a judgement is about, so that an alert's story can be told from its judgements."""
    match judged.event:
        case AlertArrived(alert=alert):
            return PlanId(alert.id)
        case _:
            pass
    order_id: OrderId | None = getattr(judged.event, "order_id", None)
    report = getattr(judged.event, "report", None)
    if report is not None:
        order_id = report.order_id
    if order_id is not None:
        order = judged.decision.known(order_id) or judged.before.order(order_id)
        if order is not None:
            return order.plan_id
    plan = judged.before.plan or judged.decision.book.plan
    return plan.wish.id if plan else None
