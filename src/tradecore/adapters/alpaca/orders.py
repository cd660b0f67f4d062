"""Find what Alpaca says of orders: ours by our id, a leg by its entry, a replaced one by the last in its row."""

from collections.abc import Iterator
from typing import Final, final

from attrs import evolve

from tradecore.adapters.alpaca import reading
from tradecore.adapters.alpaca.line import Line
from tradecore.adapters.alpaca.reading import Raw
from tradecore.adapters.alpaca.roster import Roster, both_legs, has_legs, legs_of
from tradecore.domain.errors import MalformedError
from tradecore.domain.ids import OrderId, Symbol
from tradecore.domain.money import ZERO
from tradecore.domain.orders import News, Report
from tradecore.ports.system import Clock

_LISTED_MAX: Final = 500
# So many replacements, one of the other, are followed.
_REPLACED_MAX: Final = 10
_ENDED: Final = frozenset({News.FILLED, News.CANCELLED, News.REJECTED, News.EXPIRED})


@final
class Orders:
    """One account's orders at Alpaca, asked for over its line; what is learned of their ids is kept in `roster`."""

    def __init__(self, line: Line, clock: Clock) -> None:
        self._line = line
        self._clock = clock
        self.roster = Roster()

    def row(self, order_id: OrderId) -> Raw | None:
        """Return the row of an order of ours, with its legs."""
        broker_id = self.roster.broker_id(order_id)
        found = self.by_id(broker_id) if broker_id is not None else None
        if found is None:
            found = reading.row_or_none(self._line.ask("/orders:by_client_order_id", client_order_id=order_id))
            if found is not None and has_legs(found) and not legs_of(found):
                found = self.by_id(reading.text(found, "id")) or found
        if found is not None:
            self.roster.learn(found, order_id)
        return found

    def by_id(self, broker_id: str) -> Raw | None:
        """Return the row of an order by Alpaca's id, with its legs."""
        return reading.row_or_none(self._line.ask(f"/orders/{broker_id}", nested="true"))

    def working(self, **query: str) -> tuple[Raw, ...]:
        """Return every open order, each leg as a row of its own."""
        found: dict[str, Raw] = {}
        page = {"status": "open", "limit": str(_LISTED_MAX), "nested": "false", **query}
        while True:
            listed = reading.rows(self._line.ask("/orders", **page))
            new = {reading.text(row, "id"): row for row in listed}
            if len(listed) < _LISTED_MAX or not new.keys() - found.keys():
                return tuple((found | new).values())
            found |= new
            page["until"] = reading.text(listed[-1], "submitted_at")

    def legs_in(self, symbol: Symbol) -> tuple[Report, ...]:
        """Return what is said of the legs of every bracket of ours in *symbol*, and learn whose they are."""
        page = {"status": "all", "limit": str(_LISTED_MAX), "nested": "true", "symbols": symbol}
        entries = [row for row in reading.rows(self._line.ask("/orders", **page)) if legs_of(row)]
        for row in entries:
            self.roster.learn(row)
        return tuple(report for row in entries for report in self.legs(row) if report.order_id is not None)

    def named(self, row: Raw, *, listed_open: bool = False) -> Report:
        """Return what a row says, under our id where the order is ours."""
        return reading.report(row, self.roster.name(row), self._clock.now(), listed_open=listed_open)

    def legs(self, entry: Raw) -> Iterator[Report]:
        """Return what is said of an entry's legs; one that is held protects once the entry has filled."""
        self.roster.learn(entry)
        told = []
        for leg in legs_of(entry):
            report = self.follow(leg, self.roster.name(leg))
            awake = report.news is News.HELD and entry.get("status") == "filled"
            told.append(evolve(report, news=News.ACCEPTED) if awake else report)
        yield from told
        missing = set(both_legs(entry)) - {report.order_id for report in told}
        if len(told) == 1 == len(missing) and told[0].news in _ENDED:
            yield self._unlisted(missing.pop(), told[0])

    def _unlisted(self, leg_id: OrderId, sibling: Report) -> Report:
        """Return what is said of a leg that its entry's row has dropped, as it does with one that ended `replaced`."""
        broker_id = self.roster.broker_id(leg_id)
        row = self.by_id(broker_id) if broker_id is not None else None
        if row is not None:
            return self.follow(row, leg_id)
        return evolve(
            sibling, order_id=leg_id, broker_order_id=None, news=News.CANCELLED, filled=ZERO, average_price=None,
            reason="the other leg has ended it")  # fmt: skip

    def follow(self, row: Raw, order_id: OrderId | None) -> Report:
        """Return what is said of an order; where somebody replaced it, what is said of the last in the row."""
        report = reading.report(row, order_id, self._clock.now())
        for _ in range(_REPLACED_MAX):
            successor = row.get("replaced_by")
            newer = self.by_id(successor) if row.get("status") == "replaced" and successor else None
            if newer is None:
                return report
            self.roster.move(reading.text(row, "id"), reading.text(newer, "id"))
            row, older = newer, report
            report = reading.report(row, order_id, self._clock.now())
            if older.filled > report.filled:
                report = evolve(report, filled=older.filled, average_price=older.average_price)
        raise MalformedError(f"Alpaca says that order {order_id} was replaced again and again")
