"""Trade through ProjectX's adapter where naive ones break: each surprise that the facts name, over the wire."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from typing import Any, final

import httpx
import pytest

from tests.integration.projectx_exchange import BUY, LIMIT, SELL, ProjectX
from tests.integration.projectx_rig import PLACE, ProjectXRig, desk_for, hosts_of, login_of, symbol_of
from tests.integration.service import until
from tests.promises.broker import a_limit, a_market, seen
from tradecore.adapters.projectx.broker import ProjectXBroker
from tradecore.adapters.projectx.desk import Desk
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.mint import SystemMint
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, UnreachableError
from tradecore.domain.ids import OrderId, Symbol, stop_leg_id, target_leg_id
from tradecore.domain.orders import Bracket, News, OrderType, Purpose, Side, Ticket

E1 = OrderId("e-1")
BOTH = Bracket(stop_price=Decimal(95), target_price=Decimal(110), reference=Decimal(100))
SHORT = Bracket(stop_price=Decimal(105), target_price=Decimal(90), reference=Decimal(100))
SIDE_COSTS = Decimal("0.61")  # of one MES: fees and commission


@pytest.fixture
def projectx() -> Iterator[ProjectX]:
    with closing(ProjectX(accounts=2)) as projectx:
        yield projectx


@pytest.fixture
def rig(projectx: ProjectX) -> Iterator[ProjectXRig]:
    with closing(ProjectXRig(projectx)) as rig:
        yield rig


def bought(rig: ProjectXRig, quantity: int = 3, bracket: Bracket | None = None) -> None:
    rig.broker.submit(a_market("e-1", Side.BUY, quantity, rig.symbol, bracket))
    rig.heard.until_over(E1)


def ever(projectx: ProjectX) -> list[dict[str, Any]]:
    """Return every order that the account ever had."""
    found: list[dict[str, Any]] = projectx.http.get(f"/sim/accounts/{projectx.account}/orders").json()
    return found


def tags(projectx: ProjectX) -> list[str | None]:
    return [order["customTag"] for order in ever(projectx)]


# ---------------------------------------------------------------- answers that are none


@pytest.mark.parametrize("fault", [
    {"name": "gateway-timeout-after"}, {"name": "server-error-after"}, {"name": "reset-after"},
    {"name": "invalid-json"}, *({"name": "refuse-after", "code": code} for code in (6, 7, 99)),
])  # fmt: skip
def test_an_order_is_sent_once_whatever_comes_back(rig: ProjectXRig, fault: dict[str, Any]) -> None:
    rig.fault(**{"path": PLACE, **fault})

    with pytest.raises((OutcomeUnknownError, MalformedError)):
        rig.broker.submit(a_market("e-1", Side.BUY, 1, rig.symbol))

    assert tags(rig.projectx) == ["e-1"]
    assert seen(rig.broker, E1).news is News.FILLED


@pytest.mark.parametrize("fault", ["gateway-timeout", "server-error", "reset", "not-found"])
def test_an_order_that_never_came_is_in_doubt_until_it_is_looked_up(rig: ProjectXRig, fault: str) -> None:
    rig.fault(fault, path=PLACE)

    with pytest.raises((OutcomeUnknownError, MalformedError)):
        rig.broker.submit(a_market("e-1", Side.BUY, 1, rig.symbol))

    assert rig.broker.find(E1) is None
    assert ever(rig.projectx) == []


def test_too_many_requests_are_no_doubt_and_say_when_to_come_back(rig: ProjectXRig) -> None:
    rig.fault("limit-rate", path=PLACE)

    with pytest.raises(UnreachableError) as caught:
        rig.broker.submit(a_market("e-1", Side.BUY, 1, rig.symbol))

    assert caught.value.retry_after == 5
    assert ever(rig.projectx) == []
    # Entries and questions keep quiet meanwhile; who wants to get out does not.
    with pytest.raises(UnreachableError, match="kept for exits"):
        rig.broker.positions()
    exit_ = Ticket(id=OrderId("x-1"), symbol=rig.symbol, side=Side.SELL, quantity=Decimal(1), purpose=Purpose.EXIT)
    assert rig.broker.submit(exit_).news is News.ACCEPTED


@pytest.mark.parametrize("fault", ["hang-after", "slow-body"])
def test_an_answer_that_never_ends_is_not_waited_for(
    projectx: ProjectX, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradecore.adapters.projectx.wire._ANSWER_SECONDS", 0.5)
    with closing(ProjectXRig(projectx)) as rig:
        rig.broker.positions()
        rig.fault(fault, path=PLACE, seconds=3)
        with pytest.raises(OutcomeUnknownError):
            rig.broker.submit(a_market("e-1", Side.BUY, 1, rig.symbol))

        assert until(lambda: seen(rig.broker, E1)).filled == 1


# ---------------------------------------------------------------- a tag is used once


def test_a_refusal_of_a_repeat_is_answered_with_the_first_order_whatever_it_says(rig: ProjectXRig) -> None:
    bought(rig)
    rig.fault("refuse", path=PLACE, code=2, message="Trading is currently unavailable.")

    again = rig.broker.submit(a_market("e-1", Side.BUY, 3, rig.symbol))

    assert (again.news, again.filled, again.commission) == (News.FILLED, 3, 3 * SIDE_COSTS)


def test_a_rejected_repeat_never_ends_the_order_that_it_repeats(rig: ProjectXRig) -> None:
    rig.broker.submit(a_limit("e-1", Side.BUY, 1, 90, rig.symbol))
    rig.broker.close()

    # Somebody who knows nothing of the order, as after a restart, hears of the rejected one first.
    with closing(ProjectXRig(rig.projectx)) as second:
        repeat = rig.projectx.place(LIMIT, BUY, 1, limitPrice=90, customTag="e-1")
        assert repeat["errorCode"] == 2
        assert rig.projectx.order(repeat["orderId"])["status"] == 5
        second.heard.until(lambda: bool(second.heard.of(E1)), "the order that lives")

        assert {report.news for report in second.heard.of(E1)} == {News.ACCEPTED}
        assert seen(second.broker, E1).news is News.ACCEPTED
        assert second.broker.cancel(E1).news is News.CANCELLED
        assert rig.projectx.open() == []


def test_an_order_is_found_by_its_tag_alone_after_a_restart(rig: ProjectXRig) -> None:
    bought(rig, 3, BOTH)
    with closing(ProjectXRig(rig.projectx)) as second:
        found = seen(second.broker, E1)

        assert (found.news, found.filled, found.commission) == (News.FILLED, 3, 3 * SIDE_COSTS)
        assert seen(second.broker, stop_leg_id(E1)).news is News.ACCEPTED
        assert seen(second.broker, target_leg_id(E1)).news is News.ACCEPTED


def test_a_fill_is_told_again_with_what_it_cost(rig: ProjectXRig) -> None:
    bought(rig, 2)

    rig.heard.until(lambda: any(one.commission == 2 * SIDE_COSTS for one in rig.heard.of(E1)), "what it cost")


def test_what_traded_in_a_gap_is_told_with_its_cost(rig: ProjectXRig) -> None:
    rig.cut_stream()
    rig.broker.submit(a_market("e-1", Side.BUY, 2, rig.symbol))
    rig.mend_stream()

    rig.heard.until(lambda: any(one.commission == 2 * SIDE_COSTS for one in rig.heard.of(E1)), "what it cost")


def test_a_fill_is_told_though_its_cost_cannot_be_asked_for_and_the_cost_follows(rig: ProjectXRig) -> None:
    rig.fault("server-error", path="/api/Trade/search", times=None)

    bought(rig, 2)

    rig.heard.until(lambda: any(one.commission == 2 * SIDE_COSTS for one in rig.heard.of(E1)), "what it cost")
    assert {one.filled for one in rig.heard.of(E1) if one.news is News.FILLED} == {2}


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(("code", "words"), [
    (1, "no such account"), (2, "rejected it"), (3, "not enough money"), (4, "broke a rule"), (5, "closed"),
    (8, "no such contract"), (9, "not the active month"), (10, "may not place orders"),
])  # fmt: skip
def test_each_code_that_refuses_is_told_in_a_sentence(rig: ProjectXRig, code: int, words: str) -> None:
    rig.fault("refuse", path=PLACE, code=code)

    answer = rig.broker.submit(a_market("e-1", Side.BUY, 1, rig.symbol))

    assert answer.news is News.REJECTED
    assert words in answer.reason
    assert ever(rig.projectx) == []


def test_a_closed_market_is_said_to_be_though_it_has_the_code_of_every_rejection(rig: ProjectXRig) -> None:
    rig.projectx.sim("session", open=False)

    answer = rig.broker.submit(a_market("e-1", Side.BUY, 1, rig.symbol))

    assert answer.news is News.REJECTED
    assert "the market is closed" in answer.reason
    assert [order["status"] for order in ever(rig.projectx)] == [5], "it has an id all the same"
    assert answer.broker_order_id == str(ever(rig.projectx)[0]["id"])


def test_an_account_without_order_brackets_says_what_to_switch_and_its_tag_stays_used(rig: ProjectXRig) -> None:
    rig.projectx.sim(f"accounts/{rig.projectx.account}", order_brackets=False)
    ticket = a_market("e-1", Side.BUY, 1, rig.symbol, BOTH)

    answer = rig.broker.submit(ticket)
    rig.projectx.sim(f"accounts/{rig.projectx.account}", order_brackets=True)
    again = rig.broker.submit(ticket)

    assert "choose Auto OCO Brackets" in answer.reason
    assert (answer.news, again.news) == (News.REJECTED, News.REJECTED)
    assert again.broker_order_id == answer.broker_order_id, "its tag is used up, and the first order is its end"
    assert again.reason == answer.reason
    assert rig.broker.positions() == ()


def test_what_the_gateway_would_misread_is_refused_before_it_is_sent(rig: ProjectXRig) -> None:
    half = a_market("e-1", Side.BUY, 1, rig.symbol)
    unknown = a_market("e-2", Side.BUY, 1, Symbol("MESZ2099"))
    wrong_side = a_market("e-3", Side.SELL, 1, rig.symbol, BOTH)

    for ticket, words in (
        (Ticket(id=half.id, symbol=rig.symbol, side=Side.BUY, quantity=Decimal("0.5")), "no whole number"),
        (unknown, "knows no contract MESZ2099"),
        (wrong_side, "wrong side of 100"),
    ):
        answer = rig.broker.submit(ticket)
        assert answer.news is News.REJECTED
        assert words in answer.reason
    assert ever(rig.projectx) == []


def test_an_exit_that_may_only_reduce_is_refused_where_it_would_open(rig: ProjectXRig) -> None:
    bought(rig, 2)
    exit_ = Ticket(
        id=OrderId("x-1"), symbol=rig.symbol, side=Side.SELL, quantity=Decimal(3), purpose=Purpose.EXIT,
        reduce_only=True)  # fmt: skip

    answer = rig.broker.submit(exit_)

    assert (answer.news, "only 2" in answer.reason) == (News.REJECTED, True)
    assert rig.broker.survey(rig.symbol).net == 2


def test_a_repeat_of_an_exit_that_has_closed_everything_is_answered_with_the_first(rig: ProjectXRig) -> None:
    bought(rig, 2)
    exit_ = Ticket(
        id=OrderId("x-1"), symbol=rig.symbol, side=Side.SELL, quantity=Decimal(2), purpose=Purpose.EXIT,
        reduce_only=True)  # fmt: skip
    rig.lose_next_answer()
    with pytest.raises(OutcomeUnknownError):
        rig.broker.submit(exit_)

    again = rig.broker.submit(exit_)

    assert (again.news, again.filled) == (News.FILLED, 2)
    assert rig.broker.positions() == ()


def test_an_exit_is_looked_at_though_questions_keep_quiet(rig: ProjectXRig) -> None:
    bought(rig, 2)
    rig.fault("limit-rate", path="/api/Position")
    with pytest.raises(UnreachableError):
        rig.broker.positions()
    exit_ = Ticket(
        id=OrderId("x-1"), symbol=rig.symbol, side=Side.SELL, quantity=Decimal(2), purpose=Purpose.EXIT,
        reduce_only=True)  # fmt: skip

    assert rig.broker.submit(exit_).news is News.ACCEPTED


# ---------------------------------------------------------------- brackets


@pytest.mark.parametrize(("side", "bracket", "stop", "target"), [
    (Side.BUY, BOTH, 96, 111), (Side.SELL, SHORT, 106, 91),
])  # fmt: skip
def test_legs_keep_their_distance_from_the_price_that_the_entry_really_got(
    rig: ProjectXRig, side: Side, bracket: Bracket, stop: int, target: int
) -> None:
    rig.price(Decimal(101))

    rig.broker.submit(a_market("e-1", side, 1, rig.symbol, bracket))
    rig.heard.until_over(E1)

    legs = {order["customTag"]: order for order in ever(rig.projectx)}
    assert (legs["e-1-SL"]["stopPrice"], legs["e-1-TP"]["limitPrice"]) == (stop, target)
    assert {legs["e-1-SL"]["side"], legs["e-1-TP"]["side"]} == {SELL if side is Side.BUY else BUY}


def test_legs_that_are_asleep_are_seen_and_named(rig: ProjectXRig) -> None:
    rig.broker.submit(a_limit("e-1", Side.BUY, 1, 90, rig.symbol, BOTH))

    working = {report.order_id: report.news for report in rig.broker.survey(rig.symbol).working}

    legs = (stop_leg_id(E1), target_leg_id(E1))
    assert working == {E1: News.ACCEPTED, **dict.fromkeys(legs, News.HELD)}
    assert {seen(rig.broker, leg).news for leg in legs} == {News.HELD}


def test_an_older_gateway_without_the_query_hides_what_sleeps_and_it_is_still_known(rig: ProjectXRig) -> None:
    for path in ("/api/Order/v2/query", "/api/Order/searchById"):
        rig.fault("not-found", path=path, times=None)
    rig.broker.submit(a_limit("e-1", Side.BUY, 1, 90, rig.symbol, BOTH))

    assert [report.order_id for report in rig.broker.survey(rig.symbol).working] == [E1]
    assert seen(rig.broker, E1).news is News.ACCEPTED
    assert rig.broker.find(OrderId("e-2")) is None
    with closing(ProjectXRig(rig.projectx)) as second:
        second.broker.working_symbols()
        assert seen(second.broker, stop_leg_id(E1)).news is News.HELD
    assert rig.broker.cancel(E1).news is News.CANCELLED
    assert seen(rig.broker, stop_leg_id(E1)).news is News.CANCELLED


# ---------------------------------------------------------------- cancels


@pytest.mark.parametrize(("flags", "words"), [
    ({"follower": True}, "only the leader's orders"), ({"simulated": False}, "cancel it in the trading platform"),
])  # fmt: skip
def test_who_may_not_cancel_is_told_why_and_the_order_works_on(
    rig: ProjectXRig, flags: dict[str, bool], words: str
) -> None:
    rig.broker.submit(a_limit("e-1", Side.BUY, 1, 90, rig.symbol))
    rig.projectx.sim(f"accounts/{rig.projectx.account}", **flags)

    answer = rig.broker.cancel(E1)

    assert (answer.news, words in answer.reason) == (News.ACCEPTED, True)
    blocked = rig.broker.account().blocked
    assert "not begun" in blocked, "an entry that cannot be called off is none"
    rig.projectx.sim(f"accounts/{rig.projectx.account}", follower=False, simulated=True)
    assert rig.broker.cancel(E1).news is News.CANCELLED
    assert rig.broker.account().blocked == ""


def test_a_live_account_is_blocked_before_anything_is_cancelled(rig: ProjectXRig) -> None:
    assert rig.broker.account().blocked == ""

    rig.projectx.sim(f"accounts/{rig.projectx.account}", simulated=False)

    assert "live accounts" in rig.broker.account().blocked
    rig.projectx.sim(f"accounts/{rig.projectx.account}", simulated=True, can_trade=False)
    assert "may not trade" in rig.broker.account().blocked


def test_a_cancel_that_comes_too_late_is_answered_with_the_fill(rig: ProjectXRig) -> None:
    rig.broker.submit(a_limit("e-1", Side.BUY, 1, 90, rig.symbol))
    rig.fault("race", account=rig.projectx.account)

    answer = rig.broker.cancel(E1)

    assert (answer.news, answer.filled, answer.average_price) == (News.FILLED, 1, 90)


@pytest.mark.parametrize("code", [4, 5, 99])
def test_a_cancel_that_the_gateway_is_not_sure_of_is_unknown(rig: ProjectXRig, code: int) -> None:
    rig.broker.submit(a_limit("e-1", Side.BUY, 1, 90, rig.symbol))
    rig.fault("refuse-after", path="/api/Order/cancel", code=code)

    with pytest.raises(OutcomeUnknownError):
        rig.broker.cancel(E1)

    assert seen(rig.broker, E1).news is News.CANCELLED


@final
class Deaf(httpx.BaseTransport):
    """The network to a Gateway that says yes to a cancel, and takes its time."""

    def __init__(self) -> None:
        self._network = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/Order/cancel":
            return httpx.Response(200, json={"success": True, "errorCode": 0, "errorMessage": None})
        return self._network.handle_request(request)

    def close(self) -> None:
        self._network.close()


def test_what_was_asked_to_end_and_still_works_is_ending(projectx: ProjectX) -> None:
    desk = Desk(hosts_of(projectx), login_of(projectx), SystemClock(), transport=Deaf(), hears_prices=False)
    with closing(ProjectXRig(projectx, desk=desk)) as rig:
        rig.broker.submit(a_limit("e-1", Side.BUY, 1, 90, rig.symbol))

        assert rig.broker.cancel(E1).news is News.CANCEL_PENDING


# ---------------------------------------------------------------- many orders


def test_orders_are_found_over_any_number_of_pages(rig: ProjectXRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradecore.adapters.projectx.orders._PAGE", 4)
    mint = SystemMint(SystemClock())
    ids = [OrderId(f"{mint.new()}-1-1") for _ in range(11)]
    for order_id in ids:
        rig.broker.submit(a_limit(order_id, Side.BUY, 1, 90, rig.symbol))

    with closing(ProjectXRig(rig.projectx)) as second:
        assert {report.order_id for report in second.broker.survey(rig.symbol).working} == set(ids)
    with closing(ProjectXRig(rig.projectx)) as third:
        assert {seen(third.broker, order_id).news for order_id in ids} == {News.ACCEPTED}


# ---------------------------------------------------------------- contracts


@pytest.mark.parametrize("product", ["ES", "NQ", "MCL", "CL", "GC", "6E"])
def test_a_product_is_called_as_people_write_it(projectx: ProjectX, rig: ProjectXRig, product: str) -> None:
    found = {one.root: one for one in rig.broker.instruments() if one.active}[Symbol(product)]

    assert found.symbol == symbol_of(projectx, product)
    assert found.venue_id == projectx.found(product)["id"]
    rig.broker.submit(a_market("e-1", Side.BUY, 1, found.symbol))
    assert [one.symbol for one in rig.broker.positions()] == [found.symbol]


def test_the_month_of_crude_is_that_of_its_name_and_not_of_its_id(rig: ProjectXRig) -> None:
    crude = next(one for one in rig.broker.instruments() if one.root == "CL")

    assert crude.symbol[2] != crude.venue_id[-3]


def test_what_is_held_in_an_old_month_is_still_shown(rig: ProjectXRig) -> None:
    bought(rig, 2)
    old = rig.symbol
    rig.projectx.sim("roll", contract="MES")

    with closing(ProjectXRig(rig.projectx)) as second:
        assert [(one.symbol, one.quantity) for one in second.broker.positions()] == [(old, 2)]
        assert second.broker.survey(old).net == 2
        listed = {one.symbol: one for one in second.broker.instruments() if one.root == "MES"}
        assert {symbol: (one.active, one.tradable) for symbol, one in listed.items()} == {
            old: (False, False), second.symbol: (True, True),
        }  # fmt: skip
        assert second.symbol != old
        answer = second.broker.submit(a_market("e-2", Side.BUY, 1, old))
        assert (answer.news, "not the active month" in answer.reason) == (News.REJECTED, True)
    rolled = {one.symbol: one.active for one in rig.broker.instruments() if one.root == "MES"}
    assert rolled == {old: False, second.symbol: True}, "who knew it before sees it roll"


# ---------------------------------------------------------------- the account


def test_an_account_that_was_locked_says_so_and_is_flat(rig: ProjectXRig) -> None:
    bought(rig, 2)
    assert rig.broker.account().blocked == ""

    rig.projectx.sim(f"accounts/{rig.projectx.account}/lock")

    assert "may not trade" in rig.broker.account().blocked
    assert rig.broker.positions() == ()
    rig.heard.until(lambda: any(one.news is News.FILLED for one in rig.heard.of(None)), "what the firm did")


def test_equity_is_the_balance_and_the_open_result_and_needs_a_price(rig: ProjectXRig) -> None:
    bought(rig, 2)
    rig.price(Decimal("101.25"))

    state = rig.broker.account()

    assert state.cash == 50_000 - 2 * SIDE_COSTS
    assert state.equity == state.cash + Decimal("1.25") * 5 * 2
    assert state.buying_power == state.equity
    with closing(ProjectXRig(rig.projectx)) as second:
        rig.fault("server-error", path="/api/History", times=None)
        with pytest.raises(UnreachableError):
            second.broker.account()


def test_an_account_that_the_login_does_not_have_is_named(projectx: ProjectX) -> None:
    desk = desk_for(projectx)
    with (
        closing(ProjectXBroker(desk, 5)) as broker,
        pytest.raises(UnreachableError, match=f"5: it has {projectx.account}"),
    ):
        broker.account()
    with closing(ProjectXBroker(desk, 5)) as broker, pytest.raises(UnreachableError, match="no such account"):
        broker.positions()


# ---------------------------------------------------------------- the hub


@pytest.mark.parametrize("fault", ["double-events", "reverse-events", "unknown-event", "unknown-status", "drop-events"])
def test_events_that_are_odd_leave_the_truth_to_be_found(rig: ProjectXRig, fault: str) -> None:
    rig.projectx.sim(f"accounts/{rig.projectx.account}/events/{fault}", times=8)

    rig.broker.submit(a_market("e-1", Side.BUY, 1, rig.symbol, BOTH))

    until(lambda: seen(rig.broker, E1).news is News.FILLED)
    assert seen(rig.broker, stop_leg_id(E1)).news is News.ACCEPTED
    rig.projectx.sim(f"accounts/{rig.projectx.account}/events/clear")
    rig.broker.submit(a_market("e-2", Side.BUY, 1, rig.symbol))
    assert rig.heard.until_over(OrderId("e-2")).filled == 1, "the hub goes on"


def test_what_happens_in_another_account_is_not_heard(rig: ProjectXRig) -> None:
    other = rig.projectx.told["accounts"][1]["id"]
    rig.projectx.place(accountId=other, customTag="o-1")

    bought(rig)

    assert {report.order_id for report in rig.heard.reports} == {E1}


def test_a_stop_of_ours_is_an_order_like_any_other(rig: ProjectXRig) -> None:
    bought(rig, 2)
    stop = Ticket(
        id=OrderId("s-1"), symbol=rig.symbol, side=Side.SELL, quantity=Decimal(2), type=OrderType.STOP,
        stop_price=Decimal("95.25"), purpose=Purpose.STOP)  # fmt: skip

    rig.broker.submit(stop)

    assert ever(rig.projectx)[-1]["stopPrice"] == 95.25
    rig.price(Decimal(95))
    assert rig.heard.until_over(stop.id).news is News.FILLED
