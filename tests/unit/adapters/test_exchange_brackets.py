"""Hold brackets to their life: asleep, at work, and one cancels the other."""

import pytest

from tests.unit.adapters.exchanges import (
    AAPL,
    BUY,
    DESK,
    MES,
    SELL,
    D,
    a_bracket,
    a_tape,
    a_ticket,
    an_exchange,
    cancel,
    id_of,
    net,
    row,
    stand,
)
from tradecore.adapters.memory.exchange import Exchange, Offsets
from tradecore.domain.money import ZERO
from tradecore.domain.orders import News, OrderType

ACCEPTED, HELD, FILLED, CANCELLED = News.ACCEPTED, News.HELD, News.FILLED, News.CANCELLED


def an_entry(exchange: Exchange, *, limit: int | None = None) -> None:
    exchange.submit(DESK, a_ticket("e", limit=limit, bracket=a_bracket()))


def test_legs_sleep_until_their_parent_filled_whole() -> None:
    exchange = an_exchange()
    exchange.fill_in_parts(AAPL, [D(4)])
    an_entry(exchange)
    assert row(exchange, "e-SL").news is HELD
    assert row(exchange, "e-TP").news is HELD

    exchange.price(AAPL, D(100))

    assert (row(exchange, "e-SL").news, row(exchange, "e-SL").quantity) == (ACCEPTED, D(10))
    assert (row(exchange, "e-TP").news, row(exchange, "e-TP").limit_price) == (ACCEPTED, D(110))


def test_a_sleeping_leg_does_not_trade() -> None:
    exchange = an_exchange()
    an_entry(exchange, limit=98)

    exchange.price(AAPL, D(120))

    assert stand(exchange, "e-TP") == (HELD, ZERO, None)


@pytest.mark.parametrize(("price", "winner", "loser", "at"), [(94, "e-SL", "e-TP", 94), (112, "e-TP", "e-SL", 110)])
def test_one_leg_cancels_the_other(price: int, winner: str, loser: str, at: int) -> None:
    exchange = an_exchange()
    an_entry(exchange)

    exchange.price(AAPL, D(price))

    assert stand(exchange, winner) == (FILLED, D(10), D(at))
    assert stand(exchange, loser) == (CANCELLED, ZERO, None)
    assert net(exchange) == 0
    assert exchange.working(DESK) == ()


def test_what_one_leg_filled_in_part_the_other_no_longer_covers() -> None:
    exchange = an_exchange()
    an_entry(exchange)
    exchange.fill_in_parts(AAPL, [D(4), D(3)])
    exchange.price(AAPL, D(110))
    assert (row(exchange, "e-SL").quantity, row(exchange, "e-SL").news) == (D(6), ACCEPTED)

    exchange.price(AAPL, D(95))
    assert (row(exchange, "e-TP").quantity, row(exchange, "e-TP").filled) == (D(7), D(4))

    exchange.price(AAPL, D(110))  # both are reached: the stop is triggered, and comes first
    assert row(exchange, "e-SL").filled + row(exchange, "e-TP").filled == 10
    assert net(exchange) == 0
    assert exchange.working(DESK) == ()


def test_an_entry_that_never_filled_takes_its_legs_along() -> None:
    exchange = an_exchange()
    an_entry(exchange, limit=98)

    cancel(exchange, "e")

    assert [row(exchange, leg).news for leg in ("e-SL", "e-TP")] == [CANCELLED, CANCELLED]


def test_an_entry_that_expired_takes_its_legs_along() -> None:
    exchange = an_exchange()
    an_entry(exchange, limit=98)

    exchange.expire(DESK, id_of(exchange, "e"))

    assert [row(exchange, leg).news for leg in ("e-SL", "e-TP")] == [News.EXPIRED, News.EXPIRED]


def test_an_entry_that_was_refused_has_legs_that_are_over() -> None:
    exchange = an_exchange()
    exchange.reject_next("no")

    an_entry(exchange)

    assert [row(exchange, leg).news for leg in ("e", "e-SL", "e-TP")] == [News.REJECTED, CANCELLED, CANCELLED]
    assert exchange.working(DESK) == ()


def test_what_an_entry_filled_before_its_end_stays_protected() -> None:
    exchange = an_exchange()
    exchange.fill_in_parts(AAPL, [D(4)])
    an_entry(exchange, limit=100)

    cancel(exchange, "e")

    assert [(row(exchange, leg).news, row(exchange, leg).quantity) for leg in ("e-SL", "e-TP")] == [
        (ACCEPTED, D(4)),
        (ACCEPTED, D(4)),
    ]
    exchange.price(AAPL, D(94))
    assert net(exchange) == 0


def test_cancelling_a_leg_ends_both_where_the_venue_has_it_so() -> None:
    exchange = an_exchange()
    an_entry(exchange)

    cancel(exchange, "e-SL")

    assert exchange.working(DESK) == ()
    assert net(exchange) == 10


def test_cancelling_a_sleeping_leg_ends_the_whole_bracket_where_the_venue_has_it_so() -> None:
    exchange = an_exchange()
    exchange.fill_in_parts(AAPL, [D(4)])
    an_entry(exchange, limit=100)
    tape = a_tape(exchange)

    cancel(exchange, "e-SL")

    assert tape.lines == ["e-SL cancelled 0", "e-TP cancelled 0", "e cancelled 4"]
    assert exchange.working(DESK) == ()
    assert stand(exchange, "e") == (CANCELLED, D(4), D(100))


def test_cancelling_a_leg_leaves_the_other_where_the_venue_has_it_so() -> None:
    exchange = an_exchange(legs_end_together=False)
    an_entry(exchange)

    cancel(exchange, "e-SL")

    assert [one.order_id for one in exchange.working(DESK)] == ["e-TP"]


@pytest.mark.parametrize(("stop", "target", "leg"), [(95, None, "e-SL"), (None, 110, "e-TP")])
def test_a_bracket_may_have_one_leg(stop: int | None, target: int | None, leg: str) -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket("e", bracket=a_bracket(stop, target)))

    assert [one.order_id for one in exchange.working(DESK)] == [leg]


def test_a_short_is_protected_the_other_way_round() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket("e", SELL, bracket=a_bracket(105, 90)))

    exchange.price(AAPL, D(106))

    assert stand(exchange, "e-SL") == (FILLED, D(10), D(106))
    assert row(exchange, "e-SL").side is BUY
    assert net(exchange) == 0


def test_the_ids_of_a_bracket_follow_each_other() -> None:
    exchange = an_exchange()
    an_entry(exchange)

    first = int(row(exchange, "e").id)

    assert [int(row(exchange, leg).id) for leg in ("e-SL", "e-TP")] == [first + 1, first + 2]
    assert row(exchange, "e-SL").parent == row(exchange, "e").id


def test_a_bracket_in_distances_stands_where_its_parent_filled() -> None:
    exchange = an_exchange()
    exchange.fill_in_parts(MES, [D(1)])
    exchange.submit(DESK, a_ticket("e", BUY, 3, symbol=MES), Offsets(stop=D(-5), target=D(10)))
    assert row(exchange, "e-SL").stop_price is None

    exchange.price(MES, D("100.50"))

    # The average of one at 100 and two at 100.50 is 100.33, next to the tick at 100.25.
    assert row(exchange, "e-SL").stop_price == D("95.25")
    assert row(exchange, "e-TP").limit_price == D("110.25")


def test_a_leg_that_sleeps_has_no_part_in_a_bar_before_its_parent_filled_in_it() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket("e", limit=98, bracket=a_bracket(96, 110)))

    exchange.bar(AAPL, D(99), D(99), D(95), D(97))

    assert stand(exchange, "e") == (FILLED, D(10), D(98))
    assert stand(exchange, "e-SL") == (FILLED, D(10), D(96))


def test_a_bracket_by_hand_has_legs_without_ids_of_ours() -> None:
    exchange = an_exchange()
    exchange.place_by_hand(DESK, AAPL, BUY, D(1), bracket=a_bracket())

    assert [one.order_id for one in exchange.working(DESK)] == [None, None]


def test_a_bracket_whose_legs_ids_are_taken_is_refused() -> None:
    exchange = an_exchange()
    exchange.submit(DESK, a_ticket("e-SL", limit=90))

    an_entry(exchange)

    assert row(exchange, "e").reason == "a leg's id is taken"
    assert row(exchange, "e-SL").type is OrderType.LIMIT
    assert row(exchange, "e-SL").news is ACCEPTED


def test_the_end_of_the_loser_is_told_after_the_fill_of_the_winner() -> None:
    exchange = an_exchange()
    an_entry(exchange)
    tape = a_tape(exchange)

    exchange.price(AAPL, D(110))

    assert tape.lines == ["e-TP filled 10", "e-SL cancelled 0"]
