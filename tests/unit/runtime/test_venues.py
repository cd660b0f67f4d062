"""Test that each account's venue is opened once, listened to, and asked what it lists."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread

import pytest
from attrs import evolve
from structlog.testing import capture_logs

from tests.builders import an_account
from tests.rooms import Demo, a_demo
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.instruments import MONTH_LETTERS
from tradecore.domain.orders import Side
from tradecore.domain.parties import Account, Venue
from tradecore.domain.signals import Signal
from tradecore.entrypoints.runtime import wiring
from tradecore.ports.broker import Broker, Listener
from tradecore.ports.market_data import MarketData


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return a_demo(tmp_path)


def another(demo: Demo, **changes: object) -> Account:
    changed = {"id": AccountId("second"), "name": "second", **changes}
    account = evolve(demo.account, **changed)  # type: ignore[arg-type] # a test's own words
    demo.room.services.directory.keep(account)
    return account


def test_an_account_has_one_broker_however_many_ask(demo: Demo) -> None:
    account, together = another(demo), Barrier(8)

    def ask(_: int) -> Broker:
        together.wait(10)
        return demo.room.venues.broker(account)

    with ThreadPoolExecutor(8) as pool:
        brokers = set(map(id, pool.map(ask, range(8))))

    assert len(brokers) == 1
    assert demo.room.venues.market_data(account) is demo.room.venues.market_data(account)


def test_what_the_venue_lists_is_in_the_directory_once_it_is_open(demo: Demo) -> None:
    instrument = demo.room.services.directory.instrument(Venue.PAPER, Symbol("MES"))

    assert instrument is not None
    assert instrument.active


def test_a_new_months_listing_is_taken_within_the_hour(demo: Demo) -> None:
    before = demo.room.services.directory.instrument(Venue.PAPER, Symbol("MES"))

    demo.room.clock.advance(100 * 24 * 3600)
    demo.room.tick()
    demo.room.venues.tend()

    after = demo.room.services.directory.instrument(Venue.PAPER, Symbol("MES"))
    assert before is not None
    assert after is not None
    assert before.symbol != after.symbol


def test_a_month_that_is_listed_no_more_is_still_known_and_takes_no_entries(demo: Demo) -> None:
    directory = demo.room.services.directory
    before = directory.instrument(Venue.PAPER, Symbol("MES"))
    assert before is not None
    demo.room.clock.advance(100 * 24 * 3600)
    demo.room.tick()
    now = demo.room.clock.now()
    dropped = Symbol(f"ZZ{MONTH_LETTERS[now.month - 1]}{now.year}")
    directory.list_instruments(Venue.PAPER, (before, evolve(before, symbol=dropped, root=Symbol("ZZ"))))

    with capture_logs() as logged:
        demo.room.venues.tend()

    after, kept = (directory.instrument(Venue.PAPER, Symbol(name)) for name in ("MES", dropped))
    assert after is not None
    assert kept == evolve(before, symbol=dropped, root=Symbol("ZZ"), active=False, tradable=False)
    rolls = [(line["old"], line["new"]) for line in logged if "has rolled" in line["event"]]
    assert rolls == [(before.symbol, after.symbol)]


def test_a_listing_that_could_not_be_kept_is_tried_again(demo: Demo) -> None:
    demo.room.memory.fail_next("list_instruments")
    account = another(demo)
    demo.room.clock.advance(100 * 24 * 3600)
    demo.room.tick()

    demo.room.venues.broker(account)
    demo.room.venues.tend()

    instrument = demo.room.services.directory.instrument(Venue.PAPER, Symbol("MES"))
    assert instrument is not None
    assert instrument.expires is not None
    assert instrument.expires > demo.room.clock.now().date()


def test_an_account_that_was_added_while_we_run_is_opened_by_itself(demo: Demo) -> None:
    account = another(demo)

    demo.room.venues.tend()

    assert account.id in demo.room.exchange.accounts()


def test_an_account_at_a_venue_that_is_not_here_is_shut_with_a_sentence(demo: Demo) -> None:
    account = another(demo, venue=Venue.ALPACA)

    assert demo.room.venues.open_all() == (
        "Account second: account second trades at alpaca, which this version cannot reach yet",
    )
    demo.room.venues.tend()
    with pytest.raises(UnreachableError, match="cannot reach yet"):
        demo.room.venues.market_data(account)


def test_a_fill_that_the_inbox_missed_is_found_when_it_is_back(demo: Demo) -> None:
    demo.send(Signal.BUY)
    demo.room.memory.fail_next("post")
    demo.room.exchange.place_by_hand(demo.account.id, Symbol("AAPL"), Side.SELL, Decimal(4))

    demo.room.venues.tend()
    demo.work(10)

    assert demo.book().drift == Decimal(-4)


def test_after_closing_nothing_is_heard_and_closing_again_is_harmless(demo: Demo) -> None:
    demo.room.venues.close()
    demo.room.venues.close()

    demo.room.exchange.place_by_hand(demo.account.id, Symbol("AAPL"), Side.SELL, Decimal(4))

    assert demo.room.services.inbox.claim(demo.room.clock.now()) is None


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


def test_an_account_whose_venue_is_away_keeps_no_other_from_being_listened_to() -> None:
    room = wiring.in_memory()
    for name in "abc":
        room.services.directory.keep(an_account(id=AccountId(name), name=name))
    inner = next(iter(room.venues._doors.values()))

    class HalfShut:
        def broker(self, account: Account) -> Broker:
            if account.id == "a":
                raise UnreachableError("its venue is down")
            return inner.broker(account)

        def market_data(self, account: Account) -> MarketData:
            return inner.market_data(account)

    room.venues._doors = dict.fromkeys(room.venues._doors, HalfShut())

    room.venues.tend()

    assert set(room.venues._ears) == {"b", "c"}


# ---------------------------------------------------------------- keys that change, and accounts that move


class Watched:
    """One account's venue whose keys and lease are moved by hand, and every broker that was made for it."""

    def __init__(self) -> None:
        self.room = wiring.in_memory()
        self.account = an_account(id=AccountId("stocks"), name="stocks")
        self.room.services.directory.keep(self.account)
        self.inner = next(iter(self.room.venues._doors.values()))
        self.keys: dict[AccountId, datetime] = {}
        self.is_ours = True
        self.made: list[Closable] = []
        self.priced = 0
        self.change_keys()
        venues = self.room.venues
        venues._doors = dict.fromkeys(venues._doors, self)
        venues._keys = lambda: self.keys
        venues._leases = self  # type: ignore[assignment] # of leases it is asked this alone

    def holds(self, _: AccountId) -> bool:
        return self.is_ours

    def change_keys(self) -> None:
        self.room.clock.advance(1)
        self.keys = {self.account.id: self.room.clock.now()}

    def broker(self, account: Account) -> Broker:
        if not self.keys:
            raise UnreachableError("it has no keys")
        self.made.append(Closable(self.inner.broker(account)))
        return self.made[-1]  # type: ignore[return-value] # it passes on what it does not count

    def market_data(self, account: Account) -> MarketData:
        self.priced += 1
        return self.inner.market_data(account)

    def tend(self) -> None:
        self.room.venues.tend()

    def hears(self) -> bool:
        """Whether what a person trades is heard."""
        before = self.room.services.inbox.waiting(self.room.clock.now())
        self.room.exchange.place_by_hand(self.account.id, Symbol("AAPL"), Side.BUY, Decimal(1))
        return self.room.services.inbox.waiting(self.room.clock.now()) > before


class Closable:
    """A broker that remembers whether it was closed, and by how many it was listened to."""

    def __init__(self, inner: Broker) -> None:
        self._inner = inner
        self.listeners, self.is_closed = 0, False

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def listen(self, listener: Listener) -> None:
        self.listeners += 1
        self._inner.listen(listener)

    def close(self) -> None:
        self.is_closed = True
        self._inner.close()


def test_while_its_keys_stay_an_account_stays_open() -> None:
    watched = Watched()

    for _ in range(3):
        watched.tend()
    (only,) = watched.made
    assert (only.listeners, only.is_closed) == (1, False)
    assert id(watched.room.venues.broker(watched.account)) == id(only)


def test_an_account_whose_keys_were_changed_is_opened_anew_and_listened_to() -> None:
    watched = Watched()
    watched.tend()
    watched.room.venues.market_data(watched.account)

    watched.change_keys()
    watched.tend()
    watched.room.venues.market_data(watched.account)

    old, new = watched.made
    assert (old.is_closed, new.is_closed, new.listeners) == (True, False, 1)
    assert watched.priced == 2, "prices are asked for with keys as well"
    assert id(watched.room.venues.broker(watched.account)) == id(new)
    assert watched.hears()
    watched.tend()
    assert len(watched.made) == 2


def test_an_account_whose_keys_were_deleted_is_shut_until_it_has_some_again() -> None:
    watched = Watched()
    watched.tend()
    watched.keys = {}

    with capture_logs() as said:
        for _ in range(3):
            watched.tend()
    shut = [line for line in said if "cannot be reached" in line["event"]]
    assert watched.made[0].is_closed
    assert not watched.hears()
    assert [line["error"] for line in shut] == ["it has no keys"], "once, and not each second"
    with pytest.raises(UnreachableError, match="it has no keys"):
        watched.room.venues.broker(watched.account)

    watched.change_keys()
    watched.tend()

    assert len(watched.made) == 2
    assert watched.hears()


def test_an_account_that_another_process_has_is_closed_here_and_opened_when_it_comes_back() -> None:
    watched = Watched()
    watched.tend()

    watched.is_ours = False
    watched.tend()
    assert watched.made[0].is_closed
    assert not watched.hears()
    assert not watched.room.venues._ears

    watched.change_keys()
    watched.tend()
    assert len(watched.made) == 1, "whoever has it opens it"

    watched.is_ours = True
    watched.tend()
    assert [one.listeners for one in watched.made] == [1, 1]
    assert watched.hears()


def test_an_account_that_was_only_looked_at_is_listened_to_once_it_is_ours() -> None:
    watched = Watched()
    watched.is_ours = False
    watched.room.venues.broker(watched.account)
    assert watched.made[0].listeners == 0

    watched.is_ours = True
    watched.tend()

    (only,) = watched.made
    assert (only.listeners, only.is_closed) == (1, False)


def test_whoever_asks_for_a_broker_waits_until_its_venue_was_asked_what_it_lists() -> None:
    watched = Watched()
    directory, venue = watched.room.services.directory, watched.account.venue
    found: list[object] = []

    class Listing:
        """A venue that takes long to list: meanwhile somebody else asks for the broker that is open already."""

        def __init__(self, inner: Broker) -> None:
            self._inner = inner

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        def instruments(self) -> object:
            other = Thread(target=lambda: found.append(ask()))
            other.start()
            other.join(0.2)
            assert found == [], "it has not been told yet"
            others.append(other)
            return self._inner.instruments()

    def ask() -> object:
        watched.room.venues.broker(watched.account)
        return directory.view().instrument(venue, Symbol("AAPL"))

    others: list[Thread] = []
    usual = watched.broker
    watched.broker = lambda account: Listing(usual(account))  # type: ignore[method-assign,assignment,return-value] # it passes on the rest

    watched.tend()
    for other in others:
        other.join(10)

    assert found == [directory.view().instrument(venue, Symbol("AAPL"))]
    assert found != [None]
