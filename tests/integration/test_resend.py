"""An entry that could not be handed over is judged again before it is."""

from decimal import Decimal

import pytest

from tests.desk import Desk
from tradecore.adapters.memory.exchange import Call
from tradecore.domain.decisions import Status
from tradecore.domain.ids import HaltId
from tradecore.domain.parties import Halt, HaltLevel
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal


def _halt(desk: Desk) -> None:
    halt = Halt(id=HaltId("h"), level=HaltLevel.NO_ENTRIES, reason="lunch", by="ada", at=desk.clock.now())
    desk.store.directory.keep(halt)


@pytest.mark.parametrize("lost", [False, True])
def test_a_halt_stops_an_entry_that_was_not_handed_over_yet(lost: bool) -> None:
    desk = Desk()
    if lost:
        desk.faults.lose_requests(Call.SUBMIT)
    else:
        desk.faults.be_unreachable(Call.SUBMIT)
    desk.send(Signal.BUY)
    desk.run()

    _halt(desk)
    desk.settle()

    assert desk.net() == Decimal(0)
    assert desk.last().status is Status.REFUSED
    assert desk.last().refusal is Refusal.HALTED


@pytest.mark.parametrize("lost", [False, True])
def test_an_entry_that_was_not_handed_over_goes_out_once_when_the_line_is_back(lost: bool) -> None:
    desk = Desk()
    if lost:
        desk.faults.lose_requests(Call.SUBMIT)
    else:
        desk.faults.be_unreachable(Call.SUBMIT)

    desk.send(Signal.BUY)
    desk.settle()

    assert desk.net() == Decimal(10)
    assert desk.last().status is Status.DONE
