"""Test that the benchmarks' sender sends what it is told, when it is due, and counts what comes back."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from benchmarks.load import PLACE, Job, Outcome, started
from benchmarks.processes import program


def sent(port: int, *, seconds: float, per_second: float | None) -> Outcome:
    job = Job(port=port, target="/webhook", bodies=(f'{{"alert_id": "{PLACE}"}}',), connections=3, seconds=seconds,
              per_second=per_second, first=7)  # fmt: skip
    with started(job) as load:
        return load.go()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with program("bare", "answer") as port:
        yield port


def test_every_connection_is_kept_busy(port: int) -> None:
    outcome = sent(port, seconds=0.2, per_second=None)

    assert outcome.statuses == {"202": len(outcome.latencies)}
    assert len(outcome.latencies) > 3
    assert outcome.per_second * max(outcome.latencies) >= 1


def test_requests_leave_when_they_are_due(port: int) -> None:
    outcome = sent(port, seconds=0.2, per_second=100)

    assert [int(one.number) for one in outcome.sent] == list(range(7, 27))
    assert [later.due - one.due for one, later in pairwise(outcome.sent)] == pytest.approx([0.01] * 19)
    assert all(one.answered > one.due and one.answer.startswith("HTTP/1.1 202 ") for one in outcome.sent)
