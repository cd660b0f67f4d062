"""Start processes that can be killed, look at them, and end them."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import Any, Final, TypeVar, final

from attrs import asdict, define, frozen

from tests.kill.crossings import AWAKE, Fate

T = TypeVar("T")
SECONDS_MAX: Final = 60.0
# What comes soon is seen soon, and a long wait costs little.
_LOOK_SECONDS: Final = 0.01
_LOOK_SECONDS_MAX: Final = 0.15
_URL: Final = re.compile(r"ready at (http://\S+)")
_ROOT: Final = Path(__file__).parents[2]


def until(look: Callable[[], T | None], what: Callable[[], str] | str, seconds: float = SECONDS_MAX) -> T:
    """Return what *look* finds, as soon as it finds anything; where it never does, say *what* was waited for."""
    pause, wait_seconds = Event(), _LOOK_SECONDS
    end = monotonic() + seconds
    while monotonic() < end:
        if found := look():
            return found
        pause.wait(wait_seconds)
        wait_seconds = min(1.3 * wait_seconds, _LOOK_SECONDS_MAX)
    message = f"in vain for {seconds:.0f} s: {what if isinstance(what, str) else what()}"
    raise AssertionError(message)


@final
@frozen
class Mortal:
    """One process of tradecore's."""

    zygote: "Zygote"
    pid: int
    command: str
    fate: Fate
    log: Path
    said: Path

    @property
    def state(self) -> str:
        """`running`, `frozen` or `ended`."""
        return str(self.zygote.ask(look=self.pid))

    def send(self, number: int) -> None:
        """Send it a signal; one that has ended hears nothing."""
        self.zygote.ask(send=number, to=self.pid)

    def wait_until_gone(self) -> None:
        """Return once it is dead or frozen."""
        until(lambda: self.state != "running", f"{self.command} should be gone")

    def wake(self) -> None:
        """Let it go on where it was frozen, and wait until it has nothing of that in its hands any more."""
        self.send(signal.SIGCONT)
        if self.fate.at in self.crossed:
            until(lambda: AWAKE in self.crossed or self.state == "ended", f"{self.command} should come to itself")

    def end(self) -> None:
        """Kill it, and wait until it is dead."""
        self.send(signal.SIGKILL)
        until(lambda: self.state == "ended", f"{self.command} should be dead")

    @property
    def crossed(self) -> tuple[str, ...]:
        """The boundaries that it has crossed, the last one perhaps only reached."""
        return tuple(self.log.read_text(encoding="utf-8").splitlines()) if self.log.exists() else ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What it has said."""
        return tuple(self.said.read_text(encoding="utf-8").splitlines()) if self.said.exists() else ()

    @property
    def url(self) -> str | None:
        """Where it serves the web, as it has said."""
        found = _URL.search("\n".join(self.lines))
        return found[1] if found else None

    @property
    def errors(self) -> str:
        """What it has logged."""
        path = Path(f"{self.said}.stderr")
        return path.read_text(encoding="utf-8") if path.exists() else ""


@final
@define(eq=False)
class Zygote:
    """The process that forks all others. Any thread may ask it."""

    _process: "subprocess.Popen[str]"
    _lock: Lock

    @classmethod
    @contextmanager
    def living(cls, errors: Path) -> "Iterator[Zygote]":
        """Lend one until the block ends; nothing that it has started outlives it."""
        with errors.open("a") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.kill.zygote"], cwd=_ROOT, text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=file)  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        with process:
            try:
                yield cls(process, Lock())
            finally:
                process.stdin.close()
                process.stdout.read()

    def start(self, command: str, environ: dict[str, str], folder: Path, fate: Fate = Fate()) -> Mortal:
        """Start one process; its traces are left in *folder*."""
        with self._lock:
            number = sum(1 for _ in folder.glob("*.said"))
            said = folder / f"{number}-{command}.said"
            said.touch()
            log = said.with_suffix(".crossed")
            life = {"command": command, "environ": environ, "log": str(log), "fate": asdict(fate)}
            pid = self._ask({"start": life, "said": str(said)})
        return Mortal(self, pid, command, fate, log, said)

    def ask(self, **question: Any) -> Any:
        """Put one question, and return the answer."""
        with self._lock:
            return self._ask(question)

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the zygote is dead"
        return json.loads(line)
