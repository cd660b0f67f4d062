"""Hold the journal to what must outlive the process."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.unit.adapters.exchanges import (
    AAPL,
    BUY,
    DESK,
    LISTED,
    MES,
    SELL,
    D,
    a_bracket,
    a_tape,
    a_ticket,
    an_exchange,
    cancel,
    net,
    row,
    stand,
)
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.exchange import AccountTerms, Exchange, FileJournal, Offsets
from tradecore.adapters.memory.exchange.journal import Journal
from tradecore.adapters.memory.exchange.records import Record
from tradecore.domain.errors import MalformedError
from tradecore.domain.instruments import Market
from tradecore.domain.orders import News

ROOT = Path(__file__).parents[3]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "exchange.jsonl"


def again(path: Path) -> Exchange:
    """Open the exchange as after a crash: nobody closed the old one."""
    return Exchange(MemoryClock(), journal=FileJournal(path))


def a_day(exchange: Exchange) -> None:
    """Trade a little of everything."""
    exchange.fill_in_parts(AAPL, [D(4), D(1)])
    exchange.submit(DESK, a_ticket("part", limit=100))
    exchange.submit(DESK, a_ticket("mes", BUY, 3, symbol=MES), Offsets(stop=D(-5), target=D(10)))
    exchange.price(MES, D("100.25"))
    exchange.submit(DESK, a_ticket("asleep", limit=90, bracket=a_bracket(80, 110)))
    exchange.submit(DESK, a_ticket("stop-limit", stop=99, limit=98, quantity=1))
    exchange.submit(DESK, a_ticket("ended", limit=70))
    cancel(exchange, "ended")
    exchange.reject_next("no")
    exchange.submit(DESK, a_ticket("refused"))
    exchange.place_by_hand(DESK, MES, SELL, D(1))
    exchange.block(DESK, "for lunch")


def test_after_a_crash_all_is_as_before(path: Path) -> None:
    before = an_exchange(journal=FileJournal(path), commission_per_unit=D("0.37"), margin=D(40))
    a_day(before)

    after = again(path)

    assert after.orders(DESK) == before.orders(DESK)
    assert after.positions(DESK) == before.positions(DESK)
    assert after.state(DESK) == before.state(DESK)
    assert (after.cash(DESK), after.realised(DESK), after.commission(DESK)) == (
        before.cash(DESK),
        before.realised(DESK),
        before.commission(DESK),
    )
    assert after.terms(DESK) == before.terms(DESK)
    assert after.instruments() == before.instruments()
    assert after.quote(AAPL) == before.quote(AAPL)


def test_after_a_crash_used_ids_stay_used(path: Path) -> None:
    a_day(an_exchange(journal=FileJournal(path)))
    after = again(path)
    orders = len(after.orders(DESK))

    for used in ("refused", "ended", "asleep-SL"):
        after.submit(DESK, a_ticket(used))

    assert after.duplicates == 3
    assert len(after.orders(DESK)) == orders


def test_after_a_crash_new_orders_have_new_ids_of_the_exchange(path: Path) -> None:
    before = an_exchange(journal=FileJournal(path))
    before.submit(DESK, a_ticket("e", bracket=a_bracket()))

    fresh = again(path).submit(DESK, a_ticket("later", limit=90))

    assert int(fresh.id) > int(row(before, "e-TP").id)


def test_after_a_crash_an_open_bracket_still_protects(path: Path) -> None:
    an_exchange(journal=FileJournal(path)).submit(DESK, a_ticket("e", bracket=a_bracket()))
    after = again(path)

    after.price(AAPL, D(94))

    assert stand(after, "e-SL") == (News.FILLED, D(10), D(94))
    assert row(after, "e-TP").news is News.CANCELLED
    assert net(after) == 0


def test_after_a_crash_a_sleeping_bracket_still_wakes(path: Path) -> None:
    an_exchange(journal=FileJournal(path)).submit(DESK, a_ticket("e", limit=90, bracket=a_bracket(80, 110)))
    after = again(path)

    after.price(AAPL, D(90))

    assert [one.order_id for one in after.working(DESK)] == ["e-SL", "e-TP"]


def test_after_a_crash_a_stop_that_was_reached_stays_reached(path: Path) -> None:
    before = an_exchange(journal=FileJournal(path))
    before.submit(DESK, a_ticket(stop=105, limit=106))
    before.price(AAPL, D(107))
    after = again(path)

    after.price(AAPL, D(104))

    assert stand(after, "t-1") == (News.FILLED, D(10), D(106))


def test_after_a_crash_a_stop_that_found_nobody_to_trade_with_goes_on_trying(path: Path) -> None:
    before = an_exchange(journal=FileJournal(path))
    before.submit(DESK, a_ticket(stop=105))
    before.fill_in_parts(AAPL, [D(0)])
    before.price(AAPL, D(106))
    after = again(path)

    after.price(AAPL, D(104))

    assert stand(after, "t-1") == (News.FILLED, D(10), D(104))


def test_after_a_crash_a_limit_that_rested_has_rested(path: Path) -> None:
    before = an_exchange(journal=FileJournal(path))
    before.close_market(Market.US_EQUITIES)
    before.submit(DESK, a_ticket(limit=90))
    before.open_market(Market.US_EQUITIES)
    after = again(path)

    after.price(AAPL, D(80))

    assert stand(after, "t-1") == (News.FILLED, D(10), D(90))


def test_opening_the_account_again_keeps_its_money(path: Path) -> None:
    an_exchange(journal=FileJournal(path)).submit(DESK, a_ticket())
    after = again(path)

    after.list(*LISTED)
    after.open_account(DESK, AccountTerms(cash=D(5)))

    assert after.cash(DESK) == 99_000
    assert again(path).terms(DESK).cash == 5


@pytest.mark.parametrize("rest", ['{"rows":[', "\x00\x00\x00\x00\n", '{"rows":[{"id":"9"}]}\n'])
def test_a_torn_last_line_is_dropped(path: Path, rest: str) -> None:
    before = an_exchange(journal=FileJournal(path))
    before.submit(DESK, a_ticket())
    with path.open("a") as file:
        file.write(rest)

    after = again(path)
    assert after.orders(DESK) == before.orders(DESK)

    after.submit(DESK, a_ticket("t-2"))
    assert again(path).orders(DESK) == after.orders(DESK)


def test_nonsense_in_the_middle_is_named(path: Path) -> None:
    an_exchange(journal=FileJournal(path)).submit(DESK, a_ticket())
    lines = path.read_text().splitlines()
    lines[1] = lines[1][: len(lines[1]) // 2]
    path.write_text("\n".join(lines) + "\n")

    with pytest.raises(MalformedError, match=r"exchange\.jsonl:2"):
        again(path)


def test_a_number_without_quotes_is_nonsense(path: Path) -> None:
    an_exchange(journal=FileJournal(path))
    path.write_text('{"quotes":[{"symbol":"AAPL","last":1.5,"at":"2026-01-05T15:00:00+00:00"}]}\n{}\n')

    with pytest.raises(MalformedError, match="in quotes"):
        again(path)


def test_loading_leaves_one_line(path: Path) -> None:
    a_day(an_exchange(journal=FileJournal(path)))
    assert len(path.read_text().splitlines()) > 10

    again(path)

    assert len(path.read_text().splitlines()) == 1
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_numbers_are_written_in_quotes_and_exactly(path: Path) -> None:
    exchange = an_exchange(journal=FileJournal(path))
    exchange.submit(DESK, a_ticket(quantity="0.123456789"))

    written = json.loads(path.read_text().splitlines()[-1])

    assert written["rows"][0]["quantity"] == "0.123456789"
    assert written["accounts"][0]["cash"] == "99987.654321100"
    assert again(path).cash(DESK) == exchange.cash(DESK) == D("99987.6543211")


def test_a_tick_that_changes_nothing_writes_nothing(path: Path) -> None:
    exchange = an_exchange(journal=FileJournal(path))
    size = path.stat().st_size

    exchange.price(AAPL, D(101))

    assert path.stat().st_size == size


class FullDisk(Journal):
    """Takes what it is told until it is full."""

    def __init__(self) -> None:
        self.is_full = False
        self.records: list[Record] = []

    def read(self) -> tuple[Record, ...]:
        return tuple(self.records)

    def write(self, record: Record) -> None:
        if self.is_full:
            raise OSError("no space left")
        self.records.append(record)

    def replace(self, record: Record) -> None:
        self.records = [record]


def test_what_was_not_written_down_is_neither_answered_nor_told_but_not_forgotten() -> None:
    journal = FullDisk()
    exchange = an_exchange(journal=journal)
    tape = a_tape(exchange)
    journal.is_full = True
    with pytest.raises(OSError, match="no space left"):
        exchange.submit(DESK, a_ticket())
    assert tape.lines == []

    journal.is_full = False
    exchange.submit(DESK, a_ticket("t-2"))

    assert tape.lines == ["t-1 accepted 0", "t-1 filled 10", "t-2 accepted 0", "t-2 filled 10"]
    after = Exchange(MemoryClock(), journal=journal)
    assert after.orders(DESK) == exchange.orders(DESK)


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from tests.unit.adapters.exchanges import AAPL, DESK, D, a_bracket, a_ticket, an_exchange
    from tradecore.adapters.memory.exchange import FileJournal

    exchange = an_exchange(journal=FileJournal(Path(sys.argv[1])))
    exchange.submit(DESK, a_ticket("e", bracket=a_bracket()))
    exchange.submit(DESK, a_ticket("l", limit=90))
    os.kill(os.getpid(), signal.SIGKILL)
"""


FULL = """
    import resource, sys
    from pathlib import Path
    from tests.unit.adapters.exchanges import DESK, a_ticket, an_exchange
    from tradecore.adapters.memory.exchange import FileJournal

    path = Path(sys.argv[1])
    exchange = an_exchange(journal=FileJournal(path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 50, resource.RLIM_INFINITY))
    try:
        exchange.submit(DESK, a_ticket())
    except OSError:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        exchange.submit(DESK, a_ticket("t-2"))
        print("went on")
"""


def run(script: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", dedent(script), str(path)],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )


def test_half_a_line_on_a_full_disk_is_taken_back(path: Path) -> None:
    assert run(FULL, path).stdout == "went on\n"

    after = again(path)

    assert [one.order_id for one in after.orders(DESK)] == ["t-1", "t-2"]
    assert after.accounts() == (DESK,)


def test_a_killed_process_loses_nothing_that_it_answered(path: Path) -> None:
    assert run(KILLED, path).returncode == -signal.SIGKILL

    after = again(path)

    assert net(after) == 10
    assert [one.order_id for one in after.working(DESK)] == ["e-SL", "e-TP", "l"]
