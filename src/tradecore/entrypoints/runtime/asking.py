"""Ask venues side by side, and wait for all of them no longer than is said."""

from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Final, TypeVar

from tradecore.domain.errors import UnreachableError, WorldError

_K = TypeVar("_K")
_A = TypeVar("_A")

_AT_ONCE_MAX: Final = 32


def side_by_side(questions: Mapping[_K, Callable[[], _A]], *, seconds: float) -> dict[_K, _A | WorldError]:
    """Return every answer, or the error in its place; who is silent for *seconds* is waited for no longer.

    Nobody waits for the threads either: a venue that hangs keeps no process from its end.
    """
    waiting: SimpleQueue[tuple[_K, Callable[[], _A]]] = SimpleQueue()
    answers: SimpleQueue[tuple[_K, _A | Exception]] = SimpleQueue()
    for question in questions.items():
        waiting.put(question)
    until = monotonic() + seconds
    for _ in range(min(len(questions), _AT_ONCE_MAX)):
        Thread(target=_ask, args=(waiting, answers), name="question", daemon=True).start()
    told: dict[_K, _A | WorldError] = {}
    while len(told) < len(questions):
        try:
            key, answer = answers.get(timeout=max(0, until - monotonic()))
        except Empty:
            break
        if isinstance(answer, Exception) and not isinstance(answer, WorldError):
            raise answer
        told[key] = answer
    silence = f"it has not answered within {round(seconds, 1):g} s"
    return {key: told.get(key, UnreachableError(silence)) for key in questions}


def _ask(
    waiting: "SimpleQueue[tuple[_K, Callable[[], _A]]]", answers: "SimpleQueue[tuple[_K, _A | Exception]]"
) -> None:
    while True:
        try:
            key, question = waiting.get_nowait()
        except Empty:
            return
        try:
            answers.put((key, question()))
        except Exception as error:  # noqa: BLE001  It is raised where the answer is waited for.
            answers.put((key, error))
