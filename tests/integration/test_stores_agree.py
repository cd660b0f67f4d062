"""Whatever is asked of them, and in whatever order, the stores in memory, on SQLite and on PostgreSQL answer alike."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.builders import ACCOUNT, BOT, KEY, MONDAY, OTHER_BOT, USER, a_book, an_account
from tests.databases import postgres
from tests.promises.store import (
    ELSEWHERE,
    MSFT,
    OTHER_ACCOUNT,
    Store,
    a_delivery,
    a_fill,
    a_result,
    a_share,
    a_trade,
    an_order,
    ids,
    judged,
)
from tradecore.adapters.memory.store import MemoryStore
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.domain.commands import Remind, TakeSurvey, Tell, Urgency
from tradecore.domain.decisions import Status, Verdict
from tradecore.domain.errors import ConflictError
from tradecore.domain.events import ReconcileDue
from tradecore.domain.ids import AlertId, PlanId
from tradecore.domain.limits import DrawdownForm
from tradecore.domain.orders import OrderState, Purpose
from tradecore.domain.records import Claim, Judged
from tradecore.ports.history import Asked

KEYS = st.sampled_from([KEY, MSFT, ELSEWHERE])
BOTS = st.sampled_from([BOT, OTHER_BOT])
SMALL = st.integers(-3, 3)
WINDOWS = st.sampled_from([None, timedelta(seconds=2), timedelta(days=1)])
EVERYTHING = Asked(limit=10_000)


@cache
def an_empty_database() -> bytes:
    """Return the file that the steps lead to: to write it is quicker than to take them."""
    with TemporaryDirectory() as folder:
        migrate(f"sqlite:///{folder}/tradecore.db")
        return Path(folder, "tradecore.db").read_bytes()


@contextmanager
def a_file() -> Iterator[str]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tradecore.db"
        path.write_bytes(an_empty_database())
        yield f"sqlite:///{path}"


class StoresMachine(RuleBasedStateMachine):
    """Two stores, one history."""

    def __init__(self) -> None:
        super().__init__()
        self.database = self.a_database()
        self.url = self.database.__enter__()
        self.memory = MemoryStore()
        self.sql = SqlStore(self.url)
        self.now = MONDAY
        self.numbers = 0
        self.claims: list[tuple[Claim, Claim]] = []
        self.last: Judged | None = None
        self.both(lambda store: store.directory.keep(an_account()))
        self.both(lambda store: store.directory.keep(an_account(id=OTHER_ACCOUNT, name="another")))

    def teardown(self) -> None:
        try:
            self.somebody_reads()
            self.somebody_counts()
        finally:
            self.sql.close()
            self.database.__exit__(None, None, None)

    def a_database(self) -> AbstractContextManager[str]:
        """Lend an empty database."""
        return a_file()

    def both(self, ask: Callable[[Store], Any]) -> tuple[Any, Any]:
        """Ask both, and hold their answers, or their refusals, to be the same."""
        answers = []
        for store in (self.memory, self.sql):
            try:
                answers.append(ask(store))
            except ConflictError as error:
                answers.append(type(error))
        assert answers[0] == answers[1]
        return answers[0], answers[1]

    def next_number(self) -> int:
        self.numbers += 1
        return self.numbers

    # ---- what can happen

    @rule(seconds=st.sampled_from([-3, 0.5, 1, 5]))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(key=KEYS, identity=st.sampled_from("ABC"), window=WINDOWS)
    def an_alert_comes(self, key: Any, identity: str, window: timedelta | None) -> None:
        delivery = a_delivery(f"ALERT{self.next_number()}", key=key, identity=identity, window=window)
        self.both(lambda store: store.inbox.accept(delivery, self.now))

    @rule(key=KEYS, due=st.none() | SMALL)
    def an_event_comes(self, key: Any, due: int | None) -> None:
        moment = self.now + timedelta(seconds=due) if due is not None else None
        event = ReconcileDue(why=str(self.next_number()))
        self.both(lambda store: store.inbox.post(key, event, self.now, due=moment))

    @rule()
    def a_worker_looks(self) -> None:
        claims = self.both(lambda store: store.inbox.claim(self.now))
        if claims[0] is not None:
            self.claims.append(claims)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), quantity=SMALL, bot=BOTS, amount=SMALL, remind=SMALL, late=st.booleans())
    def a_worker_judges(
        self, data: st.DataObject, quantity: int, bot: Any, amount: int, remind: int, late: bool
    ) -> None:
        claim, _ = data.draw(st.sampled_from(self.claims))
        if late and self.last is not None:
            self.record(self.last)
            return
        number = self.next_number()
        order = an_order(f"{claim.key}-{number % 4}", state=data.draw(st.sampled_from(OrderState)), bot_id=bot,
                         purpose=data.draw(st.sampled_from(Purpose)), created_at=self.now)  # fmt: skip
        known = self.memory.ledger.order(order.id)
        if known is not None:  # Only what may change of an order changes.
            order = known
        shares = (a_share(quantity, bot),) if quantity else ()
        commands = (TakeSurvey(), Tell(urgency=Urgency.NOTE, text=str(number)),
                    Remind(at=self.now + timedelta(seconds=remind)))  # fmt: skip
        verdict = Verdict(alert_id=AlertId(f"ALERT{number - 1}"), status=Status.DONE, outcome=str(number))
        self.record(judged(
            self.memory, key=claim.key, event_id=claim.posted.id if claim.posted is not None else None,
            event=claim.posted.event if claim.posted is not None else None,
            errand_id=claim.left_over[0].id if claim.left_over else None, book=a_book(moves=number, shares=shares),
            orders=(order,), fills=(a_fill(number, bot_id=bot, at=self.now),),
            results=(a_result(amount, bot_id=bot),),
            trades=(a_trade(amount, bot_id=bot, account_id=claim.key.account_id, closed_at=self.now),),
            verdicts=(verdict,), commands=commands[: abs(remind)]))  # fmt: skip

    def record(self, whole: Judged) -> None:
        self.last = whole
        errands, _ = self.both(lambda store: store.ledger.record(whole, self.now))
        if errands and errands is not ConflictError:
            self.both(lambda store: store.ledger.done(ids(errands[:1])))

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def a_worker_gives_a_book_back(self, data: st.DataObject) -> None:
        in_memory, in_sql = self.claims.pop(data.draw(st.integers(0, len(self.claims) - 1)))
        self.memory.inbox.release(in_memory)
        self.sql.inbox.release(in_sql)

    @rule(days=SMALL, equity=st.integers(900, 1100), account=st.sampled_from([ACCOUNT, OTHER_ACCOUNT]))
    def equity_is_marked(self, days: int, equity: int, account: Any) -> None:
        day = MONDAY.date() + timedelta(days=days)
        self.both(lambda store: store.standing.mark_equity(account, day, Decimal(equity)))

    @rule()
    def the_process_dies(self) -> None:
        self.memory.restart()
        self.sql.close()
        self.sql = SqlStore(self.url)
        self.claims.clear()

    # ---- what must be the same then

    @rule()
    def somebody_reads(self) -> None:
        for asked in (EVERYTHING, Asked(user_id=USER, bot_id=BOT, limit=3), Asked(plan_id=PlanId("ALERT1"))):
            self.both(lambda store, asked=asked: store.history.alerts(asked))  # type: ignore[misc]  # bound early
            self.both(lambda store, asked=asked: store.history.orders(asked))  # type: ignore[misc]  # bound early
            self.both(lambda store, asked=asked: store.history.fills(asked))  # type: ignore[misc]  # bound early
            self.both(lambda store, asked=asked: store.history.trades(asked))  # type: ignore[misc]  # bound early
            self.both(lambda store, asked=asked: store.history.judgements(asked))  # type: ignore[misc]  # bound early
            self.both(lambda store, asked=asked: store.history.told(asked))  # type: ignore[misc]  # bound early

    @rule()
    def somebody_counts(self) -> None:
        self.both(lambda store: [store.ledger.book(key) for key in (KEY, MSFT, ELSEWHERE)])
        self.both(lambda store: set(store.ledger.open_books()))
        self.both(lambda store: store.history.books(ACCOUNT))
        self.both(lambda store: store.standing.holdings([ACCOUNT, OTHER_ACCOUNT]))
        self.both(lambda store: store.standing.results_of_bots(ACCOUNT, MONDAY))
        self.both(lambda store: store.standing.losses_in_a_row(ACCOUNT, MONDAY))
        self.both(lambda store: store.standing.orders_since(ACCOUNT, MONDAY))
        for form in DrawdownForm:
            self.both(lambda store, form=form: store.standing.equity_high(ACCOUNT, form, MONDAY.date()))  # type: ignore[misc]  # bound early


class PostgresMachine(StoresMachine):
    """The same with the other database."""

    def a_database(self) -> AbstractContextManager[str]:
        return postgres()


TestStoresAgree = StoresMachine.TestCase
TestPostgresAgrees = PostgresMachine.TestCase
TestStoresAgree.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    phases=[Phase.reuse, Phase.generate],  # To shrink what writes to a disk takes longer than to read it.
    suppress_health_check=[HealthCheck.too_slow],
)
TestPostgresAgrees.settings = settings(TestStoresAgree.settings, max_examples=15)
