"""Know the contracts: what people call them, and what the Gateway does.

People write ``MESZ2026`` and the Gateway ``CON.F.US.MES.Z26``; between them stands the contract's name, ``MESZ6``. Its
id is opaque: the product's root is another there (EP for ES), and even the month can be (U26 for a ``CLV6``).
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Final, final

import structlog
from attrs import evolve, frozen

from tradecore.adapters.projectx import refusals
from tradecore.adapters.projectx.envelope import Raw
from tradecore.adapters.projectx.line import Line
from tradecore.adapters.projectx.reading import number, row_or_none, rows, text, text_or_none
from tradecore.adapters.projectx.refusals import Refused
from tradecore.domain.errors import MalformedError, UnreachableError, WorldError
from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import MONTH_LETTERS, Instrument, Kind, Market
from tradecore.ports.system import Clock

_log = structlog.get_logger()

_NAME: Final = re.compile(rf"(?P<root>[A-Z0-9]{{1,6}}?)(?P<month>[{MONTH_LETTERS}])(?P<year>[0-9]{{1,2}})")
_YEAR: Final = re.compile(r"\b20[0-9]{2}\b")
_FRESH: Final = timedelta(hours=24)
# Something unknown makes us ask again, but not with every question.
_ASKED_AGAIN: Final = timedelta(minutes=1)
_YEARS_BACK: Final = 2


@frozen(kw_only=True)
class Contract:
    """One month of a product. `symbol` is what people write, and the id itself where its name cannot be read."""

    id: str
    product: str
    symbol: Symbol
    root: Symbol
    tick_size: Decimal
    tick_value: Decimal
    active: bool

    @property
    def instrument(self) -> Instrument:
        """The contract as everybody else here knows it; only the active month takes entries."""
        return Instrument(
            symbol=self.symbol, root=self.root, kind=Kind.FUTURE, market=Market.CME_FUTURES, tick_size=self.tick_size,
            tick_value=self.tick_value, tradable=self.active, active=self.active, venue_id=self.id)  # fmt: skip

    def money(self, points: Decimal) -> Decimal:
        """Return what so many points of one contract are worth."""
        return points / self.tick_size * self.tick_value


def contract(raw: Raw, now: datetime, root: Symbol | None = None) -> Contract:
    """Return the contract in a row; the year has one digit in its name, and four in its description.

    *root* is what the product is called in other months, where that is known: old names have the Gateway's own.
    """
    tick_size, tick_value = number(raw, "tickSize"), number(raw, "tickValue")
    if tick_size <= 0 or tick_value <= 0:
        raise MalformedError(f"ProjectX lists {raw.get('id')} with ticks of {tick_size}, worth {tick_value}")
    contract_id, name = text(raw, "id"), text_or_none(raw, "name") or ""
    found = _NAME.fullmatch(name)
    symbol = contract_id
    if found is None:
        root = Symbol(contract_id)
    else:
        root = root or Symbol(found["root"])
        symbol = f"{root}{found['month']}{_year(found['year'], text_or_none(raw, 'description') or '', now)}"
    return Contract(
        id=contract_id, product=text_or_none(raw, "symbolId") or contract_id, symbol=Symbol(symbol), root=root,
        tick_size=tick_size, tick_value=tick_value, active=raw.get("activeContract") is True)  # fmt: skip


def _year(digits: str, description: str, now: datetime) -> int:
    told = _YEAR.search(description)
    if told is not None and told[0].endswith(digits):
        return int(told[0])
    # The first year with these digits that is not long past.
    cycle = 10 if len(digits) == 1 else 100
    first: int = now.year - _YEARS_BACK
    return first + (int(digits) - first) % cycle


@final
class Contracts:
    """One login's contracts, asked for once a day and when an unknown one turns up; safe from any thread."""

    def __init__(self, line: Line, clock: Clock) -> None:
        self._line = line
        self._clock = clock
        self._lock = Lock()
        self._by_id: dict[str, Contract] = {}
        self._ids: dict[Symbol, str] = {}
        self._listed_at: datetime | None = None

    def of(self, symbol: Symbol) -> Contract | None:
        """Return the contract that is called *symbol*; None where the Gateway has none that we know of."""
        found = self._known(symbol)
        if self._is_older_than(_FRESH if found is not None else _ASKED_AGAIN):
            try:
                self.refresh()
            except WorldError:
                if found is None:
                    raise
                # What it is called does not change; only whether it is still the active month.
                return found
            found = self._known(symbol)
        return found

    def by_id(self, contract_id: str) -> Contract | None:
        """Return the contract with the Gateway's id, whatever its month; None where even the Gateway knows none."""
        with self._lock:
            found = self._by_id.get(contract_id)
        if found is not None:
            return found
        answer = self._line.ask(refusals.CONTRACT, contractId=contract_id)
        raw = None if isinstance(answer, Refused) else row_or_none(answer, "contract")
        if raw is None:
            return None
        with self._lock:
            root = next((one.root for one in self._by_id.values() if one.product == raw.get("symbolId")), None)
            found = contract(raw, self._clock.now(), root)
            self._by_id[found.id] = found
            self._ids[found.symbol] = found.id
        return found

    def symbol(self, contract_id: str) -> Symbol:
        """Return what people call a contract; its id where nobody can say, so that nothing held is ever unseen."""
        found = self.by_id(contract_id)
        return found.symbol if found is not None else Symbol(contract_id)

    def known(self) -> tuple[Contract, ...]:
        """Return all that is known: every active month, and older ones that somebody holds."""
        with self._lock:
            return tuple(self._by_id.values())

    def refresh(self) -> None:
        """Ask for what is traded now."""
        answer = self._line.ask(refusals.AVAILABLE, live=False)
        if isinstance(answer, Refused):
            raise UnreachableError(f"ProjectX does not list its contracts: {answer.sentence}")
        now = self._clock.now()
        listed = {}
        for row in rows(answer, "contracts"):
            try:
                found = contract(row, now)
            except MalformedError as error:
                _log.warning("a contract of ProjectX cannot be read, and is not traded", why=str(error))
                continue
            listed[found.id] = found
        if not any(one.active for one in listed.values()):
            raise MalformedError("ProjectX lists no contract at all")
        with self._lock:
            # Who is not listed any more has rolled away.
            past = {each: evolve(one, active=False) for each, one in self._by_id.items() if each not in listed}
            self._by_id = past | listed
            self._ids = {one.symbol: one.id for one in self._by_id.values()}
            self._listed_at = now

    def _known(self, symbol: Symbol) -> Contract | None:
        with self._lock:
            contract_id = self._ids.get(symbol)
            return self._by_id[contract_id] if contract_id is not None else None

    def _is_older_than(self, age: timedelta) -> bool:
        return self._listed_at is None or abs(self._clock.now() - self._listed_at) >= age
