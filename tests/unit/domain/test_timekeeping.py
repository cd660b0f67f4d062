"""What a book waits for goes back with the clock: every moment of it, and nothing that only says when something was."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import get_type_hints

import pytest
from attrs import fields

from tests.builders import BOT, MONDAY, a_book, a_bot, arrived, judge, some_facts
from tests.unit.domain.examples import BUY, a_share
from tradecore.domain import timekeeping
from tradecore.domain.book import Book, Plan, Step, StepKind, Suspicion, Wish
from tradecore.domain.commands import Remind
from tradecore.domain.events import Woken
from tradecore.domain.ids import PlanId
from tradecore.domain.orders import Order
from tradecore.domain.timekeeping import in_step
from tradecore.domain.trades import Share

HOUR = timedelta(hours=1)
# They say when something was, and nothing waits for them.
RECORDS = {
    Book: {"judged_at", "surveyed_at"},
    Order: {"created_at", "changed_at"},
    Step: {"asked_at"},
}
# The wall clock's: a market opens when it opens, whatever a machine takes the time for.
OPENINGS: dict[type, set[str]] = {Wish: {"queued_until"}}
MOVED = {
    Book: {"remind_at", "survey_at"},
    Suspicion: {"at"},
    Share: set(timekeeping._OF_SHARE),
    Order: set(timekeeping._OF_ORDER),
    Plan: set(timekeeping._OF_PLAN),
    Wish: set(timekeeping._OF_WISH),
}


@pytest.mark.parametrize("kind", [Book, Order, Plan, Step, Wish, Suspicion, Share])
def test_every_moment_in_a_book_is_either_moved_or_a_record(kind: type) -> None:
    hints = get_type_hints(kind)
    moments = {one.name for one in fields(kind) if hints[one.name] in {datetime, datetime | None}}

    assert moments == MOVED.get(kind, set()) | RECORDS.get(kind, set()) | OPENINGS.get(kind, set())


def later(seconds: int) -> datetime:
    return MONDAY + timedelta(seconds=seconds)


def a_waiting_book(at: datetime) -> Book:
    """Return a book that was judged at that moment, and waits for all that a book can wait for."""
    wish = Wish(id=PlanId("A"), signal=BUY, bot_id=BOT, came_at=at - timedelta(seconds=9), retry_at=at + HOUR)
    plan = Plan(wish=wish, steps=(Step(kind=StepKind.LOOK),), started_at=at, deadline=at + timedelta(seconds=60))
    return a_book(
        plan=plan, waiting=(wish,), shares=(a_share(10, cover_at=at + timedelta(seconds=5)),),
        suspicion=Suspicion(difference=Decimal(1), at=at, moves=0), survey_at=at + timedelta(seconds=2),
        remind_at=at + timedelta(seconds=2), judged_at=at)  # fmt: skip


@pytest.mark.parametrize("now", [MONDAY, later(1), MONDAY + HOUR])
def test_a_book_stays_as_it_is_while_time_goes_on(now: datetime) -> None:
    book = a_waiting_book(MONDAY)

    assert in_step(book, now) is book


def test_a_book_that_waits_for_nothing_stays_as_it_is() -> None:
    book = a_book()

    assert in_step(book, MONDAY - HOUR) is book


@pytest.mark.parametrize("back", [timedelta(seconds=1), HOUR, 24 * HOUR])
def test_what_lay_ahead_lies_as_far_ahead_of_a_clock_that_was_set_back(back: timedelta) -> None:
    moved = in_step(a_waiting_book(MONDAY), MONDAY - back)

    expected = a_waiting_book(MONDAY - back)
    assert moved.plan == expected.plan
    assert moved.waiting == expected.waiting
    assert moved.shares[0].cover_at == expected.shares[0].cover_at
    assert (moved.suspicion, moved.survey_at) == (expected.suspicion, expected.survey_at)
    assert (moved.remind_at, moved.judged_at) == (None, None)


def test_a_book_is_woken_by_the_new_time() -> None:
    book = judge(a_book(), arrived(BUY), facts=some_facts(a_bot())).book
    assert book.remind_at is not None

    decision = judge(book, Woken(), facts=some_facts(a_bot(), seconds=-3600))

    assert decision.commands == (Remind(at=book.remind_at - HOUR),)
