"""The stand-ins in memory do what tests ask of them: fail, restart, let time pass, count."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.builders import KEY, MONDAY
from tests.promises.store import a_delivery, claimed, judged, record, together
from tradecore.adapters.memory.clock import QUIET_MONDAY, MemoryClock
from tradecore.adapters.memory.mint import MemoryMint
from tradecore.adapters.memory.notifier import MemoryNotifier
from tradecore.adapters.memory.store import MemoryStore
from tradecore.domain.commands import TakeSurvey
from tradecore.domain.errors import UnreachableError
from tradecore.domain.records import Told
from tradecore.ports.history import Asked


def test_a_call_fails_as_often_as_it_was_told_to_and_writes_nothing() -> None:
    store = MemoryStore()
    store.fail_next("accept", times=2)

    for _ in range(2):
        with pytest.raises(UnreachableError, match="accept"):
            store.inbox.accept(a_delivery(), MONDAY)

    assert store.inbox.waiting(MONDAY) == 0
    assert not store.inbox.accept(a_delivery(), MONDAY).duplicate


def test_a_judgement_that_could_not_be_recorded_can_be_recorded_again() -> None:
    store = MemoryStore()
    whole = judged(store, commands=(TakeSurvey(),))
    store.fail_next_record()

    with pytest.raises(UnreachableError):
        store.ledger.record(whole, MONDAY)

    assert store.history.judgements(Asked()) == ()
    assert len(store.ledger.record(whole, MONDAY)) == 1


def test_what_was_healed_fails_no_more() -> None:
    store = MemoryStore()
    store.fail_next("ping", times=9)

    store.heal()

    store.ping()


def test_after_a_restart_nobody_has_a_book_and_everything_is_there() -> None:
    store = MemoryStore()
    store.inbox.accept(a_delivery(), MONDAY)
    errands = record(store, commands=(TakeSurvey(),))
    old = claimed(store)

    store.restart()
    new = claimed(store)
    store.inbox.release(old)

    assert (new.key, new.left_over) == (KEY, errands)
    assert new.posted == old.posted
    assert store.inbox.claim(MONDAY) is None
    store.close()


def test_the_clock_moves_when_told() -> None:
    clock = MemoryClock()

    assert clock.now() == clock.now() == QUIET_MONDAY
    assert clock.advance(1.5) == clock.now() == QUIET_MONDAY + timedelta(seconds=1.5)
    assert clock.advance(timedelta(days=-1)) < QUIET_MONDAY


def test_the_clock_is_utc_whatever_it_is_told() -> None:
    clock = MemoryClock(datetime(2026, 1, 5, 10, tzinfo=timezone(timedelta(hours=-5))))

    assert clock.now() == QUIET_MONDAY
    assert clock.now().tzinfo is UTC
    with pytest.raises(ValueError, match="zone"):
        clock.set(QUIET_MONDAY.replace(tzinfo=None))


def test_the_mint_counts_upward_and_never_repeats_itself() -> None:
    mint = MemoryMint()

    minted = [number for numbers in together(4, lambda _: [mint.new() for _ in range(50)]) for number in numbers]

    assert len(set(minted)) == 200
    assert {len(number) for number in minted} == {26}
    assert (mint.new() < mint.new()) is True
    assert mint.secret() != mint.secret()
    assert MemoryMint().secret() == MemoryMint().secret()


def test_the_notifier_remembers_in_order() -> None:
    notifier = MemoryNotifier()
    for text in ("one", "two", "one"):
        notifier.tell(Told(at=MONDAY, key=KEY, urgency="note", text=text))

    assert notifier.texts == ("one", "two", "one")
    assert notifier.told[0].key == KEY
