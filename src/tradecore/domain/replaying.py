"""Judge stored judgements again, and list what today's code would have decided otherwise."""

from collections.abc import Iterable, Iterator

from attrs import frozen

from tradecore.domain.deciding import decide
from tradecore.domain.decisions import Decision
from tradecore.domain.records import Judged


@frozen
class Difference:
    """A judgement, and what it would be today."""

    judged: Judged
    today: Decision


def differences(stored: Iterable[Judged]) -> Iterator[Difference]:
    """Yield each judgement that comes out otherwise when the same event meets the same book and facts again."""
    for judged in stored:
        again = decide(judged.before, judged.event, judged.facts)
        if again != judged.decision:
            yield Difference(judged, again)
