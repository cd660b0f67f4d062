"""Take orders, and tell what became of them."""

from typing import Protocol

from tradecore.domain.ids import BrokerOrderId, OrderId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.orders import Report, Ticket
from tradecore.domain.sessions import VenueClock
from tradecore.domain.venues import AccountState, Position, Survey, VenueRules


class Listener(Protocol):
    """Whom a broker tells what happened while nobody asked. Called from a thread of the broker's; never raises."""

    def heard(self, report: Report) -> None:
        """Take *report*; it may come twice, late, or before the answer to the submission itself."""
        ...

    def missed(self) -> None:
        """Take note that something may have been missed, as after a reconnect: everything must be looked at again."""
        ...


class Broker(Protocol):
    """One account at a venue.

    Every method may raise `UnreachableError`: nothing was done, and the call may be repeated.
    `submit`, `cancel` and `cancel_stray` may raise `OutcomeUnknownError`: something may have been done; look with
    `find` before the call is repeated. `MalformedError` means that the venue answered nonsense: after `submit` or a
    cancel it is as unknown as no answer at all. A venue's "no" is never raised: it is a `Report` with its reason.

    A venue without an answer is never read as "nothing held": `survey` and `positions` raise instead.
    """

    @property
    def rules(self) -> VenueRules:
        """What this account's venue allows."""
        ...

    def submit(self, ticket: Ticket) -> Report:
        """Place *ticket*, and return what the venue made of it so far.

        The venue refuses a second order with the same id for ever, so that a repeat can only be refused: an adapter
        answers such a refusal with the first order's report. One that is `reduce_only` is refused where it would open
        or enlarge; it comes only where `rules` says so. A refusal as a wash trade is marked so. A bracket's legs
        are orders under the ids of `stop_leg_id` and `target_leg_id`; what becomes of them is told to the listener
        and by `find`. Whatever rests says where (`works_at`), also where people have moved it.
        """
        ...

    def cancel(self, order_id: OrderId) -> Report:
        """Ask for the end of the order with our *order_id*; its fill may still win the race.

        A repeat is harmless. An order that is over already is answered with the report of its end.
        """
        ...

    def cancel_stray(self, broker_order_id: BrokerOrderId) -> None:
        """Ask for the end of an order that is not ours. A repeat is harmless; an unknown or ended order is no error."""
        ...

    def find(self, order_id: OrderId) -> Report | None:
        """Return what the venue says of the order with our *order_id*, legs included; None where it knows none."""
        ...

    def survey(self, symbol: Symbol) -> Survey:
        """Return the net position in *symbol* and every working order in it, those of people included."""
        ...

    def positions(self) -> tuple[Position, ...]:
        """Return everything the account holds; nothing that is flat."""
        ...

    def working_symbols(self) -> frozenset[Symbol]:
        """Return the instruments in which any order works, those of people included."""
        ...

    def account(self) -> AccountState:
        """Return what the account is worth now."""
        ...

    def clock(self) -> VenueClock | None:
        """Return what the venue's own clock says of its market; None where it has none, and our calendar counts."""
        return None

    def instruments(self) -> tuple[Instrument, ...]:
        """Return everything that can be traded, and for futures which month is the active one."""
        ...

    def listen(self, listener: Listener) -> None:
        """Tell *listener* of every report from now on, one listener an account; nothing that was missed is replayed."""
        ...

    def close(self) -> None:
        """Stop telling, and let go of connections. A repeat is harmless."""
        ...
