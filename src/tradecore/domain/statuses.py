"""Say in one word where a bot stands, as the equities bot did; found from its book each time, and stored nowhere.

`STATUSES` is the table: the first row that holds is the bot's. An order whose outcome nobody knows comes before
everything else, so that it never reads as filled.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Final

from attrs import evolve, frozen

from tradecore.domain.book import Book, Wish
from tradecore.domain.decisions import Status
from tradecore.domain.ending import last_trouble
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import Order, OrderState
from tradecore.domain.parties import Bot, Mode
from tradecore.domain.records import AlertRecord
from tradecore.domain.refusals import Refusal
from tradecore.domain.resting import say_untargeted
from tradecore.domain.signals import Direction, Signal


class BotStatus(Enum):
    """The equities bot's words, and two for what it could not say."""

    UNCERTAIN = "UNCERTAIN"  # ours
    ORDER_SUBMITTED = "ORDER SUBMITTED"
    WAITING = "WAITING"
    FAILED = "FAILED"
    ALREADY_LONG = "ALREADY LONG"
    ALREADY_SHORT = "ALREADY SHORT"
    FILLED = "FILLED"
    DISABLED = "DISABLED"  # ours
    RISK_LIMIT_HIT = "RISK_LIMIT_HIT"
    READY = "READY"


_LOSSES: Final = frozenset({
    Refusal.DRAWDOWN_REACHED, Refusal.DRAWDOWN_AT_RISK, Refusal.DAILY_LOSS_REACHED, Refusal.DAILY_LOSS_AT_RISK,
    Refusal.LOSING_STREAK,
})  # fmt: skip


@frozen(kw_only=True)
class BotState:
    """Where a bot stands: its word, a sentence, and what it holds in signed units.

    `waits_until` is the opening that an entry of it waits for; `warning` says what of its protection is not kept.
    """

    status: BotStatus
    detail: str
    quantity: Decimal = ZERO
    waits_until: datetime | None = None
    warning: str = ""

    @property
    def direction(self) -> Direction:
        """Which way it holds."""
        return Direction.of(self.quantity)


@frozen(kw_only=True)
class _Sight:
    """A bot, a book in which it may hold something, and its last alert."""

    bot: Bot
    book: Book | None
    last: AlertRecord | None

    @property
    def held(self) -> Decimal:
        return self.book.held(self.bot.id) if self.book is not None else ZERO

    @property
    def orders(self) -> tuple[Order, ...]:
        """Return the orders that trade its share; those for everybody do where it holds something."""
        if self.book is None:
            return ()
        common = self.book.orders_of(None) if self.held else ()
        return (*self.book.orders_of(self.bot.id), *common)

    @property
    def waiting(self) -> Wish | None:
        waiting = self.book.waiting if self.book is not None else ()
        return next((wish for wish in waiting if wish.bot_id == self.bot.id), None)

    @property
    def is_planned(self) -> bool:
        plan = self.book.plan if self.book is not None else None
        if plan is None:
            return False
        return plan.wish.bot_id == self.bot.id or (plan.wish.signal is Signal.FLAT and bool(self.held or self.orders))

    def ended(self, status: Status) -> bool:
        return self.last is not None and self.last.status is status


def _is_uncertain(sight: _Sight) -> bool:
    return any(order.state is OrderState.UNKNOWN for order in sight.orders) or _is_disputed(sight)


def _is_disputed(sight: _Sight) -> bool:
    """Tell whether the broker seems to hold less than the bot's share."""
    book = sight.book
    if book is None or not sight.held:
        return False
    doubt = book.suspicion.difference if book.suspicion is not None else ZERO
    return book.held_for_sure(sight.bot.id) != sight.held or doubt * sight.held < ZERO


def _is_submitted(sight: _Sight) -> bool:
    """Tell whether anything is under way; what rests to protect a share is not."""
    moving = {OrderState.INTENDED, OrderState.CANCELLING}
    return sight.is_planned or any(o.state in moving or not o.ticket.purpose.protects for o in sight.orders)


def _has_been_there(sight: _Sight, direction: Direction, signal: Signal) -> bool:
    """Tell whether the last alert wanted the side that an earlier one had opened."""
    book, last = sight.book, sight.last
    if book is None or last is None or last.status is not Status.DONE or sight.bot.mode is not Mode.SIGNAL:
        return False
    share = book.share(sight.bot.id)
    opened_by = share.trade.opened_by if share.trade is not None else last.alert.id
    return (share.direction, last.alert.signal) == (direction, signal) and opened_by != last.alert.id


STATUSES: Final[tuple[tuple[BotStatus, Callable[[_Sight], bool]], ...]] = (
    (BotStatus.UNCERTAIN, _is_uncertain),
    (BotStatus.ORDER_SUBMITTED, _is_submitted),
    (BotStatus.WAITING, lambda sight: sight.waiting is not None),
    (BotStatus.FAILED, lambda sight: sight.ended(Status.FAILED)),
    (BotStatus.ALREADY_LONG, lambda sight: _has_been_there(sight, Direction.LONG, Signal.BUY)),
    (BotStatus.ALREADY_SHORT, lambda sight: _has_been_there(sight, Direction.SHORT, Signal.SELL)),
    (BotStatus.FILLED, lambda sight: bool(sight.held)),
    (BotStatus.DISABLED, lambda sight: not sight.bot.active),
    (BotStatus.RISK_LIMIT_HIT, lambda sight: sight.last is not None and sight.last.refusal in _LOSSES),
    # It has traded, and is flat again.
    (BotStatus.WAITING, lambda sight: sight.ended(Status.DONE)),
    (BotStatus.READY, lambda _sight: True),
)


def state_of(bot: Bot, books: Iterable[Book], last: AlertRecord | None) -> BotState:
    """Return where *bot* stands, given the *books* of its account and its *last* alert.

    Where it has a share in several, as while a contract rolls, the book counts that says most.
    """
    sights = [_Sight(bot=bot, book=book, last=last) for book in books] or [_Sight(bot=bot, book=None, last=last)]
    states = [_state(sight) for sight in sights]
    first = min(states, key=lambda state: _RANKS[state.status])
    opening = min((state.waits_until for state in states if state.waits_until is not None), default=None)
    warning = next((state.warning for state in states if state.warning), "")
    held = sum((state.quantity for state in states), ZERO)
    return evolve(first, quantity=held, waits_until=opening, warning=warning)


_RANKS: Final = {status: rank for rank, status in enumerate(BotStatus)}


def _state(sight: _Sight) -> BotState:
    row = next(number for number, (_, holds) in enumerate(STATUSES) if holds(sight))
    status = STATUSES[row][0]
    waits_until = sight.waiting.queued_until if sight.waiting is not None else None
    detail = _detail(sight, status)
    if sight.bot.leaving_since is not None:
        detail = f"It is closed, and then deleted. {detail}"
    warning = _warning(sight)
    return BotState(status=status, detail=detail, quantity=sight.held, waits_until=waits_until, warning=warning)


def _warning(sight: _Sight) -> str:
    """Say what of the bot's protection is not kept at the venue; while something is under way, that is no news."""
    book = sight.book
    if book is None or not sight.held or sight.is_planned:
        return ""
    return say_untargeted(book, book.share(sight.bot.id), sight.bot.protection)


def _detail(sight: _Sight, status: BotStatus) -> str:
    plan = sight.book.plan if sight.book is not None else None
    if status is BotStatus.UNCERTAIN:
        disputed = "The broker seems to hold less than the bot's share"
        if _is_disputed(sight):
            is_believed = sight.book is not None and bool(sight.book.drift)
            return f"{disputed}: {'a person must say whose it is (drift)' if is_believed else 'it is asked again'}."
        return "Nobody knows yet what became of an order: it is looked up."
    if status is BotStatus.ORDER_SUBMITTED:
        step = plan.step if plan is not None and sight.is_planned else None
        if sight.book is not None and plan is not None and step is not None:
            trouble = last_trouble(sight.book)
            because = f" The last trouble: {trouble}." if trouble else ""
            return f"{plan.wish.signal.value} is under way: {step.kind.value}.{because}"
        return "An order is on its way."
    if sight.waiting is not None:
        return _waits(sight.waiting)
    if status is BotStatus.FILLED:
        return _holds(sight)
    if status is BotStatus.DISABLED:
        return "The bot is switched off."
    if status is BotStatus.WAITING:
        return "It holds nothing; its last alert is done."
    return sight.last.outcome if sight.last is not None and sight.last.outcome else "No alert has had its end yet."


def _waits(wish: Wish) -> str:
    what = f"Its {wish.signal.value}"
    if wish.queued_until is None:
        return f"{what} waits for its turn."
    return f"{what} waits until {wish.queued_until:%Y-%m-%d %H:%M} UTC, when the market opens."


def _holds(sight: _Sight) -> str:
    assert sight.book is not None
    share, book = sight.book.share(sight.bot.id), sight.book
    price = plain(share.average_price(book.point_value).quantize(Decimal("0.00001")))
    return f"{share.direction.value.capitalize()} {plain(abs(share.quantity))} {book.key.symbol} at {price}."
