"""Hold the paper exchange's client to what each failure of the line means: done, not done, or nobody knows."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from threading import Thread
from typing import Final, final

import pytest

from tests.promises.broker import a_market
from tradecore.adapters.paper import wire
from tradecore.adapters.paper.broker import PaperBroker
from tradecore.adapters.paper.client import Line
from tradecore.adapters.paper.market_data import PaperMarketData
from tradecore.adapters.paper.stream import Stream
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, UnreachableError, WorldError
from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId, Symbol
from tradecore.domain.orders import Side

HOME: Final = "127.0.0.1"
AAPL: Final = Symbol("AAPL")
DESK: Final = AccountId("desk")


def http(status: str, body: str, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", body)
    return "\r\n".join(lines).encode()


NOT_NOW = wire.PROBLEM.write(wire.Problem(error=wire.NOTHING_DONE, message="not now"))
SILENCE: Final = None

# What comes back for a request that was sent whole; and what it means for a call that changes something, and for one
# that only asks.
ANSWERS: Final[dict[str, tuple[bytes | None, type[WorldError], type[WorldError]]]] = {
    "silence": (SILENCE, OutcomeUnknownError, UnreachableError),
    "hung up": (b"", OutcomeUnknownError, UnreachableError),
    "half an answer": (http("200 OK", "{}" * 10)[:-5], OutcomeUnknownError, UnreachableError),
    "no http": (b"hello\r\n\r\n", OutcomeUnknownError, UnreachableError),
    "not what it says": (http("200 OK", "{}", "Content-Encoding: gzip"), OutcomeUnknownError, UnreachableError),
    "500 of a proxy": (http("500 Oops", "<html>"), OutcomeUnknownError, UnreachableError),
    "503 of a proxy": (http("503 Busy", ""), OutcomeUnknownError, UnreachableError),
    "503 of the exchange": (http("503 Busy", NOT_NOW, "Retry-After: 7"), UnreachableError, UnreachableError),
    "404 of another server": (http("404 Not Found", "nothing here"), MalformedError, MalformedError),
    "elsewhere": (http("302 Found", "", "Location: http://127.0.0.1:1/"), MalformedError, MalformedError),
    "nonsense": (http("200 OK", "<html>"), MalformedError, MalformedError),
    "nothing": (http("200 OK", ""), MalformedError, MalformedError),
    "something else": (http("200 OK", '{"weather": "fine"}'), MalformedError, MalformedError),
}
WRITES: Final[dict[str, Callable[[PaperBroker], object]]] = {
    "submit": lambda broker: broker.submit(a_market("m-1", Side.BUY, 1, AAPL)),
    "cancel": lambda broker: broker.cancel(OrderId("m-1")),
    "cancel_stray": lambda broker: broker.cancel_stray(BrokerOrderId("7")),
}
READS: Final[dict[str, Callable[[PaperBroker], object]]] = {
    "find": lambda broker: broker.find(OrderId("m-1")),
    "survey": lambda broker: broker.survey(AAPL),
    "positions": lambda broker: broker.positions(),
    "working_symbols": lambda broker: broker.working_symbols(),
    "account": lambda broker: broker.account(),
    "instruments": lambda broker: broker.instruments(),
    "rules": lambda broker: broker.rules,
}


@final
class Scripted:
    """A server that takes one request on each connection, gives the next answer as it stands, and hangs up."""

    def __init__(self, *answers: bytes | None) -> None:
        self._answers = answers
        self._listening = socket.create_server((HOME, 0))
        self.url = f"http://{HOME}:{self._listening.getsockname()[1]}"
        self.requests: list[bytes] = []
        self._held: list[socket.socket] = []
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for answer in self._answers:
            with suppress(OSError):  # The client may have gone before.
                connection, _ = self._listening.accept()
                self.requests.append(self._read(connection))
                if answer is SILENCE:
                    self._held.append(connection)
                    continue
                connection.sendall(answer)
                connection.close()

    def _read(self, connection: socket.socket) -> bytes:
        whole = b""
        while not whole.endswith((b"\r\n\r\n", b"}")):
            whole += connection.recv(65536)
        return whole

    def close(self) -> None:
        self._listening.close()
        self._thread.join(10)
        for connection in self._held:
            connection.close()


@pytest.fixture
def lines() -> Iterator[Callable[[str], Line]]:
    """Make lines that are let go of at the end."""
    made: list[Line] = []

    def make(url: str) -> Line:
        made.append(Line(url, answer_seconds=0.3))
        return made[-1]

    yield make
    for line in made:
        line.rest()


def a_broker(line: Line) -> PaperBroker:
    return PaperBroker(line, Stream("http://nobody.invalid"), DESK)


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("call", ["submit", "cancel", "cancel_stray"])
def test_what_an_answer_means_for_a_call_that_changes_something(
    lines: Callable[[str], Line], name: str, call: str
) -> None:
    answer, meant, _ = ANSWERS[name]
    with closing(Scripted(answer)) as server, pytest.raises(WorldError) as caught:
        WRITES[call](a_broker(lines(server.url)))

    assert type(caught.value) is meant
    assert "paper exchange" in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("call", ["find", "positions"])
def test_what_an_answer_means_for_a_question(lines: Callable[[str], Line], name: str, call: str) -> None:
    answer, _, meant = ANSWERS[name]
    with closing(Scripted(answer)) as server, pytest.raises(WorldError) as caught:
        READS[call](a_broker(lines(server.url)))

    assert type(caught.value) is meant


@pytest.mark.parametrize("call", [*WRITES, *READS])
def test_without_anybody_there_nothing_was_done_whatever_was_asked(lines: Callable[[str], Line], call: str) -> None:
    with closing(Scripted()) as nobody:
        broker = a_broker(lines(nobody.url))

    with pytest.raises(UnreachableError, match="cannot be reached"):
        (WRITES | READS)[call](broker)


def test_a_price_that_cannot_be_had_is_unreachable(lines: Callable[[str], Line]) -> None:
    with closing(Scripted(SILENCE)) as server, pytest.raises(UnreachableError):
        PaperMarketData(lines(server.url), DESK).quote(AAPL)


def test_the_exchange_names_a_time_to_come_again(lines: Callable[[str], Line]) -> None:
    busy = http("503 Busy", NOT_NOW, "Retry-After: 7")

    with closing(Scripted(busy)) as server, pytest.raises(UnreachableError, match="not now") as caught:
        WRITES["submit"](a_broker(lines(server.url)))

    assert caught.value.retry_after == 7


def test_a_connection_that_was_closed_while_it_was_idle_is_made_anew(lines: Callable[[str], Line]) -> None:
    nothing = http("200 OK", "null")
    with closing(Scripted(nothing, nothing)) as server:
        broker = a_broker(lines(server.url))

        found = [broker.find(OrderId("m-1")) for _ in range(2)]

    assert found == [None, None]
    assert len(server.requests) == 2


def test_a_name_of_an_account_or_order_is_sent_as_it_is(lines: Callable[[str], Line]) -> None:
    with closing(Scripted(http("200 OK", "null"))) as server:
        broker = PaperBroker(lines(server.url), Stream(server.url), AccountId("a desk/2"))

        broker.find(OrderId("m&1 /?"))

    assert server.requests[0].startswith(b"GET /accounts/a%20desk%2F2/order?id=m%261+%2F%3F HTTP/1.1\r\n")
