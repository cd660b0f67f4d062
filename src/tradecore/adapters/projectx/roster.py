"""Remember which of the Gateway's orders are which of ours, what was heard of them, and what they cost.

An order's tag is our id. A bracket's legs have their entry's with ``-SL`` and ``-TP`` behind it, and its id as their
parent's.
"""

import re
from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime
from decimal import Decimal
from threading import Lock
from typing import Final, TypeVar, final

from attrs import define, field

from tradecore.adapters.projectx.envelope import Raw
from tradecore.adapters.projectx.reading import REJECTED, WORKING, cost, moment, number_or_none, text_or_none, whole
from tradecore.adapters.projectx.writing import LIMIT
from tradecore.domain.ids import OrderId, stop_leg_id, target_leg_id
from tradecore.domain.money import ZERO

# An id of ours is a plan's, with the numbers of step and attempt.
_OURS: Final = re.compile(r"[0-9A-Za-z]{1,40}(-[0-9]{1,9}){1,3}(-SL|-TP)?")
_REMEMBERED: Final = 2_000
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


def is_ours(tag: object) -> bool:
    """Tell whether an order's tag is one that tradecore gives."""
    return isinstance(tag, str) and _OURS.fullmatch(tag) is not None


@define
class _Heard:
    """The newest that the hub said of one order, and the trades that made it."""

    row: Raw | None = None
    at: datetime | None = None
    trades: dict[int, tuple[Decimal, Decimal]] = field(factory=dict)  # size and cost of each, by its id


@final
class Roster:
    """One account's orders, the newest of them; safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ids: OrderedDict[OrderId, int] = OrderedDict()
        self._names: OrderedDict[int, OrderId] = OrderedDict()
        self._heard: OrderedDict[int, _Heard] = OrderedDict()
        self._reasons: OrderedDict[int, str] = OrderedDict()

    def learn(self, raw: Raw) -> OrderId | None:
        """Take note of an order of ours, and return our id; None for an order that is not ours.

        A rejected one is not noted: its tag may be that of an earlier order, of which it was a repeat.
        """
        named = self.name(raw)
        if named is not None and raw.get("status") != REJECTED:
            self.put(named, whole(raw, "id"))
        return named

    def put(self, order_id: OrderId, broker_id: int) -> None:
        """Take note of an order of ours by both its ids."""
        with self._lock:
            _keep(self._ids, order_id, broker_id)
            _keep(self._names, broker_id, order_id)

    def name(self, raw: Raw) -> OrderId | None:
        """Return our id of the order in a row; None for an order that is not ours, or not known to be."""
        tag = text_or_none(raw, "customTag")
        with self._lock:
            known, parent = self._names.get(raw.get("id", 0)), self._names.get(raw.get("parentOrderId") or 0)
        if known is not None:
            return known
        if is_ours(tag):
            return OrderId(str(tag))
        if tag is not None or parent is None:
            return None
        # A leg without a tag: its parent tells whose it is, and its type which.
        return target_leg_id(parent) if raw.get("type") == LIMIT else stop_leg_id(parent)

    def broker_id(self, order_id: OrderId) -> int | None:
        """Return the Gateway's id of an order of ours."""
        with self._lock:
            return self._ids.get(order_id)

    def give_reason(self, broker_id: int, reason: str) -> None:
        """Remember why an order was rejected: no row ever says it."""
        with self._lock:
            _keep(self._reasons, broker_id, reason)

    def reason(self, broker_id: int) -> str:
        with self._lock:
            return self._reasons.get(broker_id, "")

    # ---------------------------------------------------------------- what the hub says

    def hear(self, raw: Raw) -> bool:
        """Take in an order's row from the hub, and tell whether it is news: it may come twice, or out of order."""
        at, filled = moment(raw, "updateTimestamp"), number_or_none(raw, "fillVolume") or ZERO
        with self._lock:
            heard = self._of(whole(raw, "id"))
            before = heard.row
            if before is not None:
                known = number_or_none(before, "fillVolume") or ZERO
                is_older = at is not None and heard.at is not None and at < heard.at
                # Whatever else is old, a fill and an end are not taken back.
                if raw == before or (is_older and filled <= known and raw.get("status") in WORKING):
                    return False
            heard.row, heard.at = raw, at
            return True

    def trade(self, raw: Raw) -> Raw | None:
        """Take in a trade, and return the row of the order that it belongs to, where that is known."""
        with self._lock:
            heard = self._of(whole(raw, "orderId"))
            is_over = raw.get("voided") is True
            size = ZERO if is_over else number_or_none(raw, "size") or ZERO
            heard.trades[whole(raw, "id")] = size, cost(raw)
            return heard.row

    def cost(self, broker_id: int) -> tuple[Decimal, Decimal]:
        """Return what an order cost as far as we heard, and for how much of it."""
        with self._lock:
            heard = self._heard.get(broker_id)
            trades = tuple(heard.trades.values()) if heard is not None else ()
        return sum((cost for _, cost in trades), ZERO), sum((size for size, _ in trades), ZERO)

    def _of(self, broker_id: int) -> _Heard:
        found = self._heard.get(broker_id) or _Heard()
        _keep(self._heard, broker_id, found)
        return found


def _keep(kept: OrderedDict[_K, _V], key: _K, value: _V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > _REMEMBERED:
        kept.popitem(last=False)
