"""Perform one command by one port call, and say what came of it as the next event."""

from collections.abc import Callable
from typing import assert_never

import structlog
from attrs import frozen

from tradecore.domain.commands import Cancel, CancelStray, LookUp, Remind, Submit, TakeSurvey, Tell
from tradecore.domain.errors import UnreachableError, WorldError
from tradecore.domain.events import (
    Event,
    LookFailed,
    OrderLost,
    OrderMissing,
    OrderNotSent,
    OrderReported,
    Surveyed,
)
from tradecore.domain.ids import BrokerOrderId, OrderId
from tradecore.domain.orders import Purpose, Ticket
from tradecore.domain.records import Errand, Told
from tradecore.ports.broker import Broker
from tradecore.ports.directory import Directory
from tradecore.ports.notifier import Notifier
from tradecore.ports.system import Clock
from tradecore.ports.venues import Venues

_log = structlog.get_logger()
_Call = Callable[[Broker], Event | None]


@frozen(kw_only=True)
class Performer:
    """Carries commands out."""

    venues: Venues
    directory: Directory
    notifier: Notifier
    clock: Clock

    def perform(self, errand: Errand, *, first: bool) -> Event | None:
        """Perform the errand's command; None where nothing comes of it that a book must know.

        With *first* false it may have been performed before, by a worker that died: an order is then looked up
        before it is placed. Never raises for what the outside does.
        """
        match errand.command:
            case Submit(ticket=ticket):
                return self._order(errand, ticket.id, lambda broker: _submit(broker, ticket, first=first), first=first)
            case Cancel(order_id=order_id):
                return self._order(errand, order_id, lambda broker: OrderReported(report=broker.cancel(order_id)))
            case LookUp(order_id=order_id):
                return self._look(errand, lambda broker: _find(broker, order_id))
            case TakeSurvey():
                return self._look(errand, lambda broker: Surveyed(survey=broker.survey(errand.key.symbol)))
            case CancelStray(broker_order_id=broker_order_id):
                return self._look(errand, lambda broker: _cancel_stray(broker, broker_order_id))
            case Tell(urgency=urgency, text=text):
                self.notifier.tell(Told(at=self.clock.now(), key=errand.key, urgency=urgency.value, text=text))
                return None
            case Remind():
                return None  # The ledger has made it an event of the future.
            case _:
                assert_never(errand.command)

    def _broker(self, errand: Errand) -> Broker:
        account = self.directory.account(errand.key.account_id)
        if account is None:
            message = f"account {errand.key.account_id} is not configured here"
            raise UnreachableError(message)
        return self.venues.broker(account)

    def _order(self, errand: Errand, order_id: OrderId, call: _Call, *, first: bool = True) -> Event | None:
        """Do something to an order; what went wrong decides whether it may have been done."""
        try:
            return call(self._broker(errand))
        except UnreachableError as error:
            if not first:
                # Nothing was done now; whoever had the errand before may have done it.
                return OrderLost(order_id=order_id, why=str(error))
            return OrderNotSent(order_id=order_id, why=str(error), retry_after=error.retry_after)
        except WorldError as error:
            # No answer, or one that nobody can read: the order may live.
            return OrderLost(order_id=order_id, why=str(error))

    def _look(self, errand: Errand, call: _Call) -> Event | None:
        """Ask something; a question that failed changes nothing, and may be asked again."""
        try:
            return call(self._broker(errand))
        except WorldError as error:
            _log.warning("the broker could not be asked", book=str(errand.key), error=str(error))
            return LookFailed(why=str(error))


def _submit(broker: Broker, ticket: Ticket, *, first: bool) -> Event:
    """Place the order; where it may have been placed before, look first, so that a repeat is never blind."""
    if not first:
        found = broker.find(ticket.id)
        if found is not None:
            return OrderReported(report=found)
        if ticket.purpose is Purpose.ENTRY:
            # Who knows how long it lay: the book judges it anew before it goes out.
            return OrderMissing(order_id=ticket.id)
    return OrderReported(report=broker.submit(ticket))


def _find(broker: Broker, order_id: OrderId) -> Event:
    found = broker.find(order_id)
    return OrderReported(report=found) if found is not None else OrderMissing(order_id=order_id)


def _cancel_stray(broker: Broker, broker_order_id: BrokerOrderId) -> None:
    broker.cancel_stray(broker_order_id)
