"""Get out of a month that has rolled away: the Gateway takes no order there, and its own close has no tag."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.integration.projectx_exchange import SELL, ProjectX
from tests.integration.projectx_rig import PLACE, ProjectXRig
from tests.promises.broker import a_limit, a_market
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.mint import SystemMint
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, UnreachableError
from tradecore.domain.ids import OrderId
from tradecore.domain.orders import News, OrderType, Purpose, Side, Ticket
from tradecore.ports.broker import Broker

CLOSE = "/api/Position/closeContract"
PART = "/api/Position/partialCloseContract"
SIDE_COSTS = Decimal("0.61")  # of one MES: fees and commission
ORDERS = ("/api/Order/v2/query", "/api/Order/search")


@pytest.fixture
def projectx() -> Iterator[ProjectX]:
    with closing(ProjectX()) as projectx:
        yield projectx


@pytest.fixture
def rig(projectx: ProjectX) -> Iterator[ProjectXRig]:
    """Hold 3 of a month that is not the active one any more."""
    with closing(ProjectXRig(projectx)) as rig:
        rig.broker.submit(a_market("e-1", Side.BUY, 3, rig.symbol))
        rig.heard.until_over(OrderId("e-1"))
        projectx.sim("roll", contract="MES")
        yield rig


def an_exit(
    rig: ProjectXRig, quantity: int, purpose: Purpose = Purpose.EXIT, side: Side = Side.SELL, *, in_seconds: int = 0
) -> Ticket:
    """Return an exit of a plan that is made *in_seconds*."""
    plan = SystemMint(MemoryClock(SystemClock().now() + timedelta(seconds=in_seconds))).new()
    return Ticket(id=OrderId(f"{plan}-1-1"), symbol=rig.symbol, side=side, quantity=Decimal(quantity), purpose=purpose)


def held(rig: ProjectXRig, broker: Broker | None = None) -> Decimal:
    return (broker or rig.broker).survey(rig.symbol).net


def closes(projectx: ProjectX) -> list[int]:
    """Return the sizes of what the Gateway's own closes traded."""
    rows: list[dict[str, Any]] = projectx.http.get(f"/sim/accounts/{projectx.account}/orders").json()
    return [row["size"] for row in rows if row["customTag"] is None and row["fillVolume"]]


def by_hand(rig: ProjectXRig, size: int) -> None:
    assert rig.projectx.own("Position/partialCloseContract", contractId=rig.projectx.mes, size=size)["success"]


@pytest.fixture
def anew(rig: ProjectXRig) -> Iterator[Any]:
    """Return what forgets everything, as a restart does."""
    rigs: list[ProjectXRig] = []

    def start() -> Broker:
        rigs.append(ProjectXRig(rig.projectx))
        return rigs[-1].broker

    yield start
    for one in rigs:
        one.close()


@pytest.mark.parametrize("purpose", [Purpose.EXIT, Purpose.FLATTEN])
@pytest.mark.parametrize("quantity", [1, 3])
def test_an_exit_is_closed_by_the_gateway_and_reported_as_our_order(
    rig: ProjectXRig, purpose: Purpose, quantity: int
) -> None:
    ticket = an_exit(rig, quantity, purpose)

    done = rig.broker.submit(ticket)

    assert (done.order_id, done.news, done.filled, done.average_price) == (ticket.id, News.FILLED, quantity, 100)
    assert done.commission == quantity * SIDE_COSTS
    assert rig.broker.find(ticket.id) == done
    assert (held(rig), closes(rig.projectx)) == (3 - quantity, [quantity])


def test_a_short_is_bought_back(rig: ProjectXRig) -> None:
    with closing(ProjectXRig(rig.projectx)) as new:
        new.broker.submit(a_limit("e-9", Side.SELL, 2, 100, new.symbol))
        rig.projectx.sim("roll", contract="MES")

        done = new.broker.submit(an_exit(new, 2, side=Side.BUY))

        assert (done.news, done.filled, held(new)) == (News.FILLED, 2, 0)


@pytest.mark.parametrize("ticket", ["entry", "stop", "the-wrong-side"])
def test_what_does_not_only_reduce_is_refused(rig: ProjectXRig, ticket: str) -> None:
    wanted = {
        "entry": a_market("e-2", Side.BUY, 1, rig.symbol),
        "stop": Ticket(
            id=OrderId("s-1"), symbol=rig.symbol, side=Side.SELL, quantity=Decimal(1), type=OrderType.STOP,
            stop_price=Decimal(95), purpose=Purpose.STOP),
        "the-wrong-side": an_exit(rig, 1, side=Side.BUY),
    }[ticket]  # fmt: skip

    assert rig.broker.submit(wanted).news is News.REJECTED
    assert (held(rig), closes(rig.projectx)) == (3, [])


def test_no_more_is_closed_than_is_held(rig: ProjectXRig) -> None:
    by_hand(rig, 2)

    answer = rig.broker.submit(an_exit(rig, 2, in_seconds=60))

    assert (answer.news, "only 1" in answer.reason) == (News.REJECTED, True)
    assert held(rig) == 1


def test_a_close_by_hand_in_the_same_moment_is_refused_and_opens_nothing(rig: ProjectXRig) -> None:
    rig.fault("refuse", path=PART, code=5)

    answer = rig.broker.submit(an_exit(rig, 1))

    assert (answer.news, "not so much to close" in answer.reason) == (News.REJECTED, True)


def test_the_whole_is_closed_where_a_part_may_not_be_all_of_it(rig: ProjectXRig) -> None:
    rig.fault("refuse", path=PART, code=5)

    done = rig.broker.submit(an_exit(rig, 3))

    assert (done.news, done.filled, held(rig)) == (News.FILLED, 3, 0)


@pytest.mark.parametrize(("code", "words"), [
    (1, "no such account"), (2, "nothing is held"), (3, "no such contract"), (4, "in the trading platform"),
    (6, "rejected it"), (9, "may not place orders"),
])  # fmt: skip
def test_each_code_that_refuses_a_part_is_told(rig: ProjectXRig, code: int, words: str) -> None:
    rig.fault("refuse", path=PART, code=code)

    answer = rig.broker.submit(an_exit(rig, 1))

    assert (answer.news, words in answer.reason) == (News.REJECTED, True), answer.reason
    assert closes(rig.projectx) == []


@pytest.mark.parametrize(("code", "words"), [
    (1, "no such account"), (2, "nothing is held"), (3, "no such contract"), (4, "in the trading platform"),
    (5, "rejected it"), (8, "may not place orders"),
])  # fmt: skip
def test_each_code_that_refuses_the_whole_is_told(rig: ProjectXRig, code: int, words: str) -> None:
    rig.fault("refuse", path=PART, code=5)
    rig.fault("refuse", path=CLOSE, code=code)

    answer = rig.broker.submit(an_exit(rig, 3))

    assert (answer.news, words in answer.reason) == (News.REJECTED, True), answer.reason
    assert closes(rig.projectx) == []


LOST = [
    {"name": "gateway-timeout-after"}, {"name": "server-error-after"}, {"name": "reset-after"},
    {"name": "invalid-json"}, *({"name": "refuse-after", "code": code} for code in (7, 8, 99)),
]  # fmt: skip


@pytest.mark.parametrize("fault", LOST)
def test_a_close_whose_answer_is_lost_is_done_once(rig: ProjectXRig, fault: dict[str, Any]) -> None:
    ticket = an_exit(rig, 1)
    rig.fault(**{"path": PART, **fault})

    with pytest.raises((OutcomeUnknownError, MalformedError)):
        rig.broker.submit(ticket)

    again = rig.broker.submit(ticket)
    assert (again.order_id, again.news, again.filled, again.commission) == (ticket.id, News.FILLED, 1, SIDE_COSTS)
    assert rig.broker.find(ticket.id) == again
    assert closes(rig.projectx) == [1]


@pytest.mark.parametrize("fault", LOST[:1])
def test_what_became_of_it_is_found_without_a_repeat(rig: ProjectXRig, fault: dict[str, Any]) -> None:
    ticket = an_exit(rig, 1)
    rig.fault(**{"path": PART, **fault})
    with pytest.raises(OutcomeUnknownError):
        rig.broker.submit(ticket)

    found = rig.broker.find(ticket.id)

    assert found is not None
    assert (found.news, found.filled, found.commission) == (News.FILLED, 1, SIDE_COSTS)


@pytest.mark.parametrize("fault", LOST[:1])
def test_who_starts_anew_finds_the_close_and_does_not_repeat_it(
    rig: ProjectXRig, anew: Any, fault: dict[str, Any]
) -> None:
    ticket = an_exit(rig, 1)
    rig.fault(**{"path": PART, **fault})
    with pytest.raises(OutcomeUnknownError):
        rig.broker.submit(ticket)
    broker = anew()

    assert broker.find(ticket.id) is None, "without the ticket nobody knows whose it is"
    done = broker.submit(ticket)

    assert (done.order_id, done.news, done.filled, done.commission) == (ticket.id, News.FILLED, 1, SIDE_COSTS)
    assert broker.find(ticket.id) == done
    assert (held(rig, broker), closes(rig.projectx)) == (2, [1])


@pytest.mark.parametrize("fault", ["gateway-timeout", "reset"])
def test_a_close_that_never_came_is_unknown_and_a_repeat_does_it(rig: ProjectXRig, fault: str) -> None:
    ticket = an_exit(rig, 1)
    rig.fault(fault, path=PART)
    with pytest.raises(OutcomeUnknownError):
        rig.broker.submit(ticket)

    assert rig.broker.find(ticket.id) is None
    assert rig.broker.submit(ticket).filled == 1
    assert closes(rig.projectx) == [1]


def test_a_close_that_cannot_be_looked_at_is_never_called_undone(
    rig: ProjectXRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = an_exit(rig, 1)
    original = rig.projectx.venue.exchange.close

    def close(*args: Any) -> Any:
        try:
            return original(*args)
        finally:
            for path in ORDERS:
                rig.fault("server-error", path=path)

    monkeypatch.setattr(rig.projectx.venue.exchange, "close", close)

    with pytest.raises(OutcomeUnknownError, match="cannot be asked"):
        rig.broker.submit(ticket)

    rig.fault("clear")
    assert rig.broker.submit(ticket).filled == 1
    assert closes(rig.projectx) == [1]


def test_nothing_is_said_of_a_close_until_it_is_over(rig: ProjectXRig) -> None:
    ticket = an_exit(rig, 3)
    rig.projectx.sim("parts", contract=rig.projectx.mes, parts=[1])

    with pytest.raises(OutcomeUnknownError, match="not over"):
        rig.broker.submit(ticket)
    with pytest.raises(UnreachableError, match="not over"):
        rig.broker.find(ticket.id)
    with pytest.raises(OutcomeUnknownError, match="not over"):
        rig.broker.submit(ticket)
    rig.projectx.price(101, rig.projectx.mes)

    done = rig.broker.submit(ticket)
    assert (done.news, done.filled, closes(rig.projectx)) == (News.FILLED, 3, [3])


def test_two_exits_of_one_size_are_two_orders(rig: ProjectXRig) -> None:
    first, second = an_exit(rig, 1), an_exit(rig, 1)

    done = [rig.broker.submit(first), rig.broker.submit(second)]

    assert len({one.broker_order_id for one in done}) == 2
    assert (held(rig), closes(rig.projectx)) == (1, [1, 1])
    assert [rig.broker.find(one.id) for one in (first, second)] == done


def test_a_close_that_is_older_than_the_plan_is_not_its_own(rig: ProjectXRig, anew: Any) -> None:
    by_hand(rig, 1)

    assert anew().submit(an_exit(rig, 1, in_seconds=60)).filled == 1
    assert (held(rig), closes(rig.projectx)) == (1, [1, 1])


def test_a_close_by_a_person_after_the_question_was_made_stands_for_it(rig: ProjectXRig, anew: Any) -> None:
    ticket = an_exit(rig, 3)
    by_hand(rig, 3)

    done = anew().submit(ticket)

    assert (done.news, done.filled) == (News.FILLED, 3)
    assert (held(rig), closes(rig.projectx)) == (0, [3])


@pytest.mark.parametrize("why", ["row", "used"])
def test_a_tag_that_was_used_up_in_vain_still_gets_out(rig: ProjectXRig, anew: Any, why: str) -> None:
    """The Gateway may keep a row of what it refuses there, as of all else: then a repeat is refused for its tag."""
    ticket = an_exit(rig, 3)
    rig.projectx.sim("session", open=False)
    rejected = rig.projectx.place(2, SELL, 3, contractId=rig.projectx.found("MES")["id"], customTag=ticket.id)
    assert rejected["errorCode"] == 2
    rig.projectx.sim("session", open=True)
    if why == "used":
        rig.fault("refuse", path=PLACE, code=2, message="custom tag already in use")
    broker = anew()

    done = broker.submit(ticket)

    assert (done.news, done.filled, closes(rig.projectx)) == (News.FILLED, 3, [3])
    assert broker.find(ticket.id) == done


def test_what_rests_there_can_be_ended_as_anywhere(projectx: ProjectX) -> None:
    with closing(ProjectXRig(projectx)) as rig:
        rig.broker.submit(a_limit("r-1", Side.BUY, 1, 90, rig.symbol))
        stray = rig.place_by_hand(Side.BUY, Decimal(1), Decimal(80))
        projectx.sim("roll", contract="MES")

        with closing(ProjectXRig(projectx)) as second:
            assert len(second.broker.survey(rig.symbol).working) == 2, "though nobody holds anything there"
        assert rig.broker.cancel(OrderId("r-1")).news is News.CANCELLED
        rig.broker.cancel_stray(stray)
        assert rig.broker.survey(rig.symbol).working == ()
