"""On PostgreSQL too, what is next is found by index, however much waits and whatever the server believes of that."""

from typing import Any

from sqlalchemy import Connection, event, insert, text

from tests.builders import KEY, MONDAY, an_account
from tests.databases import postgres
from tests.promises.store import claimed
from tradecore.adapters.sql.intake import event_row
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.sql.tables import EVENTS
from tradecore.domain.book import BookKey
from tradecore.domain.events import Woken
from tradecore.domain.ids import AccountId


def test_a_claim_reads_no_more_where_more_waits() -> None:
    with postgres() as url:
        store, seen = SqlStore(url), []
        store.directory.keep(an_account())
        elsewhere = BookKey(account_id=AccountId("not-mine"), symbol=KEY.symbol)
        with store._database.write() as connection:
            connection.execute(text("INSERT INTO workers VALUES ('another', now() + interval '1 day')"))
            connection.execute(text("INSERT INTO leases VALUES ('not-mine', 'another')"))
            # Counted while nothing waits, as on a quiet day; and then everything comes at once.
            connection.execute(text("ANALYZE events"))
            for key in (elsewhere, KEY):
                connection.execute(insert(EVENTS).inline(), [event_row(key, Woken(), MONDAY, None)] * 3_000)

        @event.listens_for(store._database._engine, "before_cursor_execute")
        def _see(_c: Connection, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            seen.append((statement, parameters))

        assert claimed(store).key == KEY

        near, far = (one for one in seen if one[0].startswith("SELECT anon_1"))
        with store._database.read() as connection:
            plans = [
                connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars().all()
                for statement, parameters in (near, far)
            ]
        store.close()
        for plan, index, count in zip(plans, ("due_seq", "account_id_due_seq"), (4, 2), strict=True):
            steps = [step for step in plan if " on events" in step]
            assert len(steps) == count
            assert all(f"Index Scan using ix_events_{index}" in step for step in steps), plan
        assert not any("Sort Key: events" in step for step in plans[0]), plans[0]
