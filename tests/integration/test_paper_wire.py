"""Hold the paper exchange on the wire to what it promises: its broker, its stream, and what failures mean."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Event
from threading import enumerate as threads
from typing import final

import httpx
import pytest
from structlog.testing import capture_logs

from tests.builders import an_account
from tests.integration.paper_exchange import Served
from tests.promises.broker import PRICE, BrokerPromises, BrokerRig, a_limit, a_market
from tests.promises.listening import PATIENCE_SECONDS, Recorder
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.exchange import Exchange
from tradecore.adapters.memory.paper import PaperVenue
from tradecore.adapters.paper.exchange import PaperExchange
from tradecore.domain.errors import OutcomeUnknownError, ProgrammingError, UnreachableError
from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId, Symbol
from tradecore.domain.orders import News, OrderType, Report, Side
from tradecore.domain.parties import Account
from tradecore.entrypoints.venues.reports import Reports
from tradecore.ports.broker import Broker

AAPL = Symbol("AAPL")
DESK = an_account(id=AccountId("desk"))
OTHER = an_account(id=AccountId("other desk/2"))


@final
class WireRig(BrokerRig):
    symbol = AAPL

    def __init__(self, path: Path | None = None) -> None:
        self.clock, self.path = MemoryClock(), path
        self.venue, self.reports = PaperVenue(self.clock, path), Reports("first life")
        self.served = Served(self.venue, self.reports)
        self.door = PaperExchange(self.served.url)
        self.broker = self.door.broker(DESK)
        self.heard = Recorder()
        self.broker.listen(self.heard)
        self.price(PRICE)

    @property
    def exchange(self) -> Exchange:
        return self.venue.exchange

    def restart(self, kept_max: int = 1000) -> None:
        """Let the exchange's process begin another life, on its journal where it has one."""
        if self.path is not None:
            self.venue = PaperVenue(self.clock, self.path)
        self.reports.close()
        self.reports = Reports("second life", kept_max)
        self.served.begin(self.venue, self.reports)

    def price(self, last: Decimal) -> None:
        self.exchange.price(self.symbol, last)

    def fill_in_parts(self, parts: Iterable[Decimal]) -> None:
        self.exchange.fill_in_parts(self.symbol, parts)

    def place_by_hand(self, side: Side, quantity: Decimal, limit_price: Decimal) -> BrokerOrderId:
        row = self.exchange.place_by_hand(
            DESK.id, self.symbol, side, quantity, OrderType.LIMIT, limit_price=limit_price
        )
        return row.id

    def reject_next(self) -> str:
        self.exchange.reject_next("not today")
        return "not today"

    def lose_next_answer(self) -> None:
        self.turn("lose-answers")

    def garble_next_answer(self) -> None:
        self.turn("talk-nonsense")

    def lose_next_request(self) -> None:
        self.turn("lose-requests")

    def cut_line(self) -> None:
        self.turn("be-unreachable", times=None)

    def mend_line(self) -> None:
        self.turn("clear")

    def cut_stream(self) -> None:
        self.turn("disconnect")

    def mend_stream(self) -> None:
        self.turn("reconnect")

    def turn(self, fault: str, **how: object) -> None:
        self.post(f"/sim/accounts/{DESK.id}/faults/{fault}", **how).raise_for_status()

    def post(self, path: str, **body: object) -> httpx.Response:
        return httpx.post(self.served.url + path, json=body, timeout=PATIENCE_SECONDS)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.served.url + path, timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        self.broker.close()
        self.reports.close()
        self.served.end()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.fixture
def rig() -> Iterator[WireRig]:
    with closing(WireRig()) as rig:
        yield rig


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[WireRig]:
    with closing(WireRig(tmp_path / "paper.jsonl")) as rig:
        yield rig


class TestPaperBroker(BrokerPromises):
    @pytest.fixture
    def rig(self, rig: WireRig) -> BrokerRig:
        return rig


@contextmanager
def hearing(door: PaperExchange, account: Account, recorder: Recorder) -> Iterator[Broker]:
    broker = door.broker(account)
    broker.listen(recorder)
    try:
        yield broker
    finally:
        broker.close()


# ---------------------------------------------------------------- the stream


def test_every_client_hears_the_same_report_of_its_account_alone(rig: WireRig) -> None:
    second, stranger = Recorder(), Recorder()
    with hearing(rig.door, OTHER, stranger), hearing(PaperExchange(rig.served.url), DESK, second):
        rig.broker.submit(a_market("m-1", Side.BUY, 3, AAPL))

        ends = {recorder.until_over(OrderId("m-1")) for recorder in (rig.heard, second)}

    assert len(ends) == 1
    assert not stranger.reports


def test_what_happened_while_the_line_was_cut_is_heard_afterwards_without_a_gap(rig: WireRig) -> None:
    rig.broker.submit(a_limit("l-1", Side.BUY, 3, 90, AAPL))
    rig.heard.until_news(OrderId("l-1"), News.ACCEPTED)

    rig.served.end()
    rig.price(Decimal(90))
    rig.served.begin(rig.venue, rig.reports)

    assert rig.heard.until_over(OrderId("l-1")).news is News.FILLED
    assert rig.heard.gaps == 0


def test_another_life_of_the_exchange_is_a_gap_after_which_all_is_heard(rig: WireRig) -> None:
    rig.restart()
    rig.heard.until(lambda: rig.heard.gaps == 1, "a gap")

    rig.broker.submit(a_market("m-1", Side.BUY, 3, AAPL))

    assert rig.heard.until_over(OrderId("m-1")).news is News.FILLED
    assert rig.heard.gaps == 1


class Slow(Recorder):
    """Holds the first report up until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.holds, self.go_on = Event(), Event()

    def heard(self, report: Report) -> None:
        self.holds.set()
        assert self.go_on.wait(PATIENCE_SECONDS)
        super().heard(report)


def test_who_is_slower_than_the_exchange_remembers_hears_of_a_gap(rig: WireRig) -> None:
    rig.restart(kept_max=3)
    slow = Slow()
    with hearing(PaperExchange(rig.served.url), OTHER, slow) as broker:
        broker.submit(a_market("m-0", Side.BUY, 1, AAPL))
        assert slow.holds.wait(PATIENCE_SECONDS)
        for number in range(1, 10):
            broker.submit(a_market(f"m-{number}", Side.BUY, 1, AAPL))
        slow.go_on.set()

        slow.until(lambda: slow.gaps == 1, "a gap")
        broker.submit(a_market("m-10", Side.BUY, 1, AAPL))

        assert slow.until_over(OrderId("m-10")).news is News.FILLED
        assert not slow.of(OrderId("m-5"))


def test_a_gap_of_one_account_is_told_to_that_account_alone(rig: WireRig) -> None:
    stranger = Recorder()
    with hearing(rig.door, OTHER, stranger) as other:
        rig.cut_stream()
        rig.broker.submit(a_market("m-1", Side.BUY, 3, AAPL))

        rig.mend_stream()

        rig.heard.until(lambda: rig.heard.gaps == 1, "a gap")
        other.submit(a_market("m-1", Side.BUY, 3, AAPL))
        stranger.until_over(OrderId("m-1"))
        assert (rig.heard.reports, stranger.gaps) == ([], 0)


class Broken(Recorder):
    """Fails at the first report, as no listener should."""

    def heard(self, report: Report) -> None:
        if not self.gaps:
            raise ProgrammingError("a bug")
        super().heard(report)


def test_a_listener_that_fails_stops_nobody_and_everything_is_looked_at_again(rig: WireRig) -> None:
    with hearing(rig.door, OTHER, Broken()) as other:
        other.submit(a_market("m-1", Side.BUY, 1, AAPL))
        rig.heard.until(lambda: rig.heard.gaps == 1, "a gap")

        rig.broker.submit(a_market("m-2", Side.BUY, 1, AAPL))

        assert rig.heard.until_over(OrderId("m-2")).news is News.FILLED


def test_after_closing_nothing_is_heard_the_thread_ends_and_listening_again_works(rig: WireRig) -> None:
    mine = [thread for thread in threads() if thread.name == "paper exchange"]
    rig.broker.close()
    rig.broker.close()
    rig.broker.submit(a_market("m-1", Side.BUY, 1, AAPL))
    for thread in mine:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()

    rig.broker.listen(rig.heard)
    rig.broker.submit(a_market("m-2", Side.BUY, 1, AAPL))

    rig.heard.until_over(OrderId("m-2"))
    assert not rig.heard.of(OrderId("m-1"))
    with pytest.raises(ProgrammingError, match="listener"):
        rig.broker.listen(Recorder())


def test_nobody_listens_to_an_exchange_that_is_not_there() -> None:
    rig = WireRig()
    rig.close()

    with pytest.raises(UnreachableError, match="cannot be reached"):
        rig.broker.listen(rig.heard)


def test_more_clients_than_may_wait_at_once_are_still_answered(rig: WireRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradecore.entrypoints.venues.reports._WAITING_MAX", 1)
    rig.restart()
    recorders = [Recorder() for _ in range(4)]
    with ExitStack() as held:
        for recorder in recorders:
            held.enter_context(hearing(PaperExchange(rig.served.url), DESK, recorder))

        rig.broker.submit(a_market("m-1", Side.BUY, 1, AAPL))

        assert {recorder.until_over(OrderId("m-1")).news for recorder in recorders} == {News.FILLED}


# ---------------------------------------------------------------- restarts


def test_an_id_stays_used_when_the_exchange_was_started_again(kept: WireRig) -> None:
    first = kept.broker.submit(a_market("m-1", Side.BUY, 3, AAPL))
    kept.broker.submit(a_limit("l-1", Side.BUY, 2, 90, AAPL))
    kept.restart()
    kept.heard.until(lambda: kept.heard.gaps == 1, "a gap")

    again = kept.broker.submit(a_market("m-1", Side.BUY, 3, AAPL))
    kept.price(Decimal(90))

    assert (again.broker_order_id, again.filled) == (first.broker_order_id, 3)
    assert len(kept.exchange.orders(DESK.id)) == 2
    assert kept.heard.until_over(OrderId("l-1")).news is News.FILLED


def test_what_rests_in_an_account_that_nobody_asked_for_is_told_after_a_restart(kept: WireRig) -> None:
    stranger = Recorder()
    with hearing(kept.door, OTHER, stranger) as other:
        other.submit(a_limit("l-1", Side.BUY, 2, 90, AAPL))
        kept.restart()
        stranger.until(lambda: stranger.gaps == 1, "a gap")

        kept.price(Decimal(90))

        assert stranger.until_over(OrderId("l-1")).news is News.FILLED


# ---------------------------------------------------------------- prices and switches


def test_a_price_is_asked_for_and_is_fresh_where_prices_stand_still(rig: WireRig) -> None:
    prices = rig.door.market_data(DESK)
    assert rig.post("/sim/quote", symbol="AAPL", last="101.50").status_code == httpx.codes.OK
    rig.clock.advance(3600)

    quote = prices.quote(AAPL)

    assert quote is not None
    assert (quote.last, quote.at) == (Decimal("101.50"), rig.clock.now())
    assert prices.quote(Symbol("NOBODY")) is None


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("/sim/quote", {"symbol": "NOBODY", "last": "1"}, "not listed"),
        ("/sim/quote", {"symbol": "AAPL", "last": "1.001"}, "1.001"),
        ("/sim/quote", {"symbol": "AAPL"}, "last"),
        ("/sim/accounts/desk/faults/sleep", {}, "lose-answers"),
        ("/sim/accounts/desk/faults/lose-answers", {"calls": ["FIND"]}, "doubt"),
        ("/sim/accounts/desk/faults/lose-answers", {"calls": ["NOTHING"]}, "NOTHING"),
        ("/accounts/desk/order", {"id": "m-1"}, "Ticket"),
        ("/accounts/desk/nothing", {}, "not found"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_reason(
    rig: WireRig, path: str, body: dict[str, object], why: str
) -> None:
    answer = rig.post(path, **body)

    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["error"] == "refused"
    assert why in answer.json()["message"]


FAULTS: list[tuple[str, dict[str, object], type[Exception]]] = [
    ("lose-requests", {"calls": ["CANCEL"]}, OutcomeUnknownError),
    ("be-unreachable", {"calls": ["CANCEL"]}, UnreachableError),
    ("limit-rate", {"retry_after": 7}, UnreachableError),
]


@pytest.mark.parametrize(("fault", "how", "error"), FAULTS)
def test_a_fault_that_was_turned_on_strikes_once(
    rig: WireRig, fault: str, how: dict[str, object], error: type[Exception]
) -> None:
    rig.turn(fault, **how)

    with pytest.raises(error) as caught:
        rig.broker.cancel(OrderId("x"))

    assert getattr(caught.value, "retry_after", None) == how.get("retry_after")
    assert rig.broker.cancel(OrderId("x")).news is News.LOST


@pytest.mark.parametrize(
    ("fault", "how", "reports"),
    [
        ("double-changes", {"times": 2}, 4),
        ("reverse-changes", {"count": 2}, 2),
        ("hide-new-orders", {}, 2),
        ("race-cancels", {}, 2),
    ],
)
def test_a_fault_of_what_is_told_strikes_who_listens(
    rig: WireRig, fault: str, how: dict[str, object], reports: int
) -> None:
    rig.turn(fault, **how)

    rig.broker.submit(a_market("m-1", Side.BUY, 1, AAPL))

    rig.heard.until(lambda: len(rig.heard.reports) == reports, f"{reports} reports")
    assert (rig.broker.find(OrderId("m-1")) is None) == (fault == "hide-new-orders")
    rig.turn("show-orders")
    assert rig.broker.find(OrderId("m-1")) is not None


def test_changes_can_be_held_back_and_delivered(rig: WireRig) -> None:
    rig.turn("delay-changes")
    rig.broker.submit(a_market("m-1", Side.BUY, 1, AAPL))
    assert not rig.heard.reports

    rig.turn("deliver")

    assert rig.heard.until_over(OrderId("m-1")).news is News.FILLED


def test_every_order_can_be_looked_at_whatever_fails(rig: WireRig) -> None:
    rig.broker.submit(a_market("m-1", Side.BUY, 3, AAPL))
    rig.place_by_hand(Side.BUY, Decimal(1), Decimal(90))
    rig.cut_line()

    orders = rig.get("/sim/accounts/desk/orders").json()

    assert [(one["order_id"], one["news"], one.get("filled")) for one in orders] == [
        ("m-1", "FILLED", "3"), (None, "ACCEPTED", None),
    ]  # fmt: skip
    held = rig.get("/sim/accounts/desk/positions").json()
    assert [(one["symbol"], one["quantity"]) for one in held] == [("AAPL", "3")]


def test_a_bug_of_the_exchange_leaves_a_submission_in_doubt(rig: WireRig, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Exchange, "submit", fail)
    monkeypatch.setattr(Exchange, "positions", fail)

    with pytest.raises(OutcomeUnknownError, match="no space left"):
        rig.broker.submit(a_market("m-1", Side.BUY, 1, AAPL))
    with pytest.raises(UnreachableError, match="no space left"):
        rig.broker.positions()
