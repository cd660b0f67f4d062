"""Hear on the user hub what happens in one account, and tell it as reports.

A trade's cost is told after the fill, or while nobody listens: what is missing is asked for.
"""

from datetime import timedelta
from typing import Final, final

import structlog

from tradecore.adapters.projectx import reading
from tradecore.adapters.projectx.envelope import Raw
from tradecore.adapters.projectx.events import Kind, read
from tradecore.adapters.projectx.hub import Hub
from tradecore.adapters.projectx.line import Line
from tradecore.adapters.projectx.listening import Subscription, Timing
from tradecore.adapters.projectx.orders import Orders
from tradecore.domain.errors import WorldError
from tradecore.domain.orders import Report
from tradecore.ports.broker import Listener

_log = structlog.get_logger()
# What was traded so lately may have a cost that nobody has heard: a restart is over sooner.
_BEFORE: Final = timedelta(days=1)


@final
class Hearing:
    """One account's ear: a connection of its own, for its one *listener*."""

    def __init__(
        self, line: Line, orders: Orders, account: int, listener: Listener, url: str, timing: Timing | None
    ) -> None:
        self._orders = orders
        self._account = account
        self._listener = listener
        self._hub = Hub(
            url, token=line.token, refused=line.renewed, life=line.life, subscriptions=self._subscriptions,
            hear=self._hear, connected=self._connected, timing=timing)  # fmt: skip

    def start(self) -> None:
        """Begin; what happens before it listens is told as missed."""
        self._hub.start()

    def stop(self) -> None:
        """Tell nothing more, and end soon."""
        self._hub.stop()

    def _subscriptions(self) -> tuple[Subscription, ...]:
        # Orders tell of everything that changes what is held; how much that is, is asked for when it counts.
        return ("SubscribeOrders", (self._account,)), ("SubscribeTrades", (self._account,))

    def _connected(self) -> None:
        try:
            for report in self._orders.traded(_BEFORE):
                self._listener.heard(report)
        except WorldError as error:
            _log.warning("what trades cost while nobody listened is not known", account=self._account, error=str(error))
        self._listener.missed()

    def _hear(self, target: str, arguments: list[object]) -> None:
        """Take what is told. What cannot be read is raised, and the hub lets everything be looked at again."""
        for told in read(target, arguments):
            if told.row.get("accountId") != self._account:
                continue
            if told.kind is Kind.ORDER:
                self._hear_order(told.row)
            elif told.kind is Kind.TRADE:
                self._hear_trade(told.row)

    def _hear_order(self, raw: Raw) -> None:
        roster = self._orders.roster
        if not roster.hear(raw):
            return
        order_id = roster.name(raw)
        if raw.get("status") != reading.REJECTED or order_id is None:
            roster.learn(raw)
            self._listener.heard(self._with_cost(raw))
            return
        # It may be a repeat that was refused, of an order that lives: only the first with the tag counts. While it is
        # being sent, its answer tells, which knows the reason as well.
        if not self._orders.is_being_sent(order_id):
            found = self._orders.find(order_id)
            if found is not None:
                self._listener.heard(found)

    def _with_cost(self, raw: Raw) -> Report:
        """Return what is told of an order, with its cost where it has just ended: a trade's result counts it."""
        if raw.get("status") in reading.WORKING:
            return self._orders.report(raw)
        try:
            return self._orders.report(raw, in_full=True)
        except WorldError:
            return self._orders.report(raw)  # The fill counts more; its cost follows.

    def _hear_trade(self, raw: Raw) -> None:
        """Tell again of the order, with what the trade cost."""
        row = self._orders.roster.trade(raw)
        if row is not None and row.get("fillVolume"):
            self._listener.heard(self._orders.report(row))
