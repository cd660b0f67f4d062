"""Be one account's broker at Alpaca."""

from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock
from typing import Final, final

import structlog
from attrs import evolve

from tradecore.adapters.alpaca import reading
from tradecore.adapters.alpaca.line import Line
from tradecore.adapters.alpaca.orders import Orders
from tradecore.adapters.alpaca.reading import OVER, Raw
from tradecore.adapters.alpaca.refusals import Refused, Why
from tradecore.adapters.alpaca.roster import has_legs, parent_of
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

_RULES: Final = VenueRules(
    crosses_zero=False, brackets=True, brackets_from_flat=True, reduce_only=True, holds_shares=True,
    refuses_wash_trades=True, worth_min=ONE,
)  # fmt: skip
# Positions may lag behind fills by ten seconds; what the stream said so lately counts more.
_LAG: Final = timedelta(seconds=15)
# A booked fill is not what it was.
_TAKEN_BACK: Final = frozenset({"trade_bust", "trade_correct"})
# What the venue's clock said counts so long: the market opens and closes twice a day.
_CLOCK_FRESH: Final = timedelta(seconds=15)

# What is held by what the stream said, and when it said so.
_Told = dict[str, tuple[Decimal, datetime]]


@final
class AlpacaBroker(Broker):
    """A broker over one account's line; its stream runs while somebody listens."""

    def __init__(self, line: Line, address: StreamAddress, clock: Clock) -> None:
        self._line = line
        self._address = address
        self._clock = clock
        self._orders = Orders(line, clock)
        self._lock = Lock()
        self._stream: Stream | None = None
        self._told: _Told = {}  # what the stream has said is held since its last gap
        self._told_before: _Told = {}
        self._may_short: bool | None = None
        self._says: tuple[VenueClock, datetime] | None = None

    @property
    def rules(self) -> VenueRules:
        if self._may_short is None:
            try:
                self.account()
            except UnreachableError:
                return _RULES  # It may not be known whether shorts are allowed; the rest does not depend on anybody.
        return evolve(_RULES, shorts=self._may_short is not False)

    # ---------------------------------------------------------------- orders

    def submit(self, ticket: Ticket) -> Report:
        if ticket.reduce_only and not ticket.purpose.protects and (why := self._too_much(ticket)):
            return self._rejected(ticket, why)
        answer = self._line.place(body(ticket), opens=ticket.purpose is Purpose.ENTRY)
        if isinstance(answer, Refused):
            if answer.why is not Why.USED_ID:
                return self._rejected(ticket, answer.sentence, is_wash_trade=answer.why is Why.WASH)
            # It is there already: a repeat, or an answer that was lost.
            return self._placed_before(ticket.id)
        self._orders.roster.learn(answer, ticket.id)
        return reading.report(answer, ticket.id, self._clock.now())

    def _placed_before(self, order_id: OrderId) -> Report:
        try:
            found = self.find(order_id)
        except UnreachableError as error:
            raise OutcomeUnknownError(f"Alpaca has an order {order_id}, and cannot be asked for it: {error}") from error
        if found is None:
            raise OutcomeUnknownError(f"Alpaca has an order {order_id}, and does not find it yet")
        return found

    def cancel(self, order_id: OrderId) -> Report:
        broker_id = self._orders.roster.broker_id(order_id)
        if broker_id is None:
            found = self.find(order_id)
            broker_id = self._orders.roster.broker_id(order_id)
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
        row = self._orders.row(parent or order_id)
        if row is None:
            return None
        if parent is None:
            return self._orders.follow(row, order_id)
        return next((report for report in self._orders.legs(row) if report.order_id == order_id), None)

    # ---------------------------------------------------------------- what is held

    def survey(self, symbol: Symbol) -> Survey:
        # The orders first: one that fills in between is then seen twice, and never not at all.
        working = {row["id"]: row for row in self._orders.working(symbols=symbol)}
        reports = {id_: self._orders.named(row, listed_open=True) for id_, row in working.items()}
        if any(has_legs(row) for row in working.values()):
            # The stop of a filled bracket is in no list of open orders: its group says whether it is there.
            for leg in self._orders.legs_in(symbol):
                if leg.news in (News.ACCEPTED, News.HELD, News.CANCEL_PENDING):
                    reports[leg.broker_order_id] = leg
        net, now = self._net(symbol), self._clock.now()
        is_settled = self._lately(symbol) == net
        return Survey(symbol=symbol, net=net, working=tuple(reports.values()), at=now, settled=is_settled)

    def positions(self) -> tuple[Position, ...]:
        held = tuple(reading.position(row) for row in reading.rows(self._line.ask("/positions")))
        listed = {one.symbol: one.quantity for one in held}
        for symbol in tuple(self._told):
            self._check_lag(Symbol(symbol), listed.get(Symbol(symbol), ZERO))
        return tuple(one for one in held if one.quantity)

    def working_symbols(self) -> frozenset[Symbol]:
        return frozenset(Symbol(reading.text(row, "symbol")) for row in self._orders.working())

    def account(self) -> AccountState:
        raw = reading.row(self._line.ask("/account"))
        self._may_short = reading.may_short(raw)
        return reading.account_state(raw, self._clock.now())

    def clock(self) -> VenueClock:
        now = self._clock.now()
        if self._says is None or abs(now - self._says[1]) > _CLOCK_FRESH or now >= _changes(self._says[0]):
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
            self._stream = Stream(
                self._address, lambda update: self._hear(listener, update), lambda: self._missed(listener)
            )
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
            if has_legs(row) and self._orders.roster.place(row["id"]) is None:
                self._orders.legs_in(Symbol(row["symbol"]))  # A leg that we have not met: its entry's row names it.
            # Where somebody replaced it, the one in its place is meant.
            listener.heard(self._orders.follow(row, self._orders.roster.name(row)))
            if update.get("event") in _TAKEN_BACK:
                _log.error("Alpaca took back or corrected a fill: look at the account there", symbol=row["symbol"])
                listener.missed()
            if has_legs(row) and row["status"] in OVER:
                # What becomes of the others is not always told.
                place = self._orders.roster.place(row["id"])
                entry = self._orders.by_id(place.parent or row["id"]) if place is not None else None
                for report in self._orders.legs(entry) if entry is not None else ():
                    listener.heard(report)
        except Exception:  # noqa: BLE001 - the stream must go on; what was not understood is looked up instead
            _log.exception("what Alpaca told could not be taken; everything is looked at again")
            listener.missed()

    def _missed(self, listener: Listener) -> None:
        """Begin after a gap: what was said of positions before may be outdated by what was not heard."""
        self._told_before, self._told = self._told_before | self._told, {}
        listener.missed()

    def _note_position(self, update: Raw, row: Raw) -> None:
        held = reading.number_or_none(update, "position_qty")
        if held is not None:
            self._told[row["symbol"]] = (held, self._clock.now())

    # ---------------------------------------------------------------- rows

    def _net(self, symbol: Symbol) -> Decimal:
        raw = reading.row_or_none(self._line.ask(f"/positions/{symbol}"))
        net = ZERO if raw is None else reading.position(raw).quantity
        self._check_lag(symbol, net)
        return net

    def _check_lag(self, symbol: Symbol, listed: Decimal) -> None:
        told = self._lately(symbol)
        if told is not None and told != listed:
            words = f"{plain(listed)} {symbol} is listed, {plain(told)} is held"
            raise UnreachableError(f"Alpaca's positions lag behind its fills: {words}")

    def _lately(self, symbol: Symbol) -> Decimal | None:
        return self._said(self._told, symbol)

    def _said(self, told: _Told, symbol: Symbol) -> Decimal | None:
        found = told.get(symbol)
        return found[0] if found is not None and abs(self._clock.now() - found[1]) < _LAG else None

    def _too_much(self, ticket: Ticket) -> str | None:
        """Say why an exit would open something: less is held than it closes, by the stream and by the list."""
        # What was said before a gap lets an exit through as well: Alpaca judges it by its intent anyway.
        said = (self._said(told, ticket.symbol) for told in (self._told, self._told_before))
        if any(held is not None and ticket.quantity <= -held * ticket.side.sign for held in said):
            return None
        raw = reading.row_or_none(self._line.ask(f"/positions/{ticket.symbol}"))
        listed = ZERO if raw is None else reading.position(raw).quantity
        closable = max(ZERO, -listed * ticket.side.sign)
        if ticket.quantity <= closable:
            return None
        return f"Alpaca holds only {plain(closable)} {ticket.symbol} that it could close"

    def _rejected(self, ticket: Ticket, why: str, *, is_wash_trade: bool = False) -> Report:
        return Report(
            order_id=ticket.id, broker_order_id=None, news=News.REJECTED, at=self._clock.now(), reason=why,
            symbol=ticket.symbol, side=ticket.side, quantity=ticket.quantity, wash_trade=is_wash_trade)  # fmt: skip


def _changes(clock: VenueClock) -> datetime:
    """Return when what the clock said is over."""
    return clock.closes if clock.is_open else clock.opens
