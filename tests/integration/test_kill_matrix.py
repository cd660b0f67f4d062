"""Kill a process at every boundary that an alert crosses until its trade is over: nothing must come of it."""

import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from tests.kill import page
from tests.kill.crossings import Fate
from tests.kill.matrix import COLUMNS, DONE, Laboratory, kinds, laboratories
from tests.kill.mortal import QUIET, questions, writes
from tests.kill.naming import Names
from tests.kill.soak import soak
from tradecore.domain.signals import Signal

# Each group takes some ten seconds: long enough to be worth its laboratory, short enough to be shared out.
_GROUPS: Final = 6
# Most of a life is spent waiting, for a disk or for a lease to run out.
_AT_ONCE: Final = 5
_SOAK_SECONDS: Final = 15.0


@pytest.fixture(scope="session")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Laboratory]]:
    with laboratories(tmp_path_factory.mktemp("kill")) as columns:
        yield columns


def test_every_call_that_writes_or_sends_is_watched() -> None:
    watched = writes(Names()).keys() | questions(Names()).keys()

    quiet = {(port, name) for port, names in QUIET.items() for name in names}
    assert watched | quiet == {(port, name) for port in QUIET for name in vars(port) if not name.startswith("_")}


@pytest.mark.parametrize("column", COLUMNS)
def test_the_page_tells_of_every_boundary(columns: Mapping[str, Laboratory], column: str) -> None:
    crossed = columns[column].boundaries()

    assert crossed == page.promised(column), "the way of an alert has changed: run `make matrix`"
    assert {line for line in page.read() if not dict(line.outcomes)[column].startswith((DONE, page.NONE))} == set()


@pytest.mark.parametrize("group", range(_GROUPS))
@pytest.mark.parametrize("column", COLUMNS)
def test_nothing_comes_of_a_death(columns: Mapping[str, Laboratory], column: str, group: int) -> None:
    fates = list(page.promised(column).items())[group::_GROUPS]

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        findings = pool.map(lambda fate: columns[column].disturbed(fate[1], fate[0]), fates)
        harm = {fate: finding.problems for fate, finding in zip(fates, findings, strict=True) if finding.problems}

    assert not harm


def test_an_order_that_is_sent_after_it_was_given_up_is_in_the_books(columns: Mapping[str, Laboratory]) -> None:
    frozen = columns["PostgreSQL, frozen and woken"]
    with frozen.trial(Fate(at="place the entry (buy 10): not sent", by=signal.SIGSTOP)) as trial:
        (worker,) = (process for process in trial.house.processes if process.fate.at)
        trial.send(Signal.BUY, "first")
        worker.wait_until_gone()
        trial.send(Signal.CLOSE, "second")
        trial.rest()

        worker.wake()
        trial.rest()

        trial.compare()
        assert not trial.problems


@pytest.mark.parametrize("database", ["SQLite", "PostgreSQL"])
def test_nothing_comes_of_deaths_at_random_moments(
    columns: Mapping[str, Laboratory], tmp_path: Path, database: str
) -> None:
    soaked = soak(
        columns[COLUMNS[0]].zygote, kinds(tmp_path)[database], tmp_path / "soak", seconds=_SOAK_SECONDS, seed=20261121
    )

    assert not soaked.problems, str(soaked)
    assert soaked.alerts
    assert soaked.deaths
