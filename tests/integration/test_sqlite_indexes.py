"""No step on an alert's way reads a table from end to end: the past may be as long as it likes."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import Connection, event

from tests.builders import AAPL, ACCOUNT, BOT, KEY, MONDAY, USER, a_book, a_bot, a_user, an_account
from tests.promises.store import (
    PLAN,
    a_delivery,
    a_fill,
    a_result,
    a_share,
    a_trade,
    an_order,
    at,
    claimed,
    judged,
)
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.domain.commands import Remind, TakeSurvey, Tell, Urgency
from tradecore.domain.decisions import Status, Verdict
from tradecore.domain.ids import AlertId, HaltId, OrderId, Symbol
from tradecore.domain.limits import DrawdownForm
from tradecore.domain.parties import Venue
from tradecore.ports.history import Asked

# Only what is still to be done lies in these, or what is open.
SHORT = {"SCAN errands", "SCAN books USING INDEX ix_books_open"}
DRAWDOWNS = (DrawdownForm.INTRADAY, DrawdownForm.END_OF_DAY)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    migrate(f"sqlite:///{tmp_path}/tradecore.db")
    store = SqlStore(f"sqlite:///{tmp_path}/tradecore.db")
    for entry in (a_user(), an_account(), a_bot()):
        store.directory.keep(entry)
    store.directory.list_instruments(Venue.PAPER, (AAPL,))
    yield store
    store.close()


@pytest.fixture
def statements(store: SqlStore) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []

    def see(_c: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            seen.append((statement, parameters[0] if many else parameters))

    event.listen(store._database._engine, "before_cursor_execute", see)
    return seen


def scans(store: SqlStore, statements: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Return what SQLite would read from end to end, with the statement that makes it."""
    found = []
    with store._database.read() as connection:
        for statement, parameters in statements.copy():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            for row in plan:
                step = str(row.detail)
                if step.startswith("SCAN") and not step.startswith(("SCAN anon_", "SCAN (", "SCAN CONSTANT", *SHORT)):
                    found.append((step, statement))
    return found


def test_the_way_of_an_alert_reads_by_index(store: SqlStore, statements: list[tuple[str, Any]]) -> None:
    store.inbox.accept(a_delivery(), MONDAY)
    claim = claimed(store)
    assert claim.posted is not None
    whole = judged(
        store, event_id=claim.posted.id, event=claim.posted.event, book=a_book(shares=(a_share(),)),
        orders=(an_order(),), fills=(a_fill(),), results=(a_result(1),), trades=(a_trade(),),
        verdicts=(Verdict(alert_id=AlertId("ALERT1"), status=Status.DONE, outcome="bought"),),
        commands=(TakeSurvey(), Tell(urgency=Urgency.NOTE, text="bought"), Remind(at=at(9))))  # fmt: skip
    errands = store.ledger.record(whole, MONDAY)
    store.ledger.record(judged(store, errand_id=errands[0].id, orders=(an_order(),)), MONDAY)
    store.inbox.release(claim)
    claimed(store)
    store.inbox.claim(MONDAY)
    store.ledger.done([errands[1].id])

    assert scans(store, statements) == []
    assert len(statements) > 20


def test_the_facts_of_a_decision_are_read_by_index(store: SqlStore, statements: list[tuple[str, Any]]) -> None:
    standing, directory = store.standing, store.directory
    for days in (1, 0):
        standing.mark_equity(ACCOUNT, MONDAY.date() - timedelta(days=days), Decimal(1000))
    for form in DRAWDOWNS:
        standing.equity_high(ACCOUNT, form, MONDAY.date())
    standing.holdings([ACCOUNT])
    for _ in range(2):
        standing.results_of_bots(ACCOUNT, MONDAY)
    standing.losses_in_a_row(ACCOUNT, MONDAY)
    standing.orders_since(ACCOUNT, MONDAY)
    directory.user(USER)
    directory.account(ACCOUNT)
    directory.accounts(USER)
    directory.bot(BOT)
    directory.bots(account_id=ACCOUNT, symbol=AAPL.root)
    directory.token("hash")
    directory.tokens(USER)
    directory.halts()
    directory.halt(HaltId("H"))
    directory.instrument(Venue.PAPER, AAPL.symbol)
    directory.instrument(Venue.PAPER, Symbol("MES"))
    store.ledger.book(KEY)
    store.ledger.order(OrderId("O"))
    store.ledger.open_books()
    store.ledger.open_books(ACCOUNT)
    store.ledger.books_entering([ACCOUNT])

    assert scans(store, statements) == []
    assert len(statements) > 20


@pytest.mark.parametrize(
    "asked",
    [
        Asked(user_id=USER),
        Asked(account_id=ACCOUNT),
        Asked(account_id=ACCOUNT, since=MONDAY, before=at(9)),
        Asked(bot_id=BOT),
        Asked(plan_id=PLAN),
        Asked(user_id=USER, status=Status.PENDING),
    ],
    ids=["user", "account", "span", "bot", "plan", "status"],
)
def test_questions_about_the_past_are_answered_by_index(
    store: SqlStore, statements: list[tuple[str, Any]], asked: Asked
) -> None:
    history = store.history
    history.alert(AlertId("ALERT1"))
    history.alerts(asked)
    history.books(ACCOUNT)
    history.orders(asked)
    history.fills(asked)
    history.trades(asked)
    if asked.bot_id is None and asked.plan_id is None:
        history.told(asked)
        history.judgements(asked)

    assert scans(store, statements) == []


@pytest.mark.parametrize(
    "asked",
    [
        Asked(),
        Asked(since=MONDAY, before=at(9)),
        Asked(account_id=ACCOUNT, since=MONDAY),
        Asked(account_id=ACCOUNT, symbol=AAPL.symbol),
    ],
    ids=["all", "span", "account", "book"],
)
def test_a_page_of_judgements_is_read_where_it_lies_and_not_sorted(
    store: SqlStore, statements: list[tuple[str, Any]], asked: Asked
) -> None:
    place = None
    for number in range(3):
        store.ledger.record(judged(store), at(number))
    statements.clear()

    while page := store.history.judgements_after(place, evolve(asked, limit=1)):
        place = page[-1].place

    assert len(statements) >= 3
    with store._database.read() as connection:
        for statement, parameters in statements.copy():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            (step,) = (str(row.detail) for row in plan)
            bound = ".at >=" in statement
            assert step.startswith(f"{'SEARCH' if bound else 'SCAN'} judgements USING INDEX ix_judgements_at")


def test_where_bots_stand_is_found_by_index(store: SqlStore, statements: list[tuple[str, Any]]) -> None:
    store.history.last_alerts([BOT])
    store.history.totals([BOT])
    store.history.books(ACCOUNT)

    assert len(statements) == 3
    assert scans(store, statements) == []
