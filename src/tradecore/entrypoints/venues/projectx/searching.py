"""Look for orders. A suspended leg is in no list but that of the query, and in none by itself."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from flask import Flask, Response

from tradecore.entrypoints.venues.projectx.answering import failure, success
from tradecore.entrypoints.venues.projectx.engine.orders import Order
from tradecore.entrypoints.venues.projectx.engine.words import Status
from tradecore.entrypoints.venues.projectx.reading import Body, ProblemError, body
from tradecore.entrypoints.venues.projectx.shapes import Shape, order_shape
from tradecore.entrypoints.venues.projectx.venue import Venue

_NOT_FOUND: Final = 1
_PAGE: Final = 50
_PAGE_MAX: Final = 1000
_UNSEEN: Final = frozenset({Status.SUSPENDED, Status.PENDING})
_END: Final = datetime.max.replace(tzinfo=UTC)
_START: Final = datetime.min.replace(tzinfo=UTC)
_SORTS: Final[tuple[Callable[[Order], tuple[datetime, int]], ...]] = (
    lambda order: (order.created_at, order.id),
    lambda order: (_START, order.id),
)


def add_searches(app: Flask, venue: Venue) -> None:
    """Add the addresses that look for orders."""
    exchange, floor = venue.exchange, venue.exchange.floor

    def answer(account_id: int, keep: Callable[[Order], bool]) -> Response:
        """Return the account's orders that are to be kept, by their ids."""
        with exchange.lock:
            if account_id not in floor.accounts:
                return failure(_NOT_FOUND, orders=None)
            return success(orders=_shapes(one for one in floor.orders_of(account_id) if keep(one)))

    @app.post("/api/order/search")
    def search_orders() -> Response:
        asked = body()
        start, end = asked.need(asked.moment, "startTimestamp"), asked.moment("endTimestamp") or _END
        return answer(
            asked.need(asked.whole, "accountId"),
            lambda order: start <= order.created_at <= end and order.status not in _UNSEEN,
        )

    @app.post("/api/order/searchopen")
    def search_open() -> Response:
        asked = body()
        return answer(asked.need(asked.whole, "accountId"), lambda order: order.status is Status.OPEN)

    @app.post("/api/order/searchbyid")
    def find_order() -> Response:
        asked = body()
        account_id, order_id = asked.need(asked.whole, "accountId"), asked.need(asked.whole, "orderId")
        with exchange.lock:
            order = floor.orders.get(order_id)
            if order is None or order.account_id != account_id:
                return failure(_NOT_FOUND, order=None)
            return success(order=order_shape(order))


def add_query(app: Flask, venue: Venue) -> None:
    """Add the address that looks for orders by more, page by page."""
    exchange, floor = venue.exchange, venue.exchange.floor

    @app.post("/api/order/v2/query")
    def query() -> Response:
        asked = body()
        wanted = asked.need(asked.part, "filter")
        account_id, keep = wanted.need(wanted.whole, "accountId"), _filter(wanted)
        size, offset, sort = _paging(asked)
        with exchange.lock:
            if account_id not in floor.accounts:
                return failure(_NOT_FOUND, orders=None, totalCount=None)
            found = [one for one in floor.orders_of(account_id) if keep(one)]
            found.sort(key=_SORTS[sort], reverse=asked.whole("sortDirection") == 1)
            total = len(found) if asked.flag("includeTotalCount") else None
            return success(orders=_shapes(found[offset : offset + size]), totalCount=total)


def _shapes(orders: Iterable[Order]) -> list[Shape]:
    return [order_shape(order) for order in orders]


def _filter(wanted: Body) -> Callable[[Order], bool]:
    statuses, contract_id = wanted.wholes("statuses"), wanted.text("contractId")
    after, before = wanted.moment("createdAfter") or _START, wanted.moment("createdBefore") or _END

    def keep(order: Order) -> bool:
        return (
            (not statuses or order.status in statuses)
            and contract_id in {None, order.contract.id}
            and after <= order.created_at <= before
        )

    return keep


def _paging(asked: Body) -> tuple[int, int, int]:
    size, offset, sort = asked.whole("pageSize"), asked.whole("pageOffset") or 0, asked.whole("sortBy") or 0
    size = _PAGE if size is None else size
    for name, value, most in (("pageSize", size - 1, _PAGE_MAX - 1), ("pageOffset", offset, None), ("sortBy", sort, 1)):
        if value < 0 or (most is not None and value > most):
            raise ProblemError(name, f"The field {name} is out of range.")
    return size, offset, sort
