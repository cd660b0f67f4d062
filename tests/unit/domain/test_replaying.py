"""Judge stored judgements again: the same code says the same, and what differs is listed."""

from attrs import evolve

from tests.builders import a_bot
from tests.desk import Desk
from tests.unit.domain.examples import BRACKET, BUY, CLOSE, FLAT, SELL, D
from tradecore.domain.limits import BotLimits
from tradecore.domain.records import Judged
from tradecore.domain.refusals import Refusal
from tradecore.domain.replaying import differences


def a_busy_day() -> list[Judged]:
    """Return what was judged on a day with every kind of signal and some trouble."""
    desk = Desk(a_bot(protection=BRACKET))
    for signal in (BUY, SELL, CLOSE, BUY, FLAT):
        desk.faults.lose_answers()
        desk.send(signal)
        desk.settle()
    assert desk.net() == 0
    return list(desk.judged)


def test_a_stored_day_is_decided_again_just_as_it_was() -> None:
    day = a_busy_day()

    assert len(day) > 20
    assert list(differences(day)) == []


def test_what_other_limits_would_have_decided_is_listed_with_both() -> None:
    desk = Desk()
    desk.send(BUY)
    desk.run()
    day = list(desk.judged)
    bot = a_bot(limits=BotLimits(position_max=D(4)))
    stricter = [evolve(judged, facts=evolve(judged.facts, bots={bot.id: bot})) for judged in day]

    found = list(differences(stricter))

    first = found[0]
    assert [order.ticket.quantity for order in first.judged.decision.orders] == [10]
    assert [order.ticket.quantity for order in first.today.orders] == [4]


def test_a_refusal_that_would_come_today_is_a_difference() -> None:
    desk = Desk()
    desk.send(BUY)
    desk.run()
    (first, *_) = desk.judged

    (found,) = differences([evolve(first, facts=evolve(first.facts, bots={}))])

    assert found.today.verdicts[0].refusal is Refusal.NO_BOT
