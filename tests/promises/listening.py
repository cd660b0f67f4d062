"""Hear what a broker tells, and wait for what it has yet to tell."""

from collections.abc import Callable
from threading import Condition

from tradecore.domain.ids import OrderId
from tradecore.domain.orders import News, Report
from tradecore.ports.broker import Listener

PATIENCE_SECONDS = 10
OVER = {News.FILLED, News.CANCELLED, News.REJECTED, News.EXPIRED}


class Recorder(Listener):
    """Remembers everything it hears."""

    def __init__(self) -> None:
        self._condition = Condition()
        self.reports: list[Report] = []
        self.gaps = 0

    def heard(self, report: Report) -> None:
        with self._condition:
            self.reports.append(report)
            self._condition.notify_all()

    def missed(self) -> None:
        with self._condition:
            self.gaps += 1
            self._condition.notify_all()

    def of(self, order_id: OrderId | None) -> list[Report]:
        """Return what was heard of one order."""
        with self._condition:
            return [report for report in self.reports if report.order_id == order_id]

    def until(self, happened: Callable[[], bool], what: str) -> None:
        """Wait until *happened*, looking whenever something was heard."""
        with self._condition:
            assert self._condition.wait_for(happened, PATIENCE_SECONDS), f"never heard: {what}"

    def until_over(self, order_id: OrderId) -> Report:
        """Wait for the end of an order, and return the first report of it."""
        self.until(lambda: any(report.news in OVER for report in self.of(order_id)), f"the end of {order_id}")
        return next(report for report in self.of(order_id) if report.news in OVER)

    def until_news(self, order_id: OrderId, news: News) -> None:
        """Wait until an order was reported as *news*."""
        self.until(lambda: any(report.news is news for report in self.of(order_id)), f"{order_id} {news.value}")

    def until_filled(self, order_id: OrderId, quantity: int) -> None:
        """Wait until *quantity* of an order has filled."""
        self.until(
            lambda: any(report.filled == quantity for report in self.of(order_id)), f"{quantity} of {order_id} filled"
        )
