"""Measure how long after it was sent a hub's event is heard, beside a bare reader that only parses its JSON."""

import json
import time
from collections.abc import Iterator
from threading import Event

from websockets.sync.client import connect

from benchmarks.hub_tape import END
from benchmarks.lines import Figures, Line
from benchmarks.options import Options
from benchmarks.processes import program
from tradecore.adapters.projectx.events import QuoteBook, read
from tradecore.adapters.projectx.hub import Hub

_RATE = 1_000
_BURST = 10_000
_QUOTES = ("SubscribeContractQuotes", ("CON.F.US.MNQ.U26",))
_SECONDS_MAX = 600
_BARE = "a bare reader"


def lines(options: Options) -> Iterator[Line]:
    """Yield the first and the last second of a steady stream, and a burst."""
    steady = max(2, round(options.hub_seconds)) * _RATE
    with program("hub_tape") as port:
        found: dict[str, list[dict[str, Figures]]] = {"hub": [], _BARE: []}
        for _ in range(options.rounds):
            for name, reader in (("hub", _hub), (_BARE, _bare)):
                lags, _ = reader(port, _RATE, steady)
                burst, seconds = reader(port, 0, _BURST)
                found[name].append({
                    f"{_RATE:,} events/s, first second": Figures.of(lags[:_RATE], 1),
                    f"{_RATE:,} events/s, last second": Figures.of(lags[-_RATE:], 1),
                    f"{_BURST:,} events at once": Figures.of(burst, seconds),
                })  # fmt: skip
    for path in found["hub"][0]:
        own, base = (Figures.middle([each[path] for each in found[name]]) for name in ("hub", _BARE))
        yield Line(name=f"hub, {path}", own=own, baseline=_BARE, base=base, is_paced=path.startswith(f"{_RATE:,} "))


def _hub(port: int, rate: int, number: int) -> tuple[list[float], float]:
    """Return how late each event was known as a quote, through tradecore's hub, and how long all took."""
    lags: list[float] = []
    sent: list[float] = []
    book, enough = QuoteBook(), Event()

    def hear(target: str, arguments: list[object]) -> None:
        for told in read(target, arguments):
            quoted = book.take(told)
            sent.append(float(quoted.row["sent"]))
            lags.append(time.monotonic() - sent[-1])
        if len(lags) >= number:
            enough.set()

    hub = Hub(
        f"http://127.0.0.1:{port}/hubs/market", token=lambda: f"{rate}-{number}", subscriptions=lambda: [_QUOTES],
        hear=hear, connected=lambda: None)  # fmt: skip
    hub.start()
    assert enough.wait(_SECONDS_MAX)
    hub.stop()
    assert len(lags) == number
    return lags, sent[-1] + lags[-1] - sent[0]


def _bare(port: int, rate: int, number: int) -> tuple[list[float], float]:
    """Return how late each event was parsed, by the least that can read it, and how long all took."""
    lags: list[float] = []
    sent: list[float] = []
    call = json.dumps({"type": 1, "invocationId": "1", "target": _QUOTES[0], "arguments": _QUOTES[1]})
    with connect(f"ws://127.0.0.1:{port}/?access_token={rate}-{number}", ping_interval=None) as socket:
        socket.send('{"protocol":"json","version":1}' + END)
        socket.send(call + END)
        while len(lags) < number:
            said = json.loads(str(socket.recv()).rstrip(END))
            if said.get("type") == 1:
                sent.append(said["arguments"][1]["sent"])
                lags.append(time.monotonic() - sent[-1])
    return lags, sent[-1] + lags[-1] - sent[0]
