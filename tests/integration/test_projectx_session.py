"""Be logged in at ProjectX as long as it takes, within its limits, with one login for all accounts."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from threading import Barrier, Thread
from typing import final

import httpx
import pytest
from attrs import evolve

from tests.builders import ACCOUNT, USER
from tests.integration.projectx_exchange import ProjectX
from tests.integration.projectx_rig import PLACE, ProjectXRig, desk_for, hosts_of, login_of
from tests.promises.broker import a_limit, a_market
from tradecore.adapters.memory.calendar import MemoryCalendar
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.projectx.broker import ProjectXBroker
from tradecore.adapters.projectx.desk import Desk
from tradecore.adapters.projectx.exchange import ProjectXExchange, ProjectXKeyCheck
from tradecore.adapters.projectx.session import LoginRefusedError
from tradecore.adapters.system.clock import SystemClock
from tradecore.domain.credentials import Credentials, KeyMode, KeysRefused
from tradecore.domain.errors import SealedError, UnreachableError
from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId
from tradecore.domain.orders import News, Side
from tradecore.domain.parties import Account, Venue

LOGIN, VALIDATE = "/api/Auth/loginKey", "/api/Auth/validate"


@final
class Counting(httpx.BaseTransport):
    """The network, and how often it was asked what."""

    def __init__(self) -> None:
        self._network = httpx.HTTPTransport()
        self.asked: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked[request.url.path] += 1
        answer = self._network.handle_request(request)
        self.statuses[answer.status_code] += 1
        return answer

    def close(self) -> None:
        self._network.close()


@pytest.fixture
def projectx() -> Iterator[ProjectX]:
    with closing(ProjectX(accounts=2)) as projectx:
        yield projectx


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(SystemClock().now())


@pytest.fixture
def network() -> Counting:
    return Counting()


@pytest.fixture
def broker(projectx: ProjectX, clock: MemoryClock, network: Counting) -> Iterator[ProjectXBroker]:
    desk = Desk(hosts_of(projectx), login_of(projectx), clock, transport=network, hears_prices=False)
    with closing(ProjectXBroker(desk, projectx.account)) as broker:
        yield broker


def test_a_token_is_renewed_before_it_ends_and_not_before_that(
    broker: ProjectXBroker, clock: MemoryClock, network: Counting
) -> None:
    for minutes in (0, 60, 60 * 22 + 49):
        clock.advance(timedelta(minutes=minutes))
        broker.account()
    assert (network.asked[LOGIN], network.asked[VALIDATE]) == (1, 0)

    clock.advance(timedelta(minutes=2))
    broker.account()
    broker.account()

    assert (network.asked[LOGIN], network.asked[VALIDATE]) == (1, 1)


def test_a_token_that_cannot_be_renewed_yet_is_used_on_and_tried_again_later(
    projectx: ProjectX, broker: ProjectXBroker, clock: MemoryClock, network: Counting
) -> None:
    broker.account()
    for path in (VALIDATE, LOGIN):
        projectx.sim("faults/server-error", path=path, times=1)
    clock.advance(timedelta(hours=23, minutes=55))

    broker.account()
    broker.account()
    assert (network.asked[LOGIN], network.asked[VALIDATE]) == (2, 1)
    clock.advance(31)
    broker.account()

    assert (network.asked[LOGIN], network.asked[VALIDATE]) == (2, 2)


@pytest.mark.parametrize("status", ["server-error", "invalid-json"])
@pytest.mark.parametrize("hours", [24, 23.95])
def test_a_login_is_left_where_an_old_token_brings_no_new_one(
    projectx: ProjectX, broker: ProjectXBroker, clock: MemoryClock, network: Counting, hours: float, status: str
) -> None:
    broker.account()
    projectx.sim(f"faults/{status}", path=VALIDATE, times=None)
    clock.advance(timedelta(hours=hours))

    broker.account()
    broker.account()

    assert network.asked[LOGIN] == 2


@pytest.mark.parametrize("hours", [-48, 48])
def test_a_clock_that_goes_wrong_does_no_harm(
    projectx: ProjectX, clock: MemoryClock, network: Counting, hours: int
) -> None:
    clock.advance(timedelta(hours=hours))
    desk = Desk(hosts_of(projectx), login_of(projectx), clock, transport=network, hears_prices=False)
    with closing(ProjectXBroker(desk, projectx.account)) as broker:
        for _ in range(3):
            broker.account()
        assert (network.asked[LOGIN], network.asked[VALIDATE]) == (1, 0)
        # And where it jumps while a token is held.
        clock.advance(timedelta(hours=-2 * hours))
        broker.account()
        broker.account()

    assert network.asked[LOGIN] + network.asked[VALIDATE] <= 2


def test_a_token_that_ended_early_is_renewed_once_for_everybody(
    projectx: ProjectX, broker: ProjectXBroker, network: Counting
) -> None:
    broker.account()
    projectx.sim("tokens", revoke=True)
    together, found = Barrier(6), []

    def ask() -> None:
        together.wait()
        found.append(broker.account().blocked)

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [""] * 6
    assert network.asked[LOGIN] == 2


def test_an_order_that_met_an_ended_token_is_placed_once(projectx: ProjectX, network: Counting) -> None:
    desk = Desk(hosts_of(projectx), login_of(projectx), SystemClock(), transport=network, hears_prices=False)
    with closing(ProjectXRig(projectx, desk=desk)) as rig:
        rig.broker.instruments()
        projectx.sim("tokens", revoke=True)

        answer = rig.broker.submit(a_market("e-1", Side.BUY, 1, rig.symbol))

        assert answer.news is News.ACCEPTED
        assert network.asked[PLACE] == 2, "the first one was not let in"
        rig.heard.until_over(OrderId("e-1"))
        assert rig.broker.survey(rig.symbol).net == 1


def test_a_login_that_is_refused_is_told_and_not_tried_with_every_request(
    projectx: ProjectX, clock: MemoryClock, network: Counting
) -> None:
    login = evolve(login_of(projectx), key="not-the-key")
    desk = Desk(hosts_of(projectx), login, clock, transport=network, hears_prices=False)
    with closing(ProjectXBroker(desk, projectx.account)) as broker:
        for _ in range(3):
            with pytest.raises(LoginRefusedError, match="does not know the user name with this API key") as caught:
                broker.account()
            assert "not-the-key" not in str(caught.value)
        assert network.asked[LOGIN] == 1

        clock.advance(31)
        with pytest.raises(LoginRefusedError):
            broker.account()

    assert network.asked[LOGIN] == 2


@pytest.mark.parametrize(("code", "words"), [
    (1, "user name"), (3, "user name"), (7, "accept them"), (9, "no subscription"), (10, "switched off"),
])  # fmt: skip
def test_each_refusal_of_a_login_says_what_to_do(projectx: ProjectX, code: int, words: str) -> None:
    projectx.sim("faults/refuse", path=LOGIN, code=code)
    broker = ProjectXBroker(desk_for(projectx), projectx.account)
    with closing(broker), pytest.raises(LoginRefusedError, match=words):
        broker.account()


@pytest.mark.parametrize("fault", [
    {"name": "server-error"}, {"name": "invalid-json"}, {"name": "not-found"}, {"name": "refuse", "code": 8},
    {"name": "reset"}, {"name": "limit-rate"},
])  # fmt: skip
def test_a_login_without_an_answer_is_no_word_on_the_key(projectx: ProjectX, fault: dict[str, object]) -> None:
    body = dict(fault)
    projectx.sim(f"faults/{body.pop('name')}", path=LOGIN, **body)
    with closing(ProjectXBroker(desk_for(projectx), projectx.account)) as broker:
        with pytest.raises(UnreachableError) as caught:
            broker.account()
        assert not isinstance(caught.value, LoginRefusedError)
        broker.account()


def test_no_secret_is_shown_or_written(projectx: ProjectX, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk = desk_for(projectx)
    with closing(ProjectXBroker(desk, projectx.account)) as broker:
        broker.account()
        token = desk.line.token()
        projectx.sim("faults/reset", times=None)
        with pytest.raises(UnreachableError) as caught:
            broker.account()

    shown = (
        f"{desk!r} {desk.line!r} {vars(desk.line)!r} {login_of(projectx)!r} {caught.value!r} {caught.value.__cause__!r}"
    )
    for secret in (token, projectx.told["key"]):
        assert secret not in shown + caplog.text


# ---------------------------------------------------------------- limits


def test_questions_and_entries_leave_room_for_exits_and_the_gateway_never_says_enough(network: Counting) -> None:
    with closing(ProjectX(rate_limits=True)) as projectx:
        desk = Desk(hosts_of(projectx), login_of(projectx), SystemClock(), transport=network, hears_prices=False)
        with closing(ProjectXBroker(desk, projectx.account)) as broker:
            symbol = next(one.symbol for one in broker.instruments() if one.root == "MES")
            broker.submit(a_limit("e-1", Side.BUY, 1, 6000, symbol))
            done, refused = until_full(broker.positions)
            with pytest.raises(UnreachableError, match="kept for exits"):
                broker.submit(a_limit("e-2", Side.BUY, 1, 6000, symbol))

            assert 150 < done < 160
            assert 1 <= (refused.retry_after or 0) <= 60
            for _ in range(20):
                broker.cancel_stray(BrokerOrderId("1"))
            assert network.asked["/api/Order/cancel"] == 20
            assert network.statuses[429] == 0


def until_full(ask: Callable[[], object]) -> tuple[int, UnreachableError]:
    """Ask until there is no more room; return how often it was answered, and what was said then."""
    for done in range(1_000):
        try:
            ask()
        except UnreachableError as error:
            return done, error
    raise AssertionError("nobody keeps count")


# ---------------------------------------------------------------- the door


def an_account(name: str, id_: str) -> Account:
    return Account(id=AccountId(id_), user_id=USER, name=name, venue=Venue.PROJECTX)


def test_all_accounts_of_a_login_share_it(projectx: ProjectX) -> None:
    numbers = {name: told["id"] for name, told in zip(("one", "two"), projectx.told["accounts"], strict=True)}
    exchange = ProjectXExchange(
        hosts_of(projectx), lambda account: evolve(login_of(projectx), account=numbers[account.name]), SystemClock(),
        MemoryCalendar())  # fmt: skip
    one, two = (exchange.broker(an_account(name, name)) for name in ("one", "two"))
    with closing(one), closing(two):
        symbol = next(each.symbol for each in one.instruments() if each.root == "MES")
        one.submit(a_market("e-1", Side.BUY, 1, symbol))
        two.submit(a_market("e-1", Side.SELL, 2, symbol))

        assert [position.quantity for position in (*one.positions(), *two.positions())] == [1, -2]
        assert len(exchange._desks) == 1
        assert exchange.market_data(an_account("one", ACCOUNT)).quote(symbol) is not None
        exchange._desks.popitem()[1].rest()


def test_who_stays_is_not_cut_off_by_who_leaves_and_who_comes_back_is_let_in(projectx: ProjectX) -> None:
    desk = desk_for(projectx)
    one, two = (ProjectXBroker(desk, told["id"]) for told in projectx.told["accounts"])
    one.account()
    one.close()
    one.close()
    two.account()
    two.close()

    with closing(ProjectXBroker(desk, projectx.account)) as again:
        assert again.account().blocked == ""


def test_an_account_without_a_login_is_told(projectx: ProjectX) -> None:
    def logins(_account: Account) -> object:
        raise SealedError("set ENCRYPTION_KEY")

    exchange = ProjectXExchange(
        hosts_of(projectx),
        logins,  # type: ignore[arg-type] # it never returns
        SystemClock(),
        MemoryCalendar(),
    )

    for door in (exchange.broker, exchange.market_data):
        with pytest.raises(UnreachableError, match="account one: set ENCRYPTION_KEY"):
            door(an_account("one", "one"))


def test_keys_that_open_several_accounts_name_them_and_say_what_to_do(projectx: ProjectX) -> None:
    check = ProjectXKeyCheck(hosts_of(projectx), SystemClock())
    keys = Credentials(key_id=projectx.told["user"], secret=projectx.told["key"])

    found = check.check(keys)

    assert isinstance(found, KeysRefused)
    assert all(str(one["id"]) in found.reason for one in projectx.told["accounts"])
    assert "ACCOUNT_<NAME>" in found.reason
    assert isinstance(check.check(evolve(keys, mode=KeyMode.LIVE)), KeysRefused)
