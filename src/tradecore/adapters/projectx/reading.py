"""Read what the Gateway sends: tolerant of what is missing or new, and exact about numbers.

Anything that is needed and cannot be read raises `MalformedError`; nothing is ever guessed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from tradecore.adapters.projectx.envelope import Raw
from tradecore.adapters.projectx.writing import SIDES
from tradecore.domain.errors import MalformedError
from tradecore.domain.ids import BrokerOrderId, OrderId, Symbol
from tradecore.domain.money import ZERO
from tradecore.domain.orders import News, Report, Side

# What an order's status means. One that is in no row is never guessed.
STATUSES: Final[Mapping[int, News]] = {
    1: News.ACCEPTED,  # open, and partly filled as well: then its filled volume grows
    2: News.FILLED,
    3: News.CANCELLED,
    4: News.EXPIRED,
    5: News.REJECTED,  # even a duplicate of an order that filled has a row of its own with this
    6: News.ACCEPTED,  # pending: a market order on its way, for some milliseconds
    7: News.CANCEL_PENDING,
    8: News.HELD,  # suspended: a bracket's leg, asleep until its entry fills
}
WORKING: Final = (1, 6, 7, 8)
REJECTED: Final = 5
_SIDES: Final[Mapping[int, Side]] = {number: side for side, number in SIDES.items()}
_LONG: Final = 1
_SHORT: Final = 2


def whole(raw: Raw, name: str) -> int:
    """Return a whole number that must be there."""
    value = raw.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedError(f"ProjectX's answer has {value!r} as {name}")
    return value


def number(raw: Raw, name: str) -> Decimal:
    """Return a number that must be there."""
    found = number_or_none(raw, name)
    if found is None:
        raise MalformedError(f"ProjectX's answer has no {name}")
    return found


def number_or_none(raw: Raw, name: str) -> Decimal | None:
    """Return a number, or None where there is none; `MalformedError` for what is there and is no number."""
    value = raw.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        raise MalformedError(f"ProjectX's answer has {value!r} as {name}")
    return Decimal(value)


def text(raw: Raw, name: str) -> str:
    """Return a text that must be there."""
    found = text_or_none(raw, name)
    if found is None:
        raise MalformedError(f"ProjectX's answer has no {name}")
    return found


def text_or_none(raw: Raw, name: str) -> str | None:
    """Return a text, or None where there is none."""
    value = raw.get(name)
    return value if isinstance(value, str) and value else None


def moment(raw: Raw, name: str) -> datetime | None:
    """Return a moment in UTC, or None; the Gateway writes none to seven decimals of a second."""
    value = text_or_none(raw, name)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo is not None else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedError(f"ProjectX's answer has {value!r} as {name}") from error


def rows(raw: Raw, name: str) -> tuple[Raw, ...]:
    """Return the rows of a list, which is null where it is empty; one that is not there at all is no list."""
    found = raw.get(name, raw)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise MalformedError(f"ProjectX's answer has no list of {name}")
    return tuple(found)


def row_or_none(raw: Raw, name: str) -> Raw | None:
    """Return the row under *name*, or None where there is none."""
    found = raw.get(name)
    if found is not None and not isinstance(found, dict):
        raise MalformedError(f"ProjectX's answer has no {name}")
    return found


def report(raw: Raw, order_id: OrderId | None, symbol: Symbol, now: datetime, *, reason: str = "") -> Report:
    """Return what an order's row says of it, under our *order_id*; its commission is told elsewhere."""
    status = whole(raw, "status")
    if status not in STATUSES:
        raise MalformedError(f"ProjectX says status {status} of an order, which is in none of our rows")
    filled = number_or_none(raw, "fillVolume") or ZERO
    price = number_or_none(raw, "filledPrice")
    if filled and not price:
        raise MalformedError(f"ProjectX says that {filled} of an order are filled, and not at which price")
    if STATUSES[status] is News.REJECTED:
        reason = reason or "ProjectX rejected it, and does not say why"
    return Report(
        order_id=order_id,
        broker_order_id=BrokerOrderId(str(whole(raw, "id"))),
        news=STATUSES[status],
        at=moment(raw, "updateTimestamp") or moment(raw, "creationTimestamp") or now,
        filled=filled,
        average_price=price if filled else None,
        reason=reason,
        symbol=symbol,
        side=_SIDES.get(raw.get("side", -1)),
        quantity=number_or_none(raw, "size"),
        works_at=number_or_none(raw, "stopPrice") or number_or_none(raw, "limitPrice"),  # a leg asleep has neither
    )


def held(raw: Raw) -> Decimal:
    """Return how much a position's row holds, signed: its size never is."""
    size, kind = number(raw, "size"), whole(raw, "type")
    if size == ZERO:
        return ZERO
    if kind not in {_LONG, _SHORT} or size < ZERO:
        raise MalformedError(f"ProjectX's position has type {kind} and size {size}")
    return size if kind == _LONG else -size


def cost(raw: Raw) -> Decimal:
    """Return what a trade cost: its fees and its commission, or nothing where it was taken back."""
    if raw.get("voided") is True:
        return ZERO
    return (number_or_none(raw, "fees") or ZERO) + (number_or_none(raw, "commissions") or ZERO)
