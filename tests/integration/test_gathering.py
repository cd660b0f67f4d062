"""A price is a request to the venue: it is asked for where a judgement may need it, and nowhere else."""

from decimal import Decimal

from tests.builders import OTHER_BOT, a_bot
from tests.desk import Desk
from tradecore.adapters.memory.exchange import Call
from tradecore.domain.decisions import Status
from tradecore.domain.events import AlertArrived, Event, OrderReported, ReconcileDue
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.signals import Signal
from tradecore.domain.timeframes import Timeframe

_STOP = Protection(stop=Distance(Decimal(2), DistanceUnit.PERCENT))


def priced(desk: Desk, kind: type[Event]) -> set[bool]:
    """Tell of the judgements of such an event since the last time whether there was a price."""
    found = {one.facts.quote is not None for one in desk.judged if isinstance(one.event, kind)}
    desk.judged.clear()
    return found


def test_an_entry_has_a_price_and_what_is_said_of_its_order_needs_none() -> None:
    desk = Desk()
    desk.send(Signal.BUY)
    desk.settle()
    reports = {one.facts.quote is not None for one in desk.judged if isinstance(one.event, OrderReported)}

    assert reports == {False}
    assert priced(desk, AlertArrived) == {True}


def test_a_close_needs_no_price_and_goes_out_where_there_is_none() -> None:
    desk = Desk()
    desk.send(Signal.BUY)
    desk.settle()
    priced(desk, AlertArrived)
    desk.faults.be_unreachable(Call.QUOTE, times=None)

    desk.send(Signal.CLOSE)
    desk.settle()

    assert desk.last().status is Status.DONE
    assert {one.facts.unknown for one in desk.judged if isinstance(one.event, AlertArrived)} == {()}
    assert desk.net() == Decimal(0)


def test_whoever_closes_beside_a_stop_sees_the_price() -> None:
    desk = Desk(a_bot(protection=_STOP))
    desk.send(Signal.BUY)
    desk.settle()
    assert priced(desk, OrderReported) == {True}

    desk.send(Signal.CLOSE)
    desk.settle()

    assert priced(desk, AlertArrived) == {True}


def test_flat_and_a_look_at_the_book_have_a_price() -> None:
    desk = Desk()
    desk.send(Signal.BUY)
    desk.settle()
    desk.post(ReconcileDue(why="a look"))
    desk.settle()
    assert priced(desk, ReconcileDue) == {True}

    desk.send(Signal.FLAT)
    desk.settle()

    assert {one.facts.quote is not None for one in desk.judged} == {True}


def test_an_entry_that_waits_for_anothers_fill_is_judged_at_a_price() -> None:
    desk = Desk(a_bot(), a_bot(id=OTHER_BOT, timeframe=Timeframe(300)))
    desk.exchange.liquidity(desk.book().key.symbol, Decimal(0))
    for bot_id in (None, OTHER_BOT):
        desk.send(Signal.BUY, bot_id)
        desk.run()

    desk.exchange.liquidity(desk.book().key.symbol, None)
    desk.settle()

    assert desk.last().status is Status.DONE
    assert desk.net() == Decimal(20)
