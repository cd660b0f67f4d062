"""Run the exchange for many accounts.

One lock is around everything. Who follows is told under it, in order, and must only take note. Prices move only when
somebody moves them, so the same calls always give the same fills.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from threading import RLock
from typing import Final, final

from tradecore.domain.errors import ProgrammingError
from tradecore.domain.money import is_multiple
from tradecore.entrypoints.venues.projectx.engine.accounts import Account, Holding
from tradecore.entrypoints.venues.projectx.engine.contracts import Contract
from tradecore.entrypoints.venues.projectx.engine.floor import Floor, flattening
from tradecore.entrypoints.venues.projectx.engine.hours import TradingHours
from tradecore.entrypoints.venues.projectx.engine.matching import Matcher
from tradecore.entrypoints.venues.projectx.engine.orders import Event, Order, Quote, Wish
from tradecore.entrypoints.venues.projectx.engine.placing import Amendment, Desk
from tradecore.entrypoints.venues.projectx.engine.rules import CLOSED
from tradecore.entrypoints.venues.projectx.engine.words import Change, Close, PartialClose, Place, Refusal, Status
from tradecore.ports.calendar import Calendar
from tradecore.ports.system import Clock

START_BALANCE: Final = Decimal(50_000)
_FIRST_ACCOUNT: Final = 26_282_486


@final
class ProjectXExchange:
    """The exchange; every method may be called from any thread."""

    def __init__(self, clock: Clock, calendar: Calendar) -> None:
        self.floor = Floor(clock)
        self.hours = TradingHours(clock, calendar)
        self.lock = RLock()
        self._matcher = Matcher(self.floor)
        self._desk = Desk(self.floor, self._matcher)
        self._followers: tuple[Callable[[Event], None], ...] = ()
        self._watchers: tuple[Callable[[Quote], None], ...] = ()
        self._races: dict[int, int] = {}
        self._was_open = self.hours.are_open()
        for contract in self.floor.listing.active():
            self.price(contract, contract.product.start)

    def follow(self, follower: Callable[[Event], None]) -> None:
        """Tell *follower* of everything that happens to accounts, in order. It must return at once."""
        self._followers = (*self._followers, follower)

    def watch(self, watcher: Callable[[Quote], None]) -> None:
        """Show *watcher* every price from now on. It must return at once."""
        self._watchers = (*self._watchers, watcher)

    # ---------------------------------------------------------------- moving the market

    def open_account(self, name: str | None = None, balance: Decimal = START_BALANCE) -> Account:
        """Open an account."""
        with self.turn():
            number = len(self.floor.accounts)
            account = Account(
                id=_FIRST_ACCOUNT + number, name=name or f"PRAC-V2-645601-{number + 1:08}", balance=balance
            )
            self.floor.accounts[account.id] = account
            return account

    def price(
        self, contract: Contract, last: Decimal, bid: Decimal | None = None, ask: Decimal | None = None, volume: int = 0
    ) -> None:
        """Make one tick, at which *volume* traded, and let the working orders trade at it."""
        is_first = contract.id not in self.floor.quotes  # Something traded at it: it is in the bars as well.
        quote = Quote(
            contract=contract, last=last, bid=last if bid is None else bid, ask=last if ask is None else ask,
            at=self.floor.now(), volume=volume or int(is_first))  # fmt: skip
        for price in (quote.last, quote.bid, quote.ask):
            if price <= 0 or not is_multiple(price, contract.product.tick_size):
                message = f"{contract.id}: {price} is no price"
                raise ProgrammingError(message)
        with self.turn():
            self.floor.quotes[contract.id] = quote
            for watcher in self._watchers:
                watcher(quote)
            if self.hours.are_open():
                self._matcher.match(self.floor.live(contract))

    def pulse(self) -> None:
        """Let a second pass: prices are confirmed while the market is open, and sessions end."""
        with self.turn():
            for quote in tuple(self.floor.quotes.values()) if self.hours.are_open() else ():
                self.price(quote.contract, quote.last, quote.bid, quote.ask)

    def force_session(self, *, is_open: bool | None) -> None:
        """Open or close the market by hand; None gives it back to the calendar. What has waited trades."""
        with self.turn():
            self.hours.force(is_open=is_open)
            self._was_open = self.hours.are_open()
            if self._was_open:
                self._matcher.match(self.floor.live())

    def fill_in_parts(self, contract: Contract, parts: Iterable[int]) -> None:
        """Give the next fills in *contract* no more than each of *parts*."""
        with self.turn():
            self.floor.parts[contract.id] = deque(parts)

    def roll(self, contract: Contract) -> Contract:
        """Make the month after *contract* the active one, at the price of this one; return it."""
        with self.turn():
            quote = self.floor.quotes[contract.id]
            if not self.floor.listing.is_active(contract) or not self.floor.listing.roll(contract.product.root):
                message = f"{contract.id} is not active, or has no month after it"
                raise ProgrammingError(message)
            following = self.floor.listing.named(contract.product.symbol)
            assert following is not None, contract
            self.price(following, quote.last, quote.bid, quote.ask)
            return following

    def race(self, account: Account, times: int) -> None:
        """Let the account's next *times* cancels and changes come too late: the order fills first."""
        self._races[account.id] = times

    # ---------------------------------------------------------------- trading

    def place(self, wish: Wish) -> Order | Refusal:
        """Place an order."""
        with self.turn():
            account, contract = self.floor.accounts.get(wish.account_id), self.floor.listing.find(wish.contract_id)
            if account is None:
                return Refusal(Place.ACCOUNT_NOT_FOUND)
            if contract is None:
                return Refusal(Place.CONTRACT_NOT_FOUND)
            if not self.floor.listing.is_active(contract):
                return Refusal(Place.CONTRACT_NOT_ACTIVE)
            if account.locked:
                return Refusal(Place.ACCOUNT_VIOLATION)
            if not account.can_trade:
                return Refusal(Place.ACCOUNT_REJECTED)
            return self._desk.place(account, contract, wish, is_open=self.hours.are_open())

    def modify(self, account_id: int, order_id: int, amendment: Amendment) -> Refusal | None:
        """Change a working order in place."""
        with self.turn():
            found = self._own(account_id, order_id)
            if isinstance(found, Refusal):
                return found
            account, order = found
            if not account.can_trade:
                return Refusal(Change.ACCOUNT_REJECTED)
            if self._loses_race(account, order):
                return Refusal(Change.REJECTED)
            if order.status.is_over:
                return Refusal(Change.ORDER_NOT_FOUND)
            return (
                Refusal(Change.REJECTED, CLOSED) if not self.hours.are_open() else self._desk.modify(order, amendment)
            )

    def cancel(self, account_id: int, order_id: int) -> Refusal | None:
        """End an order."""
        with self.turn():
            found = self._own(account_id, order_id)
            if isinstance(found, Refusal):
                return found
            account, order = found
            if account.follower:
                return Refusal(Change.ACCOUNT_REJECTED, "Follower accounts cannot cancel orders")
            if not account.simulated:
                return Refusal(Change.ACCOUNT_REJECTED, "Live accounts not supported")
            if self._loses_race(account, order):
                return Refusal(Change.REJECTED)
            if order.status.is_over:
                return Refusal(self.floor.manners.cancel_of_filled_code)
            self._matcher.end_by_request(order)
            return None

    def close(self, account_id: int, contract_id: str, size: int | None = None) -> Order | Refusal:
        """Close a position, or *size* of it."""
        codes: type[Close | PartialClose] = Close if size is None else PartialClose
        with self.turn():
            account, contract = self.floor.accounts.get(account_id), self.floor.listing.find(contract_id)
            if account is None:
                return Refusal(codes.ACCOUNT_NOT_FOUND)
            if contract is None:
                return Refusal(codes.CONTRACT_NOT_FOUND)
            held = account.held(contract)
            if not held:
                return Refusal(codes.POSITION_NOT_FOUND)
            if not account.can_trade:
                return Refusal(codes.ACCOUNT_REJECTED)
            if size is not None and not 0 < size <= abs(held):
                return Refusal(PartialClose.INVALID_CLOSE_SIZE)
            if not self.hours.are_open():
                return Refusal(codes.ORDER_REJECTED, CLOSED)
            if self.floor.manners.close_cancels_brackets:
                self._cancel_all(account, contract)
            return self._desk.close(account, contract, flattening(held), size or abs(held))

    # ---------------------------------------------------------------- what the firm does

    def flatten(self, account: Account) -> None:
        """Cancel and close everything in an account, as the firm does at the end of the day."""
        with self.turn():
            self._flatten(account)

    def break_rule(self, account: Account) -> None:
        """Flatten an account, and let it trade no more, as where it has lost too much."""
        with self.turn():
            self._flatten(account)
            account.locked, account.can_trade = True, False
            self.floor.tell_account(account)

    def _flatten(self, account: Account) -> None:
        self._cancel_all(account, None)
        holdings: tuple[Holding, ...] = tuple(account.holdings.values())
        for held in holdings:
            self._desk.close(account, held.contract, flattening(held.size), abs(held.size))

    # ---------------------------------------------------------------- within a turn

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold everything still; what has happened by the end is told."""
        with self.lock:
            self._end_session()
            try:
                yield
            finally:
                self._tell()

    def _end_session(self) -> None:
        was_open, self._was_open = self._was_open, self.hours.are_open()
        if was_open and not self._was_open and not self.hours.is_by_hand:
            for account in self.floor.accounts.values():
                self._flatten(account)

    def _tell(self) -> None:
        events = tuple(self.floor.events)
        self.floor.events.clear()
        for event in events:
            for follower in self._followers:
                follower(event)

    def _own(self, account_id: int, order_id: int) -> tuple[Account, Order] | Refusal:
        account, order = self.floor.accounts.get(account_id), self.floor.orders.get(order_id)
        if account is None:
            return Refusal(Change.ACCOUNT_NOT_FOUND)
        if order is None or order.account_id != account_id:
            return Refusal(Change.ORDER_NOT_FOUND)
        return account, order

    def _cancel_all(self, account: Account, contract: Contract | None) -> None:
        for order in self.floor.live(contract, account.id):
            if not (now := self.floor.orders[order.id]).status.is_over:
                self._matcher.end(now)

    def _loses_race(self, account: Account, order: Order) -> bool:
        left = self._races.get(account.id, 0)
        if not left or order.status is not Status.OPEN:
            return False
        self._races[account.id] = left - 1
        price = order.limit_price or order.stop_price or self.floor.quotes[order.contract.id].last
        self._matcher.fill(order, price, order.left)
        return True
