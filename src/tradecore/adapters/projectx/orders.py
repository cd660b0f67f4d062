"""Find what the Gateway says of orders: by its own id where that is known, else by our id, which is their tag."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final, final

import structlog
from attrs import evolve

from tradecore.adapters.projectx import reading, refusals
from tradecore.adapters.projectx.contracts import Contracts
from tradecore.adapters.projectx.envelope import NoSuchAddressError, Raw
from tradecore.adapters.projectx.line import Line
from tradecore.adapters.projectx.pace import Lane
from tradecore.adapters.projectx.refusals import Refused, Why
from tradecore.adapters.projectx.roster import Roster
from tradecore.domain.errors import MalformedError, UnreachableError
from tradecore.domain.ids import OrderId, parent_of
from tradecore.domain.money import ZERO
from tradecore.domain.orders import News, Report
from tradecore.ports.system import Clock

_log = structlog.get_logger()

_PAGE: Final = 100
_PAGES_MAX: Final = 200
_INSTANT: Final = timedelta(milliseconds=1)
_BEFORE_ALL: Final = datetime(2020, 1, 1, tzinfo=UTC)
_STATUSES: Final = tuple(reading.STATUSES)
# An id of ours tells when its plan was made, by our clock; the Gateway's may go a little differently.
_ID_CHARACTERS: Final = 26
_TIME_CHARACTERS: Final = 10
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SKEW_MAX: Final = timedelta(days=1)
_MILLISECONDS_MAX: Final = 4_102_444_800_000  # the year 2100: what is later is no time


@final
class Orders:
    """One account's orders, asked for over its login's line; what is learned of their ids is kept in `roster`."""

    def __init__(self, line: Line, account: int, contracts: Contracts, clock: Clock) -> None:
        self._line = line
        self._account = account
        self._contracts = contracts
        self._clock = clock
        self._lists_suspended = True
        self._sending: set[OrderId] = set()
        self.roster = Roster()

    @contextmanager
    def sending(self, order_id: OrderId) -> Iterator[None]:
        """Let it be known that an order is on its way."""
        self._sending.add(order_id)
        try:
            yield
        finally:
            self._sending.discard(order_id)

    def is_being_sent(self, order_id: OrderId) -> bool:
        """Tell whether an order is on its way, and its answer has not come yet."""
        return order_id in self._sending

    # ---------------------------------------------------------------- one order

    def row(self, order_id: OrderId) -> Raw | None:
        """Return the row of an order of ours."""
        broker_id = self.roster.broker_id(order_id)
        found = self.by_id(broker_id) if broker_id is not None else None
        return found or self.by_tag(order_id)

    def by_id(self, broker_id: int) -> Raw | None:
        """Return the row of an order by the Gateway's id."""
        try:
            answer = self._line.ask(refusals.ORDER, accountId=self._account, orderId=broker_id)
        except NoSuchAddressError:
            return None
        if not isinstance(answer, Refused):
            return reading.row_or_none(answer, "order")
        if answer.why in {Why.NO_ORDER, Why.NOT_TAKEN}:
            return None
        raise UnreachableError(f"ProjectX does not tell: {answer.sentence}")

    def by_tag(self, order_id: OrderId) -> Raw | None:
        """Return the row of the first order with our id: every later one was refused as a repeat of it."""
        rows = self.since(made_at(order_id) - SKEW_MAX)
        mine = [row for row in rows if self.roster.name(row) == order_id]
        return min(mine, key=lambda row: reading.whole(row, "id")) if mine else None

    def report(self, raw: Raw, *, in_full: bool = False) -> Report:
        """Return what a row says, under our id where the order is ours; *in_full* asks for its cost as well."""
        broker_id = reading.whole(raw, "id")
        symbol = self._contracts.symbol(reading.text(raw, "contractId"))
        reason = self.roster.reason(broker_id)
        found = reading.report(raw, self.roster.name(raw), symbol, self._clock.now(), reason=reason)
        if not found.filled:
            return found
        commission, size = self.roster.cost(broker_id)
        if size < found.filled and in_full:
            commission = self._cost(broker_id, reading.moment(raw, "creationTimestamp") or _BEFORE_ALL)
        return evolve(found, commission=commission)

    def find(self, order_id: OrderId) -> Report | None:
        """Return what is said of an order of ours, its cost included."""
        row = self.row(order_id)
        if row is not None:
            return self.report(row, in_full=True)
        parent = parent_of(order_id)
        if parent is None or self._lists_suspended:
            return None
        # Where no list shows what is suspended, a leg of an entry that still works is there, and asleep.
        entry = self.row(parent)
        if entry is None or entry.get("status") not in reading.WORKING:
            return None
        return Report(order_id=order_id, broker_order_id=None, news=News.HELD, at=self._clock.now())

    def _cost(self, broker_id: int, since: datetime) -> Decimal:
        trades = self._line.listed(
            refusals.TRADES, "trades", accountId=self._account, startTimestamp=(since - _INSTANT).isoformat()
        )
        return sum((reading.cost(row) for row in trades if row.get("orderId") == broker_id), ZERO)

    # ---------------------------------------------------------------- many

    def since(self, start: datetime) -> tuple[Raw, ...]:
        """Return every order that was made since *start*, whatever became of it."""
        try:
            return self._pages(_STATUSES, start)
        except NoSuchAddressError:
            self._note_missing()
        return self._learned(self._line.listed(
            refusals.ORDERS, "orders", accountId=self._account, startTimestamp=start.isoformat()))  # fmt: skip

    def traded(self, within: timedelta) -> Iterator[Report]:
        """Yield every order of ours that has filled *within* so much of now, with what its trades cost.

        What a trade takes back, or tells again, counts as it does now.
        """
        start = self._clock.now() - within
        trades = self._line.listed(refusals.TRADES, "trades", accountId=self._account, startTimestamp=start.isoformat())
        for trade in trades:
            self.roster.trade(trade)
        rows = {reading.whole(row, "id"): row for row in self.since(start)} if trades else {}
        for broker_id in dict.fromkeys(reading.whole(trade, "orderId") for trade in reversed(trades)):
            row = rows.get(broker_id) or self.by_id(broker_id)  # A stop may be older than its fill.
            if row is not None and self.roster.learn(row) is not None and row.get("fillVolume"):
                yield self.report(row)

    def working(self, contract_id: str | None = None) -> tuple[Raw, ...]:
        """Return every order that is not over, in one contract or in all, people's included."""
        try:
            return self._pages(reading.WORKING, None, contract_id)
        except NoSuchAddressError:
            self._note_missing()
        rows = self._learned(self._line.listed(refusals.OPEN_ORDERS, "orders", accountId=self._account))
        return tuple(row for row in rows if contract_id in {None, row.get("contractId")})

    def _pages(
        self, statuses: Iterable[int], start: datetime | None, contract_id: str | None = None
    ) -> tuple[Raw, ...]:
        """Return what the query finds. How it counts pages is not known, so that each begins where the last ended."""
        found: dict[int, Raw] = {}
        for _ in range(_PAGES_MAX):
            wanted = {"accountId": self._account, "statuses": list(statuses)}
            if contract_id is not None:
                wanted["contractId"] = contract_id
            if start is not None:
                wanted["createdAfter"] = start.isoformat()
            answer = self._line.ask(
                refusals.QUERY, Lane.READ, filter=wanted, pageSize=_PAGE, sortBy=0, sortDirection=0,
                includeTotalCount=True)  # fmt: skip
            if isinstance(answer, Refused):
                if answer.why is Why.NOT_TAKEN:
                    raise NoSuchAddressError(answer.sentence)
                raise UnreachableError(f"ProjectX does not tell: {answer.sentence}")
            page = {reading.whole(row, "id"): row for row in reading.rows(answer, "orders")}
            total, is_new = answer.get("totalCount"), bool(page.keys() - found.keys())
            found |= page
            if not is_new or (isinstance(total, int) and len(page) >= total):
                return self._learned(found.values())
            made = [reading.moment(row, "creationTimestamp") or _BEFORE_ALL for row in page.values()]
            start = max(made) - _INSTANT
        raise MalformedError("ProjectX lists orders without end")

    def _learned(self, rows: Iterable[Raw]) -> tuple[Raw, ...]:
        """Take note of whose they are, the entries before their legs."""
        found = tuple(sorted(rows, key=lambda row: reading.whole(row, "id")))
        for row in found:
            self.roster.learn(row)
        return found

    def _note_missing(self) -> None:
        if self._lists_suspended:
            _log.warning("ProjectX has no query for orders here: what is suspended is not seen")
        self._lists_suspended = False


def made_at(order_id: OrderId) -> datetime:
    """Return when an order's plan was made, as its id tells; the beginning of everything where it does not."""
    plan = order_id[:_ID_CHARACTERS]
    if len(plan) < _ID_CHARACTERS or not set(plan) <= set(_ALPHABET):
        return _BEFORE_ALL
    milliseconds = 0
    for letter in plan[:_TIME_CHARACTERS]:
        milliseconds = milliseconds * len(_ALPHABET) + _ALPHABET.index(letter)
    made = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=min(milliseconds, _MILLISECONDS_MAX))
    return max(_BEFORE_ALL, made)
