"""Turn the day: what is due when a session begins or ends."""

from typing import final

from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.hours import Moment
from tradecore.entrypoints.venues.alpaca.engine.matching import Matcher
from tradecore.entrypoints.venues.alpaca.engine.orders import Order
from tradecore.entrypoints.venues.alpaca.engine.words import Phase, Status, Tif


@final
class DayTurner:
    """Notices that the phase has changed since it was asked last, however long that is ago."""

    def __init__(self, floor: Floor, matcher: Matcher) -> None:
        self._floor = floor
        self._matcher = matcher
        self._seen = floor.hours.now()

    def turn(self) -> None:
        """Do what is due by now."""
        before, now = self._seen, self._floor.hours.now()
        if before == now:
            return
        self._seen = now
        is_new_day = None not in {before.day, now.day} and before.day != now.day
        if before.phase is Phase.CORE and (now.phase is not Phase.CORE or is_new_day):
            self._close()
        self._expire(before, now, is_new_day=is_new_day)
        self._open(now.phase)

    def _close(self) -> None:
        """Hold the closing auction, and remember what everything was worth."""
        floor = self._floor
        # The auction is over by the clock, and yet these trade in it.
        for order in floor.live():
            if order.tif is Tif.CLS and order.is_awake:
                self._matcher.auction(order)
        floor.closes.update({symbol: quote.last for symbol, quote in floor.quotes.items()})
        for account in floor.accounts.values():
            account.last_equity = floor.equity(account)

    def _expire(self, before: Moment, now: Moment, *, is_new_day: bool) -> None:
        """End the orders whose day is over; those that were still queued wait on."""
        for each in self._floor.live():
            order = self._floor.orders[each.id]
            if order.is_live and order.is_awake and self._is_over(order, before, now, is_new_day=is_new_day):
                self._matcher.end(order, self._floor.day_end)

    def _is_over(self, order: Order, before: Moment, now: Moment, *, is_new_day: bool) -> bool:
        if self._floor.listing[order.symbol].is_crypto:
            return False
        if order.tif is Tif.GTC:
            return order.expires_at is not None and order.expires_at <= self._floor.now()
        if is_new_day or now.phase is Phase.CLOSED:
            return True
        return before.phase is Phase.CORE and not order.extended_hours

    def _open(self, phase: Phase) -> None:
        """Let what was queued begin, now that it may trade."""
        begun = []
        for order in self._floor.live():
            asset = self._floor.listing[order.symbol]
            may_trade = self._floor.is_tradable_now(asset, extended_hours=order.extended_hours)
            if order.status is Status.ACCEPTED and may_trade:
                self._matcher.begin(order)
                begun.append(order)
        if phase is Phase.CORE:
            for order in begun:
                if order.tif is Tif.OPG:
                    self._matcher.auction(self._floor.orders[order.id])
        self._matcher.match(self._floor.live())
