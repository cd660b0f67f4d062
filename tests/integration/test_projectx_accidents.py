"""Trade at ProjectX while people and the firm come in between: no exit opens, and no share is left to itself."""

import pytest

from tests.builders import MES, a_bot
from tests.projectx_desk import ProjectXDesk
from tradecore.adapters.memory.exchange import Call
from tradecore.domain.signals import Signal


@pytest.mark.parametrize("signal", [Signal.SELL, Signal.CLOSE, Signal.FLAT])
def test_an_exit_opens_nothing_where_somebody_has_closed_by_hand_just_before(signal: Signal) -> None:
    desk = ProjectXDesk(a_bot(symbol=MES.root))
    desk.send(Signal.BUY)
    desk.run()
    assert desk.net() == 10
    desk.world.close_by_hand()

    desk.send(signal)  # It is judged before the hub's news of it.
    desk.settle()

    assert desk.net() == desk.book().net == 0


def test_an_exit_whose_answer_is_lost_is_not_taken_for_one_that_would_open() -> None:
    desk = ProjectXDesk(a_bot(symbol=MES.root))
    desk.send(Signal.BUY)
    desk.run()
    desk.world.disconnect()
    desk.world.lose_answers(Call.SUBMIT)
    desk.world.be_unreachable(Call.FIND, times=1)

    desk.send(Signal.SELL)
    desk.settle()

    assert (desk.net(), desk.held()) == (-10, -10)
    assert [(one.side, one.size) for one in desk.world.placed if one.tag.startswith("ALERT0002")] == [(1, 10)] * 2
