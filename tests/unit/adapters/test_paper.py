"""Test the demo's venue: what it lists, how its prices move, and how it is seen from beside."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.builders import an_account
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.paper import PaperVenue, WatchedPaperVenue
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import OrderId, Symbol
from tradecore.domain.instruments import Market
from tradecore.domain.orders import News, Side, Ticket

SUNDAY = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ACCOUNT = an_account()


def a_ticket(name: str = "O-1", side: Side = Side.BUY) -> Ticket:
    return Ticket(id=OrderId(name), symbol=Symbol("AAPL"), side=side, quantity=Decimal(10))


def active_month(venue: PaperVenue) -> list[str]:
    found = venue.broker(ACCOUNT).instruments()
    return [one.symbol for one in found if one.root == "MES" and one.active]


def test_an_account_is_opened_with_money_when_it_is_first_asked_for() -> None:
    venue = PaperVenue(MemoryClock(SUNDAY))

    assert venue.broker(ACCOUNT).account().equity == Decimal(100_000)


def test_it_trades_on_a_sunday_night() -> None:
    venue = PaperVenue(MemoryClock(SUNDAY))

    report = venue.broker(ACCOUNT).submit(a_ticket())

    assert report.news is News.FILLED
    assert {one.market for one in venue.broker(ACCOUNT).instruments()} == {Market.ALWAYS}


def test_every_instrument_has_a_price_that_moves_and_is_fresh() -> None:
    clock = MemoryClock(SUNDAY)
    venue = PaperVenue(clock)
    prices = venue.market_data(ACCOUNT)
    symbols = [one.symbol for one in venue.broker(ACCOUNT).instruments()]
    seen: dict[str, set[Decimal]] = {symbol: set() for symbol in symbols}

    for _ in range(10):
        clock.advance(1)
        venue.tick()
        for symbol in symbols:
            quote = prices.quote(symbol)
            assert quote is not None
            assert quote.at == clock.now()
            seen[symbol].add(quote.last)

    assert all(len(values) > 1 for values in seen.values()), seen


def test_money_and_positions_survive_a_restart(tmp_path: Path) -> None:
    clock, path = MemoryClock(SUNDAY), tmp_path / "paper.jsonl"
    PaperVenue(clock, path).broker(ACCOUNT).submit(a_ticket())

    again = PaperVenue(clock, path).broker(ACCOUNT)

    assert [position.quantity for position in again.positions()] == [Decimal(10)]
    assert again.submit(a_ticket()).news is News.FILLED
    assert [position.quantity for position in again.positions()] == [Decimal(10)]


def test_the_month_that_has_ended_is_not_the_active_one_any_more(tmp_path: Path) -> None:
    clock, path = MemoryClock(SUNDAY), tmp_path / "paper.jsonl"
    before = PaperVenue(clock, path)
    assert active_month(before) == ["MESZ2026"]
    clock.advance(timedelta(days=35))

    before.tick()

    assert active_month(before) == ["MESH2027"]
    assert active_month(PaperVenue(clock, path)) == ["MESH2027"]


def test_from_beside_the_account_is_seen_as_it_stands_and_cannot_be_touched(tmp_path: Path) -> None:
    clock, path = MemoryClock(SUNDAY), tmp_path / "paper.jsonl"
    broker = PaperVenue(clock, path).broker(ACCOUNT)
    beside = WatchedPaperVenue(clock, path)
    assert beside.broker(ACCOUNT).positions() == ()

    broker.submit(a_ticket())
    written = path.read_bytes()

    assert [position.quantity for position in beside.broker(ACCOUNT).positions()] == [Decimal(10)]
    with pytest.raises(UnreachableError, match="belongs to the tradecore that runs"):
        beside.broker(ACCOUNT).submit(a_ticket("O-2"))
    assert path.read_bytes() == written


def test_from_beside_an_account_that_was_never_opened_holds_nothing(tmp_path: Path) -> None:
    beside = WatchedPaperVenue(MemoryClock(SUNDAY), tmp_path / "paper.jsonl")

    assert beside.broker(ACCOUNT).positions() == ()
    assert beside.broker(ACCOUNT).working_symbols() == frozenset()
    assert beside.market_data(ACCOUNT).quote(Symbol("AAPL")) is None
    assert not (tmp_path / "paper.jsonl").exists()
