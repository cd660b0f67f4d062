"""Many processes share one PostgreSQL database: each account is one's alone, and moves on when that one dies."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from attrs import evolve

from tests.builders import ACCOUNT, KEY, MONDAY, a_book, an_account
from tests.databases import postgres
from tests.promises.store import ELSEWHERE, MSFT, a_delivery, claimed, judged, record, together
from tradecore.adapters.sql import leases
from tradecore.adapters.sql.store import SqlStore
from tradecore.domain.book import BookKey
from tradecore.domain.commands import TakeSurvey
from tradecore.domain.errors import ConflictError
from tradecore.domain.events import Woken
from tradecore.domain.ids import AccountId, Symbol
from tradecore.ports.history import Asked

LEASE = 1.5
PATIENCE = 30.0


@pytest.fixture
def url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture
def processes(url: str) -> Iterator[Callable[[], SqlStore]]:
    """Lend what starts another process, as far as the database can see."""
    with ExitStack() as open_stores:

        def start() -> SqlStore:
            store = SqlStore(url, lease_seconds=LEASE)
            open_stores.callback(store.close)
            return store

        yield start


def held(store: SqlStore, ids: list[AccountId]) -> list[AccountId]:
    assert store.leases is not None
    return [account_id for account_id in ids if store.leases.holds(account_id)]


def renew(*stores: SqlStore) -> None:
    for store in stores:
        assert store.leases is not None
        store.leases.renew()


def until(look: Callable[[], Any]) -> Any:
    """Return what *look* finds, as soon as it finds anything."""
    pause = Event()
    for _ in range(round(PATIENCE / 0.02)):
        if found := look():
            return found
        pause.wait(0.02)
    raise AssertionError("it did not come about in time")


def some_accounts(store: SqlStore, count: int) -> list[AccountId]:
    ids = [AccountId(f"account-{number}") for number in range(count)]
    for account_id in ids:
        store.directory.keep(an_account(id=account_id, name=account_id))
    return ids


Start = Callable[[], SqlStore]


def test_one_process_has_every_account(processes: Start) -> None:
    store = processes()
    ids = some_accounts(store, 5)

    renew(store)

    assert held(store, ids) == ids


def test_many_accounts_are_taken_a_part_at_a_time(processes: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "AT_ONCE", 2)
    store = processes()
    ids = some_accounts(store, 5)

    counts = []
    for _ in range(4):
        renew(store)
        counts.append(len(held(store, ids)))

    assert counts == [2, 4, 5, 5]


def test_a_second_one_gets_its_share_and_no_account_is_two_processes(processes: Start) -> None:
    first, second = processes(), processes()
    ids = some_accounts(first, 5)
    renew(first, second, first, second)

    assert sorted([*held(first, ids), *held(second, ids)]) == ids
    assert {len(held(first, ids)), len(held(second, ids))} == {2, 3}


def test_an_account_that_is_worked_in_is_not_given_away(processes: Start) -> None:
    first, second = processes(), processes()
    first.inbox.post(KEY, Woken(), MONDAY)
    first.inbox.post(ELSEWHERE, Woken(), MONDAY)
    claims = [claimed(first), claimed(first)]
    renew(second, first, second)
    assert held(second, [KEY.account_id, ELSEWHERE.account_id]) == []

    for claim in claims:
        first.inbox.release(claim)
    renew(first, second)

    assert len(held(second, [KEY.account_id, ELSEWHERE.account_id])) == 1


def test_only_who_has_the_account_is_given_its_events(processes: Start) -> None:
    first, second = processes(), processes()
    second.inbox.post(KEY, Woken(), MONDAY)
    second.inbox.post(MSFT, Woken(), MONDAY)

    assert claimed(first).key == KEY
    assert second.inbox.claim(MONDAY) is None
    assert claimed(first).key == MSFT


@pytest.mark.parametrize("due", [None, MONDAY], ids=["undated", "dated"])
def test_its_own_are_found_behind_everybody_elses(processes: Start, due: datetime | None) -> None:
    idle, mine = processes(), processes()
    ids = some_accounts(idle, 2)
    renew(idle, mine, idle, mine)
    (own,), (other,) = held(mine, ids), held(idle, ids)
    for _ in range(250):
        idle.inbox.post(BookKey(account_id=other, symbol=KEY.symbol), Woken(), MONDAY, due=due)
    for symbol in ("MSFT", "AAPL"):
        mine.inbox.post(BookKey(account_id=own, symbol=Symbol(symbol)), Woken(), MONDAY, due=due)

    assert [claimed(mine).key.symbol for _ in range(2)] == ["MSFT", "AAPL"]
    assert mine.inbox.claim(MONDAY) is None
    assert claimed(idle).key.account_id == other


def test_the_accounts_of_one_that_died_move_on(processes: Start) -> None:
    dead, other = processes(), processes()
    errands = record(dead, commands=(TakeSurvey(),))
    assert claimed(dead).left_over == errands
    assert other.inbox.claim(MONDAY) is None

    claim = until(lambda: other.inbox.claim(MONDAY))

    assert claim.left_over == errands


def test_a_database_whose_clock_is_set_back_takes_no_account_from_the_living_and_keeps_none_for_the_dead(
    url: str, processes: Start
) -> None:
    living, silent = processes(), processes()
    ids = some_accounts(living, 2)
    renew(living, silent, living, silent)
    own, others = held(living, ids), held(silent, ids)
    assert (len(own), len(others)) == (1, 1)

    with psycopg.connect(url) as clock:
        clock.execute("UPDATE workers SET lives_until = lives_until + interval '1 hour'")
    renew(living)

    assert (held(living, ids), held(silent, ids)) == (own, others)

    def has_all() -> bool:
        renew(living)
        return held(living, ids) == ids

    until(has_all)
    assert held(silent, ids) == []


def test_one_that_gives_up_is_not_waited_for(processes: Start) -> None:
    leaving, other = processes(), processes()
    leaving.inbox.post(KEY, Woken(), MONDAY)
    claimed(leaving)

    leaving.close()
    renew(other)

    assert claimed(other).key == KEY


def test_one_that_stood_still_knows_that_its_time_is_over(processes: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    store = processes()
    store.inbox.post(KEY, Woken(), MONDAY)
    claimed(store)
    assert held(store, [ACCOUNT]) == [ACCOUNT]
    now = leases._since_boot()

    monkeypatch.setattr(leases, "_since_boot", lambda: now + LEASE)

    assert held(store, [ACCOUNT]) == []


def test_one_that_was_frozen_cannot_write_what_another_has_judged(processes: Start) -> None:
    frozen, other = processes(), processes()
    frozen.inbox.post(KEY, Woken(), MONDAY)
    old = claimed(frozen)
    assert old.posted is not None
    stale = judged(frozen, event_id=old.posted.id, book=a_book(moves=1))
    claim = until(lambda: other.inbox.claim(MONDAY))
    record(other, event_id=claim.posted.id, book=a_book(moves=2))

    for again in (stale, judged(frozen, event_id=old.posted.id, book=a_book(moves=3))):
        with pytest.raises(ConflictError):
            frozen.ledger.record(again, MONDAY)

    assert other.ledger.book(KEY).moves == 2


def test_the_same_alert_in_many_processes_at_once_is_one(processes: Start) -> None:
    stores = [processes() for _ in range(4)]

    receipts = together(8, lambda number: stores[number % 4].inbox.accept(
        a_delivery(f"ALERT{number}", identity="same"), MONDAY))  # fmt: skip

    assert sorted(receipt.duplicate for receipt in receipts) == [False] + [True] * 7
    assert len({receipt.alert_id for receipt in receipts}) == 1
    assert len(stores[0].history.alerts(Asked())) == 1


def test_an_alert_in_one_process_wakes_another(processes: Start) -> None:
    door, worker = processes(), processes()
    assert worker.waker is not None
    # Only whoever has the account is woken: one that is new is found at the next look.
    door.directory.keep(an_account())
    renew(worker)
    stopping, heard = Event(), Event()
    assert worker.inbox.claim(MONDAY) is None
    listener = Thread(target=worker.waker.listen, args=(stopping,))
    listener.start()
    try:

        def sleep() -> None:
            while worker.inbox.claim(MONDAY) is None:
                worker.inbox.wait(PATIENCE)
            heard.set()

        sleeper = Thread(target=sleep, daemon=True)
        sleeper.start()
        # It may take a moment until it listens; what came before that is found at the next look.
        numbers = iter(range(10_000))
        until(lambda: (door.inbox.accept(a_delivery(f"ALERT{next(numbers)}"), MONDAY), heard.wait(0.1))[1])
    finally:
        stopping.set()
        listener.join(PATIENCE)
    assert not listener.is_alive()


def test_connections_that_were_cut_while_they_lay_still_cost_nobody_an_alert(url: str, processes: Start) -> None:
    store = processes()
    store.directory.view()
    store.inbox.accept(a_delivery("ALERT1"), MONDAY)
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip

    assert store.directory.view().accounts() == ()
    assert not store.inbox.accept(a_delivery("ALERT2"), MONDAY).duplicate


def test_the_one_who_leads_is_one(processes: Start) -> None:
    stores = [processes() for _ in range(3)]
    renew(*stores, *stores)

    assert [store.leases.leads for store in stores if store.leases is not None].count(True) == 1


def test_who_lives_is_told_with_its_accounts(processes: Start) -> None:
    first, second = processes(), processes()
    assert second.leases is not None
    assert second.leases.alive() == {}
    some_accounts(first, 3)
    renew(first)
    assert list(second.leases.alive().values()) == [3]

    first.close()

    assert second.leases.alive() == {}


def test_the_same_name_twice_at_once_is_refused_once(processes: Start) -> None:
    stores = [processes() for _ in range(4)]

    def keep(number: int) -> bool:
        try:
            stores[number].directory.keep(evolve(an_account(id=AccountId(f"a-{number}")), name="mine"))
        except ValueError:
            return False
        return True

    assert together(4, keep).count(True) == 1
