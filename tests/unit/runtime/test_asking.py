"""Test that venues are asked side by side, each answer comes to its question, and silence ends the wait."""

from collections.abc import Callable
from functools import partial
from threading import Barrier, Event

import pytest

from tradecore.domain.errors import UnreachableError
from tradecore.entrypoints.runtime.asking import side_by_side

LONG = 60.0


def away() -> int:
    raise UnreachableError("away")


def test_each_question_has_its_answer_or_its_error_also_where_there_are_many() -> None:
    questions: dict[int, Callable[[], int]] = {number: partial(abs, -number) for number in range(100)}

    told = side_by_side(questions | {7: away}, seconds=LONG)

    assert str(told.pop(7)) == "away"
    assert told == {number: number for number in range(100) if number != 7}
    assert side_by_side({}, seconds=LONG) == {}


def test_they_are_asked_at_the_same_time() -> None:
    both = Barrier(2, timeout=LONG)

    assert set(side_by_side({"a": both.wait, "b": both.wait}, seconds=LONG).values()) == {0, 1}


def test_who_is_silent_takes_nobody_elses_answer_away() -> None:
    frozen = Event()

    told = side_by_side({"silent": frozen.wait, "quick": frozen.is_set}, seconds=1)
    frozen.set()

    assert told["quick"] is False
    assert str(told["silent"]) == "it has not answered within 1 s"


def test_a_bug_is_no_answer() -> None:
    with pytest.raises(ZeroDivisionError):
        side_by_side({"wrong": lambda: 1 // 0}, seconds=LONG)
