"""Bots that are to be deleted are marked, closed and forgotten, in this order, and asked again at their own pace."""

from datetime import datetime
from pathlib import Path

import pytest

from tests.rooms import Demo, a_demo
from tradecore.domain.book import BookKey
from tradecore.domain.errors import UnreachableError
from tradecore.domain.events import CloseAsked, Event
from tradecore.domain.parties import Bot
from tradecore.domain.signals import Signal
from tradecore.entrypoints.runtime.leaving import Leaving


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return a_demo(tmp_path)


def marked(demo: Demo, bot: Bot) -> Bot:
    found = demo.room.services.directory.bot(bot.id)
    assert found is not None
    return found


@pytest.fixture
def asked(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Return what was asked of books, as it comes."""
    inbox, found = demo.room.services.inbox, list[Event]()
    post = inbox.post

    def keep(key: BookKey, event: Event, now: datetime) -> None:
        found.append(event)
        post(key, event, now)

    monkeypatch.setattr(inbox, "post", keep)
    return found


def test_what_holds_something_is_marked_before_anything_is_asked_of_its_book(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.send(Signal.BUY)
    bot = demo.bot()

    def post(*_: object) -> None:
        raise UnreachableError("the database went away just then")

    monkeypatch.setattr(demo.room.services.inbox, "post", post)
    with pytest.raises(UnreachableError):
        Leaving.of(demo.room.halting).dismiss(bot)

    left = marked(demo, bot)
    assert (left.active, left.leaving_since) == (False, demo.room.clock.now())


def test_the_mark_keeps_its_moment_however_often_the_end_is_asked_for(demo: Demo) -> None:
    demo.send(Signal.BUY)
    leaving = Leaving.of(demo.room.halting)
    first = leaving.dismiss(demo.bot())
    demo.room.clock.advance(9)

    assert leaving.dismiss(first) == first


def test_a_book_that_is_not_flat_is_asked_again_every_fifteen_seconds_and_at_once_by_a_new_process(
    demo: Demo, asked: list[Event]
) -> None:
    demo.send(Signal.BUY)
    leaving = Leaving.of(demo.room.halting)
    gone = leaving.dismiss(demo.bot())

    counts = []
    for seconds in (1, 13, 1, 14, 1):
        demo.room.clock.advance(seconds)
        leaving.tend()
        counts.append(len(asked))
    Leaving.of(demo.room.halting).tend()

    assert (counts, len(asked)) == ([1, 1, 2, 2, 3], 4)
    demo.work()
    leaving.tend()
    assert demo.room.services.directory.bot(gone.id) is None


def test_what_holds_something_is_not_forgotten_and_not_touched(demo: Demo, asked: list[Event]) -> None:
    demo.send(Signal.BUY)
    before = demo.bot()

    assert not Leaving.of(demo.room.halting).forget(before)

    assert (demo.room.services.directory.bot(before.id), asked) == (before, [])


def test_bots_that_stay_are_left_alone(demo: Demo, asked: list[Event]) -> None:
    demo.send(Signal.BUY)
    before = demo.room.services.directory.bots()

    Leaving.of(demo.room.halting).tend()

    assert (demo.room.services.directory.bots(), asked) == (before, [])


def test_the_close_takes_the_bots_share_alone(demo: Demo, asked: list[Event]) -> None:
    bots = demo.room.services.directory.bots()
    demo.send(Signal.BUY)
    leaving = Leaving.of(demo.room.halting)
    gone = leaving.dismiss(demo.bot())

    demo.work()
    leaving.tend()

    assert asked == [CloseAsked(bot_id=gone.id, why="the bot is to be deleted")]
    assert len(demo.room.services.directory.bots()) == len(bots) - 1
