"""Say in words what a process is about to do, the same words each time the same life is lived."""

from collections.abc import Sequence
from threading import local
from typing import Final, final

from tradecore.domain.commands import Cancel, Command, LookUp, Submit, TakeSurvey
from tradecore.domain.events import AlertArrived, Event, OrderLost, OrderMissing, OrderNotSent, OrderReported
from tradecore.domain.ids import EventId, OrderId
from tradecore.domain.money import plain
from tradecore.domain.orders import Ticket
from tradecore.domain.records import Claim, Delivery, Judged

TIME_PASSES: Final = "that time has passed"
_EVENTS: Final = {
    "Surveyed": "what is held",
    "Woken": TIME_PASSES,
    "ReconcileDue": "that everything is to be looked at",
    "LookFailed": "that a question failed",
}


@final
class Names:
    """Remembers what each order is for, and so what is said of it."""

    def __init__(self) -> None:
        self._orders: dict[OrderId, str] = {}
        self._events: dict[EventId, str] = {}
        self._mine = local()

    def ticket(self, ticket: Ticket) -> str:
        """Return what the order is: ``the entry (buy 10)``."""
        words = f"the {ticket.purpose.value} ({ticket.side.value} {plain(ticket.quantity)})"
        self._orders[ticket.id] = words
        return words

    def order(self, order_id: OrderId | None) -> str:
        """Return what the order is that has this id."""
        return self._orders.get(order_id, "an order") if order_id is not None else "a stranger's order"

    def event(self, event: Event) -> str:
        """Return what happened."""
        match event:
            case AlertArrived(alert=alert):
                return f"{alert.signal.value} {alert.symbol}"
            case OrderReported(report=report):
                return f"that {self.order(report.order_id)} is {report.news.value}"
            case OrderMissing(order_id=order_id):
                return f"that the venue does not know {self.order(order_id)}"
            case OrderLost(order_id=order_id):
                return f"that the answer about {self.order(order_id)} was lost"
            case OrderNotSent(order_id=order_id):
                return f"that {self.order(order_id)} could not be sent"
            case _:
                return _EVENTS.get(type(event).__name__, type(event).__name__)

    def accepted(self, deliveries: Sequence[Delivery]) -> str:
        """Return what has come, and remember it for the thread that serves it."""
        self._mine.latest = " and ".join(self.event(delivery.arrived) for delivery in deliveries)
        return self.latest

    @property
    def latest(self) -> str:
        """What this thread has taken last."""
        return getattr(self._mine, "latest", "nothing")

    def claimed(self, claim: Claim | None) -> Claim | None:
        """Take note of what is being worked on, and return it."""
        if claim is not None and claim.posted is not None:
            self._events[claim.posted.id] = self.event(claim.posted.event)
        return claim

    def posted(self, event_id: EventId) -> str:
        """Return what happened, by the id that it has in the inbox."""
        return self._events.get(event_id, "an event")

    def judged(self, judged: Judged) -> str:
        """Return what was judged, after taking note of the orders that came of it."""
        for order in judged.decision.orders:
            self.ticket(order.ticket)
        source = "by the answer " if judged.errand_id is not None else ""
        return f"{source}{self.event(judged.event)}"

    def command(self, command: Command) -> str:
        """Return what is to be done, as an order to somebody."""
        match command:
            case Submit(ticket=ticket):
                return f"place {self.ticket(ticket)}"
            case Cancel(order_id=order_id):
                return f"cancel {self.order(order_id)}"
            case LookUp(order_id=order_id):
                return f"look up {self.order(order_id)}"
            case TakeSurvey():
                return "ask what is held"
            case _:
                return type(command).__name__.lower()
