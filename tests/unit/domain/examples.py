"""Build what the domain's tests have in common: shares, orders, and a book that is told one thing after another."""

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from attrs import evolve

from tests.builders import AAPL, BOT, MONDAY, PRICE, a_book, a_report, arrived, some_facts
from tradecore.domain.book import Book
from tradecore.domain.commands import Cancel, Command, LookUp, Submit, TakeSurvey, Tell, Urgency
from tradecore.domain.deciding import decide
from tradecore.domain.decisions import Decision, Status, Verdict
from tradecore.domain.entering import may_enter
from tradecore.domain.events import Event, OrderReported, Woken
from tradecore.domain.facts import Facts, unasked
from tradecore.domain.ids import BotId, OrderId, PlanId, TradeId
from tradecore.domain.limits import AccountLimits
from tradecore.domain.orders import News, Order, OrderState, OrderType, Purpose, Side, Ticket
from tradecore.domain.parties import Bot
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.signals import Direction, Signal
from tradecore.domain.trades import Fill, OpenTrade, Share

D = Decimal
Number = Decimal | int | str
BUY, SELL, CLOSE, FLAT, HOLD = Signal.BUY, Signal.SELL, Signal.CLOSE, Signal.FLAT, Signal.HOLD
STOP_2 = Protection(stop=Distance(D(2), DistanceUnit.DOLLARS))
BRACKET = Protection(stop=Distance(D(2), DistanceUnit.DOLLARS), target=Distance(D(3), DistanceUnit.DOLLARS))


def a_share(quantity: Number, bot_id: BotId = BOT, price: Number = PRICE, **changes: Any) -> Share:
    """Return a share of signed *quantity* that was opened at *price*, on a point value of one."""
    held, paid = D(quantity), D(price)
    trade = OpenTrade(
        id=TradeId(f"T-{bot_id}"), opened_at=MONDAY, opened_by=PlanId("OLD"), direction=Direction.of(held),
        cash=-held * paid, entered=abs(held), entered_value=abs(held) * paid, largest=abs(held))  # fmt: skip
    usual: dict[str, Any] = {"bot_id": bot_id, "quantity": held, "cost": held * paid, "trade": trade}
    return Share(**{**usual, **changes})


def a_fill(quantity: Number, price: Number = PRICE, **changes: Any) -> Fill:
    usual = {
        "order_id": OrderId("A-1-1"),
        "plan_id": PlanId("A"),
        "bot_id": BOT,
        "symbol": AAPL.symbol,
        "quantity": D(quantity),
        "price": D(price),
        "at": MONDAY,
    }
    return Fill(**{**usual, **changes})


def a_ticket(name: str = "OLD-1-1", side: Side = Side.BUY, quantity: Number = 10, **changes: Any) -> Ticket:
    usual = {"id": OrderId(name), "symbol": AAPL.symbol, "side": side, "quantity": D(quantity)}
    return Ticket(**{**usual, **changes})


def an_order(ticket: Ticket | None = None, state: OrderState = OrderState.WORKING, **changes: Any) -> Order:
    usual = {
        "ticket": ticket or a_ticket(),
        "plan_id": PlanId("OLD"),
        "bot_id": BOT,
        "created_at": MONDAY,
        "state": state,
    }
    return Order(**{**usual, **changes})


def a_stop(name: str = "OLD-1-1-SL", quantity: Number = 10, price: int = 98, **changes: Any) -> Order:
    """Return a working stop below a long of *quantity*."""
    ticket = a_ticket(
        name, Side.SELL, quantity, type=OrderType.STOP, stop_price=D(price), purpose=Purpose.STOP)  # fmt: skip
    return an_order(ticket, **changes)


def a_target(name: str = "OLD-1-1-TP", quantity: Number = 10, price: int = 103, **changes: Any) -> Order:
    ticket = a_ticket(
        name, Side.SELL, quantity, type=OrderType.LIMIT, limit_price=D(price), purpose=Purpose.TARGET)  # fmt: skip
    return an_order(ticket, **changes)


def submitted(decision: Decision) -> tuple[Ticket, ...]:
    """Return the orders that *decision* sends."""
    return tuple(command.ticket for command in decision.commands if isinstance(command, Submit))


def cancelled(decision: Decision) -> tuple[OrderId, ...]:
    """Return the orders whose end *decision* asks for."""
    return tuple(command.order_id for command in decision.commands if isinstance(command, Cancel))


def looked_up(decision: Decision) -> tuple[OrderId, ...]:
    return tuple(command.order_id for command in decision.commands if isinstance(command, LookUp))


def surveys(decision: Decision) -> bool:
    """Tell whether *decision* asks the broker what is held."""
    return TakeSurvey() in decision.commands


def told(decision: Decision, urgency: Urgency) -> str:
    """Return what people are told as *urgency*, as one text."""
    return "\n".join(c.text for c in decision.commands if isinstance(c, Tell) and c.urgency is urgency)


def assert_knows_enough(book: Book, event: Event, facts: Facts) -> None:
    """Check that no entry is judged where nobody need ask how the account stands: every limit would refuse it there."""
    if facts.account is None or may_enter(book, event):
        return
    limits = AccountLimits(daily_loss=D(10**9), losing_streak=10**9, positions_max=10**9, orders_per_minute=10**9)
    limited = evolve(facts, account=evolve(facts.account, limits=limits))
    assert decide(book, event, unasked(limited)) == decide(book, event, limited)


class Tale:
    """One book through time: each event is judged on the facts of its moment, and nothing is forgotten."""

    def __init__(self, *bots: Bot, book: Book | None = None, **usual: Any) -> None:
        self.book = book or a_book()
        self.bots = bots
        self.usual = usual
        self.seconds = 0
        self.tickets: list[Ticket] = []
        self.verdicts: dict[str, Verdict] = {}
        self.decisions: list[Decision] = []
        self._orders: dict[OrderId, Order] = {order.id: order for order in self.book.orders}

    def facts(self, **changes: Any) -> Facts:
        number = {"new_id": f"NEW{len(self.decisions):03d}"}
        return some_facts(*self.bots, seconds=self.seconds, **{**number, **self.usual, **changes})

    def hear(self, event: Event, *, after: int = 0, **changes: Any) -> Decision:
        """Judge *event*, so many seconds *after* the last one."""
        self.seconds += after
        forgotten = None
        if isinstance(event, OrderReported) and event.report.order_id is not None:
            known = self.book.order(event.report.order_id)
            forgotten = self._orders.get(event.report.order_id) if known is None else None
        facts = self.facts(**{"order": forgotten, **changes})
        assert_knows_enough(self.book, event, facts)
        decision = decide(self.book, event, facts)
        self.book = decision.book
        self.decisions.append(decision)
        self._orders |= {order.id: order for order in decision.orders}
        self.tickets += submitted(decision)
        for verdict in decision.verdicts:
            last = self.verdicts.get(verdict.alert_id)
            assert last is None or last.status is Status.PENDING, f"{verdict.alert_id} ended twice"
            self.verdicts[verdict.alert_id] = verdict
        return decision

    def alert(self, signal: Signal, name: str = "A", bot_id: BotId = BOT, **changes: Any) -> Decision:
        return self.hear(arrived(signal, name, bot_id, received_at=self.facts().now, **changes))

    def wake(self, after: int = 0, **changes: Any) -> Decision:
        return self.hear(Woken(), after=after, **changes)

    def report(
        self, news: News = News.FILLED, ticket: Ticket | None = None, *, after: int = 0, **changes: Any
    ) -> Decision:
        """Let the broker report on *ticket*, or on the order that was sent last."""
        return self.hear(a_report(ticket or self.last, news, **changes), after=after)

    @property
    def last(self) -> Ticket:
        """The order that was sent last."""
        return self.tickets[-1]

    @property
    def sent(self) -> list[tuple[Side, Decimal, Purpose]]:
        """Every order so far, in short."""
        return [(ticket.side, ticket.quantity, ticket.purpose) for ticket in self.tickets]

    def held(self, bot_id: BotId = BOT) -> Decimal:
        return self.book.share(bot_id).quantity

    def order(self, order_id: OrderId) -> Order:
        """Return the order as it was last seen, ended or not."""
        return self._orders[order_id]


Answers = Callable[[Command], Event | None]


def laps(book: Book, event: Event, facts: Facts, answers: Answers, limit: int = 60) -> int:
    """Count the judgements until nothing follows any more, where each command is answered at once; *limit* at most."""
    line, count, done = deque([event]), 0, Decision(book=book)
    while line and count < limit:
        count += 1
        known = facts.order
        done = decide(done.book, line.popleft(), evolve(facts, new_id=f"{facts.new_id}-{count}"))
        # As a ledger remembers it.
        remembered = next((order for order in done.orders if known is not None and order.id == known.id), known)
        facts = evolve(facts, order=remembered)
        found = [answers(command) for command in done.commands]
        line.extendleft(reversed([answer for answer in found if answer is not None]))
    return count
