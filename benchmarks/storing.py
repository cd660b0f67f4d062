"""Measure what reading an alert, taking it to disk and trading it cost in one thread, without the web."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.bare import keeping
from benchmarks.lines import Line, compared
from benchmarks.options import Options
from tests.builders import KEY, USER, an_alert
from tests.desk import Desk
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.domain.events import AlertArrived
from tradecore.domain.records import Delivery
from tradecore.domain.signals import Signal
from tradecore.entrypoints.alerts.reading import read

_BODY = b'{"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"}'


def lines(_options: Options) -> Iterator[Line]:
    """Yield each beside the least that it could be."""
    yield compared("read an alert's body", lambda: read(_BODY), "json.loads", lambda: json.loads(_BODY))
    with TemporaryDirectory(prefix="tradecore-bench-") as name:
        yield from _stored(Path(name))


def _stored(folder: Path) -> Iterator[Line]:
    url = f"sqlite:///{folder}/own.sqlite"
    migrate(url)
    store = SqlStore(url)
    numbers = iter(range(10_000_000))

    def accept() -> object:
        alert = an_alert(name=f"A{next(numbers)}")
        delivery = Delivery(
            arrived=AlertArrived(alert=alert), key=KEY, user_id=USER, account_id=KEY.account_id, token_id=None,
            body="x" * 230, identity=alert.id, window=None,
        )  # fmt: skip
        return store.inbox.accept(delivery, alert.received_at)

    (folder / "desk").mkdir()
    desk = Desk(folder=folder / "desk")
    signals = iter([Signal.BUY, Signal.CLOSE] * 1_000_000)

    def trade() -> object:
        desk.send(next(signals))
        return desk.run()

    bare = keeping(f"sqlite:///{folder}/bare.sqlite")
    yield compared("accept an alert, durably", accept, "one bare durable insert", lambda: bare("x" * 230))
    yield compared("alert to filled order, all durable", trade, "one bare durable insert", lambda: bare("x" * 230))
    store.close()
