"""Hold what was decided: the next book, what to do, and what people will read of it."""

from enum import Enum

from attrs import frozen

from tradecore.domain.book import Book
from tradecore.domain.commands import Command, Tell, Urgency
from tradecore.domain.ids import AlertId, OrderId
from tradecore.domain.limits import Judgement
from tradecore.domain.orders import Order
from tradecore.domain.refusals import Refusal
from tradecore.domain.trades import Fill, Result, Taken, Trade
from tradecore.domain.values import evolve


class Status(Enum):
    """How far an alert has come."""

    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@frozen(kw_only=True)
class Verdict:
    """What became of an alert: its end, or how far it has come, in one sentence."""

    alert_id: AlertId
    status: Status
    outcome: str
    refusal: Refusal | None = None
    gates: tuple[Judgement, ...] = ()


@frozen(kw_only=True, slots=False)
class Decision:
    """The whole answer to one event. Everything beside `book` and `commands` is for people to read.

    `orders` are those that changed, in their new form, ended ones included. `flat` is True where the broker has
    just confirmed that nothing is held and nothing works. `aside` is why tradecore itself could not judge the event,
    where it was set aside.
    """

    book: Book
    commands: tuple[Command, ...] = ()
    orders: tuple[Order, ...] = ()
    fills: tuple[Fill, ...] = ()
    results: tuple[Result, ...] = ()
    trades: tuple[Trade, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    flat: bool = False
    aside: str = ""
    own: int = 0  # how many plans and orders the decision has begun by itself, so that each has an id of its own

    def on(self, book: Book) -> "Decision":
        """Return the decision with *book* as it is now."""
        return evolve(self, book=book)

    def do(self, *commands: Command) -> "Decision":
        """Return the decision with *commands* added; one that is there already is not wanted twice."""
        new = tuple(command for command in commands if command not in self.commands)
        return evolve(self, commands=self.commands + new) if new else self

    def tell(self, urgency: Urgency, text: str) -> "Decision":
        """Return the decision with something added that a person is told."""
        return self.do(Tell(urgency=urgency, text=text))

    def order(self, *orders: Order) -> "Decision":
        """Return the decision with *orders* in their new form, in the book and among those that changed."""
        ids = {order.id for order in orders}
        others = tuple(other for other in self.orders if other.id not in ids)
        return evolve(self, book=self.book.with_orders(*orders), orders=others + orders)

    def known(self, order_id: OrderId) -> Order | None:
        """Return the order in its present form, whether the book still follows it or it has just ended."""
        return next((order for order in self.orders if order.id == order_id), None) or self.book.order(order_id)

    def taken(self, fill: Fill, taken: Taken) -> "Decision":
        """Return the decision with a *fill* booked to its share."""
        book = self.book.with_share(taken.share)
        return evolve(
            self, book=evolve(book, moves=book.moves + 1), fills=(*self.fills, fill),
            results=self.results + taken.results, trades=self.trades + taken.trades)  # fmt: skip

    def verdict(self, verdict: Verdict) -> "Decision":
        """Return the decision with *verdict* added."""
        return evolve(self, verdicts=(*self.verdicts, verdict))
