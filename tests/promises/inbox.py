"""Hold any inbox to what the port promises.

Subclass `InboxPromises` and give it a fixture `store`, empty. See tests/integration/test_store_promises.py.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from threading import Thread
from time import monotonic
from typing import Any

import pytest

from tests.builders import ACCOUNT, KEY, MONDAY
from tests.promises.store import (
    ELSEWHERE,
    MSFT,
    SECOND,
    Store,
    a_delivery,
    at,
    claimed,
    ids,
    judged,
    record,
    together,
    work,
)
from tradecore.domain.book import BookKey
from tradecore.domain.commands import Remind, TakeSurvey
from tradecore.domain.decisions import Status
from tradecore.domain.events import AlertArrived, CloseAsked, Event, FlattenAsked, ReconcileDue, Woken
from tradecore.domain.ids import BotId, Symbol, UserId
from tradecore.domain.records import Claim
from tradecore.ports.history import Asked

# How long a thread may take to notice; no test waits that long unless it fails.
PATIENCE = 30.0


def note(text: str) -> ReconcileDue:
    return ReconcileDue(why=text)


def words(event: Event | None) -> str | None:
    return event.why if isinstance(event, ReconcileDue) else None


def _worked(store: Store) -> Claim | None:
    """Take the next event through, and return the claim that had it."""
    claim = store.inbox.claim(MONDAY)
    if claim is not None:
        assert claim.posted is not None
        record(store, key=claim.key, event_id=claim.posted.id, event=claim.posted.event)
        store.inbox.release(claim)
    return claim


class InboxPromises:
    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    # ---- alerts

    def test_an_alert_that_was_taken_is_due_and_can_be_read(self, store: Store) -> None:
        delivery = a_delivery()

        receipt = store.inbox.accept(delivery, MONDAY)

        assert (receipt.alert_id, receipt.duplicate) == ("ALERT1", False)
        posted = claimed(store).posted
        assert posted is not None
        assert (posted.key, posted.event, posted.posted_at) == (KEY, delivery.arrived, MONDAY)
        kept = store.history.alert(receipt.alert_id)
        assert kept is not None
        assert (kept.alert, kept.key, kept.body, kept.status) == (delivery.alert, KEY, delivery.body, Status.PENDING)

    @pytest.mark.parametrize(
        ("seconds", "duplicate"), [(0, True), (29.999, True), (30, False), (31, False), (-29.999, True), (-30, False)]
    )
    def test_the_same_alert_within_its_window_is_one(self, store: Store, seconds: float, duplicate: bool) -> None:
        first = a_delivery("ALERT1", identity="same", window=timedelta(seconds=30))
        again = a_delivery("ALERT2", identity="same", window=timedelta(seconds=30))
        store.inbox.accept(first, MONDAY)

        receipt = store.inbox.accept(again, at(seconds))

        assert receipt.duplicate is duplicate
        assert receipt.alert_id == ("ALERT1" if duplicate else "ALERT2")
        assert store.inbox.waiting(at(100)) == (1 if duplicate else 2)
        assert len(store.history.alerts(Asked())) == (1 if duplicate else 2)

    def test_the_same_alert_without_a_window_is_one_for_ever(self, store: Store) -> None:
        store.inbox.accept(a_delivery("ALERT1", identity="same", window=None), MONDAY)

        receipt = store.inbox.accept(a_delivery("ALERT2", identity="same", window=None), MONDAY + timedelta(days=3650))

        assert (receipt.alert_id, receipt.duplicate) == ("ALERT1", True)

    def test_a_duplicate_is_named_after_the_first_one_in_its_window(self, store: Store) -> None:
        for name, seconds in (("ALERT1", 0), ("ALERT2", 100), ("ALERT3", 120)):
            store.inbox.accept(a_delivery(name, identity="same", window=10 * SECOND), at(seconds))

        receipt = store.inbox.accept(a_delivery("ALERT4", identity="same", window=60 * SECOND), at(130))

        assert (receipt.alert_id, receipt.duplicate) == ("ALERT2", True)

    def test_two_users_may_send_the_same(self, store: Store) -> None:
        store.inbox.accept(a_delivery("ALERT1", identity="same"), MONDAY)

        receipt = store.inbox.accept(a_delivery("ALERT2", identity="same", user_id=UserId("user-2")), MONDAY)

        assert not receipt.duplicate

    def test_eight_deliveries_at_the_same_instant_are_one_alert(self, store: Store) -> None:
        def deliver(number: int) -> Any:
            return store.inbox.accept(a_delivery(f"ALERT{number}", identity="same"), MONDAY)

        receipts = together(8, deliver)

        assert sorted(receipt.duplicate for receipt in receipts) == [False] + [True] * 7
        assert len({receipt.alert_id for receipt in receipts}) == 1
        assert len(store.history.alerts(Asked())) == 1
        assert store.inbox.waiting(MONDAY) == 1

    def test_alerts_that_are_taken_together_come_in_their_order_each_with_its_receipt(self, store: Store) -> None:
        store.inbox.accept(a_delivery("ALERT0", identity="old"), MONDAY)
        given = [("ALERT1", "one"), ("ALERT2", "old"), ("ALERT3", "two"), ("ALERT4", "one"), ("ALERT5", "three")]
        deliveries = [a_delivery(name, identity=identity) for name, identity in given]

        receipts = store.inbox.accept_all(deliveries, MONDAY)

        assert [receipt.alert_id for receipt in receipts] == ["ALERT1", "ALERT0", "ALERT3", "ALERT1", "ALERT5"]
        assert [receipt.duplicate for receipt in receipts] == [False, True, False, True, False]
        assert {record.alert.id for record in store.history.alerts(Asked())} == {"ALERT0", "ALERT1", "ALERT3", "ALERT5"}
        came = [event.alert.id for event in iter(lambda: work(store), None) if isinstance(event, AlertArrived)]
        assert came == ["ALERT0", "ALERT1", "ALERT3", "ALERT5"]

    def test_an_alert_brings_its_flattening_to_the_other_books_and_a_repeat_brings_nothing(self, store: Store) -> None:
        also = (MSFT, BookKey(account_id=ACCOUNT, symbol=Symbol("BTC/USD")))
        store.inbox.accept(a_delivery("ALERT0", identity="old"), MONDAY)

        for name in ("", "-AGAIN"):
            own = [("ALERT1", "one", also), ("ALERT-X", "old", also), ("ALERT2", "two", ())]
            store.inbox.accept_all([a_delivery(one + name, identity=of, also=more) for one, of, more in own], MONDAY)

        assert store.inbox.waiting(MONDAY) == 5
        taken = [claim for _ in range(5) if (claim := _worked(store)) is not None]
        came = [claim.posted.event for claim in taken if claim.posted is not None]
        assert [one.alert.id for one in came if isinstance(one, AlertArrived)] == ["ALERT0", "ALERT1", "ALERT2"]
        assert [one.why for one in came if isinstance(one, FlattenAsked)] == ["FLAT for AAPL, by the alert ALERT1"] * 2
        assert {claim.key for claim in taken} == {KEY, *also}
        assert store.inbox.waiting(MONDAY) == 0

    def test_those_that_want_every_alert_get_them_together_too(self, store: Store) -> None:
        every = [a_delivery(f"ALERT{number}", identity="same", window=timedelta(0)) for number in range(3)]

        assert [receipt.duplicate for receipt in store.inbox.accept_all(every, MONDAY)] == [False] * 3

    def test_what_comes_together_is_judged_as_it_came_repeats_among_it_or_not(self, store: Store) -> None:
        zero = timedelta(0)
        came = [("BUY1", "buy"), ("BUY2", "buy"), ("CLOSE", "close"), ("BUY3", "buy")]

        store.inbox.accept_all([a_delivery(name, identity=same, window=zero) for name, same in came], MONDAY)

        taken = [work(store, MONDAY) for _ in came]
        assert [one.alert.id for one in taken if isinstance(one, AlertArrived)] == ["BUY1", "BUY2", "CLOSE", "BUY3"]

    def test_eight_handfuls_of_the_same_at_the_same_instant_are_one_of_each(self, store: Store) -> None:
        def deliver(number: int) -> Any:
            order = range(5) if number % 2 else reversed(range(5))
            return store.inbox.accept_all([a_delivery(f"{number}-{one}", identity=str(one)) for one in order], MONDAY)

        receipts = [receipt for handful in together(8, deliver) for receipt in handful]

        assert sorted(receipt.duplicate for receipt in receipts) == [False] * 5 + [True] * 35
        assert len({receipt.alert_id for receipt in receipts}) == 5
        assert store.inbox.waiting(MONDAY) == 5

    # ---- the order of events

    def test_nothing_is_due_in_an_empty_inbox(self, store: Store) -> None:
        assert store.inbox.claim(MONDAY) is None
        assert store.inbox.waiting(MONDAY) == 0

    def test_the_events_of_a_book_come_as_they_were_posted_whatever_the_clock_did(self, store: Store) -> None:
        for text, seconds in (("one", 0), ("two", -60), ("three", 60), ("four", 0)):
            store.inbox.post(KEY, note(text), at(seconds))

        assert [words(work(store, at(60))) for _ in range(5)] == ["one", "two", "three", "four", None]

    def test_an_event_of_the_future_comes_when_it_is_due(self, store: Store) -> None:
        store.inbox.post(KEY, Woken(), MONDAY, due=at(10))

        assert store.inbox.claim(at(9.999)) is None
        assert work(store, at(10)) == Woken()

    def test_events_with_a_moment_come_in_the_order_of_their_moments(self, store: Store) -> None:
        for text, due in (("third", 30), ("first", 10), ("second", 20)):
            store.inbox.post(KEY, note(text), MONDAY, due=at(due))

        assert [words(work(store, at(30))) for _ in range(3)] == ["first", "second", "third"]

    def test_of_two_kinds_the_older_comes_first(self, store: Store) -> None:
        store.inbox.post(KEY, note("was due at 10"), MONDAY, due=at(10))
        store.inbox.post(KEY, note("posted at 5"), at(5))
        store.inbox.post(KEY, note("posted at 15"), at(15))

        assert [words(work(store, at(20))) for _ in range(3)] == ["posted at 5", "was due at 10", "posted at 15"]

    def test_the_book_whose_event_has_waited_longest_comes_first(self, store: Store) -> None:
        store.inbox.post(MSFT, note("later"), at(2))
        store.inbox.post(KEY, note("due before"), MONDAY, due=at(1))

        assert [words(work(store, at(3))) for _ in range(2)] == ["due before", "later"]

    def test_event_ids_differ_and_sort_as_they_came(self, store: Store) -> None:
        for number in range(12):
            store.inbox.post(KEY, note(str(number)), MONDAY)

        found = []
        for _ in range(12):
            claim = claimed(store)
            assert claim.posted is not None
            found.append(claim.posted.id)
            record(store, key=KEY, event_id=claim.posted.id, event=claim.posted.event)
            store.inbox.release(claim)

        assert found == sorted(set(found))

    def test_any_event_comes_back_as_it_was_posted(self, store: Store) -> None:
        store.inbox.post(KEY, CloseAsked(bot_id=BotId("bot-5"), why="“Genug”, said she"), MONDAY)

        assert work(store) == CloseAsked(bot_id=BotId("bot-5"), why="“Genug”, said she")

    # ---- claims

    def test_a_book_that_somebody_has_is_passed_over(self, store: Store) -> None:
        for key in (KEY, KEY, MSFT, ELSEWHERE):
            store.inbox.post(key, Woken(), MONDAY)

        assert [claimed(store).key for _ in range(3)] == [KEY, MSFT, ELSEWHERE]
        assert store.inbox.claim(MONDAY) is None

    def test_a_symbol_may_have_a_slash(self, store: Store) -> None:
        key = BookKey(account_id=ACCOUNT, symbol=Symbol("BTC/USD"))
        store.inbox.post(key, Woken(), MONDAY)

        assert claimed(store).key == key

    def test_what_was_not_recorded_is_due_again_after_the_release(self, store: Store) -> None:
        store.inbox.post(KEY, note("one"), MONDAY)
        first = claimed(store)

        store.inbox.release(first)

        assert claimed(store).posted == first.posted

    def test_a_claim_that_was_given_up_gives_nobody_elses_book_back(self, store: Store) -> None:
        store.inbox.post(KEY, Woken(), MONDAY)
        old = claimed(store)
        store.inbox.release(old)
        claimed(store)

        store.inbox.release(old)

        assert store.inbox.claim(MONDAY) is None

    def test_eight_workers_never_have_the_same_book(self, store: Store) -> None:
        keys = [BookKey(account_id=ACCOUNT, symbol=Symbol(f"S{number}")) for number in range(5)]
        for key in keys * 2:
            store.inbox.post(key, Woken(), MONDAY)

        claims = together(8, lambda _: store.inbox.claim(MONDAY))

        found = [claim.key for claim in claims if claim is not None]
        assert sorted(found, key=str) == keys

    def test_many_workers_keep_the_order_of_every_book(self, store: Store) -> None:
        posted = 60
        for number in range(posted):
            store.inbox.post((KEY, MSFT, ELSEWHERE)[number % 3], note(f"{number:02}"), MONDAY)
        seen: dict[BookKey, list[str | None]] = defaultdict(list)

        def take_all(_: int) -> None:
            while (claim := store.inbox.claim(MONDAY)) is not None:
                assert claim.posted is not None
                seen[claim.key].append(words(claim.posted.event))
                record(store, key=claim.key, event_id=claim.posted.id, event=claim.posted.event)
                store.inbox.release(claim)

        together(4, take_all)

        assert sum(map(len, seen.values())) == posted
        assert all(texts == sorted(map(str, texts)) for texts in seen.values())
        assert store.inbox.waiting(MONDAY) == 0

    # ---- errands left over

    def test_errands_that_nobody_performed_come_with_the_book(self, store: Store) -> None:
        errands = record(store, commands=(TakeSurvey(), Remind(at=at(99))))
        store.inbox.post(KEY, note("next"), MONDAY)

        claim = claimed(store)

        assert claim.left_over == errands
        assert claim.posted is not None
        assert words(claim.posted.event) == "next"

    def test_errands_alone_make_a_book_due(self, store: Store) -> None:
        errands = record(store, commands=(TakeSurvey(),))

        claim = claimed(store)

        assert (claim.key, claim.left_over, claim.posted) == (KEY, errands, None)

    def test_errands_that_are_done_make_no_book_due(self, store: Store) -> None:
        store.ledger.done(ids(record(store, commands=(TakeSurvey(),))))

        assert store.inbox.claim(MONDAY) is None

    def test_errands_of_a_book_that_somebody_has_are_not_left_over(self, store: Store) -> None:
        store.inbox.post(KEY, Woken(), MONDAY)
        claim = claimed(store)
        assert claim.posted is not None
        store.ledger.record(judged(store, event_id=claim.posted.id, commands=(TakeSurvey(),)), MONDAY)

        assert store.inbox.claim(MONDAY) is None

    def test_a_book_that_rests_keeps_no_other_waiting(self, store: Store) -> None:
        record(store, commands=(TakeSurvey(),))
        store.inbox.post(KEY, Woken(), MONDAY)
        store.inbox.post(MSFT, Woken(), MONDAY)

        store.inbox.release(claimed(store), rests_until=at(30))

        assert claimed(store, at(29)).key == MSFT
        assert store.inbox.claim(at(29)) is None
        assert claimed(store, at(30)).key == KEY

    def test_no_rest_is_made_longer_by_a_clock_that_is_set_back(self, store: Store) -> None:
        store.inbox.post(KEY, Woken(), MONDAY)

        store.inbox.release(claimed(store), rests_until=at(30))

        assert claimed(store, at(-3600)).key == KEY

    # ---- waiting

    def test_those_who_wait_are_woken_by_an_alert(self, store: Store) -> None:
        assert store.inbox.claim(MONDAY) is None
        sleeper = Thread(target=store.inbox.wait, args=(PATIENCE,))
        sleeper.start()

        while sleeper.is_alive():
            # Until it sleeps, a post wakes nobody; so there are as many as it takes.
            store.inbox.accept(a_delivery(f"ALERT{store.inbox.waiting(MONDAY)}"), MONDAY)
            sleeper.join(timeout=0.01)

        assert isinstance(work(store), AlertArrived)

    def test_what_came_after_the_last_look_lets_nobody_sleep(self, store: Store) -> None:
        looked = store.inbox.claim(MONDAY)
        together(1, lambda _: store.inbox.post(KEY, Woken(), MONDAY))

        assert looked is None
        assert is_quick(lambda: store.inbox.wait(PATIENCE))

    def test_a_wait_ends_when_the_next_event_falls_due(self, store: Store) -> None:
        store.inbox.post(KEY, Woken(), MONDAY, due=at(0.02))
        looked = store.inbox.claim(MONDAY)

        assert looked is None
        assert is_quick(lambda: store.inbox.wait(PATIENCE))

    def test_a_reminder_wakes_those_who_wait_to_look_at_the_clock_again(self, store: Store) -> None:
        looked = store.inbox.claim(MONDAY)
        together(1, lambda _: record(store, commands=(Remind(at=at(1)),)))

        assert looked is None
        assert is_quick(lambda: store.inbox.wait(PATIENCE))

    def test_a_wait_for_nothing_ends_by_itself(self, store: Store) -> None:
        store.inbox.wait(0)

    def test_events_of_the_future_do_not_wait_yet(self, store: Store) -> None:
        store.inbox.post(KEY, Woken(), MONDAY)
        store.inbox.post(KEY, Woken(), MONDAY, due=at(10))
        before = store.inbox.waiting(MONDAY)

        assert (before, store.inbox.waiting(at(10))) == (1, 2)


def is_quick(call: Callable[[], None]) -> bool:
    """Tell whether *call* came back before a wait of `PATIENCE` seconds could have ended by itself."""
    started = monotonic()
    call()
    return monotonic() - started < PATIENCE
