"""Fork processes that have imported everything already, so that a start costs a tenth of a second.

It reads one command a line: start a life, look at a process, send a signal to one; and answers each with one line.
It alone waits for its children, so that the number of a dead one is nobody else's before all have heard of it.
"""

import json
import os
import signal
import sys
import traceback
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Final

import httpx
from sqlalchemy import create_engine

from tests.builders import a_bot
from tests.desk import Desk
from tests.kill.crossings import Fate
from tests.kill.mortal import Life, live
from tradecore.domain.decisions import Status
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.signals import Signal
from tradecore.entrypoints.runtime import wiring
from tradecore.entrypoints.web.app import create_app

_LEFT_BEHIND: Final = 70  # the exit code of a child whose parent has gone


class _Children:
    """The processes that were started, and what is known of each."""

    def __init__(self) -> None:
        self.states: dict[int, str] = {}
        # What ends with this process: who reads from it learns of its end.
        self._alive, self._held = os.pipe()

    def start(self, life: dict[str, Any], said: str) -> int:
        pid = os.fork()
        if not pid:
            os.close(self._held)
            Thread(target=self._end_with_parent, daemon=True).start()
            _be(life, said)
        self.states[pid] = "running"
        return pid

    def look(self, pid: int) -> str:
        if self.states[pid] != "ended":
            changed, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            if changed:
                self.states[pid] = _state(status)
        return self.states[pid]

    def send(self, pid: int, number: int) -> None:
        if self.look(pid) != "ended":
            os.kill(pid, number)

    def end(self) -> None:
        for pid in self.states:
            self.send(pid, signal.SIGKILL)

    def _end_with_parent(self) -> None:
        os.read(self._alive, 1)
        os._exit(_LEFT_BEHIND)


def _state(status: int) -> str:
    if os.WIFSTOPPED(status):
        return "frozen"
    return "running" if os.WIFCONTINUED(status) else "ended"


def _be(life: dict[str, Any], said: str) -> None:
    """Become the process that *life* describes; what it says goes to a file, and what it logs beside it."""
    code = 1
    try:
        with Path(said).open("a", encoding="utf-8") as file:
            descriptor = os.open(os.devnull, os.O_RDWR)
            os.dup2(descriptor, 0)
            os.dup2(descriptor, 1)
            os.dup2(os.open(f"{said}.stderr", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
            fate = Fate(**life.pop("fate"))
            live(Life(**life, fate=fate), lambda line: print(line, file=file, flush=True))
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, the child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def warm_up() -> None:
    """Live a life here, in one thread, so that no child has to import and compile what that takes."""
    create_app(wiring.in_memory().services)
    httpx.HTTPTransport().close()
    create_engine("postgresql+psycopg://").dispose()
    with TemporaryDirectory() as folder:
        desk = Desk(a_bot(protection=Protection(stop=Distance(Decimal(5), DistanceUnit.PERCENT))), folder=Path(folder))
        for signal_ in (Signal.BUY, Signal.SELL, Signal.CLOSE):
            desk.send(signal_)
            desk.run()
        assert desk.last().status is Status.DONE
        desk.store.close()


def main() -> None:
    """Serve until the input ends; then nothing that was started goes on."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else is said here is no answer
    warm_up()
    children = _Children()
    try:
        for line in sys.stdin:
            match json.loads(line):
                case {"start": life, "said": said}:
                    answer: Any = children.start(life, said)
                case {"look": pid}:
                    answer = children.look(pid)
                case {"send": number, "to": pid}:
                    children.send(pid, number)
                    answer = None
                case other:
                    message = f"not understood: {other}"
                    raise ValueError(message)
            print(json.dumps(answer), file=answers, flush=True)
    finally:
        children.end()


if __name__ == "__main__":
    main()
