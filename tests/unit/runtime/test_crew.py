"""Test that threads go on whatever happens to them, and stop when told."""

from threading import Event

import pytest
from structlog.testing import capture_logs

from tradecore.domain.errors import UnreachableError
from tradecore.entrypoints.runtime.crew import Crew


@pytest.mark.parametrize(("error", "level"), [(RuntimeError("a bug"), "error"), (UnreachableError("away"), "warning")])
def test_a_thread_that_fails_is_logged_and_runs_again(error: Exception, level: str) -> None:
    crew, again, tries = Crew(), Event(), []

    def work(stopping: Event) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise error
        again.set()
        stopping.wait(10)

    with capture_logs() as lines:
        crew.run("worker", work)
        assert again.wait(10)
        assert crew.stop(seconds=10) == ()

    assert [(line["thread"], line["log_level"]) for line in lines] == [("worker", level)]


def test_repeated_work_goes_on_after_trouble() -> None:
    crew, done, tries = Crew(), Event(), []

    def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise UnreachableError("away")
        if len(tries) == 2:
            raise RuntimeError("a bug")
        done.set()

    with capture_logs() as lines:
        crew.repeat("ticker", work, every_seconds=0.001)
        assert done.wait(10)
        assert crew.stop(seconds=10) == ()

    assert [line["log_level"] for line in lines] == ["warning", "error"]


def test_a_thread_that_does_not_stop_in_time_is_named() -> None:
    crew, let_go, begun = Crew(), Event(), Event()

    def hang(_stopping: Event) -> None:
        begun.set()
        let_go.wait(30)

    crew.run("hanging", hang)
    assert begun.wait(10)

    assert crew.stop(seconds=0.01) == ("hanging",)
    let_go.set()
    assert crew.stop(seconds=10) == ()
