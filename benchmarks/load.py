"""Send requests from a process of its own, so that whoever is measured does not pay for the measuring.

Run as a program it reads one `Job` as a line of JSON, connects, says that it is ready, waits for a second line, and
answers with the `Outcome` as JSON. `LoadProcess` is the other end of that.
"""

import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Final, final

from attrs import asdict, define, field, frozen

PLACE: Final = "########"
_LENGTH: Final = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_ANSWER_SECONDS_MAX: Final = 30.0


@frozen(kw_only=True)
class Job:
    """What to send. In each body the place is filled with a number that no other request has.

    With a rate requests leave when they are due, whether or not the last was answered, and their time counts from
    then; without one each connection sends as soon as it was answered.
    """

    port: int
    target: str
    bodies: tuple[str, ...]
    connections: int
    seconds: float
    warming_seconds: float = 0.0
    per_second: float | None = None
    first: int = 0


@frozen(kw_only=True)
class Sent:
    """One request: when it was due and when it was answered, by the machine's monotonic clock."""

    number: str
    due: float
    answered: float
    status: int
    answer: str = ""


@frozen(kw_only=True)
class Outcome:
    """What came of a job, without its warming up; `following` is the number after the last that was sent."""

    seconds: float
    latencies: tuple[float, ...]
    statuses: dict[str, int]
    following: int
    sent: tuple[Sent, ...] = ()

    @property
    def per_second(self) -> float:
        """How many requests were answered in a second."""
        return len(self.latencies) / self.seconds


@final
@define
class _Line:
    """One connection, and what is under way on it."""

    socket: socket.socket
    number: str = ""
    due: float = 0.0
    received: bytes = b""

    def send(self, request: tuple[str, bytes], due: float) -> None:
        """Send a request on a connection that has none under way."""
        self.number, self.due, self.received = request[0], due, b""
        self.socket.sendall(request[1])

    def answer(self) -> bytes | None:
        """Return the answer once it is whole."""
        piece = self.socket.recv(65536)
        if not piece:
            message = "the server closed a connection that was to be kept alive"
            raise ConnectionError(message)
        self.received += piece
        head, end, body = self.received.partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        return self.received if end and found and len(body) >= int(found[1]) else None


@final
@define
class _Sender:
    """All connections of one job."""

    job: Job
    lines: list[_Line]
    selector: selectors.BaseSelector = field(factory=selectors.DefaultSelector)
    requests: Iterator[tuple[str, bytes]] = field(init=False)
    sent: list[Sent] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.requests = _requests(self.job)
        for line in self.lines:
            self.selector.register(line.socket, selectors.EVENT_READ, line)

    def without_pause(self, until: float) -> None:
        """Keep every connection busy until then, and wait for the last answers."""
        for line in self.lines:
            line.send(next(self.requests), time.monotonic())
        busy = len(self.lines)
        while busy:
            for line in self._answered(_ANSWER_SECONDS_MAX):
                now = time.monotonic()
                if now < until:
                    line.send(next(self.requests), now)
                else:
                    busy -= 1

    def at_rate(self, began: float, until: float, per_second: float) -> None:
        """Send when it is due; where no connection is free, the request waits and its time runs."""
        free, dues = deque(self.lines), (began + number / per_second for number in count())
        due = next(dues)
        while due < until or len(free) < len(self.lines):
            now = time.monotonic()
            while due < until and due <= now and free:
                free.popleft().send(next(self.requests), due)
                due = next(dues)
            pause = _ANSWER_SECONDS_MAX if due >= until or not free else max(0.0, due - time.monotonic())
            free.extend(self._answered(pause, may_be_none=due < until))

    def _answered(self, seconds_max: float, *, may_be_none: bool = False) -> list[_Line]:
        ready = self.selector.select(seconds_max)
        if not ready and not may_be_none:
            message = f"no answer within {seconds_max:g} s"
            raise TimeoutError(message)
        done = []
        for key, _ in ready:
            line: _Line = key.data
            answer = line.answer()
            if answer is not None:
                text = answer.decode() if self.job.per_second else ""
                self.sent.append(Sent(
                    number=line.number, due=line.due, answered=time.monotonic(), status=int(answer[9:12]),
                    answer=text))  # fmt: skip
                done.append(line)
        return done


def _requests(job: Job) -> Iterator[tuple[str, bytes]]:
    made = []
    for body in job.bodies:
        head = f"POST {job.target} HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\nContent-Type: application/json\r\n"
        made.append(f"{head}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode())
    place = PLACE.encode()
    for number in count(job.first):
        text = f"{number:0{len(PLACE)}d}"
        yield text, made[number % len(made)].replace(place, text.encode())


def perform(job: Job, lines: list[_Line]) -> Outcome:
    """Send everything, and return what came of it."""
    sender = _Sender(job=job, lines=lines)
    began = time.monotonic()
    counted_from, until = began + job.warming_seconds, began + job.warming_seconds + job.seconds
    if job.per_second is None:
        sender.without_pause(until)
    else:
        sender.at_rate(began, until, job.per_second)
    counted = [one for one in sender.sent if one.due >= counted_from]
    last = max((one.answered for one in counted), default=until)
    return Outcome(
        seconds=last - counted_from,
        latencies=tuple(one.answered - one.due for one in counted),
        statuses=dict(Counter(str(one.status) for one in counted)),
        following=job.first + len(sender.sent),
        sent=tuple(counted) if job.per_second else (),
    )


@contextmanager
def started(job: Job) -> Iterator["LoadProcess"]:
    """Lend a process that has connected and waits for the word."""
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - this file
        try:
            load = LoadProcess(process)
            load.tell(asdict(job))
            assert load.hear() == "ready"
            yield load
        finally:
            process.kill()


@final
@frozen
class LoadProcess:
    """The process that sends."""

    _process: "subprocess.Popen[str]"

    def go(self) -> Outcome:
        """Have it send everything, and return what came of it."""
        self.tell("go")
        found = self.hear()
        return Outcome(
            seconds=found["seconds"],
            latencies=tuple(found["latencies"]),
            statuses=found["statuses"],
            following=found["following"],
            sent=tuple(Sent(**one) for one in found["sent"]),
        )

    def tell(self, words: object) -> None:
        """Write one line to it."""
        assert self._process.stdin is not None
        print(json.dumps(words), file=self._process.stdin, flush=True)

    def hear(self) -> Any:  # noqa: ANN401 - JSON
        """Read one line from it."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            message = "the process that sends has died"
            raise RuntimeError(message)
        return json.loads(line)


def main() -> None:
    """Be the process that sends."""
    found = json.loads(sys.stdin.readline())
    job = Job(**{**found, "bodies": tuple(found["bodies"])})
    lines = [_Line(socket.create_connection(("127.0.0.1", job.port), timeout=5)) for _ in range(job.connections)]
    for line in lines:
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(json.dumps("ready"), flush=True)
    sys.stdin.readline()
    print(json.dumps(asdict(perform(job, lines))), flush=True)


if __name__ == "__main__":
    main()
