"""Be one account's broker at ProjectX."""

from decimal import Decimal
from threading import Lock
from typing import Final, final

import structlog
from attrs import evolve

from tradecore.adapters.projectx import reading, refusals, writing
from tradecore.adapters.projectx.closing import Closing, closes
from tradecore.adapters.projectx.contracts import Contract
from tradecore.adapters.projectx.desk import Desk
from tradecore.adapters.projectx.envelope import Raw
from tradecore.adapters.projectx.hearing import Hearing
from tradecore.adapters.projectx.orders import SKEW_MAX, Orders, made_at
from tradecore.adapters.projectx.pace import Lane
from tradecore.adapters.projectx.prices import AT_ONCE
from tradecore.adapters.projectx.refusals import Refused, Why
from tradecore.domain.errors import OutcomeUnknownError, ProgrammingError, ShutError, UnreachableError, WorldError
from tradecore.domain.ids import BrokerOrderId, OrderId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import News, Purpose, Report, Ticket
from tradecore.domain.venues import AccountState, Position, Survey, VenueRules
from tradecore.ports.broker import Broker, Listener

_log = structlog.get_logger()

# One order may turn a position; what is sold short needs no permission. The Gateway cannot be told that an order must
# not open, so this adapter looks before it sends one.
_RULES: Final = VenueRules(crosses_zero=True, brackets=True, shorts=True, reduce_only=True)
_NO_CANCELS: Final = frozenset({Why.MAY_NOT_CANCEL, Why.FOLLOWER, Why.LIVE})
_OVER: Final = frozenset({News.FILLED, News.CANCELLED, News.REJECTED, News.EXPIRED})


@final
class ProjectXBroker(Broker):
    """A broker for one *account* at its login's desk; the user hub runs while somebody listens."""

    def __init__(self, desk: Desk, account: int) -> None:
        self._desk = desk
        self._account = account
        self._line = desk.line
        self._contracts = desk.contracts
        self._clock = desk.clock
        self._orders = Orders(desk.line, account, desk.contracts, desk.clock)
        self._closing = Closing(desk.line, account, self._orders)
        self._lock = Lock()
        self._hearing: Hearing | None = None
        self._is_closed = False
        self._no_cancels = ""  # why the account's orders cannot be cancelled, as its last cancel was answered
        desk.join()

    @property
    def rules(self) -> VenueRules:
        return _RULES

    # ---------------------------------------------------------------- orders

    def submit(self, ticket: Ticket) -> Report:
        contract = self._contract(ticket.symbol) or self._closed_contract(ticket)
        if contract is None:
            return self._rejected(ticket, f"ProjectX knows no contract {ticket.symbol}")
        if self._closing.may_have(ticket.id):
            return self._close(ticket, contract)
        if ticket.reduce_only and ticket.quantity > (closable := self._closable(ticket, contract)):
            why = f"only {plain(closable)} {ticket.symbol} could be closed"
            # Perhaps because it was sent before, and closed what it was to close.
            if (first := self._first(ticket, why)) is not None:
                return first
            is_old = closes(ticket) and not contract.active
            return self._close(ticket, contract) if is_old else self._rejected(ticket, why)
        try:
            body = writing.order(ticket, self._account, contract.id, contract.tick_size)
        except writing.UnwritableError as error:
            return self._rejected(ticket, str(error))
        lane = Lane.ENTRY if ticket.purpose is Purpose.ENTRY else Lane.EXIT
        with self._orders.sending(ticket.id):
            answer = self._line.do(refusals.PLACE, body, lane)
            if isinstance(answer, Refused):
                return self._refused(ticket, contract, answer)
            broker_id = reading.whole(answer, "orderId")
            self._orders.roster.put(ticket.id, broker_id)
        return Report(
            order_id=ticket.id, broker_order_id=BrokerOrderId(str(broker_id)), news=News.ACCEPTED,
            at=self._clock.now(), symbol=ticket.symbol, side=ticket.side, quantity=ticket.quantity)  # fmt: skip

    def _refused(self, ticket: Ticket, contract: Contract, refusal: Refused) -> Report:
        """Return what a refusal means: the end of the order, unless one with its tag is there already.

        Every refusal is looked up, whatever it says: which of two reasons the Gateway gives is not known, and an order
        that was sent before may live while its repeat is refused for a closed market.
        """
        if refusal.order_id is not None:
            self._orders.roster.give_reason(refusal.order_id, refusal.sentence)
        first = self._by_tag(ticket, refusal.sentence)
        is_rejected = first is None or first.get("status") == reading.REJECTED
        if is_rejected and closes(ticket) and (refusal.why is Why.NOT_ACTIVE or not contract.active):
            return self._close(ticket, contract)
        if (told := self._told(ticket, first, refusal.order_id)) is not None:
            return told
        if refusal.why is Why.USED_TAG:
            raise OutcomeUnknownError(f"ProjectX has an order {ticket.id}, and does not find it yet")
        return self._rejected(ticket, refusal.sentence, refusal.order_id)

    def _close(self, ticket: Ticket, contract: Contract) -> Report:
        done = self._closing.close(ticket, contract, self._closable(ticket, contract))
        return done if isinstance(done, Report) else self._rejected(ticket, done)

    def _first(self, ticket: Ticket, why: str) -> Report | None:
        """Return what became of the order with the ticket's tag, where one is there already."""
        return self._told(ticket, self._by_tag(ticket, why), None)

    def _by_tag(self, ticket: Ticket, why: str) -> Raw | None:
        try:
            return self._orders.by_tag(ticket.id)
        except UnreachableError as error:
            words = f"order {ticket.id} was refused, and ProjectX cannot be asked whether it is there already"
            raise OutcomeUnknownError(f"{words}: {error}; {why}") from error

    def _told(self, ticket: Ticket, first: Raw | None, refused_id: int | None) -> Report | None:
        """Return what *first* says, unless it is the one that was refused now."""
        if first is None or first["id"] == refused_id:
            return None
        self._orders.roster.put(ticket.id, first["id"])
        try:
            return self._orders.report(first, in_full=True)
        except WorldError:
            return self._orders.report(first)  # That it is there counts more; its cost follows.

    def cancel(self, order_id: OrderId) -> Report:
        broker_id = self._orders.roster.broker_id(order_id)
        if broker_id is None:
            found = self.find(order_id)
            broker_id = self._orders.roster.broker_id(order_id)
            if found is not None and broker_id is None:
                return found  # It was rejected, or is a leg that no list shows.
            if broker_id is None:
                # It may only be late to be listed, so nothing is known of it.
                return Report(
                    order_id=order_id, broker_order_id=None, news=News.LOST, at=self._clock.now(),
                    reason="ProjectX knows no such order")  # fmt: skip
        refusal = self._cancel(broker_id)
        found = self.find(order_id)
        if found is None:
            raise OutcomeUnknownError(f"ProjectX was asked to end order {order_id}, and does not find it now")
        if found.news in _OVER:
            return found
        if refusal is not None:
            return evolve(found, reason=refusal.sentence)
        # It was asked to end, and has not done so yet.
        return evolve(found, news=News.CANCEL_PENDING)

    def cancel_stray(self, broker_order_id: BrokerOrderId) -> None:
        refusal = self._cancel(int(broker_order_id)) if broker_order_id.isdecimal() else None
        if refusal is not None:
            _log.info("ProjectX did not end an order that is not ours", order=broker_order_id, why=refusal.sentence)

    def _cancel(self, broker_id: int) -> Refused | None:
        answer = self._line.do(refusals.CANCEL, {"accountId": self._account, "orderId": broker_id}, Lane.EXIT)
        if isinstance(answer, Refused):
            self._no_cancels = answer.sentence if answer.why in _NO_CANCELS else self._no_cancels
            return answer
        self._no_cancels = ""
        return None

    def find(self, order_id: OrderId) -> Report | None:
        return (self._closing if self._closing.may_have(order_id) else self._orders).find(order_id)

    # ---------------------------------------------------------------- what is held

    def survey(self, symbol: Symbol) -> Survey:
        contract = self._contract(symbol)
        # The orders first: one that fills in between is then seen twice, and never not at all.
        rows = self._orders.working(contract.id if contract is not None else None)
        working = tuple(found for row in rows if (found := self._orders.report(row)).symbol == symbol)
        net = sum((one.quantity for one in self.positions() if one.symbol == symbol), ZERO)
        return Survey(symbol=symbol, net=net, working=working, at=self._clock.now())

    def positions(self) -> tuple[Position, ...]:
        found = []
        for row in self._line.listed(refusals.POSITIONS, "positions", accountId=self._account):
            if quantity := reading.held(row):
                symbol = self._contracts.symbol(reading.text(row, "contractId"))
                found.append(
                    Position(symbol=symbol, quantity=quantity, average_price=reading.number(row, "averagePrice"))
                )
        return tuple(found)

    def working_symbols(self) -> frozenset[Symbol]:
        ids = {reading.text(row, "contractId") for row in self._orders.working()}
        return frozenset(self._contracts.symbol(contract_id) for contract_id in ids)

    def account(self) -> AccountState:
        """Return the account's state.

        The equity is the balance, which takes in results and fees as they are realised, and the open result at the
        last prices that traded; where a contract has never traded, at what was paid. The Gateway tells neither margin
        nor buying power: the equity stands for it, and whether an order is covered is the Gateway's own judgement.
        """
        accounts = self._line.listed(refusals.ACCOUNTS, "accounts", onlyActiveAccounts=False)
        raw = next((row for row in accounts if row.get("id") == self._account), None)
        if raw is None:
            known = ", ".join(str(row.get("id")) for row in accounts) or "none"
            raise ShutError(f"this login at ProjectX has no account {self._account}: it has {known}")
        balance = reading.number(raw, "balance")
        equity = balance + self._open_result()
        return AccountState(
            equity=equity, buying_power=max(ZERO, equity), at=self._clock.now(), blocked=self._blocked(raw),
            cash=balance)  # fmt: skip

    def _blocked(self, raw: Raw) -> str:
        """Say why the account opens nothing. Which one follows another is not told: its first cancel tells."""
        if raw.get("canTrade") is not True:
            return "ProjectX says that the account may not trade: it broke a rule of its firm, or was closed."
        if raw.get("simulated") is False:
            return f"{Why.LIVE.value}, and what cannot be called off is not begun."
        return f"{self._no_cancels}: what cannot be called off is not begun." if self._no_cancels else ""

    def instruments(self) -> tuple[Instrument, ...]:
        self._contracts.refresh()
        self.positions()  # What is held in a month that is not listed any more is known from here on.
        return tuple(one.instrument for one in self._contracts.known())

    # ---------------------------------------------------------------- what it tells by itself

    def listen(self, listener: Listener) -> None:
        with self._lock:
            if self._hearing is not None:
                raise ProgrammingError("the account has a listener already")
            desk = self._desk
            self._hearing = Hearing(self._line, self._orders, self._account, listener, desk.hosts.user_hub, desk.timing)
            self._hearing.start()

    def close(self) -> None:
        with self._lock:
            hearing, self._hearing = self._hearing, None
            was_closed, self._is_closed = self._is_closed, True
        if hearing is not None:
            hearing.stop()
        if not was_closed:
            self._desk.leave()

    # ---------------------------------------------------------------- within

    def _contract(self, symbol: Symbol) -> Contract | None:
        """Return the contract; one of an old month is known once something of it is held."""
        found = self._contracts.of(symbol)
        if found is None:
            self.positions()
            found = self._contracts.of(symbol)
        return found

    def _closed_contract(self, ticket: Ticket) -> Contract | None:
        """Return the old month that an exit may have closed before a restart: only its order names it still."""
        if not closes(ticket):
            return None
        ids = {reading.text(row, "contractId") for row in self._orders.since(made_at(ticket.id) - SKEW_MAX)}
        found = (self._contracts.by_id(each) for each in ids)
        return next((one for one in found if one is not None and one.symbol == ticket.symbol), None)

    def _open_result(self) -> Decimal:
        result = ZERO
        for one in self.positions():
            contract = self._contracts.of(one.symbol)
            quote = self._desk.prices.quote(contract, within=AT_ONCE) if contract is not None else None
            if contract is not None and quote is not None:
                result += contract.money(quote.last - one.average_price) * one.quantity
        return result

    def _closable(self, ticket: Ticket, contract: Contract) -> Decimal:
        """Return how much of what is held *ticket* could close; what else is held keeps no exit up."""
        rows = self._line.listed(refusals.POSITIONS, "positions", Lane.EXIT, accountId=self._account)
        net = sum((reading.held(row) for row in rows if row.get("contractId") == contract.id), ZERO)
        return max(ZERO, -net * ticket.side.sign)

    def _rejected(self, ticket: Ticket, why: str, broker_id: int | None = None) -> Report:
        return Report(
            order_id=ticket.id, broker_order_id=BrokerOrderId(str(broker_id)) if broker_id is not None else None,
            news=News.REJECTED, at=self._clock.now(), reason=why, symbol=ticket.symbol, side=ticket.side,
            quantity=ticket.quantity)  # fmt: skip
