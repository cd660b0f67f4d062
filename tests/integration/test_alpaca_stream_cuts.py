"""Break Alpaca's stream before any frame of an order's life: nothing is lost, nor told of another order."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from typing import Final, final
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from tests.integration.alpaca_exchange import Alpaca
from tests.integration.service import until
from tests.integration.test_alpaca_adapter import BOTH, an_exit
from tests.integration.test_alpaca_promises import AAPL, credentials_of
from tests.promises.broker import a_market, seen
from tests.promises.listening import Recorder
from tests.stream_proxy import HANDSHAKE, Break, StreamProxy
from tradecore.adapters.alpaca import stream
from tradecore.adapters.alpaca.broker import AlpacaBroker
from tradecore.adapters.alpaca.line import Line
from tradecore.adapters.alpaca.stream import StreamAddress
from tradecore.adapters.system.clock import SystemClock
from tradecore.domain.credentials import Credentials
from tradecore.domain.ids import OrderId, Symbol, stop_leg_id, target_leg_id
from tradecore.domain.orders import News, Side

ENTRY: Final = OrderId("e-1")
STOP, TARGET = stop_leg_id(ENTRY), target_leg_id(ENTRY)
LATER: Final = OrderId("e-2")
MSFT: Final = Symbol("MSFT")
# The two answers to the login, and what is told of an entry with both legs until its target has filled.
LOGIN: Final = 2
LIFE: Final = 8


@final
class Listened:
    """An account at the exchange whose stream comes through a proxy."""

    def __init__(self, alpaca: Alpaca, proxy: StreamProxy, credentials: Credentials | None = None) -> None:
        self.alpaca, self.proxy, self.heard = alpaca, proxy, Recorder()
        keys, clock = credentials_of(alpaca), SystemClock()
        address = StreamAddress(url=proxy.url, credentials=credentials or keys)
        self.broker = AlpacaBroker(Line(alpaca.url, keys, clock), address, clock)
        self.backoff = 0.05

    def listen(self) -> None:
        self.broker.listen(self.heard)
        assert self.broker._stream is not None
        self.broker._stream._reconnect_min_backoff = self.backoff

    def listen_until(self, frame: int) -> int:
        """Listen, where the line breaks before *frame*; return how often it will have been told of a gap."""
        self.listen()
        if frame < LOGIN:
            return 1
        self.heard.until(lambda: self.heard.gaps == 1, "that it listens")
        return 2

    def live(self) -> None:
        """Let an entry with both legs live to the end, by its target."""
        self.broker.submit(a_market(ENTRY, Side.BUY, 3, AAPL, BOTH))
        until(lambda: seen(self.broker, STOP).news is News.ACCEPTED)
        self.alpaca.price("110")

    def tells_the_truth(self) -> None:
        found = {order_id: seen(self.broker, order_id) for order_id in (ENTRY, STOP, TARGET)}
        assert [report.news for report in found.values()] == [News.FILLED, News.CANCELLED, News.FILLED]
        assert [report.filled for report in found.values()] == [3, 0, 3]
        survey = self.broker.survey(AAPL)
        assert (survey.net, survey.working) == (0, ())

    def hears_what_comes_later(self) -> None:
        self.broker.submit(a_market(LATER, Side.BUY, 1, MSFT))
        assert self.heard.until_over(LATER).filled == 1

    def told_nothing_of_another_order(self) -> None:
        """Each report stands under the id of the very order that it was made of."""
        names = {}
        for row in self.alpaca.ever():
            if row["client_order_id"] in {ENTRY, LATER}:
                names[row["id"]] = row["client_order_id"]
            else:
                names[row["id"]] = TARGET if row["type"] == "limit" else STOP
        for report in self.heard.reports:
            assert names[report.broker_order_id] == report.order_id, report

    def close(self) -> None:
        self.broker.close()


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    with closing(Alpaca()) as alpaca:
        yield alpaca


@pytest.fixture
def proxy(alpaca: Alpaca) -> Iterator[StreamProxy]:
    with closing(StreamProxy(urlsplit(alpaca.told["trade_stream"]).port or 0)) as proxy:
        yield proxy


@pytest.fixture
def listened(alpaca: Alpaca, proxy: StreamProxy) -> Iterator[Listened]:
    with closing(Listened(alpaca, proxy)) as listened:
        yield listened


def test_a_life_has_as_many_frames_as_are_tried_below(listened: Listened) -> None:
    listened.listen()
    listened.heard.until(lambda: listened.heard.gaps == 1, "that it listens")

    listened.live()
    listened.heard.until_over(STOP)
    listened.heard.until_over(TARGET)

    until(lambda: listened.proxy.passed == LOGIN + LIFE)
    listened.tells_the_truth()
    listened.hears_what_comes_later()
    listened.told_nothing_of_another_order()
    assert (listened.heard.gaps, listened.proxy.breaks) == (1, 0)


@pytest.mark.parametrize("how", [Break.CUT, Break.TORN, Break.RESTART])
@pytest.mark.parametrize("frame", range(HANDSHAKE, LOGIN + LIFE))
def test_a_stream_that_breaks_before_any_frame_loses_nothing(listened: Listened, frame: int, how: Break) -> None:
    listened.proxy.break_before(frame, how)
    gaps = listened.listen_until(frame)

    listened.live()
    listened.heard.until(lambda: listened.heard.gaps == gaps, "that something was missed")

    assert listened.proxy.breaks == 1
    listened.tells_the_truth()
    listened.hears_what_comes_later()
    listened.told_nothing_of_another_order()
    assert listened.heard.gaps == gaps


@pytest.mark.parametrize("frame", [HANDSHAKE, 0, 1, LOGIN, LOGIN + 3, LOGIN + LIFE - 1])
def test_a_line_that_is_open_and_mute_is_noticed(
    listened: Listened, frame: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried = {"ping_interval": 0.1, "ping_timeout": 0.2, "open_timeout": 0.5}
    monkeypatch.setattr(stream, "_SOCKET", stream._SOCKET | hurried)
    listened.proxy.break_before(frame, Break.MUTE)
    gaps = listened.listen_until(frame)

    listened.live()
    listened.heard.until(lambda: listened.heard.gaps == gaps, "that something was missed")

    assert listened.proxy.breaks == 1
    listened.tells_the_truth()
    listened.hears_what_comes_later()
    listened.told_nothing_of_another_order()


def test_a_stream_that_does_not_take_the_keys_is_tried_ever_more_slowly_and_said_once(
    alpaca: Alpaca, proxy: StreamProxy
) -> None:
    with (
        closing(Listened(alpaca, proxy, Credentials(key_id="PKWRONG", secret="wrong"))) as listened,
        capture_logs() as said,
    ):
        listened.backoff = 0.2
        listened.listen()
        until(lambda: len(proxy.came) == 4)

        assert listened.heard.gaps == 0
        listened.broker.close()
    pauses = [after - before for before, after in pairwise(proxy.came)]
    # alpaca-py waits for at least half of what it would, which doubles each time; the first pause is one of its own.
    assert pauses[1] > 0.15, pauses
    assert pauses[2] > 0.35, pauses
    told = [line for line in said if "cannot be heard" in line["event"]]
    assert [line["error"] for line in told] == ["failed to authenticate"]
    assert "wrong" not in str(told)


def test_after_a_gap_neither_the_list_nor_what_was_told_before_is_taken_for_sure(listened: Listened) -> None:
    """Positions may lag behind fills, and what was told may be outdated; an exit goes out meanwhile all the same."""
    listened.alpaca.fault("late-positions", seconds=3600)
    listened.listen()
    listened.heard.until(lambda: listened.heard.gaps == 1, "that it listens")
    listened.broker.submit(a_market(ENTRY, Side.BUY, 3, AAPL))
    listened.heard.until_over(ENTRY)

    listened.alpaca.fault("cut")
    listened.heard.until(lambda: listened.heard.gaps == 2, "that something was missed")

    survey = listened.broker.survey(AAPL)
    assert (survey.net, survey.settled) == (0, False)
    listened.broker.submit(an_exit("x-1", "3"))
    assert listened.heard.until_over(OrderId("x-1")).filled == 3
