"""The machine's clock is set back, or forward, at any moment of a trade: nothing is lost, and nothing waits for it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.builders import a_bot, an_account
from tests.desk import Desk
from tradecore.adapters.memory.exchange import Call
from tradecore.domain.decisions import Status
from tradecore.domain.limits import AccountLimits
from tradecore.domain.money import ZERO
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.signals import Signal

HOUR = timedelta(hours=1)
STOP = Protection(stop=Distance(Decimal(5), DistanceUnit.PERCENT))


class Story:
    """A bot buys with a stop, and closes; no stream tells of it, each first answer is lost, and so are requests."""

    def __init__(self) -> None:
        self.desk = Desk(a_bot(protection=STOP))
        self.desk.faults.disconnect()
        self.moments = 0
        self.seconds = 0

    def live(self, at: int | None = None, step: timedelta = timedelta(), *, dies: bool = False) -> "Story":
        """Live it; at the moment *at* the clock makes a *step*, and the process *dies* of it."""
        for signal in (Signal.BUY, Signal.CLOSE):
            self.desk.faults.lose_answers(Call.CANCEL)
            self.desk.faults.lose_requests(Call.SUBMIT)
            self.desk.faults.be_unreachable(Call.FIND, Call.SURVEY, times=2)
            self.desk.send(signal)
            while not self._is_over():
                if self.moments == at:
                    self.desk.clock.advance(step)
                    self.desk.price(100)
                    if dies:
                        self.desk.restart()
                self.moments += 1
                if not self.desk.engine.step():
                    self.desk.clock.advance(1)
                    self.desk.price(100)
                    self.seconds += 1
                    assert self.seconds < 3600, self.desk.book()
        return self

    def _is_over(self) -> bool:
        book = self.desk.book()
        return self.desk.last().status is not Status.PENDING and book.plan is None and not book.in_doubt


@pytest.fixture(scope="module")
def undisturbed() -> Story:
    return Story().live()


@pytest.mark.parametrize("dies", [False, True], ids=["", "and it starts again"])
@pytest.mark.parametrize("back", [HOUR, 24 * HOUR, timedelta(seconds=90), timedelta(seconds=5)], ids=str)
def test_a_clock_that_is_set_back_at_any_moment_delays_nothing(undisturbed: Story, back: timedelta, dies: bool) -> None:
    found = {}
    for at in range(undisturbed.moments):
        story = Story().live(at, -back, dies=dies)
        desk = story.desk
        found[at] = story.seconds
        assert [desk.record(alert).status for alert in desk.alerts] == [Status.DONE, Status.DONE]
        assert desk.net() == desk.held() == ZERO
    # What had passed since the last judgement nobody can know, so that counts once more.
    assert max(found.values()) <= undisturbed.seconds + 5


@pytest.mark.parametrize("dies", [False, True], ids=["", "and it starts again"])
def test_a_clock_that_is_set_forward_at_any_moment_leaves_everything_in_order(undisturbed: Story, dies: bool) -> None:
    for at in range(undisturbed.moments):
        story = Story().live(at, HOUR, dies=dies)
        desk = story.desk
        assert all(desk.record(alert).status is not Status.PENDING for alert in desk.alerts)
        assert desk.net() == desk.held() == ZERO
        assert story.seconds <= 2 * undisturbed.seconds


def test_orders_of_the_future_do_not_count_as_those_of_the_last_minute() -> None:
    desk = Desk()
    desk.store.directory.keep(an_account(limits=AccountLimits(orders_per_minute=1)))
    desk.send(Signal.BUY)
    desk.run()
    desk.send(Signal.CLOSE)
    desk.run()

    desk.clock.advance(-HOUR)
    desk.price(100)
    desk.send(Signal.BUY)
    desk.run()

    assert desk.last().status is Status.DONE
    assert desk.held() == Decimal(10)
