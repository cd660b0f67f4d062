"""Find the orders that a list is asked for."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from flask import request

from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.orders import Order
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal, parameter
from tradecore.entrypoints.venues.alpaca.engine.words import Status
from tradecore.entrypoints.venues.alpaca.manners import Manners
from tradecore.entrypoints.venues.alpaca.writing import asked, listed

_LIMIT: Final = 50
_LIMIT_MAX: Final = 500
_STATUSES: Final = {"open": {True}, "closed": {False}, "all": {True, False}}


class QueryError(ValueError):
    """What the address asks for makes no sense; its text is the message."""


def search(floor: Floor, account: Account, manners: Manners) -> tuple[Order, ...] | Refusal:
    """Return the orders that the query asks for, newest first unless it says otherwise.

    A leg is a row of its own, unless legs are nested.
    """
    try:
        found = list(_filtered(floor, account, held_in_open=manners.held_in_open))
        if request.args.get("direction", "desc") == "desc":
            found.reverse()
        if asked("nested"):
            ids = {order.id for order in found}
            orphans = manners.orphans_in_nested
            found = [order for order in found if order.parent is None or (orphans and order.parent not in ids)]
        return tuple(found[: whole("limit", _LIMIT, _LIMIT_MAX)])
    except QueryError as error:
        return parameter(str(error))


def whole(name: str, default: int, most: int) -> int:
    """Return a whole number from the query."""
    try:
        value = int(request.args.get(name, default))
    except ValueError as error:
        raise QueryError(f"invalid {name}") from error
    if not 0 < value <= most:
        raise QueryError(f"{name} must be between 1 and {most}")
    return value


def instant(name: str) -> datetime | None:
    """Return a time from the query."""
    given = request.args.get(name)
    if given is None:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError as error:
        raise QueryError(f"invalid {name}") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _filtered(floor: Floor, account: Account, *, held_in_open: bool) -> Iterable[Order]:
    status = _STATUSES.get(request.args.get("status", "open"))
    if status is None:
        raise QueryError("invalid status")
    after, until = instant("after"), instant("until")
    symbols = {symbol.replace("/", "") for symbol in listed("symbols")}
    side, asset_class = request.args.get("side"), request.args.get("asset_class")
    for order in _between(tuple(order for order in floor.orders.values() if order.account_id == account.id)):
        asset = floor.listing[order.symbol]
        if (
            _is_open(order, held_in_open=held_in_open) in status
            and (after is None or order.created_at > after)
            and (until is None or order.created_at < until)
            and (not symbols or asset.compact in symbols)
            and side in {None, order.side.value}
            and asset_class in {None, asset.asset_class.value}
        ):
            yield order


def _is_open(order: Order, *, held_in_open: bool) -> bool:
    return order.is_live and (held_in_open or order.status is not Status.HELD)


def _between(orders: tuple[Order, ...]) -> tuple[Order, ...]:
    """Return those of *orders* that came before or after a certain one."""
    before, after = request.args.get("before_order_id"), request.args.get("after_order_id")
    if before and after:
        raise QueryError("only one of before_order_id or after_order_id is accepted")
    ids = [order.id for order in orders]
    try:
        if before:
            return orders[: ids.index(before)]
        return orders[ids.index(after) + 1 :] if after else orders
    except ValueError as error:
        raise QueryError("order_id is missing") from error
