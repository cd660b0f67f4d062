"""Listen to the Alpaca exchange with unmodified alpaca-py streams, and by hand to every frame; then break them."""

import json
import logging
import queue
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from threading import Thread
from typing import Any, final

import msgpack
import pytest
from alpaca.data.live import StockDataStream
from alpaca.trading.enums import TradeEvent
from alpaca.trading.stream import TradingStream
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.integration.alpaca_exchange import Alpaca
from tests.integration.service import SECONDS_MAX

BODY = {"symbol": "AAPL", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day"}
QUIET_SECONDS = 0.2


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    with closing(Alpaca()) as alpaca:
        yield alpaca


def order(alpaca: Alpaca, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = alpaca.rest("POST", "/v2/orders", json={**BODY, **body}).json()
    return answer


# ---------------------------------------------------------------- alpaca-py


@final
class Heard:
    """An unmodified stream in a thread of its own, and what it has handed over."""

    def __init__(self, stream: Any, wake: Callable[[], object]) -> None:
        self._stream = stream
        self._wake = wake
        self._stream._reconnect_min_backoff = 0.05
        self._seen: queue.Queue[Any] = queue.Queue()
        self._thread = Thread(target=stream.run, daemon=True)

    async def take(self, item: Any) -> None:
        self._seen.put(item)

    def start(self) -> None:
        self._thread.start()

    def next(self) -> Any:
        return self._seen.get(timeout=SECONDS_MAX)

    def close(self) -> None:
        self._stream.stop()
        self._wake()  # It looks whether it is to stop after a message, or every five seconds.
        self._thread.join(SECONDS_MAX)
        assert not self._thread.is_alive()


@contextmanager
def trade_updates(alpaca: Alpaca, **options: Any) -> Iterator[Heard]:
    """Run a trading stream that is listening."""
    keys = alpaca.keys
    stream: Any = TradingStream(keys["key_id"], keys["secret_key"], url_override=alpaca.told["trade_stream"], **options)
    heard = Heard(stream, lambda: order(alpaca))
    stream.subscribe_trade_updates(heard.take)
    heard.start()
    with closing(heard):
        listening(alpaca, 1)
        yield heard


def listening(alpaca: Alpaca, count: int) -> None:
    """Return as soon as so many clients listen to trade updates: the client does not tell."""
    connections = alpaca.venue.streams._trade.connections
    pause = queue.Queue[None]()
    for _ in range(1000):
        if len([one for one in connections.all() if one.topics]) == count:
            return
        with pytest.raises(queue.Empty):
            pause.get(timeout=0.01)
    raise AssertionError("nobody listens")


def test_an_unmodified_trading_stream_hears_every_event(alpaca: Alpaca) -> None:
    with trade_updates(alpaca) as heard:
        placed = order(alpaca, client_order_id="mine")
        updates = [heard.next() for _ in range(3)]

    fill = updates[-1]
    assert [update.event for update in updates] == ["pending_new", "new", "fill"]
    assert (fill.price, fill.qty, fill.position_qty) == (100, 10, 10)
    assert (str(fill.order.id), fill.order.client_order_id, fill.order.filled_avg_price) == (
        placed["id"],
        "mine",
        "100",
    )
    assert fill.execution_id is not None


def test_an_event_is_a_text_and_no_trade_event(alpaca: Alpaca) -> None:
    with trade_updates(alpaca) as heard:
        order(alpaca)
        update = [heard.next() for _ in range(3)][-1]

    assert type(update.event) is str
    assert update.event == TradeEvent.FILL
    with pytest.raises(AttributeError):
        _ = update.event.value  # type: ignore[attr-defined]  # as it says


@pytest.mark.parametrize("how", ["cut", "close"])
def test_a_stream_that_breaks_comes_back_and_has_missed_what_happened(alpaca: Alpaca, how: str) -> None:
    with trade_updates(alpaca) as heard:
        alpaca.fault(how)
        order(alpaca, client_order_id="missed")
        listening(alpaca, 1)
        order(alpaca, client_order_id="heard")

        assert heard.next().order.client_order_id == "heard"


def test_a_handler_that_fails_loses_that_event_alone(alpaca: Alpaca, caplog: pytest.LogCaptureFixture) -> None:
    keys, seen, failed = alpaca.keys, queue.Queue[str](), list[str]()
    stream: Any = TradingStream(keys["key_id"], keys["secret_key"], url_override=alpaca.told["trade_stream"])

    async def take(update: Any) -> None:
        seen.put(update.event)
        if not failed:
            failed.append(update.event)
            raise ValueError

    heard = Heard(stream, lambda: order(alpaca))
    stream.subscribe_trade_updates(take)
    heard.start()
    with caplog.at_level(logging.CRITICAL), closing(heard):
        listening(alpaca, 1)
        order(alpaca)

        assert [seen.get(timeout=SECONDS_MAX) for _ in range(3)] == ["pending_new", "new", "fill"]

    assert failed == ["pending_new"]


def test_wrong_keys_do_not_stop_a_stream(alpaca: Alpaca, caplog: pytest.LogCaptureFixture) -> None:
    asked = queue.Queue[str]()
    look_up = alpaca.venue.venue.account_of

    def counted(key_id: str) -> Any:
        asked.put(key_id)
        return look_up(key_id)

    alpaca.venue.venue.account_of = counted  # type: ignore[method-assign]  # to see how often it is asked
    stream: Any = TradingStream("wrong", "keys", url_override=alpaca.told["trade_stream"])
    heard = Heard(stream, lambda: None)
    stream.subscribe_trade_updates(heard.take)
    heard.start()
    with caplog.at_level(logging.CRITICAL), closing(heard):
        assert [asked.get(timeout=SECONDS_MAX) for _ in range(3)] == ["wrong"] * 3


def test_an_unknown_event_arrives_and_an_unknown_status_does_not(
    alpaca: Alpaca, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL), trade_updates(alpaca) as heard:
        alpaca.fault("unknown-event")
        order(alpaca)
        events = [heard.next().event for _ in range(3)]
        alpaca.fault("unknown-status", times=2)
        order(alpaca)

        assert events == ["moonwalk", "new", "fill"]
        assert heard.next().event == "fill"


def test_an_unmodified_data_stream_hears_prices(alpaca: Alpaca) -> None:
    keys = alpaca.keys
    stream: Any = StockDataStream(keys["key_id"], keys["secret_key"], url_override=alpaca.told["data_stream"])
    quotes, trades = (Heard(stream, lambda: alpaca.price(100)) for _ in range(2))
    stream.subscribe_quotes(quotes.take, "AAPL")
    stream.subscribe_trades(trades.take, "*")
    quotes.start()
    with closing(quotes):
        subscribed(alpaca)
        alpaca.price(90, "MSFT")
        alpaca.price(101, bid="100.5", ask="101.5")
        quote, others = quotes.next(), [trades.next() for _ in range(2)]

    assert (quote.symbol, quote.bid_price, quote.ask_price) == ("AAPL", 100.5, 101.5)
    assert quote.timestamp.tzinfo is not None
    assert [(trade.symbol, trade.price) for trade in others] == [("MSFT", 90), ("AAPL", 101)]


def subscribed(alpaca: Alpaca) -> None:
    connections = alpaca.venue.streams._data.connections
    pause = queue.Queue[None]()
    for _ in range(1000):
        if any(one.topics for one in connections.all()):
            return
        with pytest.raises(queue.Empty):
            pause.get(timeout=0.01)
    raise AssertionError("nobody has subscribed")


# ---------------------------------------------------------------- trade updates, frame by frame


@final
class ByHand:
    """A connection to the trade stream that sees every frame."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def say(self, message: Any) -> None:
        self._socket.send(json.dumps(message))

    def hear(self) -> Any:
        frame = self._socket.recv(SECONDS_MAX)
        assert isinstance(frame, bytes), "paper speaks in binary frames"
        return json.loads(frame)

    def ask(self, message: Any) -> Any:
        self.say(message)
        return self.hear()

    def is_quiet(self) -> bool:
        try:
            self._socket.recv(QUIET_SECONDS)
        except TimeoutError:
            return True
        return False

    def enter(self, keys: dict[str, str]) -> "ByHand":
        """Authenticate and listen."""
        data = {"key_id": keys["key_id"], "secret_key": keys["secret_key"]}
        assert self.ask({"action": "authenticate", "data": data})["data"]["status"] == "authorized"
        assert self.ask(LISTEN)["stream"] == "listening"
        return self

    def events(self, count: int) -> list[str]:
        return [self.hear()["data"]["event"] for _ in range(count)]


LISTEN = {"action": "listen", "data": {"streams": ["trade_updates"]}}


@pytest.fixture
def open_(alpaca: Alpaca) -> Iterator[Callable[[], ByHand]]:
    with ExitStack() as leaving:
        yield lambda: ByHand(leaving.enter_context(connect(alpaca.told["trade_stream"])))


@pytest.fixture
def hand(alpaca: Alpaca, open_: Callable[[], ByHand]) -> ByHand:
    return open_().enter(alpaca.keys)


def test_the_handshake_frame_by_frame(alpaca: Alpaca, open_: Callable[[], ByHand]) -> None:
    hand = open_()
    keys = {"key_id": alpaca.keys["key_id"], "secret_key": alpaca.keys["secret_key"]}

    assert hand.is_quiet()
    assert hand.ask(LISTEN) == {"action": "error", "data": {"error_message": "not authenticated"}}
    assert hand.ask({"action": "authenticate", "data": {**keys, "secret_key": "wrong"}}) == {
        "stream": "authorization", "data": {"status": "unauthorized", "action": "authenticate"},
    }  # fmt: skip
    assert hand.ask({"action": "authenticate", "data": keys}) == {
        "stream": "authorization", "data": {"status": "authorized", "action": "authenticate"},
    }  # fmt: skip
    order(alpaca)
    assert hand.is_quiet()
    assert hand.ask(LISTEN) == {"stream": "listening", "data": {"streams": ["trade_updates"]}}
    assert hand.is_quiet()  # What was missed is not told again.
    assert hand.ask([1])["action"] == "error"
    assert hand.ask({"action": "listen", "data": {"streams": []}})["data"] == {"streams": []}
    order(alpaca)
    assert hand.is_quiet()


def test_an_event_on_the_wire(alpaca: Alpaca, hand: ByHand) -> None:
    order(alpaca)

    told = [hand.hear() for _ in range(3)]

    assert {frame["stream"] for frame in told} == {"trade_updates"}
    new, fill = told[1]["data"], told[2]["data"]
    assert set(fill) - set(new) == {"price", "qty", "position_qty", "execution_id"}
    assert (fill["price"], fill["qty"], fill["position_qty"]) == ("100", "10", "10")
    assert (new["order"]["status"], fill["order"]["status"], fill["order"]["filled_qty"]) == ("new", "filled", "10")
    assert new["event_id"] < fill["event_id"]


def test_a_cancel_is_told_after_its_204(alpaca: Alpaca, hand: ByHand) -> None:
    placed = order(alpaca, type="limit", limit_price="90")
    alpaca.fault("race")

    assert alpaca.rest("DELETE", f"/v2/orders/{placed['id']}").status_code == 204
    before = hand.events(3)
    assert hand.is_quiet()
    alpaca.sim("pulse")

    assert (before, hand.events(1)) == (["pending_new", "new", "pending_cancel"], ["canceled"])


def test_accounts_hear_only_their_own(alpaca: Alpaca, open_: Callable[[], ByHand], hand: ByHand) -> None:
    other = open_().enter(alpaca.told["accounts"][1])

    order(alpaca)

    assert hand.events(3) == ["pending_new", "new", "fill"]
    assert other.is_quiet()


@pytest.mark.parametrize(("fault", "times", "heard"), [
    ("double-events", 1, ["pending_new", "pending_new", "new", "fill"]),
    ("drop-events", 2, ["fill"]),
    ("reverse-events", 3, ["fill", "new", "pending_new"]),
    ("unknown-event", 1, ["moonwalk", "new", "fill"]),
])  # fmt: skip
def test_each_fault_of_events(alpaca: Alpaca, hand: ByHand, fault: str, times: int, heard: list[str]) -> None:
    alpaca.fault(fault, times=times)

    order(alpaca)

    assert hand.events(len(heard)) == heard
    assert hand.is_quiet()


def test_events_are_held_back_until_they_are_released(alpaca: Alpaca, hand: ByHand) -> None:
    alpaca.fault("hold-events")
    order(alpaca)
    assert hand.is_quiet()

    alpaca.fault("release-events")

    assert hand.events(3) == ["pending_new", "new", "fill"]


def test_a_silent_socket_stays_open_and_says_nothing(alpaca: Alpaca, hand: ByHand) -> None:
    alpaca.fault("silent")

    order(alpaca)

    assert hand.is_quiet()
    assert hand._socket.ping().wait(SECONDS_MAX)


def test_a_close_says_why_and_a_cut_does_not(alpaca: Alpaca, open_: Callable[[], ByHand], hand: ByHand) -> None:
    alpaca.fault("close")
    with pytest.raises(ConnectionClosed) as closed:
        hand.hear()
    again = open_().enter(alpaca.keys)
    alpaca.fault("cut")
    with pytest.raises(ConnectionClosedError) as cut:
        again.hear()

    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, cut.value.rcvd) == (1012, None)


def test_a_second_connection_may_be_one_too_many(alpaca: Alpaca, open_: Callable[[], ByHand]) -> None:
    alpaca.sim("streams", trades_max=1)
    first = open_()

    with pytest.raises(InvalidStatus) as refused:
        open_()

    assert refused.value.response.status_code == 429
    assert first.is_quiet()


def test_there_are_no_other_streams(alpaca: Alpaca) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(alpaca.told["trade_stream"] + "s"):
        pass

    assert refused.value.response.status_code == 404


# ---------------------------------------------------------------- market data, message by message


def test_the_data_stream_in_json(alpaca: Alpaca) -> None:
    keys = {"key": alpaca.keys["key_id"], "secret": alpaca.keys["secret_key"]}
    with connect(alpaca.told["data_stream"]) as socket:

        def ask(message: Any) -> Any:
            socket.send(message if isinstance(message, str) else json.dumps(message))
            return json.loads(socket.recv(SECONDS_MAX))

        assert json.loads(socket.recv(SECONDS_MAX)) == [{"T": "success", "msg": "connected"}]
        assert ask("nonsense")[0]["code"] == 400
        assert ask({"action": "subscribe", "quotes": ["AAPL"]})[0]["code"] == 401
        assert ask({"action": "auth", **keys, "secret": "wrong"})[0] == {
            "T": "error", "code": 402, "msg": "auth failed",
        }  # fmt: skip
        assert ask({"action": "auth", **keys}) == [{"T": "success", "msg": "authenticated"}]
        assert ask({"action": "auth", **keys})[0]["code"] == 403
        too_many = [f"S{number}" for number in range(31)]
        assert ask({"action": "subscribe", "quotes": too_many})[0]["code"] == 405
        (subscription,) = ask({"action": "subscribe", "quotes": ["AAPL"], "bars": ["*"]})
        assert (subscription["T"], subscription["quotes"], subscription["bars"]) == ("subscription", ["AAPL"], ["*"])
        with connect(alpaca.told["data_stream"]) as second:
            second.recv(SECONDS_MAX)
            second.send(json.dumps({"action": "auth", **keys}))
            assert json.loads(second.recv(SECONDS_MAX))[0]["code"] == 406

        alpaca.price(101)

        (quote,) = json.loads(socket.recv(SECONDS_MAX))
        assert (quote["T"], quote["S"], quote["ap"]) == ("q", "AAPL", 101)
        alpaca.sim("clock", now="2036-01-07T15:00:00Z")
        alpaca.price(102)
        (bar,) = json.loads(socket.recv(SECONDS_MAX))
        assert (bar["T"], bar["S"], bar["c"]) == ("b", "AAPL", 101)


def test_times_in_message_pack_are_timestamps(alpaca: Alpaca) -> None:
    keys = {"key": alpaca.keys["key_id"], "secret": alpaca.keys["secret_key"]}
    headers = {"Content-Type": "application/msgpack"}
    with connect(alpaca.told["data_stream"], additional_headers=headers) as socket:
        socket.recv(SECONDS_MAX)
        for message in ({"action": "auth", **keys}, {"action": "subscribe", "trades": ["AAPL"]}):
            socket.send(msgpack.packb(message))
            socket.recv(SECONDS_MAX)
        alpaca.price(101)

        (trade,) = msgpack.unpackb(socket.recv(SECONDS_MAX))

    assert isinstance(trade["t"], msgpack.Timestamp)
    assert (trade["T"], trade["p"]) == ("t", 101)
