"""Hold all that is known about one account's trading in one instrument.

The book is the unit of consistency, and of ordering. What the broker holds net is always
`the bots' shares + external + drift`, as long as no outcome is unknown.
"""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Final

from attrs import frozen

from tradecore.domain.ids import AccountId, BotId, OrderId, PlanId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.limits import Judgement
from tradecore.domain.money import ONE, ZERO
from tradecore.domain.orders import Order, OrderState, Purpose, Side
from tradecore.domain.pacing import ATTEMPTS_MAX
from tradecore.domain.signals import Alert, Signal
from tradecore.domain.trades import Share
from tradecore.domain.values import evolve


@frozen(kw_only=True)
class BookKey:
    """Which book: an account and an instrument's symbol."""

    account_id: AccountId
    symbol: Symbol

    def __str__(self) -> str:
        """Write the key as one word, for logs and tables."""
        return f"{self.account_id}/{self.symbol}"


@frozen(kw_only=True, slots=False)
class Wish:
    """What somebody wants of the book, until it has its end. `alert` is None where tradecore itself wants it.

    `sent` counts the orders that were made for it so far, so that no id is ever used twice. `tries` and `retry_at`
    are how often it was refused in a row, and when it may try again, where it has let another exit go first.
    `queued_until` is the opening that it waits for, by the wall clock, and `clock_at` when that is looked at again.
    `at_most` is how many units a CLOSE of tradecore's own leaves; None for none.
    """

    id: PlanId
    signal: Signal
    bot_id: BotId | None
    came_at: datetime
    alert: Alert | None = None
    reason: str = ""
    sent: int = 0
    tries: int = 0
    retry_at: datetime | None = None
    queued_until: datetime | None = None
    at_most: Decimal | None = None
    clock_at: datetime | None = None

    def is_queued(self, now: datetime) -> bool:
        """Tell whether the market has to open before it can have its turn."""
        return self.queued_until is not None and now < self.queued_until


class StepKind(Enum):
    """What a step of a plan does."""

    LOOK = "ask the broker what is held"
    CANCEL = "cancel what works for the bot"
    CANCEL_ALL = "cancel everything that works"
    CLOSE = "close"
    REDUCE = "reduce"
    OPEN = "open"
    FLATTEN = "close everything"
    CONFIRM = "ask the broker to confirm flat"


# So many of people's requests are remembered, to know one again that is repeated.
REQUESTS_MAX: Final = 16
_CLOSING: Final = (StepKind.CLOSE, StepKind.REDUCE)
_CANCELLING: Final = (StepKind.CANCEL, StepKind.CANCEL_ALL)
_IN_DOUBT: Final = (OrderState.UNKNOWN, OrderState.INTENDED)


@frozen(kw_only=True, slots=False)
class Step:
    """One step of a plan. `to` is the signed size of the share to reach, where the step has one.

    `asked_at` is when the broker was asked, for the steps that ask.
    """

    kind: StepKind
    done: bool = False
    to: Decimal | None = None
    asked_at: datetime | None = None


@frozen(kw_only=True, slots=False)
class Plan:
    """The steps that turn the book into what a wish wants; stored with the book, so that a restart resumes it.

    `entry_id` is the entry once it was sent, `entry_end` and `entry_filled` how it ended. `overtaken_by` is the
    later exit that keeps what has not been sent from being sent. `attempts` counts refusals in a row within the
    step; `not_before` is when the next one may go out. `clear_by` is when what rests in the way of the next order
    must have gone; until then nothing is put back there. `met_others` says that the last order was refused for what
    works on the other side, and `alone` that legs must go from there too. `met_drift` is what of its share somebody had
    closed at the broker without saying so.
    """

    wish: Wish
    steps: tuple[Step, ...]
    started_at: datetime
    deadline: datetime
    entry_id: OrderId | None = None
    entry_end: OrderState | None = None
    entry_filled: Decimal = ZERO
    overtaken_by: Signal | None = None
    gates: tuple[Judgement, ...] = ()
    attempts: int = 0
    not_before: datetime | None = None
    trouble: str = ""
    late: bool = False
    clear_by: datetime | None = None
    met_others: bool = False
    alone: bool = False
    met_drift: Decimal = ZERO

    @property
    def step(self) -> Step | None:
        """The step under way, or None where all are done."""
        for step in self.steps:
            if not step.done:
                return step
        return None

    @property
    def is_refused(self) -> bool:
        """Whether the venue has refused its exit, and it is still tried: others' resting orders may be in the way."""
        return self.step is not None and self.step.kind in _CLOSING and 1 <= self.attempts < ATTEMPTS_MAX

    def step_done(self) -> "Plan":
        """Return the plan with its present step done."""
        present = self.step
        steps = tuple(evolve(step, done=True) if step is present else step for step in self.steps)
        if present is not None and present.kind in _CANCELLING:
            return evolve(self, steps=steps)  # What was refused before, the step after this one tries again.
        return evolve(self, steps=steps, attempts=0, not_before=None)

    def step_asked(self, at: datetime | None) -> "Plan":
        """Return the plan with its present step's question marked as asked *at*, or as to be asked again."""
        present = self.step
        return evolve(self, steps=tuple(
            evolve(step, asked_at=at) if step is present else step for step in self.steps))  # fmt: skip


@frozen(kw_only=True)
class Suspicion:
    """A difference between broker and book that was seen once; seen again, unchanged, it counts."""

    difference: Decimal
    at: datetime
    moves: int


@frozen(kw_only=True, slots=False)
class Book:
    """One account's trading in one instrument. Quantities are signed units.

    `external` is what people hold beside the bots; `drift` is what nobody can explain: it blocks entries until a
    person takes it as external. `moves` counts fills, so that a survey taken beside a fill is not believed.
    `remind_at` is when the book will be woken anyway, `judged_at` when that was last settled, and `survey_at` when
    the broker is to be asked what it holds, because the last answer failed or could not be compared. `adopted` are
    the last requests by which people said whose drift was, or moved a stop. `strays` counts the working orders that
    the book does not follow, as they were last seen, and `stray_sides` says which way those that are not ours trade.
    """

    key: BookKey
    version: int = 0
    instrument: Instrument | None = None
    shares: tuple[Share, ...] = ()
    external: Decimal = ZERO
    drift: Decimal = ZERO
    orders: tuple[Order, ...] = ()
    plan: Plan | None = None
    waiting: tuple[Wish, ...] = ()
    suspicion: Suspicion | None = None
    surveyed_at: datetime | None = None
    strays: int = 0
    stray_sides: tuple[Side, ...] = ()
    moves: int = 0
    remind_at: datetime | None = None
    judged_at: datetime | None = None
    survey_at: datetime | None = None
    adopted: tuple[str, ...] = ()

    @property
    def net(self) -> Decimal:
        """What the broker should hold."""
        return sum((share.quantity for share in self.shares), self.external + self.drift)

    @property
    def point_value(self) -> Decimal:
        """Money per unit when the price moves by one."""
        return self.instrument.point_value if self.instrument else ONE

    @property
    def in_doubt(self) -> bool:
        """Whether any order's outcome is unknown, so that broker and book cannot be compared."""
        return any(order.state in _IN_DOUBT for order in self.orders)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is held, working, planned, waiting, or to be asked."""
        held = self.shares or self.external or self.drift
        return not (held or self.orders or self.plan or self.waiting or self.survey_at is not None)

    def share(self, bot_id: BotId | None) -> Share:
        """Return what the bot holds; an empty share where it holds nothing."""
        for share in self.shares:
            if share.bot_id == bot_id:
                return share
        return Share(bot_id=bot_id if bot_id is not None else BotId(""))

    def held(self, bot_id: BotId | None) -> Decimal:
        """Return the bot's signed units."""
        for share in self.shares:
            if share.bot_id == bot_id:
                return share.quantity
        return ZERO

    @property
    def is_emptied(self) -> bool:
        """Whether the broker holds nothing at all, though by the book people and bots hold something against it."""
        return self.drift != ZERO and self.net == ZERO and self.external + self.drift != ZERO

    def held_for_sure(self, bot_id: BotId | None) -> Decimal:
        """Return the bot's signed units less what somebody seems to have closed at the broker: the drift against it.

        What people held before comes first: what they hold, they close. Then the bots, each unit counted once. Where
        the account was emptied, somebody has closed everything: an exit would open something there.
        """
        gone = self.drift
        if not gone:
            return self.held(bot_id)
        if self.is_emptied:
            return ZERO
        for owner, held in ((None, self.external), *((share.bot_id, share.quantity) for share in self.shares)):
            left = held
            if held * gone < ZERO:
                left = held + gone if abs(gone) < abs(held) else ZERO
                gone += held - left
            if owner is not None and owner == bot_id:
                return left
        return self.held(bot_id)

    def held_at_least(self, bot_id: BotId | None) -> Decimal:
        """Return the bot's signed units less what somebody seems or is suspected to have closed at the broker."""
        sure = self.held_for_sure(bot_id)
        if self.suspicion is None:
            return sure
        supposed = evolve(self, drift=self.drift + self.suspicion.difference).held_for_sure(bot_id)
        return min(sure, supposed, key=abs)

    def with_request(self, request_id: str) -> "Book":
        """Return the book with a person's request remembered, to know it again when it is repeated."""
        return evolve(self, adopted=(*self.adopted, request_id)[-REQUESTS_MAX:])

    def with_share(self, share: Share) -> "Book":
        """Return the book with *share* in place of the bot's old one; an empty one is left out."""
        others = tuple(other for other in self.shares if other.bot_id != share.bot_id)
        kept = (*others, share) if share.quantity else others
        return evolve(self, shares=tuple(sorted(kept, key=lambda one: one.bot_id)))

    @property
    def entries(self) -> tuple[Order, ...]:
        """The entries that are not over: about to open, or in doubt."""
        return tuple(order for order in self.orders if order.ticket.purpose is Purpose.ENTRY)

    def order(self, order_id: OrderId) -> Order | None:
        """Return the order with *order_id*, if the book still follows it."""
        return next((order for order in self.orders if order.id == order_id), None)

    def with_orders(self, *orders: Order) -> "Book":
        """Return the book with *orders* in place of their old forms; those that are over are left out."""
        ids = {order.id for order in orders}
        others = tuple(other for other in self.orders if other.id not in ids)
        return evolve(self, orders=others + tuple(order for order in orders if not order.state.is_over))

    @property
    def legs_to_come(self) -> frozenset[OrderId]:
        """The legs whose entry has not ended: no venue need know them yet."""
        entries = (order for order in self.orders if order.ticket.bracket is not None)
        return frozenset(leg_id for entry in entries for leg_id in entry.leg_ids)

    def orders_of(self, bot_id: BotId | None) -> tuple[Order, ...]:
        """Return the orders that trade the bot's share."""
        return tuple(order for order in self.orders if order.bot_id == bot_id)
