"""Be one account's broker at Alpaca."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Final, final

import structlog
from attrs import evolve

from tradecore.adapters.alpaca import reading
from tradecore.adapters.alpaca.line import Line
from tradecore.adapters.alpaca.reading import OVER, Raw
from tradecore.adapters.alpaca.refusals import Refused, Why
from tradecore.adapters.alpaca.roster import Roster, both_legs, has_legs, legs_of, parent_of
from tradecore.adapters.alpaca.stream import Stream, StreamAddress
from tradecore.adapters.alpaca.writing import body
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, ProgrammingError, UnreachableError
from tradecore.domain.ids import BrokerOrderId, OrderId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.money import ONE, ZERO, plain
from tradecore.domain.orders import News, Purpose, Report, Ticket
from tradecore.domain.sessions import VenueClock
from tradecore.domain.venues import AccountState, Position, Survey, VenueRules
from tradecore.ports.broker import Broker, Listener
from tradecore.ports.system import Clock

_log = structlog.get_logger()

_LISTED_MAX: Final = 500
_ENDED: Final = frozenset({News.FILLED, News.CANCELLED, News.REJECTED, News.EXPIRED})
# So many replacements, one of the other, are followed.
_REPLACED_MAX: Final = 10
# Positions may lag behind fills by ten seconds; what the stream said so lately counts more.
_LAG: Final = timedelta(seconds=15)
# What the venue's clock said counts so long: the market opens and closes twice a day.
_CLOCK_FRESH: Final = timedelta(seconds=15)


@final
class AlpacaBroker(Broker):
    """A broker over one account's line; its stream runs while somebody listens."""

    def __init__(self, line: Line, address: StreamAddress, clock: Clock) -> None:
        self._line = line
        self._address = address
        self._clock = clock
        self._roster = Roster()
        self._lock = Lock()
        self._stream: Stream | None = None
        self._told: dict[str, tuple[Decimal, datetime]] = {}  # what the stream said is held, and when
        self._rules: VenueRules | None = None
        self._says: tuple[VenueClock, datetime] | None = None

    @property
    def rules(self) -> VenueRules:
        if self._rules is None:
            self.account()
        assert self._rules is not None
        return self._rules

    # ---------------------------------------------------------------- orders

    def submit(self, ticket: Ticket) -> Report:
        if ticket.reduce_only and not ticket.purpose.protects and (why := self._too_much(ticket)):
            return self._rejected(ticket, why)
        answer = self._line.place(body(ticket), opens=ticket.purpose is Purpose.ENTRY)
        if isinstance(answer, Refused):
            if answer.why is not Why.USED_ID:
                return self._rejected(ticket, answer.sentence, is_wash_trade=answer.why is Why.WASH)
            # It is there already: a repeat, or an answer that was lost.
            found = self.find(ticket.id)
            if found is None:
                raise OutcomeUnknownError(f"Alpaca has an order {ticket.id}, and does not find it yet")
            return found
        self._roster.learn(answer, ticket.id)
        return reading.report(answer, ticket.id, self._clock.now())

    def cancel(self, order_id: OrderId) -> Report:
        broker_id = self._roster.broker_id(order_id)
        if broker_id is None:
            found = self.find(order_id)
            broker_id = self._roster.broker_id(order_id)
            if found is None or broker_id is None:
                # It may only be late to be listed, so nothing is known of it.
                return Report(
                    order_id=order_id, broker_order_id=None, news=News.LOST, at=self._clock.now(),
                    reason="Alpaca knows no such order")  # fmt: skip
        refusal = self._line.cancel(broker_id)
        found = self.find(order_id)
        if found is None:
            raise OutcomeUnknownError(f"Alpaca was asked to end order {order_id}, and does not find it now")
        if isinstance(refusal, Refused) and refusal.why is not Why.OVER:
            return evolve(found, reason=refusal.sentence)
        return found

    def cancel_stray(self, broker_order_id: BrokerOrderId) -> None:
        refusal = self._line.cancel(broker_order_id)
        if isinstance(refusal, Refused):
            _log.info("Alpaca did not end an order that is not ours", order=broker_order_id, why=refusal.sentence)

    def find(self, order_id: OrderId) -> Report | None:
        parent = parent_of(order_id)
        row = self._row(parent or order_id)
        if row is None:
            return None
        if parent is None:
            return self._follow(row, order_id)
        return next((report for report in self._legs(row) if report.order_id == order_id), None)

    # ---------------------------------------------------------------- what is held

    def survey(self, symbol: Symbol) -> Survey:
        # The orders first: one that fills in between is then seen twice, and never not at all.
        working = {row["id"]: row for row in self._open(symbols=symbol)}
        reports = {id_: self._named(row, listed_open=True) for id_, row in working.items()}
        if any(has_legs(row) for row in working.values()):
            # The stop of a filled bracket is in no list of open orders: its group says whether it is there.
            for leg in self._all_legs(symbol):
                if leg.news in (News.ACCEPTED, News.HELD, News.CANCEL_PENDING):
                    reports[leg.broker_order_id] = leg
        return Survey(symbol=symbol, net=self._net(symbol), working=tuple(reports.values()), at=self._clock.now())

    def positions(self) -> tuple[Position, ...]:
        held = (reading.position(row) for row in reading.rows(self._line.ask("/positions")))
        return tuple(one for one in held if one.quantity)

    def working_symbols(self) -> frozenset[Symbol]:
        return frozenset(Symbol(reading.text(row, "symbol")) for row in self._open())

    def account(self) -> AccountState:
        raw = reading.row(self._line.ask("/account"))
        self._rules = VenueRules(
            crosses_zero=False, brackets=True, brackets_from_flat=True, shorts=reading.may_short(raw),
            reduce_only=True, holds_shares=True, refuses_wash_trades=True, worth_min=ONE)  # fmt: skip
        return reading.account_state(raw, self._clock.now())

    def clock(self) -> VenueClock:
        now = self._clock.now()
        if self._says is None or abs(now - self._says[1]) > _CLOCK_FRESH:
            self._says = reading.venue_clock(reading.row(self._line.ask("/clock"))), now
        return self._says[0]

    def instruments(self) -> tuple[Instrument, ...]:
        listed = reading.rows(self._line.ask("/assets", status="active", asset_class="us_equity"))
        found = tuple(share for share in map(reading.instrument, listed) if share is not None)
        if not found:
            raise MalformedError("Alpaca lists no share at all")
        return found

    # ---------------------------------------------------------------- what it tells by itself

    def listen(self, listener: Listener) -> None:
        with self._lock:
            if self._stream is not None:
                raise ProgrammingError("the account has a listener already")
            self._stream = Stream(self._address, lambda update: self._hear(listener, update), listener.missed)
            self._stream.start()

    def close(self) -> None:
        with self._lock:
            stream, self._stream = self._stream, None
        if stream is not None:
            stream.stop()
        self._line.rest()

    def _hear(self, listener: Listener, update: Raw) -> None:
        """Tell *listener* what happened to an order, and to those that belong to it; never raises."""
        try:
            row = update["order"]
            self._note_position(update, row)
            if has_legs(row) and self._roster.place(row["id"]) is None:
                self._all_legs(Symbol(row["symbol"]))  # A leg that we have not met: its entry's row names it.
            listener.heard(self._named(row))
            if has_legs(row) and row["status"] in OVER:
                # What becomes of the others is not always told.
                place = self._roster.place(row["id"])
                entry = self._by_id(place.parent or row["id"]) if place is not None else None
                for report in self._legs(entry) if entry is not None else ():
                    listener.heard(report)
        except Exception:  # noqa: BLE001 - the stream must go on; what was not understood is looked up instead
            _log.exception("what Alpaca told could not be taken; everything is looked at again")
            listener.missed()

    def _note_position(self, update: Raw, row: Raw) -> None:
        held = reading.number_or_none(update, "position_qty")
        if held is not None:
            self._told[row["symbol"]] = (held, self._clock.now())

    # ---------------------------------------------------------------- rows

    def _net(self, symbol: Symbol) -> Decimal:
        raw = reading.row_or_none(self._line.ask(f"/positions/{symbol}"))
        net = ZERO if raw is None else reading.position(raw).quantity
        told = self._lately(symbol)
        if told is not None and told != net:
            message = f"Alpaca's positions lag behind its fills: {plain(net)} {symbol} is listed, {plain(told)} is held"
            raise UnreachableError(message)
        return net

    def _lately(self, symbol: Symbol) -> Decimal | None:
        told = self._told.get(symbol)
        return told[0] if told is not None and abs(self._clock.now() - told[1]) < _LAG else None

    def _too_much(self, ticket: Ticket) -> str | None:
        """Say why an exit would open something: less is held than it closes."""
        held = self._lately(ticket.symbol)
        if held is None:
            raw = reading.row_or_none(self._line.ask(f"/positions/{ticket.symbol}"))
            held = ZERO if raw is None else reading.position(raw).quantity
        closable = max(ZERO, -held * ticket.side.sign)
        if ticket.quantity <= closable:
            return None
        return f"Alpaca holds only {plain(closable)} {ticket.symbol} that it could close"

    def _rejected(self, ticket: Ticket, why: str, *, is_wash_trade: bool = False) -> Report:
        return Report(
            order_id=ticket.id, broker_order_id=None, news=News.REJECTED, at=self._clock.now(), reason=why,
            symbol=ticket.symbol, side=ticket.side, quantity=ticket.quantity, wash_trade=is_wash_trade)  # fmt: skip

    def _open(self, **query: str) -> tuple[Raw, ...]:
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

    def _all_legs(self, symbol: Symbol) -> tuple[Report, ...]:
        """Return what is said of the legs of every bracket of ours in *symbol*, and learn whose they are."""
        page = {"status": "all", "limit": str(_LISTED_MAX), "nested": "true", "symbols": symbol}
        entries = [row for row in reading.rows(self._line.ask("/orders", **page)) if legs_of(row)]
        for row in entries:
            self._roster.learn(row)
        return tuple(report for row in entries for report in self._legs(row) if report.order_id is not None)

    def _row(self, order_id: OrderId) -> Raw | None:
        """Return the row of an order of ours, with its legs."""
        broker_id = self._roster.broker_id(order_id)
        found = self._by_id(broker_id) if broker_id is not None else None
        if found is None:
            found = reading.row_or_none(self._line.ask("/orders:by_client_order_id", client_order_id=order_id))
            if found is not None and has_legs(found) and not legs_of(found):
                found = self._by_id(reading.text(found, "id")) or found
        if found is not None:
            self._roster.learn(found, order_id)
        return found

    def _by_id(self, broker_id: str) -> Raw | None:
        return reading.row_or_none(self._line.ask(f"/orders/{broker_id}", nested="true"))

    def _named(self, row: Raw, *, listed_open: bool = False) -> Report:
        return reading.report(row, self._roster.name(row), self._clock.now(), listed_open=listed_open)

    def _legs(self, entry: Raw) -> Iterator[Report]:
        """Return what is said of an entry's legs; one that is held protects once the entry has filled."""
        self._roster.learn(entry)
        told = []
        for leg in legs_of(entry):
            report = self._follow(leg, self._roster.name(leg))
            awake = report.news is News.HELD and entry.get("status") == "filled"
            told.append(evolve(report, news=News.ACCEPTED) if awake else report)
        yield from told
        missing = set(both_legs(entry)) - {report.order_id for report in told}
        if len(told) == 1 == len(missing) and told[0].news in _ENDED:
            yield self._unlisted(missing.pop(), told[0])

    def _unlisted(self, leg_id: OrderId, sibling: Report) -> Report:
        """Return what is said of a leg that its entry's row has dropped, as it does with one that ended `replaced`."""
        broker_id = self._roster.broker_id(leg_id)
        row = self._by_id(broker_id) if broker_id is not None else None
        if row is not None:
            return self._follow(row, leg_id)
        return evolve(
            sibling, order_id=leg_id, broker_order_id=None, news=News.CANCELLED, filled=ZERO, average_price=None,
            reason="the other leg has ended it")  # fmt: skip

    def _follow(self, row: Raw, order_id: OrderId | None) -> Report:
        """Return what is said of an order; where somebody replaced it, what is said of the last in the row."""
        report = reading.report(row, order_id, self._clock.now())
        for _ in range(_REPLACED_MAX):
            successor = row.get("replaced_by")
            newer = self._by_id(successor) if row.get("status") == "replaced" and successor else None
            if newer is None:
                return report
            self._roster.move(reading.text(row, "id"), reading.text(newer, "id"))
            row, older = newer, report
            report = reading.report(row, order_id, self._clock.now())
            if older.filled > report.filled:
                report = evolve(report, filled=older.filled, average_price=older.average_price)
        raise MalformedError(f"Alpaca says that order {order_id} was replaced again and again")
