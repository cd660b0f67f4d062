"""On PostgreSQL too, what is next is found by index, however much waits and whatever the server believes of that."""

from typing import Any

from sqlalchemy import Connection, event, insert, text

from tests.builders import KEY, MONDAY, an_account
from tests.databases import postgres
from tests.promises.store import claimed
from tradecore.adapters.sql.intake import event_row
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.sql.tables import EVENTS
from tradecore.domain.events import Woken


def test_a_claim_reads_no_more_where_more_waits() -> None:
    with postgres() as url:
        store, seen = SqlStore(url), []
        store.directory.keep(an_account())
        with store._database.write() as connection:
            # Counted while nothing waits, as on a quiet day; and then everything comes at once.
            connection.execute(text("ANALYZE events"))
            row = event_row(KEY, Woken(), MONDAY, None)
            connection.execute(insert(EVENTS).inline(), [row] * 3_000)

        @event.listens_for(store._database._engine, "before_cursor_execute")
        def _see(_c: Connection, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            seen.append((statement, parameters))

        claimed(store)

        statement, parameters = next(one for one in seen if one[0].startswith("SELECT anon_1"))
        with store._database.read() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars().all()
        store.close()
        steps = [step for step in plan if " on events" in step]
        assert len(steps) == 2
        assert all("Index Scan using ix_events_due_seq" in step for step in steps), plan
        assert not any("Sort Key: events" in step for step in plan), plan
