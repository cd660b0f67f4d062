"""Give every share its part of an order that closes everything, so that the books balance."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.builders import BOT, MONDAY, OTHER_BOT, a_book, a_survey
from tests.unit.domain.examples import FLAT, D, Tale, a_share
from tradecore.domain.book import Book
from tradecore.domain.crossing import Execution, share_out
from tradecore.domain.decisions import Decision
from tradecore.domain.ids import BotId, OrderId, PlanId
from tradecore.domain.money import ZERO
from tradecore.domain.orders import Purpose, Side
from tradecore.domain.trades import Fill

THIRD = BotId("bot-60")


def done(quantity: Decimal | int, price: Decimal | int = 104, commission: Decimal | int = 0) -> Execution:
    return Execution(
        order_id=OrderId("F-1-1") if quantity else None, plan_id=PlanId("F"), quantity=D(quantity), price=D(price),
        at=MONDAY, commission=D(commission))  # fmt: skip


def over(book: Book, execution: Execution) -> Decision:
    return share_out(Decision(book=book), execution)


def short(fill: Fill) -> tuple[BotId | None, Decimal, Decimal, bool]:
    return fill.bot_id, fill.quantity, fill.price, fill.crossed


def test_one_order_of_three_closes_ten_and_minus_seven() -> None:
    book = a_book(shares=(a_share(10), a_share(-7, OTHER_BOT)))

    decision = over(book, done(-3, price=104, commission=3))

    expected = [(BOT, D(-7), D(104), True), (BOT, D(-3), D(104), False), (OTHER_BOT, D(7), D(104), True)]
    assert sorted(map(short, decision.fills), key=str) == sorted(expected, key=str)
    assert (decision.book.shares, decision.book.net) == ((), 0)
    assert {trade.bot_id: trade.gross for trade in decision.trades} == {BOT: 40, OTHER_BOT: -28}
    assert {trade.bot_id: trade.commission for trade in decision.trades} == {BOT: 3, OTHER_BOT: 0}


def test_shares_that_cancel_out_change_hands_without_an_order() -> None:
    book = a_book(shares=(a_share(7), a_share(-7, OTHER_BOT)))

    decision = over(book, done(0, price=101))

    assert {short(fill) for fill in decision.fills} == {(BOT, D(-7), D(101), True), (OTHER_BOT, D(7), D(101), True)}
    assert {fill.order_id for fill in decision.fills} == {None}
    assert decision.book.shares == ()


def test_what_people_hold_takes_part_without_a_result_of_its_own() -> None:
    book = a_book(shares=(a_share(-7, OTHER_BOT),), external=D(10))

    decision = over(book, done(-3))

    assert [short(fill) for fill in decision.fills] == [(OTHER_BOT, D(7), D(104), True)]
    assert (decision.book.external, decision.book.net) == (0, 0)


def test_what_nobody_can_explain_takes_part_too() -> None:
    book = a_book(shares=(a_share(5),), drift=D(-2))

    decision = over(book, done(-3))

    assert (decision.book.drift, decision.book.net) == (0, 0)
    assert sum(fill.quantity for fill in decision.fills) == -5


def test_a_part_of_the_order_closes_a_part_of_what_is_held() -> None:
    book = a_book(shares=(a_share(10), a_share(-7, OTHER_BOT)))

    first = over(book, done(-1))
    second = over(first.book, done(-2))

    assert [share.quantity for share in first.book.shares] == [2]
    assert second.book.shares == ()


def test_more_than_anybody_held_is_for_a_person_to_explain() -> None:
    book = a_book(shares=(a_share(3),))

    decision = over(book, done(-5))

    assert (decision.book.shares, decision.book.drift) == ((), -2)


def test_each_share_pays_for_its_own_part_of_the_order() -> None:
    book = a_book(shares=(a_share(6), a_share(2, OTHER_BOT)))

    decision = over(book, done(-8, commission=4))

    assert {fill.bot_id: fill.commission for fill in decision.fills} == {BOT: 3, OTHER_BOT: 1}


def test_every_change_counts_as_a_move_so_that_an_older_survey_is_not_believed() -> None:
    book = a_book(shares=(a_share(10),), external=D(2), drift=D(1))

    decision = over(book, done(-13))

    assert decision.book.moves == book.moves + 3


amounts = st.integers(-20, 20).map(Decimal)


@given(st.tuples(amounts, amounts, amounts), amounts, amounts, amounts, st.integers(0, 9))
def test_the_books_balance_whoever_held_what(
    held: tuple[Decimal, ...], external: Decimal, drift: Decimal, executed: Decimal, commission: int
) -> None:
    bots = (BOT, OTHER_BOT, THIRD)
    assume(executed or not commission)
    book = a_book(
        shares=tuple(a_share(q, bot) for q, bot in zip(held, bots, strict=True) if q), external=external, drift=drift
    )

    decision = over(book, done(executed, commission=commission))

    assert decision.book.net == book.net + executed
    for bot, before in zip(bots, held, strict=True):
        own = sum((fill.quantity for fill in decision.fills if fill.bot_id == bot), ZERO)
        after = decision.book.share(bot).quantity
        assert after == before + own
        assert abs(after) <= abs(before), "closing everything enlarges nobody's share"
        assert after * before >= 0
    paid = sum((fill.commission for fill in decision.fills), ZERO)
    assert 0 <= paid <= commission + D("1e-20")


@pytest.mark.parametrize(
    ("first", "second", "net", "sent"),
    [(10, -7, 3, (Side.SELL, D(3), Purpose.FLATTEN)), (-10, 7, -3, (Side.BUY, D(3), Purpose.FLATTEN))],
)
def test_flat_over_two_opposite_shares_sends_one_order_for_their_difference(
    first: int, second: int, net: int, sent: tuple[Side, Decimal, Purpose]
) -> None:
    tale = Tale(book=a_book(shares=(a_share(first), a_share(second, OTHER_BOT))))
    tale.alert(FLAT)
    tale.hear(a_survey(net))

    tale.report(average_price=D(104))

    assert tale.sent == [sent]
    assert tale.book.shares == ()
    tale.hear(a_survey(0))
    assert tale.verdicts["A"].outcome.startswith("Flat: the broker confirms")


def test_flat_over_shares_that_cancel_out_sends_nothing_and_crosses_at_the_last_price() -> None:
    tale = Tale(book=a_book(shares=(a_share(7), a_share(-7, OTHER_BOT))), price=103)
    tale.alert(FLAT)

    decision = tale.hear(a_survey(0))

    assert tale.tickets == []
    assert {(fill.bot_id, fill.price, fill.crossed) for fill in decision.fills} == {
        (BOT, 103, True), (OTHER_BOT, 103, True)}  # fmt: skip
    assert tale.book.shares == ()


def test_without_a_price_shares_that_cancel_out_are_crossed_at_what_was_paid() -> None:
    tale = Tale(book=a_book(shares=(a_share(7, price=99), a_share(-7, OTHER_BOT))), price=None)
    tale.alert(FLAT)

    decision = tale.hear(a_survey(0))

    assert len({fill.price for fill in decision.fills}) == 1
    assert tale.book.shares == ()


def test_flat_takes_what_people_hold_as_well() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),), external=D(5)))
    tale.alert(FLAT)
    tale.hear(a_survey(15))

    tale.report()

    assert tale.sent == [(Side.SELL, D(15), Purpose.FLATTEN)]
    assert (tale.book.shares, tale.book.external) == ((), 0)
