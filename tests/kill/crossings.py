"""Let a process name every boundary that it crosses, and die or freeze at one of them."""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from threading import Lock, get_ident, local
from typing import Any, Final, final

from attrs import define, field, frozen

# What a process writes down once it is at work again after it was frozen, and has left behind what it was doing.
AWAKE: Final = "awake"


@frozen(kw_only=True)
class Fate:
    """The signal that a process sends itself at the boundary `at`."""

    at: str = ""
    by: int = signal.SIGKILL


@define(eq=False)
class _Call:
    """A call of a port, until it returns."""

    name: str
    writes: bool
    thread: int = field(factory=get_ident)
    is_committing: bool = False


@final
@define(eq=False)
class Watch:
    """Writes each boundary down when it is reached; one that is reached again is called by its number."""

    log: Path
    fate: Fate = Fate()
    _counts: Counter[str] = field(factory=Counter, init=False)
    _calls: list[_Call] = field(factory=list, init=False)
    _lock: Lock = field(factory=Lock, init=False)
    _mine: local = field(factory=local, init=False)
    _has_slept: bool = field(default=False, init=False)
    _descriptor: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def reach(self, name: str) -> None:
        """Note that the boundary *name* is reached; whose fate it is goes no further."""
        with self._lock:
            self._counts[name] += 1
            count = self._counts[name]
            name = name if count == 1 else f"{name} ({count})"
            self._note(name)
        if name == self.fate.at:
            os.kill(os.getpid(), self.fate.by)
            self._has_slept = True

    @contextmanager
    def writing(self, name: str) -> Iterator[None]:
        """Mark the three boundaries of a call that writes into the database."""
        with self._calling(_Call(name, writes=True)):
            self.reach(f"{name}: not begun")
            yield
        self.reach(f"{name}: committed")

    def committing(self, _connection: object) -> None:
        """Note that a transaction is about to be committed: it may hold what several threads write."""
        with self._lock:
            writes = [call for call in self._calls if call.writes]
            is_ours = any(call.thread == get_ident() for call in writes)
            fresh = [call for call in writes if is_ours and not call.is_committing]
            for call in fresh:
                call.is_committing = True
        for call in fresh:
            self.reach(f"{call.name}: not committed")

    @contextmanager
    def asking(self, name: str) -> Iterator[None]:
        """Mark the two boundaries of a call to the venue; once it is answered, the next call begins."""
        self._mine.question = name
        try:
            with self._calling(_Call(name, writes=False)):
                self.reach(f"{name}: not sent")
                yield
        finally:
            self._mine.question = None

    def hearing(self) -> None:
        """Note that the venue has answered this thread, and that nobody has read it yet."""
        question: str | None = getattr(self._mine, "question", None)
        if question is not None:
            self.reach(f"{question}: answer not read")

    def at_leisure(self) -> None:
        """Note, once after it was frozen, that the process has come to an end with what it had in its hands."""
        with self._lock:
            if self._has_slept and not self._calls:
                self._has_slept = False
                self._note(AWAKE)

    @contextmanager
    def _calling(self, call: _Call) -> Iterator[None]:
        with self._lock:
            self._calls.append(call)
        try:
            yield
        finally:
            with self._lock:
                self._calls.remove(call)

    def _note(self, line: str) -> None:
        os.write(self._descriptor, f"{line}\n".encode())


def wrap(port: type, method: str, around: Callable[[Any], Callable[..., Any]]) -> None:
    """Put *around* what every adapter of *port* does as *method*."""
    adapters: list[type] = port.__subclasses__()
    for adapter in adapters:
        if method in vars(adapter):
            inner = vars(adapter)[method]
            setattr(adapter, method, wraps(inner)(around(inner)))
