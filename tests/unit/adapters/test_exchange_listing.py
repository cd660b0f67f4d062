"""Hold the demo's list to the exchanges' calendars, and its prices to sanity."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.unit.adapters.exchanges import AAPL, D, an_exchange
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.exchange import Exchange
from tradecore.adapters.memory.exchange.listing import START_PRICES, expiry, listed
from tradecore.adapters.memory.exchange.walk import RandomWalk
from tradecore.domain.errors import ProgrammingError
from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import Instrument, Kind, Market, name_of


def months(today: date, root: str = "MES") -> list[tuple[str, bool]]:
    return [(one.symbol, one.active) for one in listed(today) if one.root == root]


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2026, 3, 20), (2026, 6, 19), (2026, 9, 18), (2026, 12, 18), (2027, 3, 19)]
)
def test_index_futures_end_on_the_third_friday(year: int, month: int, day: int) -> None:
    assert expiry(year, month) == date(year, month, day)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 1, 5), [("MESH2026", True), ("MESM2026", False)]),
        (date(2026, 12, 9), [("MESZ2026", True), ("MESH2027", False)]),
        (date(2026, 12, 10), [("MESZ2026", False), ("MESH2027", True), ("MESM2027", False)]),
        (date(2026, 12, 18), [("MESZ2026", False), ("MESH2027", True), ("MESM2027", False)]),
        (date(2026, 12, 19), [("MESH2027", True), ("MESM2027", False)]),
        (date(2026, 12, 31), [("MESH2027", True), ("MESM2027", False)]),
    ],
)
def test_eight_days_before_the_end_the_next_month_is_active(today: date, expected: list[tuple[str, bool]]) -> None:
    assert months(today) == expected


@pytest.mark.parametrize("today", [date(2026, month, day) for month in range(1, 13) for day in (1, 11, 19, 28)])
def test_every_root_has_one_active_instrument_and_a_price_to_start_from(today: date) -> None:
    active = [one for one in listed(today) if one.active]

    assert len({one.root for one in active}) == len(active)
    assert {one.root for one in active} == set(START_PRICES)
    assert all(START_PRICES[one.root] % one.tick_size == 0 for one in active)


@pytest.mark.parametrize(("root", "point_value"), [("ES", 50), ("MES", 5), ("NQ", 20), ("MNQ", 2)])
def test_a_point_is_worth_what_the_exchange_says(root: str, point_value: int) -> None:
    assert all(one.point_value == point_value for one in listed(date(2026, 1, 5)) if one.root == root)


def test_the_names_are_those_that_alerts_use() -> None:
    for one in listed(date(2026, 1, 5)):
        named = name_of(one.symbol)
        assert (named.root, named.month or one.symbol) == (one.root, one.symbol)


def test_there_is_something_of_everything() -> None:
    everything = listed(date(2026, 1, 5))

    def any_that(kind: Kind, **has: object) -> list[Instrument]:
        return [one for one in everything if one.kind is kind and all(getattr(one, k) == v for k, v in has.items())]

    assert any_that(Kind.EQUITY, shortable=True, fractionable=True)
    assert any_that(Kind.EQUITY, shortable=False)
    assert any_that(Kind.EQUITY, fractionable=False)
    assert any_that(Kind.CRYPTO, shortable=False)
    assert {one.venue_id for one in any_that(Kind.FUTURE, root="NQ")} == {"CON.F.US.ENQ.H26", "CON.F.US.ENQ.M26"}


def test_the_demo_may_trade_at_any_hour() -> None:
    assert {one.market for one in listed(date(2026, 1, 5), Market.ALWAYS)} == {Market.ALWAYS}


# ---------------------------------------------------------------- prices at random


def a_walk(seed: int, exchange: Exchange | None = None) -> RandomWalk:
    exchange = exchange or an_exchange()
    return RandomWalk(exchange, AAPL, D("100.004"), D("0.05"), seed)


def test_a_walk_takes_its_steps_on_the_grid() -> None:
    exchange = Exchange(MemoryClock())
    exchange.list(*listed(date(2026, 1, 5)))
    walk = a_walk(1, exchange)

    prices = [walk.tick() for _ in range(500)]

    assert prices[0] == D(100)
    assert {abs(after - before) for before, after in pairwise(prices)} == {D("0.05")}
    quote = exchange.quote(AAPL)
    assert quote is not None
    assert quote.last == prices[-1]


def test_the_same_seed_walks_the_same_way() -> None:
    first, second, other = a_walk(7), a_walk(7), a_walk(8)

    way = [first.tick() for _ in range(100)]

    assert [second.tick() for _ in range(100)] == way
    assert [other.tick() for _ in range(100)] != way


@pytest.mark.parametrize("seed", range(3))
def test_a_walk_stays_near_its_home_for_days(seed: int) -> None:
    walk = a_walk(seed)

    prices = [walk.tick() for _ in range(20_000)]

    assert D(90) < min(prices) < D("99.5")
    assert D("100.5") < max(prices) < D(110)


def test_a_walk_goes_home_from_far_away() -> None:
    exchange = an_exchange()
    exchange.price(AAPL, D(200))
    walk = a_walk(1, exchange)
    assert walk.tick() in {D("199.95"), D("200.05")}

    prices: list[Decimal] = [walk.tick() for _ in range(5_000)]

    assert prices[-1] < D(105)


def test_a_walk_never_reaches_zero() -> None:
    exchange = an_exchange()
    exchange.price(AAPL, D("0.01"))
    walk = RandomWalk(exchange, AAPL, D("0.01"), D("0.01"), 3)

    assert min(walk.tick() for _ in range(200)) == D("0.01")


def test_only_what_is_listed_can_walk() -> None:
    with pytest.raises(ProgrammingError, match="not listed"):
        RandomWalk(an_exchange(), Symbol("NOPE"), D(1), D(1), 1)
