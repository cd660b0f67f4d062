"""Say where a bot stands in one word; what nobody knows never reads as filled."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given

from tests.builders import BOT, KEY, MONDAY, OTHER_BOT, USER, a_book, a_bot, an_alert
from tests.unit.domain.examples import BUY, CLOSE, FLAT, SELL, D, a_share, a_stop, a_ticket, an_order
from tests.unit.domain.worlds import books
from tradecore.domain.book import Book, Plan, Step, StepKind, Suspicion, Wish
from tradecore.domain.decisions import Status
from tradecore.domain.ids import BotId, PlanId
from tradecore.domain.orders import OrderState, Purpose, Side
from tradecore.domain.parties import Mode
from tradecore.domain.records import AlertRecord
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal
from tradecore.domain.statuses import STATUSES, BotState, BotStatus, state_of

S, OS = BotStatus, OrderState
OPENING = MONDAY + timedelta(hours=9)


def ended(signal: Signal, status: Status = Status.DONE, name: str = "LAST", **changes: Any) -> AlertRecord:
    usual = {"outcome": f"{signal.value} has ended.", "user_id": USER, "account_id": KEY.account_id, "body": "{}"}
    return AlertRecord(
        alert=an_alert(signal, name), key=KEY, bot_id=BOT, status=status, **{**usual, **changes})  # fmt: skip


def plan(signal: Signal, bot_id: BotId | None = BOT) -> Plan:
    wish = Wish(id=PlanId("P"), signal=signal, bot_id=bot_id, came_at=MONDAY)
    return Plan(wish=wish, steps=(Step(kind=StepKind.CLOSE),), started_at=MONDAY, deadline=MONDAY)


def order(state: OrderState, purpose: Purpose = Purpose.ENTRY, bot_id: BotId | None = BOT) -> Any:
    return an_order(a_ticket("A-1-1", Side.BUY, purpose=purpose), state, bot_id=bot_id)


def waiting(bot_id: BotId = BOT, **changes: Any) -> Wish:
    return Wish(id=PlanId("W"), signal=SELL, bot_id=bot_id, came_at=MONDAY, **changes)


LONG, SHORT = a_book(shares=(a_share(10),)), a_book(shares=(a_share(-10),))
STOP = a_stop()
LOST, LEAVING = evolve(STOP, state=OS.UNKNOWN), evolve(STOP, state=OS.CANCELLING)
OPENED = ended(BUY, name="OLD")  # by it a share of `a_share` was opened

ROWS: list[tuple[str, BotStatus, Book | None, AlertRecord | None, dict[str, Any]]] = [
    ("it never had an alert", S.READY, None, None, {}),
    ("its entry was refused", S.READY, a_book(), ended(BUY, Status.REFUSED, refusal=Refusal.MARKET_CLOSED), {}),
    ("an alert has come and is not judged yet", S.READY, a_book(), ended(BUY, Status.PENDING), {}),
    ("an entry is out", S.ORDER_SUBMITTED, a_book(orders=(order(OS.WORKING),)), None, {}),
    ("an entry is about to go out", S.ORDER_SUBMITTED, a_book(orders=(order(OS.INTENDED),)), None, {}),
    ("a plan is under way", S.ORDER_SUBMITTED, evolve(LONG, plan=plan(CLOSE)), OPENED, {}),
    ("everything is flattened", S.ORDER_SUBMITTED, evolve(LONG, plan=plan(FLAT, None)), OPENED, {}),
    ("everything is flattened, and it has nothing", S.READY, a_book(plan=plan(FLAT, None)), None, {}),
    ("another bot's plan is under way", S.READY, a_book(plan=plan(CLOSE, OTHER_BOT)), None, {}),
    ("its stop is called off", S.ORDER_SUBMITTED, evolve(LONG, orders=(LEAVING,)), OPENED, {}),
    ("it is long under its stop", S.FILLED, evolve(LONG, orders=(STOP,)), OPENED, {}),
    ("it is short", S.FILLED, SHORT, ended(SELL, name="OLD"), {}),
    ("it is long and switched off", S.FILLED, LONG, OPENED, {"active": False}),
    ("its entry's outcome is unknown", S.UNCERTAIN, a_book(orders=(order(OS.UNKNOWN),)), None, {}),
    ("it is long, and its stop may have filled", S.UNCERTAIN, evolve(LONG, orders=(LOST,)), OPENED, {}),
    ("a flatten's outcome is unknown", S.UNCERTAIN,
     evolve(LONG, orders=(order(OS.UNKNOWN, Purpose.FLATTEN, None),)), OPENED, {}),
    ("another bot's order is unknown", S.FILLED,
     evolve(LONG, orders=(order(OS.UNKNOWN, bot_id=OTHER_BOT),)), OPENED, {}),
    ("somebody closed it by hand", S.UNCERTAIN, evolve(LONG, drift=D(-10)), OPENED, {}),
    ("somebody seems to have closed it", S.UNCERTAIN,
     evolve(LONG, suspicion=Suspicion(difference=D(-10), at=MONDAY, moves=0)), OPENED, {}),
    ("somebody bought more by hand", S.FILLED, evolve(LONG, drift=D(10)), OPENED, {}),
    ("a reversal waits for the opening", S.WAITING, evolve(LONG, waiting=(waiting(queued_until=OPENING),)), OPENED, {}),
    ("its entry waits for its turn", S.WAITING, a_book(waiting=(waiting(),)), None, {}),
    ("another bot's entry waits", S.READY, a_book(waiting=(waiting(OTHER_BOT),)), None, {}),
    ("a buy came while it was long", S.ALREADY_LONG, LONG, ended(BUY), {}),
    ("a sell came while it was short", S.ALREADY_SHORT, SHORT, ended(SELL), {}),
    ("a buy added to a long", S.FILLED, LONG, ended(BUY), {"mode": Mode.PYRAMID}),
    ("a buy was refused while it was long", S.FILLED, LONG, ended(BUY, Status.REFUSED, refusal=Refusal.HALTED), {}),
    ("its close failed", S.FAILED, LONG, ended(CLOSE, Status.FAILED), {}),
    ("its entry failed", S.FAILED, a_book(), ended(BUY, Status.FAILED), {}),
    ("it has closed", S.WAITING, a_book(), ended(CLOSE), {}),
    ("its stop has closed what it opened", S.WAITING, a_book(), ended(BUY), {}),
    ("it is flat and switched off", S.DISABLED, a_book(), ended(CLOSE), {"active": False}),
    ("it lost what it may in a day", S.RISK_LIMIT_HIT, a_book(),
     ended(BUY, Status.REFUSED, refusal=Refusal.DAILY_LOSS_REACHED), {}),
]  # fmt: skip


@pytest.mark.parametrize(("status", "book", "last", "changes"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_each_row_has_its_word(
    status: BotStatus, book: Book | None, last: AlertRecord | None, changes: dict[str, Any]
) -> None:
    state = state_of(a_bot(**changes), (book,) if book is not None else (), last)

    assert state.status is status
    assert state.detail


def test_every_word_is_in_the_table_and_every_word_of_the_table_has_an_example() -> None:
    assert {status for status, _ in STATUSES} == set(BotStatus) == {row[1] for row in ROWS}


@given(book=books())
def test_what_nobody_knows_never_reads_as_filled(book: Book) -> None:
    state = state_of(a_bot(), (book,), ended(BUY))

    doubtful = any(one.state is OS.UNKNOWN for one in book.orders_of(BOT)) or book.held_for_sure(BOT) != book.held(BOT)
    if doubtful:
        assert state.status is S.UNCERTAIN
    elif any(one.state is OS.INTENDED for one in book.orders_of(BOT)):
        assert state.status in {S.UNCERTAIN, S.ORDER_SUBMITTED}
    assert state.quantity == book.held(BOT)


def test_what_waits_for_an_opening_says_until_when() -> None:
    state = state_of(a_bot(), (a_book(waiting=(waiting(queued_until=OPENING),)),), None)

    assert state == BotState(
        status=S.WAITING,
        detail="Its SELL waits until 2026-11-24 00:00 UTC, when the market opens.",
        waits_until=OPENING,
    )


def test_the_sentence_says_what_is_held_what_is_done_and_why_not() -> None:
    def detail(book: Book | None, last: AlertRecord | None = None, **changes: Any) -> str:
        return state_of(a_bot(**changes), (book,) if book is not None else (), last).detail

    assert detail(LONG, OPENED) == "Long 10 AAPL at 100."
    assert detail(evolve(LONG, plan=plan(CLOSE))) == "CLOSE is under way: close."
    assert detail(a_book(), ended(BUY, Status.REFUSED)) == "BUY has ended."
    assert detail(None) == "No alert has had its end yet."
    assert detail(None, active=False, leaving_since=MONDAY).startswith("It is closed, and then deleted.")


def test_of_several_books_the_one_counts_that_says_most() -> None:
    """While a contract rolls, the old month may still be held."""
    other = evolve(a_book(shares=(a_share(-3),)), orders=(order(OS.WORKING),))

    state = state_of(a_bot(), (LONG, other, a_book()), OPENED)

    assert (state.status, state.quantity) == (S.ORDER_SUBMITTED, 7)
