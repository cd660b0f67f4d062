"""Send no order into a refusal that the venue's rules make certain, and leave no share bare for long because of it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.builders import AAPL, BOT, CLOSED, MONDAY, OPEN, OTHER_BOT, a_book, a_bot, a_survey, judge
from tests.unit.domain.examples import (
    BUY,
    CLOSE,
    FLAT,
    SELL,
    STOP_2,
    D,
    Tale,
    a_share,
    a_stop,
    a_target,
    cancelled,
    looked_up,
    submitted,
    surveys,
    told,
)
from tradecore.domain.book import Book
from tradecore.domain.commands import Remind, Urgency
from tradecore.domain.decisions import Status
from tradecore.domain.ids import BrokerOrderId, OrderId
from tradecore.domain.orders import News, Order, OrderState, OrderType, Purpose, Report, Side, Ticket
from tradecore.domain.parties import Mode
from tradecore.domain.protection import Protection
from tradecore.domain.refusals import Refusal
from tradecore.domain.resting import room
from tradecore.domain.sessions import Hours
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.venues import VenueRules

ENTRY, EXIT, STOP = Purpose.ENTRY, Purpose.EXIT, Purpose.STOP
ALPACA = VenueRules(
    crosses_zero=False, brackets_from_flat=True, reduce_only=True, holds_shares=True, refuses_wash_trades=True
)
PLAIN_STOP, LEG = "MINE-1-1", "MINE-1-1-SL"


def beside(*orders: Order, quantity: int = 10, stop: int | None = 98, **changes: Any) -> Book:
    """Return a book in which the other bot holds *quantity*."""
    share = a_share(quantity, OTHER_BOT, stop_price=D(stop) if stop else None)
    return a_book(shares=(share,), orders=orders, **changes)


def the_tale(book: Book, protection: Protection = STOP_2, rules: VenueRules = ALPACA, **changes: Any) -> Tale:
    first = a_bot(protection=protection, sizing=Units(D(5)), **changes)
    return Tale(first, a_bot(id=OTHER_BOT, timeframe=Timeframe(300), protection=STOP_2), book=book, rules=rules)


def others_stop(name: str = PLAIN_STOP, quantity: int = 10) -> Order:
    return a_stop(name, quantity, bot_id=OTHER_BOT)


# ---------------------------------------------------------------- an entry beside our own stops


def test_a_plain_stop_is_called_off_before_an_entry_that_it_would_have_refused() -> None:
    tale = the_tale(beside(others_stop()))

    assert cancelled(tale.alert(BUY)) == (PLAIN_STOP,)
    assert tale.sent == []
    (entry,) = submitted(tale.report(News.CANCELLED, others_stop().ticket))
    assert (entry.side, entry.quantity, entry.bracket) == (Side.BUY, 5, None)
    covers = submitted(tale.report())

    assert sorted((one.quantity, one.purpose.value) for one in covers) == [(5, "stop"), (10, "stop")]
    assert told(tale.decisions[-1], Urgency.WARNING) == ""
    assert tale.verdicts["A"].status is Status.DONE


def test_the_window_ends_with_the_order_that_it_was_for() -> None:
    tale = the_tale(beside(others_stop()))
    tale.alert(BUY)
    assert tale.book.plan is not None
    assert tale.book.plan.clear_by is not None

    tale.report(News.CANCELLED, others_stop().ticket)

    assert tale.book.plan is not None
    assert tale.book.plan.clear_by is None


def test_the_book_is_woken_when_the_window_ends_whatever_else_it_waits_for() -> None:
    unknown = others_stop()
    doubtful = evolve(unknown, state=OrderState.UNKNOWN, look_at=MONDAY + timedelta(seconds=60))
    tale = the_tale(beside(doubtful))

    decision = tale.alert(BUY)

    assert Remind(at=MONDAY + timedelta(seconds=10)) in decision.commands


def test_where_there_is_no_guard_against_wash_trades_nothing_is_called_off() -> None:
    tale = the_tale(beside(others_stop()), rules=VenueRules(brackets=False))

    decision = tale.alert(BUY)

    assert (cancelled(decision), [one.quantity for one in submitted(decision)]) == ((), [5])


def test_legs_are_exempt_and_stay() -> None:
    tale = the_tale(beside(others_stop(LEG)))

    decision = tale.alert(BUY)

    assert (cancelled(decision), [one.quantity for one in submitted(decision)]) == ((), [5])


def test_an_entry_that_no_gate_lets_through_calls_nothing_off() -> None:
    tale = the_tale(beside(others_stop()), active=False)

    decision = tale.alert(BUY)

    assert cancelled(decision) == ()
    assert tale.verdicts["A"].refusal is Refusal.BOT_INACTIVE


def test_a_pyramid_calls_its_own_stop_off_and_covers_the_whole_again() -> None:
    book = a_book(shares=(a_share(5, stop_price=D(98)),), orders=(a_stop(PLAIN_STOP, 5),))
    tale = the_tale(book, mode=Mode.PYRAMID)

    tale.alert(BUY)
    tale.report(News.CANCELLED, a_stop(PLAIN_STOP, 5).ticket)
    (cover,) = submitted(tale.report())

    assert (cover.quantity, cover.purpose, cover.reduce_only) == (10, STOP, True)


def test_no_stop_goes_out_while_the_entry_works() -> None:
    tale = the_tale(beside(others_stop()))
    tale.alert(BUY)
    tale.report(News.CANCELLED, others_stop().ticket)

    tale.report(News.ACCEPTED, filled=D(2))
    tale.wake(after=6)

    assert [purpose for _, _, purpose in tale.sent] == [ENTRY]


def test_an_entry_beside_bare_shares_is_given_ten_seconds() -> None:
    tale = the_tale(beside(others_stop()))
    tale.alert(BUY)
    tale.report(News.CANCELLED, others_stop().ticket)
    entry = tale.last
    tale.report(News.ACCEPTED, filled=D(2))

    assert cancelled(tale.wake(after=9)) == ()
    assert cancelled(tale.wake(after=1)) == (entry.id,)
    covers = submitted(tale.report(News.CANCELLED, entry, filled=D(2)))

    assert sorted(one.quantity for one in covers) == [2, 10]


def test_a_bracket_is_given_its_usual_time() -> None:
    tale = the_tale(a_book())
    tale.alert(BUY)
    assert tale.last.bracket is not None
    tale.report(News.ACCEPTED)

    assert cancelled(tale.wake(after=11)) == ()


def test_an_entry_whose_way_is_not_free_in_time_ends_and_the_stop_stays() -> None:
    tale = the_tale(beside(others_stop()))
    tale.alert(BUY)

    tale.report(News.ACCEPTED, others_stop().ticket, after=10)

    assert tale.verdicts["A"].status is Status.FAILED
    assert "could not be called off" in tale.verdicts["A"].outcome
    assert tale.sent == []


def test_what_has_gone_is_not_put_back_while_the_rest_of_the_way_becomes_free_and_then_it_is() -> None:
    mine, others = a_stop("MINE-2-1", 5), others_stop()
    shares = (a_share(5, stop_price=D(98)), a_share(10, OTHER_BOT, stop_price=D(98)))
    tale = the_tale(a_book(shares=shares, orders=(mine, others)), mode=Mode.PYRAMID)
    tale.alert(BUY)

    tale.report(News.CANCELLED, others.ticket)
    assert tale.sent == []
    tale.wake(after=10)  # The other one has not gone in time.

    assert [(quantity, purpose) for _, quantity, purpose in tale.sent] == [(10, STOP)]


# ---------------------------------------------------------------- where the venue refuses one after all


def wash(tale: Tale, ticket: Ticket | None = None) -> None:
    tale.report(News.REJECTED, ticket, reason="potential wash trade detected", wash_trade=True)


def test_an_entry_that_met_a_leg_after_all_is_tried_once_more_without_it() -> None:
    stop, target = others_stop(LEG), a_target("MINE-1-1-TP", bot_id=OTHER_BOT)
    tale = the_tale(beside(stop, target))
    tale.alert(BUY)

    wash(tale)
    assert set(cancelled(tale.decisions[-1])) == {stop.id, target.id}
    tale.report(News.CANCELLED, stop.ticket)
    tale.report(News.CANCELLED, target.ticket)
    assert [(quantity, purpose) for _, quantity, purpose in tale.sent] == [(5, ENTRY), (5, ENTRY)]
    tale.report()

    assert tale.verdicts["A"].status is Status.DONE
    assert sorted((quantity, purpose.value) for _, quantity, purpose in tale.sent[2:]) == [(5, "stop"), (10, "stop")]


def test_an_entry_that_fails_for_another_reason_the_second_time_says_that_one() -> None:
    tale = the_tale(beside(others_stop(LEG)))
    tale.alert(BUY)
    wash(tale)
    tale.report(News.CANCELLED, others_stop(LEG).ticket)

    tale.report(News.REJECTED, reason="insufficient buying power")

    assert "insufficient buying power" in tale.verdicts["A"].outcome
    assert "wash" not in tale.verdicts["A"].outcome
    assert len([one for one in tale.sent if one[2] is ENTRY]) == 2


def test_an_exit_that_met_somebody_elses_order_says_nothing_of_the_entry_after_it() -> None:
    tale = the_tale(a_book(shares=(a_share(-5),)), protection=Protection())
    tale.alert(BUY)
    wash(tale)
    tale.wake(after=2)
    tale.report()

    tale.report(News.REJECTED, reason="insufficient buying power")

    assert [purpose for _, _, purpose in tale.sent] == [EXIT, EXIT, ENTRY]
    assert "wash" not in tale.verdicts["A"].outcome


@pytest.mark.parametrize("again", [False, True])
def test_an_entry_that_met_somebody_elses_order_ends_with_a_sentence(again: bool) -> None:
    book = beside(others_stop(LEG)) if again else a_book()
    tale = the_tale(book, protection=Protection())
    tale.alert(BUY)
    wash(tale)
    if again:
        tale.report(News.CANCELLED, others_stop(LEG).ticket)
        wash(tale)

    verdict = tale.verdicts["A"]
    assert verdict.status is Status.REFUSED
    assert "an order that is not ours works on the other side" in verdict.outcome
    assert len([one for one in tale.sent if one[2] is ENTRY]) == (2 if again else 1)


# ---------------------------------------------------------------- no stop beside an opposite position


@pytest.mark.parametrize(
    ("book", "protection", "refused"),
    [
        (beside(quantity=-10, stop=102), Protection(), True),
        (beside(quantity=-10, stop=None), STOP_2, True),
        (beside(quantity=-10, stop=None), Protection(), False),
        (beside(quantity=10), STOP_2, False),
        (a_book(external=D(-3)), STOP_2, True),
        (a_book(external=D(-3)), Protection(), False),
    ],
)
def test_a_stop_and_an_opposite_position_never_come_together(book: Book, protection: Protection, refused: bool) -> None:
    tale = the_tale(book, protection)

    tale.alert(BUY)

    refusal = tale.verdicts["A"].refusal if "A" in tale.verdicts else None
    assert refusal is (Refusal.NO_STOP_BESIDE if refused else None)
    if refused:
        free = the_tale(book, protection, VenueRules())
        free.alert(BUY)
        assert "A" not in free.verdicts


def test_a_share_that_came_to_stand_beside_an_opposite_one_is_closed_where_its_stop_has_no_room() -> None:
    share = a_share(10, stop_price=D(98))
    tale = the_tale(a_book(shares=(share,), external=D(-4)))

    decision = tale.wake()

    assert tale.sent == [(Side.SELL, 6, EXIT)]
    assert "the venue does not take one" in told(decision, Urgency.ALARM)


def test_a_stop_waits_for_the_room_that_one_makes_which_leaves() -> None:
    leaving = a_stop("OLD-9-1", 4, bot_id=OTHER_BOT, state=OrderState.CANCELLING)
    tale = the_tale(a_book(shares=(a_share(10, stop_price=D(98)),), orders=(leaving,)))

    assert submitted(tale.wake()) == ()
    (stop,) = submitted(tale.report(News.CANCELLED, leaving.ticket))

    assert (stop.quantity, stop.purpose) == (10, STOP)


# ---------------------------------------------------------------- exits


def test_shares_that_are_held_are_set_free_before_the_exit_and_not_after_a_refusal() -> None:
    book = a_book(
        shares=(a_share(10), a_share(5, OTHER_BOT, stop_price=D(98))),
        external=D(-2),
        orders=(others_stop(quantity=5),),
    )
    tale = the_tale(book)

    assert cancelled(tale.alert(CLOSE)) == (PLAIN_STOP,)
    assert tale.sent == []
    tale.report(News.CANCELLED, others_stop(quantity=5).ticket)

    assert tale.sent == [(Side.SELL, 10, EXIT)]


@pytest.mark.parametrize("side", [1, -1])
def test_an_exit_of_shares_that_are_free_calls_nothing_off(side: int) -> None:
    stop = Order(
        ticket=Ticket(
            id=others_stop().id, symbol=a_book().key.symbol, side=Side.of(D(-side)), quantity=D(5),
            type=others_stop().ticket.type, stop_price=D(100 - 2 * side), purpose=STOP,
        ),
        plan_id=others_stop().plan_id, bot_id=OTHER_BOT, created_at=others_stop().created_at,
        state=others_stop().state,
    )  # fmt: skip
    shares = (a_share(10 * side), a_share(5 * side, OTHER_BOT, stop_price=D(100 - 2 * side)))
    tale = the_tale(a_book(shares=shares, orders=(stop,)))

    decision = tale.alert(CLOSE)

    assert cancelled(decision) == ()
    assert [(one.quantity, one.reduce_only) for one in submitted(decision)] == [(10, True)]


def test_another_bots_opposite_stop_is_called_off_before_an_exit() -> None:
    cover = a_stop(PLAIN_STOP, 4, bot_id=OTHER_BOT).ticket
    stop = Order(
        ticket=Ticket(id=cover.id, symbol=cover.symbol, side=Side.BUY, quantity=D(4), type=cover.type,
                      stop_price=D(102), purpose=STOP),
        plan_id=others_stop().plan_id, bot_id=OTHER_BOT, created_at=others_stop().created_at,
        state=others_stop().state,
    )  # fmt: skip
    book = a_book(shares=(a_share(10), a_share(-4, OTHER_BOT, stop_price=D(102))), orders=(stop,))
    tale = the_tale(book)

    assert cancelled(tale.alert(CLOSE)) == (PLAIN_STOP,)
    tale.report(News.CANCELLED, stop.ticket)

    assert tale.sent == [(Side.SELL, 6, EXIT)]


def test_an_exit_is_sent_after_ten_seconds_though_its_way_is_not_free() -> None:
    book = a_book(
        shares=(a_share(10), a_share(5, OTHER_BOT, stop_price=D(98))),
        external=D(-2),
        orders=(others_stop(quantity=5),),
    )
    tale = the_tale(book)
    tale.alert(CLOSE)

    tale.wake(after=10)

    assert tale.sent == [(Side.SELL, 10, EXIT)]


def test_the_legs_of_one_bracket_hold_their_shares_once() -> None:
    book = beside(others_stop(LEG), a_target("MINE-1-1-TP", bot_id=OTHER_BOT))

    assert room(book, Side.SELL) == 0
    assert room(book, Side.BUY) == D("Infinity")


# ---------------------------------------------------------------- reduce-only


@pytest.mark.parametrize(
    ("rules", "shares", "signal", "expected"),
    [
        (ALPACA, (10,), CLOSE, True),
        (ALPACA, (-10,), CLOSE, True),
        (ALPACA, (10, -4), CLOSE, True),  # split at zero: the first part only reduces
        (ALPACA, (10, -20), CLOSE, False),  # closing it enlarges what the broker holds
        (VenueRules(reduce_only=True), (10, -4), CLOSE, True),  # split, though one order could cross: it may be gone
        (VenueRules(), (10,), CLOSE, False),
        (ALPACA, (10,), FLAT, True),
        (ALPACA, (), BUY, False),
    ],
)
def test_what_only_reduces_is_told_so(rules: VenueRules, shares: tuple[int, ...], signal: Any, expected: bool) -> None:
    held = tuple(a_share(one, bot) for one, bot in zip(shares, (BOT, OTHER_BOT), strict=False))
    tale = the_tale(a_book(shares=held), Protection(), rules)

    tale.alert(signal)
    if signal is FLAT:
        tale.hear(a_survey(sum(shares)))

    assert tale.last.reduce_only is expected


@pytest.mark.parametrize(("rules", "expected"), [(ALPACA, True), (VenueRules(reduce_only=True, brackets=False), False)])
def test_a_stop_is_reduce_only_where_nothing_can_come_to_stand_against_it(rules: VenueRules, expected: bool) -> None:
    tale = the_tale(a_book(shares=(a_share(10, stop_price=D(98)),)), rules=rules)

    tale.wake()

    assert (tale.last.purpose, tale.last.reduce_only) == (STOP, expected)


def test_an_entry_is_never_reduce_only() -> None:
    with pytest.raises(ValueError, match="reduce-only"):
        Ticket(id=others_stop().id, symbol=a_book().key.symbol, side=Side.BUY, quantity=D(1), reduce_only=True)


# ---------------------------------------------------------------- orders by hand on the entry's side


def by_hand(side: Side) -> Report:
    """Return what a survey tells of a person's order."""
    return Report(
        order_id=None, broker_order_id=BrokerOrderId("b-hand"), news=News.ACCEPTED, at=MONDAY, symbol=AAPL.symbol,
        side=side, quantity=D(1))  # fmt: skip


@pytest.mark.parametrize("signal", [BUY, SELL])
@pytest.mark.parametrize("protection", [STOP_2, Protection()])
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(
    ("rules", "refuses"),
    [(ALPACA, True), (evolve(ALPACA, refuses_wash_trades=False), False), (VenueRules(), False)],
    ids=["Alpaca's rules", "no guard against wash trades", "no rules"],
)  # fmt: skip
def test_an_entry_is_refused_whose_stop_and_exit_would_meet_an_order_by_hand(
    signal: Signal, protection: Protection, side: Side, rules: VenueRules, *, refuses: bool
) -> None:
    tale = the_tale(a_book(surveyed_at=None), protection, rules)
    tale.alert(signal)

    tale.hear(a_survey(0, by_hand(side)))

    same = side is (Side.BUY if signal is BUY else Side.SELL)
    refusal = tale.verdicts["A"].refusal if "A" in tale.verdicts else None
    assert refusal is (Refusal.ORDER_BY_HAND if same and refuses else None)
    assert len(tale.tickets) == (refusal is None)


def test_an_entry_that_brings_its_bracket_may_rest_beside_an_order_by_hand() -> None:
    rules = evolve(ALPACA, brackets_from_flat=False)
    guarded, bare = (the_tale(a_book(surveyed_at=None), one, rules) for one in (STOP_2, Protection()))

    for tale in (guarded, bare):
        tale.alert(BUY)
        tale.hear(a_survey(0, by_hand(Side.BUY)))

    assert (len(guarded.tickets), len(bare.tickets)) == (1, 0)


def test_before_an_order_by_hand_stops_an_entry_the_broker_is_asked_whether_it_still_works() -> None:
    tale = the_tale(a_book(strays=1, stray_sides=(Side.BUY,)))

    asked = tale.alert(BUY)
    (entry,) = submitted(tale.hear(a_survey(0)))

    assert (surveys(asked), submitted(asked), entry.quantity) == (True, (), 5)


def test_the_closing_half_of_a_flip_does_not_wait_for_that_question() -> None:
    book = a_book(shares=(a_share(-5),), strays=1, stray_sides=(Side.BUY,))
    tale = the_tale(book, Protection())

    closing = tale.alert(BUY)
    refused = tale.report()

    assert [ticket.purpose for ticket in submitted(closing)] == [EXIT]
    assert tale.verdicts["A"].refusal is Refusal.ORDER_BY_HAND
    assert tale.verdicts["A"].outcome.startswith("Closed, but not reversed: An order by hand")
    assert surveys(refused), "by the next alert it may have gone"


def test_only_what_is_not_ours_counts_as_an_order_by_hand() -> None:
    forgotten = evolve(by_hand(Side.BUY), order_id=OrderId("GONE-1-1"))

    book = judge(a_book(), a_survey(0, forgotten, by_hand(Side.SELL), by_hand(Side.SELL))).book

    assert (book.strays, book.stray_sides) == (3, (Side.SELL,))


# ---------------------------------------------------------------- an exit that meets an order by hand


@pytest.mark.parametrize(
    ("quantity", "price", "limit"),
    [
        (10, 100, 95), (-10, 100, 105),
        (10, D("99.99"), D("94.99")), (-10, D("99.99"), D("104.99")), (10, D("0.01"), D("0.01")),
    ],
)  # fmt: skip
def test_an_exit_that_was_taken_for_a_wash_trade_goes_out_again_with_a_limit_far_through_the_market(
    quantity: int, price: Decimal, limit: Decimal
) -> None:
    tale = the_tale(a_book(shares=(a_share(quantity),)), Protection())
    tale.alert(CLOSE)
    first = tale.last

    tale.report(News.REJECTED, wash_trade=True, reason="potential wash trade detected")
    tale.wake(after=1, price=price)

    assert (first.type, tale.last.type, tale.last.limit_price) == (OrderType.MARKET, OrderType.LIMIT, limit)
    assert (tale.last.purpose, tale.last.reduce_only, tale.last.quantity) == (EXIT, True, 10)
    tale.report()
    assert (tale.held(), tale.verdicts["A"].status) == (0, Status.DONE)


@pytest.mark.parametrize("changes", [{"wash_trade": False}, {"price": None}], ids=["another reason", "no price"])
def test_another_refusal_or_no_price_leaves_the_exit_a_market_order(changes: dict[str, Any]) -> None:
    tale = the_tale(a_book(shares=(a_share(10),)), Protection())
    tale.alert(CLOSE)

    tale.report(News.REJECTED, wash_trade=changes.get("wash_trade", True), reason="no")
    tale.wake(after=1, **{name: value for name, value in changes.items() if name == "price"})

    assert [ticket.type for ticket in tale.tickets] == [OrderType.MARKET, OrderType.MARKET]


@pytest.mark.parametrize(
    ("hours", "price", "goes"),
    [(OPEN, 94, True), (OPEN, 96, False), (CLOSED, 94, False)],
    ids=["left behind", "about to fill", "closed"],
)  # fmt: skip
def test_an_exit_whose_limit_the_market_has_left_behind_is_called_off_and_sent_anew(
    hours: Hours, price: int, *, goes: bool
) -> None:
    tale = the_tale(a_book(shares=(a_share(10),)), Protection())
    tale.alert(CLOSE)
    tale.report(News.REJECTED, wash_trade=True, reason="potential wash trade detected")
    tale.wake(after=1)
    exit_ = tale.last

    called_off: list[OrderId] = []
    tale.report(News.ACCEPTED, exit_)
    for _ in range(20):
        called_off += cancelled(tale.wake(after=1, hours=hours, price=price))
        if tale.book.order(exit_.id) is not None and looked_up(tale.decisions[-1]):
            tale.report(News.ACCEPTED, exit_)

    assert called_off[:1] == ([exit_.id] if goes else [])
    if goes:
        tale.report(News.CANCELLED, exit_)
        tale.wake(after=2)
        assert (tale.last.id != exit_.id, tale.last.quantity) == (True, 10)
