"""Count a stop and a target where they rest at the venue: priced by the fill, or moved there by a person."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.builders import BOT, a_book, a_bot
from tests.unit.domain.examples import (
    BRACKET,
    BUY,
    STOP_2,
    D,
    Tale,
    a_share,
    a_stop,
    a_target,
    a_ticket,
    an_order,
    cancelled,
    looked_up,
    submitted,
    told,
)
from tradecore.domain.commands import Urgency
from tradecore.domain.ids import OrderId
from tradecore.domain.orders import Bracket, News, Order, Purpose, Side, Ticket
from tradecore.domain.trades import Share
from tradecore.domain.venues import VenueRules

N = News
STOP, EXIT = Purpose.STOP, Purpose.EXIT
_Told = tuple[News, Ticket, dict[str, Any]]


def at_98(*orders: Order, quantity: int = 10, **usual: object) -> Tale:
    share = a_share(quantity, stop_price=D(98), target_price=D(103))
    return Tale(book=a_book(shares=(share,), orders=orders), **usual)


def mine(tale: Tale) -> Share:
    return tale.book.share(BOT)


@pytest.mark.parametrize("leg_first", [True, False])
def test_the_share_counts_with_where_the_venue_has_priced_the_legs_by_the_fill(*, leg_first: bool) -> None:
    tale = Tale(a_bot(protection=BRACKET))
    tale.alert(BUY)
    entry, stop, target = (tale.order(OrderId(f"A-1-1{leg}")).ticket for leg in ("", "-SL", "-TP"))
    legs: list[_Told] = [
        (N.ACCEPTED, stop, {"works_at": D("98.25")}), (N.ACCEPTED, target, {"works_at": D("103.25")}),
    ]  # fmt: skip
    fill: _Told = (N.FILLED, entry, {"average_price": D("100.25")})

    for news, ticket, changes in [*legs, fill] if leg_first else [fill, *legs]:
        tale.report(news, ticket, **changes)

    assert (mine(tale).stop_price, mine(tale).target_price) == (D("98.25"), D("103.25"))
    assert mine(tale).at_risk(D(100), D(1)) == D("17.5")


def test_a_later_part_of_the_fill_does_not_bring_the_planned_stop_back() -> None:
    tale = Tale(a_bot(protection=BRACKET))
    tale.alert(BUY)
    entry, stop = (tale.order(OrderId(f"A-1-1{leg}")).ticket for leg in ("", "-SL"))
    tale.report(N.ACCEPTED, entry, filled=D(4), average_price=D(100))
    tale.report(N.ACCEPTED, stop, works_at=D("97.5"))

    tale.report(N.FILLED, entry, average_price=D(100))

    assert mine(tale).stop_price == D("97.5")


def test_a_stop_that_somebody_moved_is_placed_again_where_it_was_moved_to() -> None:
    stop = a_stop()
    tale = at_98(stop)
    moved = tale.report(N.ACCEPTED, stop.ticket, works_at=D(96))

    tale.report(N.CANCELLED, stop.ticket)

    assert (submitted(moved), cancelled(moved)) == ((), ())
    assert (tale.last.purpose, tale.last.stop_price, tale.last.quantity) == (STOP, 96, 10)


def test_a_stop_that_nobody_moved_is_no_news() -> None:
    stop = a_stop()
    tale = at_98(stop)
    tale.report(N.ACCEPTED, stop.ticket)
    before = tale.book

    for works_at in (D(98), D("98.00"), None):
        tale.report(N.ACCEPTED, stop.ticket, works_at=works_at)

    assert tale.book == before


def test_a_target_that_somebody_moved_is_counted_there() -> None:
    target = a_target()
    tale = at_98(a_stop(), target)

    tale.report(N.ACCEPTED, target.ticket, works_at=D(105))

    assert (mine(tale).stop_price, mine(tale).target_price) == (98, 105)


@pytest.mark.parametrize(("works_at", "risk"), [(D(101), 0), (D(95), 50)])
def test_a_stop_moved_behind_the_price_locks_in_and_one_moved_away_risks_more(works_at: Decimal, risk: int) -> None:
    stop = a_stop()
    tale = at_98(stop, price=102 if works_at > 100 else 100)

    tale.report(N.ACCEPTED, stop.ticket, works_at=works_at)
    tale.wake(after=30)

    assert mine(tale).at_risk(D(100), D(1)) == risk
    assert tale.tickets == []


def test_a_stop_moved_past_the_price_that_does_not_fill_has_its_share_closed() -> None:
    stop = a_stop()
    tale = at_98(stop)
    tale.report(N.ACCEPTED, stop.ticket, works_at=D(104))

    tale.wake(after=5)
    tale.report(N.CANCELLED, stop.ticket)

    assert tale.sent == [(Side.SELL, D(10), EXIT)]


def test_what_somebody_took_off_a_stop_is_covered_again() -> None:
    stop = a_stop()
    tale = at_98(stop)

    tale.report(N.ACCEPTED, stop.ticket, quantity=D(4), works_at=D(98))

    assert tale.sent == [(Side.SELL, D(6), STOP)]


def test_a_stop_that_somebody_enlarged_is_replaced_by_one_that_fits() -> None:
    stop = a_stop()
    tale = at_98(stop)

    seen = tale.report(N.ACCEPTED, stop.ticket, quantity=D(15))
    early, late = tale.wake(after=4), tale.wake(after=1)
    tale.report(N.CANCELLED, stop.ticket)

    assert (looked_up(seen), cancelled(early), cancelled(late)) == ((stop.id,), (), (stop.id,))
    assert "10 are held, and a stop for 15 would trade more: calling it off." in told(late, Urgency.WARNING)
    assert tale.sent == [(Side.SELL, D(10), STOP)]


def test_each_stop_of_a_pyramid_counts_where_it_stands() -> None:
    old, new = a_stop("A-1-1-SL", 10, 95), a_stop("B-1-1-SL", 5, 98)
    tale = at_98(old, new, quantity=15)

    tale.wake()
    before = mine(tale).at_risk(D(100), D(1))
    tale.report(N.ACCEPTED, old.ticket, works_at=D(99))

    assert before == 10 * 5 + 5 * 2
    assert mine(tale).stop_price == 98
    assert round(mine(tale).at_risk(D(100), D(1)), 6) == 10 * 1 + 5 * 2


def test_the_stop_that_a_share_counts_with_moves_along_among_several() -> None:
    old, new = a_stop("A-1-1-SL", 10, 95), a_stop("B-1-1-SL", 5, 98)
    tale = at_98(old, new, quantity=15)

    tale.report(N.ACCEPTED, new.ticket, works_at=D(99))

    assert mine(tale).stop_price == 99
    assert round(mine(tale).at_risk(D(100), D(1)), 6) == 10 * 5 + 5 * 1


def test_stops_that_stand_at_one_price_need_no_average() -> None:
    tale = at_98(a_stop("A-1-1-SL", 6), a_stop("B-1-1-SL", 4))

    tale.wake()

    assert mine(tale).stops_average is None


def test_an_add_without_a_bracket_gets_its_own_stop_beside_the_old_one() -> None:
    tale = Tale(a_bot(protection=STOP_2), rules=VenueRules(brackets=False), book=a_book(shares=(a_share(
        10, stop_price=D(95)),), orders=(a_stop(price=95),)))  # fmt: skip
    entry = an_order(a_ticket("B-1-1", quantity=5), guard=Bracket(stop_price=D(98)))
    tale.book = tale.book.with_orders(entry)

    tale.report(N.FILLED, entry.ticket)

    assert (tale.last.quantity, tale.last.stop_price) == (5, 98)
    assert mine(tale).at_risk(D(100), D(1)) == 10 * 5 + 5 * 2


def test_a_moved_stop_of_a_share_that_is_gone_moves_nothing() -> None:
    stop = a_stop()
    tale = Tale(book=a_book(orders=(stop,)))

    tale.report(N.ACCEPTED, stop.ticket, works_at=D(96))

    assert tale.book.shares == ()
    assert evolve(mine(tale), bot_id=BOT).stop_price is None
