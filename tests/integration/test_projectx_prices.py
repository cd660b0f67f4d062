"""Know prices at ProjectX: from the newest bar, from the market hub where it is fresh, and of the past."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.integration.projectx_exchange import ProjectX
from tests.integration.projectx_rig import AT_ONCE, desk_for, hosts_of, login_of, symbol_of
from tests.integration.service import until
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.projectx.bars import PastBars, Unit
from tradecore.adapters.projectx.desk import Desk
from tradecore.adapters.projectx.market_data import ProjectXMarketData
from tradecore.adapters.system.clock import SystemClock
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import Symbol
from tradecore.domain.venues import Quote

BARS = "/api/History/retrieveBars"
_DAY = 24 * 3600


@pytest.fixture
def projectx() -> Iterator[ProjectX]:
    with closing(ProjectX()) as projectx:
        yield projectx


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(SystemClock().now())


@pytest.fixture
def desk(projectx: ProjectX, clock: MemoryClock) -> Iterator[Desk]:
    desk = desk_for(projectx, clock)
    yield desk
    desk.rest()


@pytest.fixture
def hearing(projectx: ProjectX) -> Iterator[Desk]:
    desk = desk_for(projectx, hears_prices=True)
    yield desk
    desk.rest()


@contextmanager
def closing_desk(desk: Desk) -> Iterator[None]:
    try:
        yield
    finally:
        desk.rest()


def quoted(desk: Desk, symbol: Symbol) -> Quote:
    found = ProjectXMarketData(desk.prices, desk.contracts).quote(symbol)
    assert found is not None
    return found


def hears(projectx: ProjectX, desk: Desk, product: str, last: int) -> None:
    """Let the product trade at *last* until that was heard: the hub tells only what happens."""

    def look() -> bool:
        projectx.price(last, contract=product)
        found = quoted(desk, symbol_of(projectx, product))
        return (found.last, found.bid) == (last, last)

    until(look)


def test_a_price_is_asked_for_once_a_second_and_an_old_one_says_so(
    projectx: ProjectX, desk: Desk, clock: MemoryClock
) -> None:
    mes = symbol_of(projectx)
    projectx.price("6400.25")
    first = quoted(desk, mes)
    projectx.price("6401")

    assert quoted(desk, mes) == first
    clock.advance(1)
    second = quoted(desk, mes)
    assert (first.last, second.last) == (Decimal("6400.25"), 6401)
    assert abs(second.at - SystemClock().now()) < timedelta(seconds=30)
    projectx.sim("faults/server-error", times=None)
    clock.advance(1)
    assert quoted(desk, mes) == second
    projectx.sim("faults/clear")
    other = symbol_of(projectx, "ES")
    projectx.sim("faults/server-error", times=None)
    with pytest.raises(UnreachableError):
        quoted(desk, other)


def test_an_answer_that_is_no_bar_is_no_price(projectx: ProjectX, desk: Desk) -> None:
    projectx.price(6400)
    projectx.sim("faults/invalid-json", path=BARS)

    with pytest.raises(UnreachableError):
        quoted(desk, symbol_of(projectx))


def test_a_new_exchange_has_a_price_before_anybody_moves_it(projectx: ProjectX, desk: Desk) -> None:
    assert quoted(desk, symbol_of(projectx)).last == 6400


def test_what_nobody_trades_and_what_nobody_knows_has_no_price(
    projectx: ProjectX, desk: Desk, clock: MemoryClock
) -> None:
    prices = ProjectXMarketData(desk.prices, desk.contracts)
    clock.advance(_DAY * 8)  # Its first price is older than anybody looks.

    assert prices.quote(symbol_of(projectx)) is None
    assert prices.quote(Symbol("NOPE")) is None


def test_a_price_of_last_week_is_found_and_has_its_own_time(projectx: ProjectX, desk: Desk, clock: MemoryClock) -> None:
    clock.advance(_DAY * 5)
    at = (clock.now() - timedelta(days=3)).replace(second=0, microsecond=0)
    bar = {"at": at.isoformat(), "open": "1", "high": "2", "low": "1", "close": "2", "volume": "1"}
    projectx.sim("bars", contract="MES", bars=[bar])

    assert quoted(desk, symbol_of(projectx)) == Quote(symbol=symbol_of(projectx), last=Decimal(2), at=at)


def test_bars_have_a_limit_of_their_own(desk: Desk, projectx: ProjectX, clock: MemoryClock) -> None:
    contract = desk.contracts.of(symbol_of(projectx))
    assert contract is not None
    projectx.price(6400)
    for _ in range(40):
        desk.prices.quote(contract, within=timedelta(0))
    projectx.price(6500)

    old = desk.prices.quote(contract, within=timedelta(0))

    assert old is not None
    assert old.last == 6400, "an older price stands where no more may be asked for"
    desk.contracts.refresh()
    clock.advance(31)
    assert quoted(desk, symbol_of(projectx)).last == 6500


def test_the_market_hub_tells_prices_without_a_question(projectx: ProjectX, hearing: Desk) -> None:
    mes = symbol_of(projectx)
    hears(projectx, hearing, "MES", 6400)
    projectx.sim("faults/server-error", path=BARS, times=None)

    projectx.price("6401", bid="6400.75", ask="6401.25")

    until(lambda: quoted(hearing, mes).last == 6401)
    found = quoted(hearing, mes)
    assert (found.bid, found.ask) == (Decimal("6400.75"), Decimal("6401.25"))
    # What did not change is not told again, and stays.
    projectx.price("6401", bid="6401", ask="6401.25", volume=0)
    until(lambda: quoted(hearing, mes).bid == 6401)
    assert (quoted(hearing, mes).last, quoted(hearing, mes).ask) == (6401, Decimal("6401.25"))


def test_what_changed_while_nobody_heard_is_not_laid_over_what_was_known(projectx: ProjectX, hearing: Desk) -> None:
    hears(projectx, hearing, "MES", 6400)
    projectx.sim("faults/server-error", path=BARS, times=None)

    projectx.sim("hubs/cut", hub="market")

    hears(projectx, hearing, "MES", 6500)


def test_a_price_from_before_a_gap_is_forgotten(projectx: ProjectX, hearing: Desk) -> None:
    hears(projectx, hearing, "MES", 6400)
    contract, feed = hearing.contracts.of(symbol_of(projectx)), hearing.prices._feed
    assert contract is not None
    assert feed is not None
    assert feed.quote(contract) is not None

    projectx.sim("hubs/cut", hub="market")

    until(lambda: feed.quote(contract) is None)


def test_a_second_contract_is_heard_over_the_same_connection(projectx: ProjectX, hearing: Desk) -> None:
    mes, es = symbol_of(projectx), symbol_of(projectx, "ES")
    hears(projectx, hearing, "MES", 6400)

    hears(projectx, hearing, "ES", 6410)

    assert (quoted(hearing, mes).last, quoted(hearing, es).last) == (6400, 6410)


def test_a_hub_that_is_open_and_tells_nothing_is_left_while_the_market_trades(
    projectx: ProjectX, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradecore.adapters.projectx.prices._QUIET_MAX", timedelta(seconds=0.5))
    desk = Desk(hosts_of(projectx), login_of(projectx), SystemClock(), timing=AT_ONCE)
    with closing_desk(desk):
        hears(projectx, desk, "MES", 6400)
        projectx.sim("faults/server-error", path=BARS, times=None)

        projectx.sim("hubs/silent", hub="market")

        hears(projectx, desk, "MES", 6500)


def test_a_hub_that_tells_nothing_while_the_market_is_closed_is_kept(
    projectx: ProjectX, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradecore.adapters.projectx.prices._QUIET_MAX", timedelta(seconds=0.1))
    asked: list[bool] = []

    def is_open() -> bool:
        asked.append(True)
        return False

    desk = Desk(hosts_of(projectx), login_of(projectx), SystemClock(), timing=AT_ONCE, is_open=is_open)
    with closing_desk(desk):
        hears(projectx, desk, "MES", 6400)
        assert desk.prices._feed is not None
        hub = desk.prices._feed._hub
        assert hub is not None
        before, asked[:] = hub._listening, []

        until(lambda: asked[2:])

        assert hub._listening is before


# ---------------------------------------------------------------- the past


@pytest.mark.parametrize("chunk", [3, 5, 20_000])
def test_bars_come_oldest_first_whatever_the_chunks(projectx: ProjectX, desk: Desk, chunk: int) -> None:
    start = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
    minutes = [start + timedelta(minutes=number) for number in range(10)]
    projectx.sim("bars", contract="MES", bars=[
        {"at": at.isoformat(), "open": "1", "high": "9", "low": "1", "close": str(number + 1), "volume": "4"}
        for number, at in enumerate(minutes)
    ])  # fmt: skip
    past = PastBars(desk.line, desk.contracts, chunk)

    found = past.bars(symbol_of(projectx), minutes[1], minutes[9], Unit.MINUTE)

    assert [bar.at for bar in found] == minutes[1:9]
    assert [bar.close for bar in found] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert (found[0].open, found[0].high, found[0].low, found[0].volume) == (1, 9, 1, 4)
    assert [bar.close for bar in past.bars(symbol_of(projectx), start, minutes[9], Unit.MINUTE, 5)] == [5, 10]
    assert past.bars(Symbol("NOPE"), start, minutes[9], Unit.MINUTE) == ()
