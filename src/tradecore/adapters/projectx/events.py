"""Read what the hubs tell: one thing or a list, wrapped or bare, with whatever nobody knows yet.

Rows stay as they came, so that a field or a value that is new is still there; what cannot be read at all raises
`MalformedError`. A hub omits what is null, and tells of a quote only what has changed.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, final

from attrs import field, frozen

from tradecore.adapters.projectx import reading
from tradecore.adapters.projectx.envelope import Raw
from tradecore.domain.errors import MalformedError


class Kind(Enum):
    """What is told, by the name of its event."""

    ACCOUNT = "GatewayUserAccount"
    ORDER = "GatewayUserOrder"
    POSITION = "GatewayUserPosition"
    TRADE = "GatewayUserTrade"
    QUOTE = "GatewayQuote"
    PRINT = "GatewayTrade"
    DEPTH = "GatewayDepth"
    LOGOUT = "GatewayLogout"


class Level(Enum):
    """What a row of the depth says of the book; every other type says nothing of it."""

    ASK = "asked"
    BID = "bid"
    RESET = "the whole book is told anew"


_OF_A_USER: Final = frozenset({Kind.ACCOUNT, Kind.ORDER, Kind.POSITION, Kind.TRADE})
# A volume of 0 takes a level away.
LEVELS: Final[Mapping[int, Level]] = {
    1: Level.ASK, 3: Level.ASK, 10: Level.ASK, 2: Level.BID, 4: Level.BID, 9: Level.BID, 6: Level.RESET,
}  # fmt: skip
_KINDS: Final[Mapping[str, Kind]] = {kind.value: kind for kind in Kind}
_OF_A_CONTRACT: Final = 2


@frozen(kw_only=True)
class Told:
    """One thing that a hub told. `contract` is None in a user's events, where the row names it.

    `action` is what was done to it (0, 1, 2: created, changed, gone, as it seems), where that was told.
    """

    kind: Kind
    row: Raw
    contract: str | None = None
    action: int | None = None


def read(target: str, arguments: list[Any]) -> tuple[Told, ...]:
    """Return what an event tells, in its order; nothing for an event that nobody knows."""
    kind = _KINDS.get(target)
    if kind is None:
        return ()
    if kind is Kind.LOGOUT:
        return (Told(kind=kind, row={}),)
    if kind in _OF_A_USER:
        return tuple(_unwrapped(kind, row) for argument in arguments for row in _rows(argument))
    if len(arguments) < _OF_A_CONTRACT or not isinstance(arguments[0], str):
        raise MalformedError(f"ProjectX's hub tells a {target} of no contract")
    return tuple(Told(kind=kind, row=row, contract=arguments[0]) for row in _rows(arguments[1]))


def level(told: Told) -> Level | None:
    """Return what a row of the depth says of the book, or None."""
    return LEVELS.get(reading.whole(told.row, "type"))


def _unwrapped(kind: Kind, row: Raw) -> Told:
    data, action = row.get("data"), row.get("action")
    if not isinstance(data, dict):
        return Told(kind=kind, row=row)
    return Told(kind=kind, row=data, action=action if isinstance(action, int) else None)


def _rows(argument: object) -> list[Raw]:
    found: list[Any] = argument if isinstance(argument, list) else [argument]
    if not all(isinstance(row, dict) for row in found):
        raise MalformedError("ProjectX's hub tells something that is no object")
    return found


@frozen(kw_only=True)
class Quoted:
    """All that is known of a contract's quote. A price is None where none is known; `row` has all fields as they came.

    `last_at` is when the last price was told last, and `at` when anything was, by the Gateway's clock.
    """

    contract: str
    last: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    at: datetime | None
    last_at: datetime | None
    row: Raw = field(repr=False)


@final
class QuoteBook:
    """The quotes of every contract, put together from what has changed; safe from any thread.

    What changes while nobody listens is never told: `clear` it whenever a connection begins anew.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._quotes: dict[str, Quoted] = {}

    def take(self, told: Told) -> Quoted:
        """Take a change, and return the whole quote. What comes later counts: a connection keeps its order."""
        if told.kind is not Kind.QUOTE or told.contract is None:
            raise MalformedError(f"{told.kind.value} is no quote of a contract")
        # Read before the lock: what cannot be read leaves everything as it was.
        changed = {name: value for name, value in told.row.items() if value is not None}
        at = reading.moment(changed, "timestamp") or reading.moment(changed, "lastUpdated")
        for name in ("lastPrice", "bestBid", "bestAsk"):
            reading.number_or_none(changed, name)
        with self._lock:
            known = self._quotes.get(told.contract)
            merged = self._quotes[told.contract] = _merged(told.contract, known, changed, at)
            return merged

    def quote(self, contract: str) -> Quoted | None:
        """Return what is known of a contract, or None."""
        with self._lock:
            return self._quotes.get(contract)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._quotes.clear()


def _merged(contract: str, known: Quoted | None, changed: Raw, at: datetime | None) -> Quoted:
    row, times = dict(changed), [at] if at is not None else []
    last_at = None
    if known is not None:
        row, last_at = {**known.row, **changed}, known.last_at
        times += [known.at] if known.at is not None else []
    newest = max(times, default=None)
    return Quoted(
        contract=contract, row=MappingProxyType(row), at=newest,
        last_at=newest if "lastPrice" in changed else last_at,
        last=_price(row, "lastPrice"), bid=_price(row, "bestBid"), ask=_price(row, "bestAsk"),
    )  # fmt: skip


def _price(row: Raw, name: str) -> Decimal | None:
    found = reading.number_or_none(row, name)
    return found or None  # a side without an order is told as 0
