"""Keep what a book waits for in step with the clock: where that is set back, every moment goes back with it."""

from datetime import datetime, timedelta
from typing import Final, TypeVar

from tradecore.domain.book import Book, Plan, Wish
from tradecore.domain.orders import Order
from tradecore.domain.trades import Share
from tradecore.domain.values import evolve

_Value = TypeVar("_Value", Order, Plan, Wish, Share)

# Every moment that is ever compared with now; the others only say when something was.
_OF_ORDER: Final = ("send_at", "cancel_at", "denied_at", "look_at")
_OF_SHARE: Final = ("cover_at", "passed_at", "tell_target_at", "large_at", "watch_at", "lost_at", "move_by")
_OF_PLAN: Final = ("started_at", "deadline", "not_before", "clear_by")
_OF_WISH: Final = ("came_at", "retry_at", "clock_at")


def in_step(book: Book, now: datetime) -> Book:
    """Return *book* by a clock that says *now*: what lay so far ahead at its last judgement lies so far ahead of now.

    The reminder goes, as it would come too late by as much as the clock was set back; `deciding` asks for another.
    """
    if book.judged_at is None or book.judged_at <= now:
        return book
    back = book.judged_at - now
    plan = book.plan
    if plan is not None:
        plan = evolve(_set_back(plan, back, *_OF_PLAN), wish=_set_back(plan.wish, back, *_OF_WISH))
    suspicion = book.suspicion
    if suspicion is not None:
        suspicion = evolve(suspicion, at=suspicion.at - back)
    return evolve(
        book,
        shares=tuple(_set_back(share, back, *_OF_SHARE) for share in book.shares),
        orders=tuple(_set_back(order, back, *_OF_ORDER) for order in book.orders),
        plan=plan,
        waiting=tuple(_set_back(wish, back, *_OF_WISH) for wish in book.waiting),
        suspicion=suspicion,
        survey_at=book.survey_at - back if book.survey_at is not None else None,
        remind_at=None,
        judged_at=None,
    )


def _set_back(value: _Value, back: timedelta, *names: str) -> _Value:
    moments = {name: getattr(value, name) for name in names}
    return evolve(value, **{name: moment - back for name, moment in moments.items() if moment is not None})
