"""Read what Alpaca sends: tolerant of what is missing or new, and exact about numbers.

Anything that is needed and cannot be read raises `MalformedError`; nothing is ever guessed.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tradecore.domain.errors import MalformedError
from tradecore.domain.ids import BrokerOrderId, OrderId, Symbol
from tradecore.domain.instruments import Instrument, Kind, Market
from tradecore.domain.money import ONE, ZERO
from tradecore.domain.orders import News, Report, Side
from tradecore.domain.sessions import VenueClock
from tradecore.domain.venues import AccountState, Position, Quote

Raw = Mapping[str, Any]

# What an order's status means. One that is in no row is never guessed.
STATUSES: Final[Mapping[str, News]] = {
    "accepted": News.ACCEPTED,  # what is sent while the market is closed waits so
    "accepted_for_bidding": News.ACCEPTED,
    "pending_new": News.ACCEPTED,
    "pending_review": News.ACCEPTED,  # alpaca-py knows it, Alpaca's own list does not
    "new": News.ACCEPTED,
    "partially_filled": News.ACCEPTED,
    "stopped": News.ACCEPTED,  # a price is promised; the fill is to come
    "suspended": News.ACCEPTED,
    "calculated": News.ACCEPTED,
    "done_for_day": News.ACCEPTED,  # it works again tomorrow, or expires: a later word says which
    "pending_replace": News.ACCEPTED,
    "pending_cancel": News.CANCEL_PENDING,
    "held": News.HELD,  # a leg asleep; once the entry has filled, the stop that protects is called so as well
    "filled": News.FILLED,
    "canceled": News.CANCELLED,
    "expired": News.EXPIRED,
    "rejected": News.REJECTED,
    "replaced": News.CANCELLED,  # by an order that `replaced_by` names, or, for a target whose stop filled, by none
}
OVER: Final = frozenset({"filled", "canceled", "expired", "rejected", "replaced"})
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")
# Alpaca takes nine decimals of a share.
_FINEST_LOT: Final = Decimal("0.000000001")
_TICK: Final = Decimal("0.01")
_SYMBOL: Final = re.compile(r"[A-Z][A-Z0-9]{0,9}(\.[A-Z]{1,3})?")


def text(raw: Raw, name: str) -> str:
    """Return a text that must be there."""
    value = raw.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedError(f"Alpaca's answer has no {name}")
    return value


def number(raw: Raw, name: str) -> Decimal:
    """Return a number that must be there; Alpaca writes most as text."""
    found = number_or_none(raw, name)
    if found is None:
        raise MalformedError(f"Alpaca's answer has no {name}")
    return found


def number_or_none(raw: Raw, name: str) -> Decimal | None:
    """Return a number, or None where there is none; `MalformedError` for what is there and is no number."""
    value = raw.get(name)
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise MalformedError(f"Alpaca's answer has {value!r} as {name}")
    return found


def moment(raw: Raw, name: str) -> datetime | None:
    """Return a moment in UTC, or None; Alpaca writes up to nine decimals of a second."""
    value = raw.get(name)
    if not isinstance(value, str) or not value:
        return None
    try:
        found = datetime.fromisoformat(_FRACTION.sub(r"\1", value))
    except ValueError as error:
        raise MalformedError(f"Alpaca's answer has {value!r} as {name}") from error
    return found.astimezone(UTC) if found.tzinfo is not None else found.replace(tzinfo=UTC)


def row(answer: object) -> Raw:
    """Return an answer that must be one row."""
    if not isinstance(answer, Mapping):
        raise MalformedError("Alpaca's answer is not what was asked for")
    return answer


def row_or_none(answer: object) -> Raw | None:
    """Return an answer that is one row, or none."""
    return None if answer is None else row(answer)


def rows(answer: object) -> tuple[Raw, ...]:
    """Return the rows of a list; no answer is not an empty one."""
    if not isinstance(answer, list) or not all(isinstance(row, Mapping) for row in answer):
        raise MalformedError("Alpaca's answer should be a list")
    return tuple(answer)


def report(raw: Raw, order_id: OrderId | None, now: datetime, *, listed_open: bool = False) -> Report:
    """Return what an order's row says of it, under our *order_id*.

    With *listed_open* it comes from a list of open orders, so that a status that nobody knows is one of those.
    """
    status = text(raw, "status")
    news = STATUSES.get(status) or (News.ACCEPTED if listed_open else None)
    if news is None:
        raise MalformedError(f"Alpaca says {status!r} of an order, which is in none of our rows")
    filled = number_or_none(raw, "filled_qty") or ZERO
    price = number_or_none(raw, "filled_avg_price")
    if filled and not price:
        raise MalformedError(f"Alpaca says that {filled} of an order are filled, and not at which price")
    return Report(
        order_id=order_id,
        broker_order_id=BrokerOrderId(text(raw, "id")),
        news=news,
        at=moment(raw, "updated_at") or now,
        filled=filled,
        average_price=price if filled else None,
        reason="" if news is not News.REJECTED else "Alpaca rejected it after taking it, and does not say why",
        symbol=Symbol(text(raw, "symbol")),
        side=Side(text(raw, "side")) if raw.get("side") in {"buy", "sell"} else None,
        quantity=number_or_none(raw, "qty"),
        works_at=number_or_none(raw, "stop_price") or number_or_none(raw, "limit_price"),
    )


def position(raw: Raw) -> Position:
    """Return a position. Its sign is taken from its side: that of the quantity is told both ways."""
    quantity = abs(number(raw, "qty"))
    return Position(
        symbol=Symbol(text(raw, "symbol")),
        quantity=-quantity if raw.get("side") == "short" else quantity,
        average_price=number_or_none(raw, "avg_entry_price") or ZERO,
    )


def account_state(raw: Raw, now: datetime) -> AccountState:
    """Return what the account is worth, and whether it may trade."""
    return AccountState(
        equity=number(raw, "equity"),
        buying_power=number_or_none(raw, "buying_power") or ZERO,
        at=now,
        blocked=_blocked(raw),
        cash=number_or_none(raw, "cash"),
    )


def _blocked(raw: Raw) -> str:
    status = str(raw.get("status"))
    if status != "ACTIVE":
        return f"Alpaca says that the account is {status}."
    if raw.get("account_blocked"):
        return "Alpaca has blocked the account."
    if raw.get("trading_blocked"):
        return "Alpaca has blocked the account's trading."
    if raw.get("trade_suspended_by_user"):
        return "Trading is suspended in the account's own settings at Alpaca."
    return ""


def venue_clock(raw: Raw) -> VenueClock:
    """Return what Alpaca's clock says of the regular session."""
    opens, closes, is_open = moment(raw, "next_open"), moment(raw, "next_close"), raw.get("is_open")
    if opens is None or closes is None or not isinstance(is_open, bool):
        raise MalformedError("Alpaca's clock does not tell when the market opens and closes")
    return VenueClock(is_open=is_open, opens=opens, closes=closes)


def may_short(raw: Raw) -> bool:
    """Tell whether the account may sell what it does not hold."""
    return raw.get("shorting_enabled") is True


def instrument(raw: Raw) -> Instrument | None:
    """Return a share that can be named; None for anything else that is listed.

    What is hard to borrow counts as not shortable: Alpaca takes only day orders there, and a stop must outlive a day.
    """
    symbol = raw.get("symbol")
    if not isinstance(symbol, str) or not _SYMBOL.fullmatch(symbol) or raw.get("class") != "us_equity":
        return None
    return Instrument(
        symbol=Symbol(symbol),
        root=Symbol(symbol),
        kind=Kind.EQUITY,
        market=Market.US_EQUITIES,
        tick_size=_TICK,
        tick_value=_TICK,
        lot_step=_FINEST_LOT if raw.get("fractionable") is True else ONE,
        tradable=raw.get("tradable") is True and raw.get("status", "active") == "active",
        shortable=raw.get("shortable") is True and _is_easy_to_borrow(raw),
        hard_to_borrow=raw.get("shortable") is True and not _is_easy_to_borrow(raw),
        venue_id=str(raw.get("id") or ""),
    )


def _is_easy_to_borrow(raw: Raw) -> bool:
    # `easy_to_borrow` is being removed in favour of `borrow_status`; where neither is told, `shortable` stands alone.
    status = raw.get("borrow_status")
    return bool(status == "easy_to_borrow" if status is not None else raw.get("easy_to_borrow", True))


def quote(symbol: Symbol, trade: Raw, sides: Raw) -> Quote | None:
    """Return the last price: of the last trade, or the middle of a younger quote that has both sides, close together.

    The free feed carries few trades, and its quotes can be wide, one-sided or stale.
    """
    last, at = number_or_none(trade, "p"), moment(trade, "t")
    bid, ask = number_or_none(sides, "bp") or None, number_or_none(sides, "ap") or None
    quoted_at = moment(sides, "t")
    if bid and ask and quoted_at and bid <= ask and (ask - bid) <= bid * _SPREAD_MAX and (at is None or quoted_at > at):
        return Quote(symbol=symbol, last=(bid + ask) / 2, at=quoted_at, bid=bid, ask=ask)
    return Quote(symbol=symbol, last=last, at=at, bid=bid, ask=ask) if last and at else None


_SPREAD_MAX: Final = Decimal("0.005")
