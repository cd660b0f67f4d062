"""Hold everything that the exchange knows. It has no lock and no listeners: the exchange around it has them."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import final
from uuid import NAMESPACE_OID, uuid5

from tradecore.domain.money import ZERO
from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.engine.assets import Asset, Listing
from tradecore.entrypoints.venues.alpaca.engine.hours import TradingHours
from tradecore.entrypoints.venues.alpaca.engine.orders import Fill, Order, Update
from tradecore.entrypoints.venues.alpaca.engine.portions import Portions
from tradecore.entrypoints.venues.alpaca.engine.quotes import Quote
from tradecore.entrypoints.venues.alpaca.engine.words import Phase, Status
from tradecore.ports.system import Clock, Mint


@final
class Floor:
    """All accounts, prices and orders. What the present turn did is in `updates`, in order, to be told."""

    def __init__(self, clock: Clock, mint: Mint, hours: TradingHours) -> None:
        self.clock = clock
        self.mint = mint
        self.hours = hours
        self.listing = Listing()
        self.portions = Portions()
        self.accounts: dict[str, Account] = {}
        self.orders: dict[str, Order] = {}  # oldest first
        self.client_ids: dict[tuple[str, str], str] = {}  # for ever: an id that was used once is used
        self.quotes: dict[str, Quote] = {}
        self.closes: dict[str, Decimal] = {}  # of the last session
        self.fills: list[Fill] = []
        self.updates: list[Update] = []
        # Whether a bracket on top of a position is taken is not documented; the strict reading is that it is not.
        self.brackets_from_flat = True
        # That a new plain order may come while only a leg is on the other side is how the documents can be read.
        self.legs_are_exempt = True
        # How a day order ends that did not fill: the documents say canceled, and what people see is expired.
        self.day_end = Status.EXPIRED
        # People saw that nothing is told of a held stop that ends, and that a target ends replaced by its stop
        # (alpaca-py, issue 198).
        self.tells_end_of_held = True
        self.targets_end_replaced = False
        self._live: dict[str, dict[str, None]] = {}
        self._children: dict[str, dict[str, None]] = {}

    def now(self) -> datetime:
        """Return what time it is."""
        return self.clock.now()

    def new_id(self) -> str:
        """Return a UUID that nothing has."""
        return str(uuid5(NAMESPACE_OID, self.mint.new()))

    def put(self, order: Order, event: str | None = None, fill: Fill | None = None) -> None:
        """Take in *order* as its own next state, and tell of it where it has an *event*."""
        if order.id not in self.orders:
            self.client_ids.setdefault((order.account_id, order.client_order_id), order.id)
        if order.parent is not None:
            self._children.setdefault(order.parent, {})[order.id] = None
        self.orders[order.id] = order
        live = self._live.setdefault(order.symbol, {})
        if order.is_live:
            live[order.id] = None
        else:
            live.pop(order.id, None)
        if event is not None:
            at = fill.at if fill else order.updated_at
            self.updates.append(Update(id=self.mint.new(), event=event, order=order, at=at, fill=fill))

    def live(self, symbol: str | None = None, account_id: str | None = None) -> tuple[Order, ...]:
        """Return the orders that may still fill, oldest first."""
        symbols = tuple(self._live) if symbol is None else (symbol,)
        found = (self.orders[order_id] for each in symbols for order_id in self._live.get(each, ()))
        return tuple(order for order in found if account_id in {None, order.account_id})

    def legs(self, order: Order) -> tuple[Order, ...]:
        """Return the legs of *order*, neither those that were replaced nor those that are about to take their place."""
        passing = {Status.REPLACED, Status.PENDING_NEW}
        return tuple(leg for leg in self.children(order) if leg.status not in passing)

    def children(self, order: Order) -> tuple[Order, ...]:
        """Return every order that is or was a leg of *order*, and of no order that took its place."""
        found = (self.orders[leg] for leg in self._children.get(order.id, ()))
        return tuple(leg for leg in found if leg.parent == order.id)

    def companions(self, order: Order) -> Iterator[Order]:
        """Yield the other live orders of its group."""
        head = self.orders[order.group]
        for one in (head, *self.legs(head)):
            if one.id != order.id and one.is_live:
                yield one

    def is_tradable_now(self, asset: Asset, *, extended_hours: bool) -> bool:
        """Tell whether an order in *asset* may trade now."""
        phase = self.hours.now().phase
        return asset.is_crypto or phase is Phase.CORE or (phase is Phase.EXTENDED and extended_hours)

    def worth(self, account: Account) -> Decimal:
        """Return the market value of everything that is held, with its sign."""
        held = account.holdings.items()
        return sum((holding.quantity * self.quotes[symbol].last for symbol, holding in held), ZERO)

    def equity(self, account: Account) -> Decimal:
        """Return what the account is worth."""
        return account.cash + self.worth(account)
