"""Nothing that was not carried passes for done, and one who fails leaves the way free for the next."""

from collections.abc import Callable

import pytest

from tradecore.adapters.sql.batching import Batcher
from tradecore.domain.errors import UnreachableError


def a_batcher(failures: list[BaseException], *, before: bool) -> tuple[Batcher[str], list[str]]:
    """Return one that fails so often, *before* it takes or after, and what it has carried in the end."""
    carried: list[str] = []

    def carry(take: Callable[[], list[str]]) -> None:
        if before and failures:
            raise failures.pop()
        items = take()
        if failures:
            raise failures.pop()
        carried.extend(items)

    return Batcher(carry, patience_seconds=0.2), carried


@pytest.mark.parametrize("before", [True, False], ids=["before it took", "after it took"])
@pytest.mark.parametrize(
    "error",
    [UnreachableError("away"), OSError(24, "too many open files"), MemoryError(), KeyboardInterrupt()],
    ids=repr,
)
def test_who_is_not_carried_hears_of_it_and_the_next_one_is(error: BaseException, before: bool) -> None:
    batcher, carried = a_batcher([error], before=before)

    with pytest.raises(type(error)):
        batcher.bring("first")
    batcher.bring("second")

    assert carried == ["second"]
