"""Turn a wish into steps, keep wishes in line, and let an exit overtake what has not been sent."""

from typing import Any

import pytest
from attrs import evolve

from tests.builders import BOT, CLOSED, OTHER_BOT, a_book, a_bot, a_survey, arrived, judge, some_facts
from tests.unit.domain.examples import (
    BRACKET,
    BUY,
    CLOSE,
    FLAT,
    HOLD,
    SELL,
    D,
    Tale,
    a_share,
    a_stop,
    cancelled,
    submitted,
    surveys,
)
from tradecore.domain.book import Book, StepKind
from tradecore.domain.decisions import Status
from tradecore.domain.events import CloseAsked, FlattenAsked
from tradecore.domain.limits import BotLimits
from tradecore.domain.orders import News, Purpose, Side
from tradecore.domain.parties import Mode
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Direction, Signal, Strategy
from tradecore.domain.timeframes import Timeframe

K = StepKind
TWO = (a_bot(), a_bot(id=OTHER_BOT, timeframe=Timeframe(300)))
LONG, SHORT = Direction.LONG, Direction.SHORT


def held(quantity: int) -> Book:
    """Return a book in which the bot holds *quantity*, with a working stop, so that no plan ends at once."""
    stop = a_stop() if quantity > 0 else evolve(a_stop(), ticket=evolve(a_stop().ticket, side=Side.BUY))
    return a_book(shares=(a_share(quantity),), orders=(stop,)) if quantity else a_book()


def target(quantity: int) -> Strategy:
    direction = Direction.of(D(quantity))
    return Strategy(direction=direction, quantity=D(abs(quantity)))


# ---------------------------------------------------------------- every row of the state machine


@pytest.mark.parametrize(
    ("signal", "quantity", "steps"),
    [
        (BUY, 0, [K.CANCEL, K.OPEN]), (SELL, 0, [K.CANCEL, K.OPEN]),
        (BUY, -10, [K.CANCEL, K.CLOSE, K.OPEN]), (SELL, 10, [K.CANCEL, K.CLOSE, K.OPEN]),
        (CLOSE, 10, [K.CANCEL, K.CLOSE]), (CLOSE, -10, [K.CANCEL, K.CLOSE]),
        (FLAT, 10, [K.CANCEL_ALL, K.LOOK, K.FLATTEN, K.CONFIRM]),
        (FLAT, -10, [K.CANCEL_ALL, K.LOOK, K.FLATTEN, K.CONFIRM]),
        (FLAT, 0, [K.CANCEL_ALL, K.LOOK, K.FLATTEN, K.CONFIRM]),
    ],
)  # fmt: skip
def test_a_signal_becomes_the_steps_of_its_row(signal: Signal, quantity: int, steps: list[StepKind]) -> None:
    decision = judge(held(quantity), arrived(signal))

    plan = decision.book.plan
    assert plan is not None
    assert [step.kind for step in plan.steps] == steps
    assert decision.verdicts == ()


@pytest.mark.parametrize(
    ("signal", "quantity", "outcome"),
    [
        (BUY, 10, "Already long 10 AAPL: nothing to do."), (SELL, -10, "Already short 10 AAPL: nothing to do."),
        (CLOSE, 0, "Nothing to close: the bot holds no AAPL."),
        (HOLD, 10, "The alert says to hold: nothing to do."), (HOLD, -10, "The alert says to hold: nothing to do."),
        (HOLD, 0, "The alert says to hold: nothing to do."),
    ],
)  # fmt: skip
def test_a_signal_that_asks_for_nothing_is_done_at_once(signal: Signal, quantity: int, outcome: str) -> None:
    book = held(quantity)

    decision = judge(book, arrived(signal))

    (verdict,) = decision.verdicts
    assert (verdict.status, verdict.outcome) == (Status.DONE, outcome)
    assert (submitted(decision), cancelled(decision), decision.book.plan) == ((), (), None)


def test_the_book_that_counts_is_the_bots_own_share() -> None:
    others = a_book(shares=(a_share(10, OTHER_BOT),))

    bought, closed = judge(others, arrived(BUY)), judge(others, arrived(CLOSE))

    assert [ticket.quantity for ticket in submitted(bought)] == [10]
    assert closed.verdicts[0].outcome == "Nothing to close: the bot holds no AAPL."


def test_an_entry_into_a_book_that_was_never_compared_asks_the_broker_first() -> None:
    decision = judge(a_book(surveyed_at=None), arrived(BUY))

    assert surveys(decision)
    assert submitted(decision) == ()
    assert [ticket.quantity for ticket in submitted(judge(decision.book, a_survey(0)))] == [10]


def test_an_entry_that_no_gate_lets_through_asks_the_broker_nothing() -> None:
    decision = judge(a_book(surveyed_at=None), arrived(BUY), facts=some_facts(hours=CLOSED))

    assert decision.commands == ()
    assert decision.verdicts[0].refusal is Refusal.MARKET_CLOSED


# ---------------------------------------------------------------- partial exits, and target mode


@pytest.mark.parametrize(("signal", "direction"), [(SELL, LONG), (BUY, SHORT)])
@pytest.mark.parametrize("quantity", [10, 0, -10])
@pytest.mark.parametrize("mode", [Mode.SIGNAL, Mode.PYRAMID])
def test_a_partial_exit_is_refused_outside_target_mode_and_never_flips(
    signal: Signal, direction: Direction, quantity: int, mode: Mode
) -> None:
    alert = arrived(signal, strategy=Strategy(direction=direction, quantity=D(4)))

    decision = judge(held(quantity), alert, facts=some_facts(a_bot(mode=mode)))

    assert decision.verdicts[0].refusal is Refusal.PARTIAL_EXIT
    assert (submitted(decision), cancelled(decision)) == ((), ())


@pytest.mark.parametrize(
    ("signal", "quantity", "end", "steps"),
    [
        (SELL, 10, 4, [(K.CANCEL, None), (K.REDUCE, 4)]), (BUY, -10, -4, [(K.CANCEL, None), (K.REDUCE, -4)]),
        (BUY, 10, 14, [(K.OPEN, 14)]), (SELL, -10, -14, [(K.OPEN, -14)]),
        (SELL, 10, -5, [(K.CANCEL, None), (K.CLOSE, None), (K.OPEN, -5)]),
        (BUY, -10, 5, [(K.CANCEL, None), (K.CLOSE, None), (K.OPEN, 5)]),
        (SELL, 10, 0, [(K.CANCEL, None), (K.CLOSE, None)]),
        (BUY, 0, 5, [(K.OPEN, 5)]),
        # Alerts that were lost on the way: the end state is reached all the same.
        (SELL, 0, 5, [(K.OPEN, 5)]), (BUY, 10, 4, [(K.CANCEL, None), (K.REDUCE, 4)]), (SELL, 0, -5, [(K.OPEN, -5)]),
    ],
)  # fmt: skip
def test_target_mode_goes_from_what_is_held_to_what_the_alert_names(
    signal: Signal, quantity: int, end: int, steps: list[tuple[StepKind, int | None]]
) -> None:
    facts = some_facts(a_bot(mode=Mode.TARGET))

    decision = judge(held(quantity), arrived(signal, strategy=target(end)), facts=facts)

    plan = decision.book.plan
    assert plan is not None
    assert [(step.kind, step.to) for step in plan.steps] == steps


def test_a_target_that_is_reached_already_needs_nothing() -> None:
    decision = judge(held(10), arrived(BUY, strategy=target(10)), facts=some_facts(a_bot(mode=Mode.TARGET)))

    assert decision.verdicts[0].outcome == "Already at the target of 10: nothing to do."
    assert submitted(decision) == ()


def test_a_target_without_a_quantity_is_read_as_the_signal_alone() -> None:
    alert = arrived(BUY, strategy=Strategy(direction=LONG))

    decision = judge(a_book(), alert, facts=some_facts(a_bot(mode=Mode.TARGET)))

    assert [ticket.quantity for ticket in submitted(decision)] == [10]


@pytest.mark.parametrize("end", [5, -5, 10, 15, 0])
def test_hold_orders_nothing_in_any_mode(end: int) -> None:
    for mode in Mode:
        for quantity in (10, 0):
            decision = judge(held(quantity), arrived(HOLD, strategy=target(end)), facts=some_facts(a_bot(mode=mode)))

            assert (submitted(decision), cancelled(decision)) == ((), ())
            assert decision.verdicts[0].status is Status.DONE


@pytest.mark.parametrize(("quantity", "end"), [(0, 5), (10, 15), (10, -5), (-10, 5)])
def test_close_never_opens_whatever_the_alert_names_as_its_end(quantity: int, end: int) -> None:
    tale = Tale(a_bot(mode=Mode.TARGET), book=a_book(shares=(a_share(quantity),) if quantity else ()))

    tale.alert(CLOSE, strategy=target(end))
    if tale.tickets:
        tale.report()

    assert all(ticket.purpose is Purpose.EXIT for ticket in tale.tickets)
    assert tale.held() == 0


def test_flat_takes_everything_whatever_the_alert_names_as_its_end() -> None:
    decision = judge(held(10), arrived(FLAT, strategy=target(5)), facts=some_facts(a_bot(mode=Mode.TARGET)))

    assert decision.book.plan is not None
    assert decision.book.plan.steps[0].kind is K.CANCEL_ALL


# ---------------------------------------------------------------- pyramiding


def test_a_pyramid_adds_on_the_same_side_and_keeps_what_protects_the_first_part() -> None:
    decision = judge(held(10), arrived(BUY), facts=some_facts(a_bot(mode=Mode.PYRAMID, protection=BRACKET)))

    (ticket,) = submitted(decision)
    assert (ticket.side, ticket.quantity, ticket.purpose) == (Side.BUY, 10, Purpose.ENTRY)
    assert cancelled(decision) == ()


def test_a_pyramid_grows_to_its_maximum_and_no_further() -> None:
    tale = Tale(a_bot(mode=Mode.PYRAMID, limits=BotLimits(position_max=D(25))))

    for name in "ABCD":
        tale.alert(BUY, name)
        if name != "D":
            tale.report()

    assert [ticket.quantity for ticket in tale.tickets] == [10, 10, 5]
    assert tale.verdicts["D"].refusal is Refusal.POSITION_FULL
    assert tale.held() == 25


# ---------------------------------------------------------------- waiting in line


def busy(*bots: Any) -> Tale:
    """Return a tale in which another bot's entry is under way at the broker."""
    tale = Tale(*(bots or TWO))
    tale.alert(BUY, "FIRST", OTHER_BOT)
    tale.report(News.ACCEPTED)
    return tale


def test_entries_wait_for_their_turn_in_order_of_arrival() -> None:
    tale = busy(*TWO, a_bot(id="bot-60"))
    tale.alert(BUY, "SECOND", BOT)
    tale.alert(SELL, "THIRD", "bot-60")  # type: ignore[arg-type] # a bot's id is a string

    first = len(tale.tickets)
    tale.report()
    tale.report()

    assert first == 1
    assert [ticket.id for ticket in tale.tickets] == ["FIRST-1-1", "SECOND-1-1", "THIRD-1-1"]


def test_a_close_goes_before_every_entry_that_waits() -> None:
    tale = busy()
    tale.book = evolve(tale.book, shares=(a_share(10),))
    tale.alert(BUY, "ENTRY", OTHER_BOT)
    tale.alert(CLOSE, "EXIT", BOT)

    tale.report()

    assert [wish.id for wish in tale.book.waiting] == ["ENTRY"]
    assert tale.last.id == "EXIT-1-1"


def test_a_close_overtakes_its_own_bots_waiting_entry_only() -> None:
    tale = busy(*TWO, a_bot(id="bot-60"))
    tale.alert(BUY, "MINE", BOT)
    tale.alert(BUY, "OTHER", "bot-60")  # type: ignore[arg-type] # a bot's id is a string

    tale.alert(CLOSE, "EXIT", BOT)

    overtaken = tale.verdicts["MINE"]
    assert (overtaken.status, overtaken.refusal) == (Status.REFUSED, Refusal.OVERTAKEN)
    assert overtaken.outcome == "It was overtaken by a later exit before it was sent."
    assert [wish.id for wish in tale.book.waiting] == ["EXIT", "OTHER"]


def test_flat_overtakes_every_entry_and_goes_first() -> None:
    tale = busy()
    tale.alert(BUY, "MINE", BOT)
    tale.alert(CLOSE, "EXIT", BOT)
    tale.alert(BUY, "LATER", BOT)

    decision = tale.alert(FLAT, "FLAT")

    assert {name: verdict.refusal for name, verdict in tale.verdicts.items()} == {
        "MINE": Refusal.OVERTAKEN, "LATER": Refusal.OVERTAKEN}  # fmt: skip
    assert [wish.id for wish in tale.book.waiting] == ["FLAT", "EXIT"]
    assert cancelled(decision) == ("FIRST-1-1",)


def test_two_closes_keep_their_order() -> None:
    tale = busy()

    tale.alert(CLOSE, "ONE", BOT)
    tale.alert(CLOSE, "TWO", OTHER_BOT)
    tale.alert(CLOSE, "THREE", BOT)

    assert [wish.id for wish in tale.book.waiting] == ["ONE", "TWO", "THREE"]


def test_what_tradecore_wants_by_itself_it_wants_once() -> None:
    tale = busy()

    for _ in range(3):
        tale.hear(FlattenAsked(why="halt"))
        tale.hear(CloseAsked(bot_id=BOT, why="risk"))

    assert [(wish.signal, wish.bot_id) for wish in tale.book.waiting] == [(FLAT, None), (CLOSE, BOT)]


def test_a_second_flatten_while_the_first_is_under_way_adds_nothing() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.hear(FlattenAsked(why="halt"))

    tale.hear(FlattenAsked(why="halt again"))

    assert tale.book.waiting == ()


def test_a_signal_that_waits_is_judged_on_what_is_held_when_its_turn_comes() -> None:
    tale = Tale()
    tale.alert(BUY, "ONE")
    tale.alert(BUY, "TWO")

    tale.report()

    assert tale.verdicts["TWO"].outcome == "Already long 10 AAPL: nothing to do."
    assert len(tale.tickets) == 1


def test_hundreds_of_waiting_alerts_come_to_their_ends_in_one_go() -> None:
    tale = busy()
    for number in range(600):
        tale.alert(BUY, f"W{number}")

    tale.seconds = 1000
    tale.report()

    assert len(tale.verdicts) == 601
    assert tale.book.waiting == ()
