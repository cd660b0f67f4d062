"""Kill a process at every boundary that an alert crosses until its trade is over: nothing must come of it."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.kill import page
from tests.kill.matrix import COLUMNS, DONE, Laboratory, laboratories

# Each group takes some ten seconds: long enough to be worth its laboratory, short enough to be shared out.
_GROUPS: Final = 8
# Most of a life is spent waiting, for a disk or for a moment to come.
_AT_ONCE: Final = 5


@pytest.fixture(scope="session")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Laboratory]]:
    with laboratories(tmp_path_factory.mktemp("kill")) as columns:
        yield columns


@pytest.mark.parametrize("column", COLUMNS)
def test_the_page_tells_of_every_boundary(columns: Mapping[str, Laboratory], column: str) -> None:
    crossed = columns[column].boundaries()

    assert crossed == page.promised(column)
    assert {line for line in page.read() if not dict(line.outcomes)[column].startswith((DONE, page.NONE))} == set()


@pytest.mark.parametrize("group", range(_GROUPS))
@pytest.mark.parametrize("column", COLUMNS)
def test_nothing_comes_of_a_death(columns: Mapping[str, Laboratory], column: str, group: int) -> None:
    fates = list(page.promised(column).items())[group::_GROUPS]

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        findings = pool.map(lambda fate: columns[column].disturbed(fate[1], fate[0]), fates)
        harm = {fate: finding.problems for fate, finding in zip(fates, findings, strict=True) if finding.problems}

    assert not harm
