"""Hold everything that the exchange knows. It has no lock and no listeners: the exchange around it has them."""

from collections import deque
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Final, final

from attrs import define, evolve

from tradecore.domain.sessions import CHICAGO
from tradecore.entrypoints.venues.projectx.engine.accounts import Account, Holding
from tradecore.entrypoints.venues.projectx.engine.contracts import Contract, Listing
from tradecore.entrypoints.venues.projectx.engine.orders import Event, Order, Quote, Trade
from tradecore.entrypoints.venues.projectx.engine.words import Action, Place, Side, Status
from tradecore.ports.system import Clock

# As large as the real ones were in August 2026.
_FIRST_ORDER: Final = 3_424_798_599
_FIRST_TRADE: Final = 3_005_729_833
_FIRST_POSITION: Final = 825_245_547


@define
class Manners:
    """How the exchange behaves where the real one may behave in two ways."""

    closed_code: int = Place.ORDER_REJECTED  # people see this one while the market is closed; 5 is in the list too
    close_cancels_brackets: bool = False
    cancel_ends_sibling: bool = False
    cancel_of_filled_code: int = 2
    slippage_ticks: int = 0  # by how much market orders and stops fill worse
    limits_need_through: bool = False  # whether a price must trade through a limit to fill it


@final
class Floor:
    """All accounts, prices and orders. What the present turn did is in `events`, in order, to be told."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.manners = Manners()
        self.listing = Listing(clock.now().astimezone(CHICAGO).date())
        self.accounts: dict[int, Account] = {}
        self.orders: dict[int, Order] = {}
        self.trades: list[Trade] = []
        self.quotes: dict[str, Quote] = {}
        self.parts: dict[str, deque[int]] = {}  # how much the next fills in a contract give, at most
        self.events: list[Event] = []
        self._live: dict[str, dict[int, None]] = {}
        self._children: dict[int, list[int]] = {}
        self._order_ids = count(_FIRST_ORDER)
        self._trade_ids = count(_FIRST_TRADE)
        self._position_ids = count(_FIRST_POSITION)

    def now(self) -> datetime:
        """Return what time it is."""
        return self.clock.now()

    def new_order_id(self) -> int:
        """Return an id that no order has, greater than every earlier one."""
        return next(self._order_ids)

    def put(self, order: Order) -> Order:
        """Take in *order* as its own next state, and tell of it."""
        action = Action.UPDATED if order.id in self.orders or order.status is Status.REJECTED else Action.CREATED
        order = evolve(order, updated_at=self.now())
        if order.parent is not None and order.id not in self.orders:
            self._children.setdefault(order.parent, []).append(order.id)
        self.keep(order)
        self.tell("Order", order.account_id, action, order)
        return order

    def keep(self, order: Order) -> None:
        """Take in *order* without a word."""
        self.orders[order.id] = order
        live = self._live.setdefault(order.contract.id, {})
        if order.status.is_over:
            live.pop(order.id, None)
        else:
            live[order.id] = None

    def tell(self, kind: str, account_id: int, action: Action, value: object) -> None:
        """Tell of something at the end of the turn."""
        self.events.append(Event(kind, account_id, action, value))

    def tell_account(self, account: Account) -> None:
        """Tell how an account is now."""
        self.tell("Account", account.id, Action.UPDATED, evolve(account))

    def live(self, contract: Contract | None = None, account_id: int | None = None) -> tuple[Order, ...]:
        """Return the orders that are not over, in the order in which they came; suspended ones included."""
        contract_ids = tuple(self._live) if contract is None else (contract.id,)
        found = (self.orders[order_id] for each in contract_ids for order_id in tuple(self._live.get(each, ())))
        return tuple(order for order in found if account_id in {None, order.account_id})

    def orders_of(self, account_id: int) -> list[Order]:
        """Return every order that an account ever had, by its id: a stop comes in before its entry."""
        found = (order for order in self.orders.values() if order.account_id == account_id)
        return sorted(found, key=lambda order: order.id)

    def children(self, order_id: int) -> tuple[Order, ...]:
        """Return the legs of an entry."""
        return tuple(self.orders[child] for child in self._children.get(order_id, ()))

    def siblings(self, leg: Order) -> tuple[Order, ...]:
        """Return the other legs of the same entry."""
        return () if leg.parent is None else tuple(one for one in self.children(leg.parent) if one.id != leg.id)

    def part(self, contract: Contract, size: int) -> int:
        """Return how much of *size* trades now."""
        parts = self.parts.get(contract.id)
        return min(size, parts.popleft()) if parts else size

    def book(self, order: Order, size: int, price: Decimal) -> None:
        """Book a fill. One that crosses zero closes, and then opens: two halves, each with a row of its own."""
        account = self.accounts[order.account_id]
        held = account.held(order.contract)
        closing = min(size, abs(held)) if held * order.side.sign < 0 else 0
        for part in (closing, size - closing):
            if part:
                self._book_half(account, order, part, price)
        self.tell_account(account)

    def _book_half(self, account: Account, order: Order, size: int, price: Decimal) -> None:
        product, contract = order.contract.product, order.contract
        before = account.holdings.get(contract.id)
        closes = before is not None and before.size * order.side.sign < 0
        profit = None
        if before is not None and closes:
            profit = product.money((before.average - price) * size * order.side.sign)
        trade = Trade(
            id=next(self._trade_ids), account_id=account.id, contract=contract, at=self.now(), price=price,
            profit=profit, fees=product.fees * size, commissions=product.commissions * size, side=order.side,
            size=size, order_id=order.id)  # fmt: skip
        account.balance += (profit or 0) - trade.fees - trade.commissions
        self.trades.append(trade)
        self.tell("Trade", account.id, Action.CREATED, trade)
        self._move(account, before, order.contract, size * order.side.sign, price)

    def _move(self, account: Account, before: Holding | None, contract: Contract, signed: int, price: Decimal) -> None:
        if before is None:
            after = Holding(
                id=next(self._position_ids), account_id=account.id, contract=contract, created_at=self.now(),
                size=signed, average=price)  # fmt: skip
        elif before.size * signed > 0:
            paid = before.average * abs(before.size) + price * abs(signed)
            after = evolve(before, size=before.size + signed, average=paid / abs(before.size + signed))
        else:
            after = evolve(before, size=before.size + signed)
        action = Action.UPDATED
        if after.size:
            action = Action.CREATED if before is None else action
            account.holdings[contract.id] = after
        else:
            action = Action.DELETED
            account.holdings.pop(contract.id)
        self.tell("Position", account.id, action, after)


def flattening(size: int) -> Side:
    """Return the side that brings a signed *size* to zero."""
    return Side.SELL if size > 0 else Side.BUY
