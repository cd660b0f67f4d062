"""Trade through Alpaca's adapter where naive ones break: each surprise that the facts name, over the wire."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import final

import pytest

from tests.integration.alpaca_exchange import Alpaca
from tests.integration.service import until
from tests.integration.test_alpaca_promises import AAPL, AlpacaRig, broker_for, credentials_of
from tests.promises.broker import a_market, seen
from tests.promises.listening import Recorder
from tradecore.adapters.alpaca.line import Line
from tradecore.adapters.alpaca.market_data import AlpacaMarketData
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.system.clock import SystemClock
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, UnreachableError
from tradecore.domain.ids import OrderId, Symbol, stop_leg_id, target_leg_id
from tradecore.domain.orders import Bracket, News, OrderType, Purpose, Report, Side, Ticket

BOTH = Bracket(stop_price=Decimal(95), target_price=Decimal(110))
SHORT = Symbol("GME")  # which nobody may sell short


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    with closing(Alpaca()) as alpaca:
        yield alpaca


@pytest.fixture
def rig(alpaca: Alpaca) -> Iterator[AlpacaRig]:
    with closing(AlpacaRig(alpaca)) as rig:
        yield rig


def an_exit(order_id: str, quantity: str, side: Side = Side.SELL) -> Ticket:
    return Ticket(
        id=OrderId(order_id), symbol=AAPL, side=side, quantity=Decimal(quantity), purpose=Purpose.EXIT, reduce_only=True
    )


def a_stop(order_id: str, quantity: int) -> Ticket:
    return Ticket(
        id=OrderId(order_id), symbol=AAPL, side=Side.SELL, quantity=Decimal(quantity), type=OrderType.STOP,
        stop_price=Decimal(90), purpose=Purpose.STOP)  # fmt: skip


def bought(rig: AlpacaRig, quantity: int = 10, bracket: Bracket | None = None) -> None:
    rig.broker.submit(a_market("e-1", Side.BUY, quantity, AAPL, bracket))
    rig.heard.until_over(OrderId("e-1"))


# ---------------------------------------------------------------- requests


@pytest.mark.parametrize("fault", ["gateway-timeout-after", "server-error-after", "reset-after", "invalid-json"])
def test_an_order_is_sent_once_whatever_comes_back(rig: AlpacaRig, fault: str) -> None:
    rig.alpaca.fault(fault, method="POST", path="/v2/orders")

    with pytest.raises((OutcomeUnknownError, MalformedError)):
        rig.broker.submit(a_market("e-1", Side.BUY, 1, AAPL))

    assert [order["client_order_id"] for order in rig.alpaca.ever()] == ["e-1"]
    assert seen(rig.broker, OrderId("e-1")).news is News.FILLED


@pytest.mark.parametrize("fault", ["gateway-timeout", "server-error", "reset"])
def test_an_order_that_never_came_is_in_doubt_until_it_is_looked_up(rig: AlpacaRig, fault: str) -> None:
    rig.alpaca.fault(fault, method="POST", path="/v2/orders")

    with pytest.raises(OutcomeUnknownError):
        rig.broker.submit(a_market("e-1", Side.BUY, 1, AAPL))

    assert rig.broker.find(OrderId("e-1")) is None
    assert rig.alpaca.ever() == []


def test_too_many_requests_are_no_doubt_and_say_when_to_come_back(rig: AlpacaRig) -> None:
    rig.alpaca.fault("limit-rate", method="POST")

    with pytest.raises(UnreachableError) as caught:
        rig.broker.submit(a_market("e-1", Side.BUY, 1, AAPL))

    assert caught.value.retry_after is not None
    assert 1 <= caught.value.retry_after <= 60
    assert rig.alpaca.ever() == []


def test_the_minutes_last_requests_are_kept_for_exits() -> None:
    with closing(Alpaca(rate_limit=40)) as alpaca, closing(AlpacaRig(alpaca)) as rig:
        bought(rig)
        for _ in range(25):
            rig.broker.account()

        with pytest.raises(UnreachableError, match="kept for exits"):
            rig.broker.submit(a_market("e-2", Side.BUY, 1, AAPL))

        assert rig.broker.submit(an_exit("x-1", "10")).news is News.ACCEPTED
        assert {order["client_order_id"] for order in alpaca.ever()} == {"e-1", "x-1"}


def test_an_answer_that_never_comes_is_not_waited_for(alpaca: Alpaca, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradecore.adapters.alpaca.line._ANSWER_SECONDS", 0.2)
    with closing(AlpacaRig(alpaca)) as rig:
        alpaca.fault("hang-after", method="POST", path="/v2/orders", seconds=2)
        with pytest.raises(OutcomeUnknownError):
            rig.broker.submit(a_market("e-1", Side.BUY, 1, AAPL))
        alpaca.fault("hang", method="GET", path="/v2/account", seconds=2)
        with pytest.raises(UnreachableError, match=r"gave no answer: it was silent for 0\.2 s"):
            rig.broker.account()

        assert seen(rig.broker, OrderId("e-1")).filled == 1


def test_keys_that_were_revoked_are_said_to_be(rig: AlpacaRig) -> None:
    rig.alpaca.venue.exchange.floor.accounts.clear()

    with pytest.raises(UnreachableError, match=r"does not take the keys: unauthorized\.") as caught:
        rig.broker.submit(a_market("e-1", Side.BUY, 1, AAPL))

    assert rig.alpaca.keys["secret_key"] not in str(caught.value)


def test_a_404_of_somebody_else_is_not_read_as_nothing_held(rig: AlpacaRig) -> None:
    elsewhere = Line(f"{rig.alpaca.url}/elsewhere", credentials_of(rig.alpaca), SystemClock())

    with pytest.raises(MalformedError):
        elsewhere.ask("/positions/AAPL")
    assert Line(rig.alpaca.url, credentials_of(rig.alpaca), SystemClock()).ask("/positions/AAPL") is None


def test_the_rules_do_not_depend_on_who_can_be_reached(alpaca: Alpaca) -> None:
    broker = broker_for(alpaca)
    alpaca.fault("server-error", times=None)
    away = broker.rules
    alpaca.fault("clear")

    assert (away.crosses_zero, away.brackets_from_flat, away.holds_shares) == (False, True, True)
    assert broker.rules == away
    alpaca.sim(f"accounts/{alpaca.keys['key_id']}", shorting_enabled=False)
    broker.account()
    assert not broker.rules.shorts


# ---------------------------------------------------------------- what Alpaca removed


@pytest.mark.parametrize("present", [True, False])
def test_assets_and_accounts_are_read_with_and_without_what_was_removed(alpaca: Alpaca, present: bool) -> None:
    alpaca.sim("settings", easy_to_borrow=present, pdt_fields=present)
    broker = broker_for(alpaca)

    listed = {one.symbol: one for one in broker.instruments()}

    assert listed[AAPL].shortable
    assert listed[AAPL].fractionable
    assert not listed[SHORT].shortable
    assert not listed[Symbol("KOSS")].shortable, "it is hard to borrow"
    assert not listed[Symbol("BRK.A")].fractionable
    assert broker.account().equity == 100_000
    assert broker.rules.shorts
    assert not broker.rules.crosses_zero


# ---------------------------------------------------------------- exits


def test_an_exit_while_flat_is_refused_before_it_is_sent(rig: AlpacaRig) -> None:
    answer = rig.broker.submit(an_exit("x-1", "10"))

    assert answer.news is News.REJECTED
    assert "holds only 0 AAPL" in answer.reason
    assert rig.alpaca.ever() == []


@pytest.mark.parametrize(("side", "quantity"), [(Side.BUY, "1"), (Side.SELL, "11")])
def test_an_exit_never_adds_nor_turns(rig: AlpacaRig, side: Side, quantity: str) -> None:
    bought(rig)

    answer = rig.broker.submit(an_exit("x-1", quantity, side))

    assert answer.news is News.REJECTED
    assert rig.broker.survey(AAPL).net == 10


def test_an_exit_goes_out_where_the_stream_missed_the_fill(rig: AlpacaRig) -> None:
    bought(rig)
    rig.broker.submit(an_exit("x-1", "10"))
    rig.heard.until_over(OrderId("x-1"))
    rig.alpaca.fault("drop-events", times=10)
    rig.broker.submit(a_market("e-2", Side.BUY, 5, AAPL))
    rig.alpaca.fault("clear")

    rig.broker.submit(an_exit("x-2", "5"))

    assert rig.heard.until_over(OrderId("x-2")).news is News.FILLED


def test_an_exit_says_what_holds_the_shares(rig: AlpacaRig) -> None:
    bought(rig)
    rig.broker.submit(a_stop("s-1", 10))

    answer = rig.broker.submit(an_exit("x-1", "10"))

    assert answer.news is News.REJECTED
    assert "10 of the 10 shares that are held are kept for working orders" in answer.reason


def test_an_entry_beside_an_own_stop_says_what_is_in_the_way(rig: AlpacaRig) -> None:
    bought(rig)
    stop = rig.broker.submit(a_stop("s-1", 10))

    answer = rig.broker.submit(a_market("e-2", Side.BUY, 1, AAPL))

    assert answer.news is News.REJECTED
    assert str(stop.broker_order_id) in answer.reason


def test_what_the_stream_told_counts_where_positions_lag(rig: AlpacaRig) -> None:
    rig.alpaca.fault("late-positions", seconds=3600)
    bought(rig)

    with pytest.raises(UnreachableError, match="lag behind"):
        rig.broker.survey(AAPL)
    rig.broker.submit(an_exit("x-1", "10"))

    assert rig.heard.until_over(OrderId("x-1")).news is News.FILLED


# ---------------------------------------------------------------- brackets


def test_a_brackets_legs_are_known_to_who_never_saw_its_entry(rig: AlpacaRig) -> None:
    bought(rig, 3, BOTH)
    rig.broker.close()
    second = AlpacaRig(rig.alpaca)

    with closing(second):
        working = {report.order_id for report in second.broker.survey(AAPL).working}
        assert working == {stop_leg_id(OrderId("e-1")), target_leg_id(OrderId("e-1"))}


@pytest.mark.parametrize(("price", "winner"), [("95", stop_leg_id), ("110", target_leg_id)])
@pytest.mark.parametrize("settings", [{}, {"targets_end_replaced": True, "tells_end_of_held": False}])
def test_what_becomes_of_the_legs_is_told_to_who_never_saw_their_entry(
    rig: AlpacaRig, price: str, winner: type, settings: dict[str, bool]
) -> None:
    rig.alpaca.sim("settings", **settings)
    bought(rig, 3, BOTH)
    rig.broker.close()

    with closing(AlpacaRig(rig.alpaca)) as second:
        rig.alpaca.price(price)

        entry = OrderId("e-1")
        for leg_id in (stop_leg_id(entry), target_leg_id(entry)):
            expected = News.FILLED if leg_id == winner(entry) else News.CANCELLED
            assert second.heard.until_over(leg_id).news is expected
        assert second.broker.survey(AAPL).working == ()


def test_a_leg_that_a_person_moved_is_still_the_leg(rig: AlpacaRig) -> None:
    bought(rig, 3, BOTH)
    target = target_leg_id(OrderId("e-1"))
    before = seen(rig.broker, target)
    answer = rig.alpaca.rest("PATCH", f"/v2/orders/{before.broker_order_id}", json={"limit_price": "120"})
    assert answer.is_success, answer.text

    after = seen(rig.broker, target)
    rig.alpaca.price("119")

    assert after.news is News.ACCEPTED
    assert after.broker_order_id != before.broker_order_id
    assert target in {report.order_id for report in rig.broker.survey(AAPL).working}
    rig.alpaca.price("120")
    assert rig.heard.until_over(target).news in {News.FILLED, News.CANCELLED}
    assert seen(rig.broker, target).news is News.FILLED


def test_calling_one_leg_off_ends_both(rig: AlpacaRig) -> None:
    bought(rig, 3, BOTH)
    entry = OrderId("e-1")

    for leg_id in (stop_leg_id(entry), target_leg_id(entry)):
        rig.broker.cancel(leg_id)

    until(lambda: rig.broker.survey(AAPL).working == ())
    assert seen(rig.broker, stop_leg_id(entry)).news is News.CANCELLED
    assert seen(rig.broker, target_leg_id(entry)).news is News.CANCELLED


# ---------------------------------------------------------------- the stream


@pytest.mark.parametrize("fault", ["double-events", "reverse-events", "unknown-event", "unknown-status", "drop-events"])
def test_events_that_are_odd_leave_the_truth_to_be_found(rig: AlpacaRig, fault: str) -> None:
    rig.alpaca.fault(fault, times=6)

    rig.broker.submit(a_market("e-1", Side.BUY, 1, AAPL))

    until(lambda: seen(rig.broker, OrderId("e-1")).news is News.FILLED)
    rig.alpaca.fault("clear")
    rig.broker.submit(a_market("e-2", Side.BUY, 1, AAPL))
    assert rig.heard.until_over(OrderId("e-2")).filled == 1, "the stream goes on"


@final
class Stumbling(Recorder):
    """A listener that fails at the first thing it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.stumbles = 0

    def heard(self, report: Report) -> None:
        if not self.stumbles:
            self.stumbles += 1
            raise ValueError("stumbled")
        super().heard(report)


def test_a_listener_that_fails_does_not_end_the_stream(rig: AlpacaRig) -> None:
    rig.broker.close()
    stumbling = Stumbling()
    rig.broker.listen(stumbling)
    stumbling.until(lambda: stumbling.gaps == 1, "that it listens")

    rig.broker.submit(a_market("e-1", Side.BUY, 1, AAPL))
    stumbling.until(lambda: stumbling.gaps == 2, "that something was missed")
    rig.broker.submit(a_market("e-2", Side.BUY, 1, AAPL))

    assert stumbling.until_over(OrderId("e-2")).filled == 1
    assert stumbling.stumbles == 1


# ---------------------------------------------------------------- prices


def test_a_price_is_asked_for_once_a_second_and_an_old_one_says_so(alpaca: Alpaca) -> None:
    clock = MemoryClock(SystemClock().now())
    prices = AlpacaMarketData(Line(alpaca.url, credentials_of(alpaca), clock), "iex", clock)
    first = prices.quote(AAPL)
    alpaca.price("101")

    assert first is not None
    assert prices.quote(AAPL) == first
    clock.advance(2)
    second = prices.quote(AAPL)
    assert second is not None
    assert (first.last, second.last) == (100, 101)
    alpaca.fault("server-error", times=None)
    clock.advance(2)
    assert prices.quote(AAPL) == second
    with pytest.raises(UnreachableError):
        prices.quote(Symbol("MSFT"))


def test_what_nobody_trades_has_no_price(alpaca: Alpaca) -> None:
    clock = SystemClock()

    assert AlpacaMarketData(Line(alpaca.url, credentials_of(alpaca), clock), "iex", clock).quote(Symbol("NOPE")) is None
