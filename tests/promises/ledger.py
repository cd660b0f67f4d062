"""Hold any ledger to what the port promises.

Subclass `LedgerPromises` and give it a fixture `store`, empty. See tests/integration/test_store_promises.py.
"""

from decimal import Decimal

import pytest
from attrs import evolve

from tests.builders import AAPL, BOT, KEY, MONDAY, a_book, an_alert, some_facts
from tests.promises.store import (
    ELSEWHERE,
    MSFT,
    Store,
    a_delivery,
    a_fill,
    a_result,
    a_share,
    a_trade,
    an_order,
    at,
    claimed,
    ids,
    judged,
    record,
    together,
    work,
)
from tradecore.domain.book import Book, Wish
from tradecore.domain.commands import LookUp, Remind, TakeSurvey, Tell, Urgency
from tradecore.domain.decisions import Status, Verdict
from tradecore.domain.errors import ConflictError
from tradecore.domain.events import AlertArrived, Woken
from tradecore.domain.ids import AlertId, ErrandId, OrderId, PlanId
from tradecore.domain.limits import Judgement
from tradecore.domain.orders import OrderState, Purpose
from tradecore.domain.records import Holding, OrderRecord, Told
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal
from tradecore.ports.history import Asked

GATE = Judgement(name="daily loss", refusal=None, detail="lost 0 of 500 today")


class LedgerPromises:
    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    # ---- the book

    def test_a_book_that_nobody_wrote_is_empty(self, store: Store) -> None:
        assert store.ledger.book(KEY) == Book(key=KEY)

    def test_a_book_is_kept_with_its_version_one_higher(self, store: Store) -> None:
        after = a_book(external=Decimal("0.5"), shares=(a_share(),), orders=(an_order(),))

        record(store, book=after)
        record(store, book=evolve(after, moves=1))

        assert store.ledger.book(KEY) == evolve(after, moves=1, version=2)

    def test_books_do_not_mix(self, store: Store) -> None:
        for key, moves in ((KEY, 1), (MSFT, 2), (ELSEWHERE, 3)):
            record(store, key=key, book=a_book(moves=moves))

        assert [store.ledger.book(key).moves for key in (KEY, MSFT, ELSEWHERE)] == [1, 2, 3]

    # ---- what is judged

    def test_a_judged_event_leaves_the_inbox(self, store: Store) -> None:
        store.inbox.post(KEY, Woken(), MONDAY)

        assert work(store) == Woken()
        assert store.inbox.claim(MONDAY) is None
        assert store.inbox.waiting(MONDAY) == 0

    def test_the_errand_whose_outcome_the_event_is_is_done(self, store: Store) -> None:
        first, second = record(store, commands=(TakeSurvey(), LookUp(order_id=OrderId("O"))))

        record(store, errand_id=first.id)

        assert claimed(store).left_over == (second,)

    def test_commands_become_errands_in_order_and_reminders_become_events(self, store: Store) -> None:
        commands = (TakeSurvey(), Remind(at=at(10)), LookUp(order_id=OrderId("O")))

        errands = record(store, commands=commands)
        store.ledger.done(ids(errands))

        assert [errand.command for errand in errands] == [TakeSurvey(), LookUp(order_id=OrderId("O"))]
        assert {errand.key for errand in errands} == {KEY}
        assert store.inbox.claim(at(9)) is None
        assert work(store, at(10)) == Woken()

    def test_errands_of_different_judgements_differ(self, store: Store) -> None:
        errands = [errand for _ in range(3) for errand in record(store, commands=(TakeSurvey(), TakeSurvey()))]

        assert len(set(ids(errands))) == 6

    def test_what_a_person_is_told_can_be_read_and_is_an_errand(self, store: Store) -> None:
        tell = Tell(urgency=Urgency.ALARM, text="Look at the broker's page: 5 € are missing.")

        errands = record(store, commands=(tell,), now=at(3))

        assert [errand.command for errand in errands] == [tell]
        assert store.history.told(Asked()) == (Told(at=at(3), key=KEY, urgency="alarm", text=tell.text),)

    def test_everything_that_was_decided_can_be_read(self, store: Store) -> None:
        order, fill, trade = an_order(), a_fill(), a_trade()
        result, share = a_result("-12.34"), a_share()

        record(store, book=a_book(shares=(share,)), orders=(order,), fills=(fill,), trades=(trade,), results=(result,))

        assert store.history.orders(Asked()) == (OrderRecord(key=KEY, order=order),)
        assert store.history.fills(Asked()) == (fill,)
        assert store.history.trades(Asked()) == (trade,)
        assert store.standing.results_of_bots(KEY.account_id, MONDAY) == {BOT: Decimal("-12.34")}
        assert store.standing.holdings([KEY.account_id]) == (Holding(key=KEY, share=share, instrument=AAPL),)

    def test_the_judgement_itself_is_kept(self, store: Store) -> None:
        whole = judged(
            store, event=AlertArrived(alert=an_alert(Signal.SELL), bot_id=BOT), book=a_book(moves=5),
            orders=(an_order(),), commands=(TakeSurvey(), Remind(at=at(1))), errand_id=ErrandId("E-1"))  # fmt: skip

        store.ledger.record(whole, MONDAY)

        assert store.history.judgements(Asked()) == (whole,)

    # ---- all or nothing

    def test_a_judgement_on_an_older_book_writes_nothing(self, store: Store) -> None:
        store.inbox.accept(a_delivery(), MONDAY)
        late = judged(
            store, event_id=claimed(store).posted.id, book=a_book(shares=(a_share(),)),  # type: ignore[union-attr]
            commands=(TakeSurvey(), Tell(urgency=Urgency.NOTE, text="late"), Remind(at=MONDAY)), orders=(an_order(),),
            fills=(a_fill(),), trades=(a_trade(),), results=(a_result(5),),
            verdicts=(Verdict(alert_id=AlertId("ALERT1"), status=Status.DONE, outcome="bought"),))  # fmt: skip
        record(store, book=a_book(moves=1))

        with pytest.raises(ConflictError):
            store.ledger.record(late, MONDAY)

        assert store.ledger.book(KEY) == a_book(moves=1, version=1)
        self.assert_nothing_was_written(store)
        assert store.inbox.waiting(MONDAY) == 1

    def test_of_two_first_judgements_one_is_written(self, store: Store) -> None:
        both = [judged(store, book=a_book(moves=moves), fills=(a_fill(),)) for moves in (1, 2)]

        def write(number: int) -> bool:
            try:
                store.ledger.record(both[number], MONDAY)
            except ConflictError:
                return False
            return True

        written = together(2, write)

        assert sorted(written) == [False, True]
        assert store.ledger.book(KEY).moves == written.index(True) + 1
        assert len(store.history.fills(Asked())) == 1

    def assert_nothing_was_written(self, store: Store) -> None:
        asked = Asked(plan_id=PlanId("ALERT1"))
        assert store.history.orders(Asked()) == ()
        assert store.history.fills(Asked()) == ()
        assert store.history.trades(Asked()) == ()
        assert store.history.told(Asked()) == ()
        assert store.history.judgements(asked) == ()
        assert store.standing.holdings([KEY.account_id]) == ()
        assert store.standing.results_of_bots(KEY.account_id, MONDAY) == {}
        alert = store.history.alert(AlertId("ALERT1"))
        assert alert is not None
        assert alert.status is Status.PENDING

    # ---- again

    def test_a_judgement_that_is_recorded_again_is_a_conflict_and_changes_nothing(self, store: Store) -> None:
        store.inbox.post(KEY, Woken(), MONDAY)
        claim = claimed(store)
        assert claim.posted is not None
        whole = judged(
            store, event_id=claim.posted.id, book=a_book(shares=(a_share(),)), fills=(a_fill(),),
            results=(a_result(7),),
            commands=(TakeSurvey(), Tell(urgency=Urgency.NOTE, text="bought"), Remind(at=at(9))))  # fmt: skip
        errands = store.ledger.record(whole, MONDAY)

        with pytest.raises(ConflictError):
            store.ledger.record(whole, at(1))

        assert store.ledger.book(KEY).version == 1
        assert len(store.history.fills(Asked())) == len(store.history.told(Asked())) == 1
        assert store.standing.results_of_bots(KEY.account_id, MONDAY) == {BOT: Decimal(7)}
        assert store.inbox.waiting(MONDAY) == 0
        store.inbox.release(claim)
        assert claimed(store).left_over == errands

    def test_an_event_is_judged_once_even_by_one_who_has_read_the_newest_book(self, store: Store) -> None:
        record(store, event_id="E1", book=a_book(moves=1))

        with pytest.raises(ConflictError, match="judged already"):
            record(store, event_id="E1", book=a_book(moves=2))

        assert store.ledger.book(KEY).moves == 1

    def test_an_errand_that_is_done_twice_is_done(self, store: Store) -> None:
        errands = record(store, commands=(TakeSurvey(), TakeSurvey()))

        store.ledger.done([errands[0].id])
        store.ledger.done([*ids(errands), ErrandId("never heard of")])
        store.ledger.done([])

        assert store.inbox.claim(MONDAY) is None

    # ---- alerts

    def test_a_verdict_ends_its_alert(self, store: Store) -> None:
        store.inbox.accept(a_delivery(), MONDAY)
        refused = Verdict(
            alert_id=AlertId("ALERT1"), status=Status.REFUSED, outcome="Refused: market closed.",
            refusal=Refusal.MARKET_CLOSED, gates=(GATE,))  # fmt: skip

        record(store, verdicts=(refused,), now=at(2))

        alert = store.history.alert(AlertId("ALERT1"))
        assert alert is not None
        assert (alert.status, alert.outcome, alert.refusal) == (refused.status, refused.outcome, refused.refusal)
        assert (alert.gates, alert.ended_at) == ((GATE,), at(2))

    def test_a_verdict_on_the_way_leaves_the_end_open_and_its_gates_stay(self, store: Store) -> None:
        store.inbox.accept(a_delivery(), MONDAY)
        pending = Verdict(alert_id=AlertId("ALERT1"), status=Status.PENDING, outcome="Entry sent.", gates=(GATE,))

        record(store, verdicts=(pending,))
        under_way = store.history.alert(AlertId("ALERT1"))
        record(store, verdicts=(evolve(pending, status=Status.DONE, outcome="Bought 10.", gates=()),), now=at(5))
        ended = store.history.alert(AlertId("ALERT1"))

        assert under_way is not None
        assert ended is not None
        assert (under_way.status, under_way.outcome, under_way.ended_at) == (Status.PENDING, "Entry sent.", None)
        assert (ended.status, ended.outcome, ended.ended_at) == (Status.DONE, "Bought 10.", at(5))
        assert under_way.gates == ended.gates == (GATE,)

    def test_a_verdict_on_an_alert_that_nobody_knows_is_passed_over(self, store: Store) -> None:
        record(store, verdicts=(Verdict(alert_id=AlertId("gone"), status=Status.DONE, outcome="done"),))

        assert store.history.alert(AlertId("gone")) is None

    # ---- orders and open books

    def test_an_order_is_known_in_its_newest_form_even_when_it_has_ended(self, store: Store) -> None:
        filled = an_order(state=OrderState.FILLED, filled=Decimal(10), average_price=Decimal("100.25"))

        record(store, orders=(an_order(), an_order("ALERT1-2-1")))
        record(store, orders=(filled,))

        assert store.ledger.order(OrderId("ALERT1-1-1")) == filled
        assert store.ledger.order(OrderId("ALERT1-2-1")) == an_order("ALERT1-2-1")
        assert len(store.history.orders(Asked())) == 2

    def test_an_order_that_nobody_made_is_none(self, store: Store) -> None:
        assert store.ledger.order(OrderId("never")) is None

    @pytest.mark.parametrize(
        "book",
        [
            a_book(shares=(a_share(),)),
            a_book(orders=(an_order(),)),
            a_book(waiting=(Wish(id=PlanId("W"), signal=Signal.BUY, bot_id=BOT, came_at=MONDAY),)),
        ],
        ids=["holds", "works", "waits"],
    )
    def test_a_book_is_open_while_it_has_anything(self, store: Store, book: Book) -> None:
        record(store, key=MSFT, book=a_book())
        record(store, book=book)
        record(store, key=ELSEWHERE, book=book)

        everywhere, here = store.ledger.open_books(), store.ledger.open_books(KEY.account_id)
        for key in (KEY, ELSEWHERE):
            record(store, key=key, book=a_book())

        assert set(everywhere) == {KEY, ELSEWHERE}
        assert here == (KEY,)
        assert store.ledger.open_books() == ()

    def test_books_in_which_an_entry_is_under_way_are_told(self, store: Store) -> None:
        entering = a_book(orders=(an_order(),))
        record(store, key=MSFT, book=a_book(orders=(an_order(purpose=Purpose.STOP),)))
        for key in (KEY, ELSEWHERE):
            record(store, key=key, book=entering)

        everywhere = store.ledger.books_entering([KEY.account_id, ELSEWHERE.account_id])
        here = store.ledger.books_entering([KEY.account_id])
        record(store, book=a_book())

        assert [book.key for book in everywhere] == [KEY, ELSEWHERE]
        assert here == everywhere[:1]
        assert store.ledger.books_entering([KEY.account_id]) == ()
        assert store.ledger.books_entering([]) == ()

    def test_a_judgement_keeps_the_facts_it_was_made_on(self, store: Store) -> None:
        whole = evolve(judged(store), facts=some_facts(equity_high=Decimal("1.10")))

        store.ledger.record(whole, MONDAY)

        assert store.history.judgements(Asked())[0].facts == whole.facts

    def test_what_no_database_takes_for_a_text_stops_no_judgement(self, store: Store) -> None:
        record(store, commands=(Tell(urgency=Urgency.NOTE, text="a\0b\ud800c“"),))

        (told,) = store.history.told(Asked())
        assert told.text.startswith("a")
        assert told.text.endswith("c“")

    def test_an_event_that_is_passed_over_leaves_the_inbox_and_no_trace(self, store: Store) -> None:
        store.inbox.post(KEY, Woken(), MONDAY)
        claim = claimed(store)
        assert claim.posted is not None

        store.ledger.pass_over(claim.posted.id)
        store.ledger.pass_over(claim.posted.id)
        store.inbox.release(claim)

        assert store.inbox.claim(MONDAY) is None
        assert store.ledger.book(KEY).version == 0
        assert store.history.judgements(Asked()) == ()
