"""Run the exchange for many accounts.

One lock is around everything. Who follows is told under it, in order, and must only take note. Prices move only when
somebody moves them, so the same calls always give the same fills.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from threading import RLock
from typing import Any, Final, final

from attrs import evolve

from tradecore.domain.errors import ProgrammingError
from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.engine.assets import Asset
from tradecore.entrypoints.venues.alpaca.engine.closing import Closer, Part
from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.hours import TradingHours
from tradecore.entrypoints.venues.alpaca.engine.matching import Matcher
from tradecore.entrypoints.venues.alpaca.engine.orders import Order, Update
from tradecore.entrypoints.venues.alpaca.engine.placing import Desk
from tradecore.entrypoints.venues.alpaca.engine.quotes import Quote
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal, order_missing, over
from tradecore.entrypoints.venues.alpaca.engine.replacing import Amendment, Replacer
from tradecore.entrypoints.venues.alpaca.engine.turning import DayTurner
from tradecore.entrypoints.venues.alpaca.engine.wishes import Wish
from tradecore.entrypoints.venues.alpaca.engine.words import Phase, Status
from tradecore.ports.calendar import Calendar
from tradecore.ports.system import Clock, Mint

# Such an order is waiting for the answer to something else.
_ON_THEIR_WAY: Final = frozenset({Status.PENDING_NEW, Status.PENDING_CANCEL, Status.PENDING_REPLACE})
START_CASH: Final = Decimal(100_000)


@final
class AlpacaExchange:
    """The exchange; every method may be called from any thread."""

    def __init__(self, clock: Clock, mint: Mint, calendar: Calendar) -> None:
        self.floor = Floor(clock, mint, TradingHours(clock, calendar))
        self.lock = RLock()
        self._matcher = Matcher(self.floor)
        self._desk = Desk(self.floor, self._matcher)
        self._replacer = Replacer(self.floor, self._matcher)
        self._closer = Closer(self.floor, self._desk)
        self._turner = DayTurner(self.floor, self._matcher)
        self._followers: tuple[Callable[[Update], None], ...] = ()
        self._watchers: tuple[Callable[[Quote], None], ...] = ()
        self._races: dict[str, int] = {}
        for asset in self.floor.listing:
            self.floor.closes[asset.symbol] = asset.start
            self._take_in(asset.symbol, asset.start)

    def follow(self, follower: Callable[[Update], None]) -> None:
        """Tell *follower* of everything that happens to orders, in order. It must return at once."""
        self._followers = (*self._followers, follower)

    def watch(self, watcher: Callable[[Quote], None]) -> None:
        """Show *watcher* every price from now on. It must return at once."""
        self._watchers = (*self._watchers, watcher)

    # ---------------------------------------------------------------- accounts

    def open_account(self, key_id: str, secret_key: str, cash: Decimal = START_CASH) -> Account:
        """Open an account under a pair of keys that nobody has."""
        with self.turn():
            if any(account.key_id == key_id for account in self.floor.accounts.values()):
                message = f"the key {key_id} has an account already"
                raise ProgrammingError(message)
            account = Account(
                id=self.floor.new_id(),
                number=f"PA{len(self.floor.accounts) + 1:010}",
                key_id=key_id,
                secret_key=secret_key,
                created_at=self.floor.now(),
                cash=cash,
                last_equity=cash,
            )
            self.floor.accounts[account.id] = account
            return account

    # ---------------------------------------------------------------- moving the market

    def price(self, symbol: str, last: Decimal, bid: Decimal | None = None, ask: Decimal | None = None) -> None:
        """Make one tick, and let the working orders trade at it."""
        with self.turn():
            listed = self._listed(symbol)
            self._take_in(listed, last, bid, ask)
            self._matcher.match(self.floor.live(listed))
            self._settle_races(listed)

    def pulse(self) -> None:
        """Let time pass: sessions begin and end, what filled in part fills on, pending cancels end."""
        with self.turn():
            self._matcher.match(self.floor.live())
            self._settle_races(None)

    def force_phase(self, phase: Phase | None) -> None:
        """Open or close the market by hand; None gives it back to the calendar."""
        with self.turn():
            self.floor.hours.force(phase)

    def list(self, asset: Asset) -> None:
        """Let *asset* be traded, in the place of one with the same symbol."""
        with self.turn():
            self.floor.listing.put(asset)
            if asset.symbol not in self.floor.quotes:
                self.floor.closes[asset.symbol] = asset.start
                self._take_in(asset.symbol, asset.start)

    # ---------------------------------------------------------------- trading

    def submit(self, account: Account, wish: Wish, *, by_hand: bool = False) -> Order | Refusal:
        """Place an order."""
        with self.turn():
            return self._desk.place(account, wish, by_hand=by_hand)

    def replace(self, account: Account, order_id: str, amendment: Amendment) -> Order | Refusal:
        """Replace a working order by a new one."""
        with self.turn():
            order = self.order(account, order_id)
            if order is None:
                return order_missing(order_id)
            new = self._replacer.begin(order, amendment)
            if isinstance(new, Order) and not self._takes_race(account):
                self._replacer.finish(self.floor.orders[order.id])
            return new

    def cancel(self, account: Account, order_id: str) -> Refusal | None:
        """Ask for the end of an order, which comes later; None where that was heard."""
        with self.turn():
            order = self.order(account, order_id)
            if order is None:
                return order_missing(order_id)
            if order.status is Status.CANCELED:  # Seen at the real one: a repeat is harmless.
                return None
            if order.status.is_over or order.status in _ON_THEIR_WAY:
                return over(order.status)
            pending = evolve(order, status=Status.PENDING_CANCEL, updated_at=self.floor.now())
            self.floor.put(pending, "pending_cancel")
            if not self._takes_race(account):
                self._matcher.end(pending, Status.CANCELED)
            return None

    def cancel_all(self, account: Account) -> tuple[tuple[Order, Refusal | None], ...]:
        """Cancel every working order; return what became of each."""
        with self.turn():
            orders = self.floor.live(account_id=account.id)
            return tuple((order, self.cancel(account, order.id)) for order in orders)

    def close(self, account: Account, name: str, part: Part) -> Order | Refusal:
        """Close a position, or a part of it."""
        with self.turn():
            return self._closer.close(account, name, part)

    def close_all(self, account: Account, *, cancel_orders: bool) -> tuple[tuple[str, Order | Refusal], ...]:
        """Close every position; return the order of each, or why there is none."""
        with self.turn():
            if cancel_orders:
                self.cancel_all(account)
            return tuple((symbol, self.close(account, symbol, Part())) for symbol in tuple(account.holdings))

    def order(self, account: Account, order_id: str) -> Order | None:
        """Return an order of the account."""
        order = self.floor.orders.get(order_id)
        return order if order is not None and order.account_id == account.id else None

    # ---------------------------------------------------------------- going wrong

    def race(self, account: Account, times: int) -> None:
        """Let the next *times* cancels and replacements stay pending until the next tick, which may come first."""
        self._races[account.id] = times

    def reject_next(self, account: Account) -> None:
        """Accept the account's next order, and reject it right after."""
        self._desk.reject_next(account.id)

    def fill_in_parts(self, symbol: str, parts: Iterable[Decimal]) -> None:
        """Give the next fills in *symbol* no more than each of *parts*."""
        with self.turn():
            self.floor.portions.script(self._listed(symbol), parts)

    # ---------------------------------------------------------------- within a turn

    @contextmanager
    def turn(self) -> Iterator[Any]:
        """Hold everything still; what has happened by the end is told."""
        with self.lock:
            self._turner.turn()
            try:
                yield
            finally:
                self._tell()

    def _tell(self) -> None:
        updates = tuple(self.floor.updates)
        self.floor.updates.clear()
        for update in updates:
            for follower in self._followers:
                follower(update)

    def _listed(self, name: str) -> str:
        """Return the symbol of the asset that is called so."""
        asset = self.floor.listing.find(name)
        if asset is None:
            message = f"{name} is not listed"
            raise ProgrammingError(message)
        return asset.symbol

    def _take_in(self, symbol: str, last: Decimal, bid: Decimal | None = None, ask: Decimal | None = None) -> None:
        if last <= 0 or min(_or(bid, last), _or(ask, last)) < 0:
            message = f"{symbol}: {last}, bid {bid}, ask {ask} are no prices"
            raise ProgrammingError(message)
        quote = Quote(symbol=symbol, last=last, bid=_or(bid, last), ask=_or(ask, last), at=self.floor.now())
        self.floor.quotes[symbol] = quote
        for watcher in self._watchers:
            watcher(quote)

    def _takes_race(self, account: Account) -> bool:
        left = self._races.get(account.id, 0)
        self._races[account.id] = max(0, left - 1)
        return left > 0

    def _settle_races(self, symbol: str | None) -> None:
        for order in self.floor.live(symbol):
            now = self.floor.orders[order.id]
            if now.status is Status.PENDING_CANCEL:
                self._matcher.end(now, Status.CANCELED)
            elif now.status is Status.PENDING_NEW and now.replaces is not None:
                self._replacer.finish(self.floor.orders[now.replaces])


def _or(side: Decimal | None, last: Decimal) -> Decimal:
    return last if side is None else side
