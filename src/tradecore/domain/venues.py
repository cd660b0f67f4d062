"""Say what a venue allows, and what it tells of an account."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import frozen

from tradecore.domain.ids import Symbol
from tradecore.domain.money import ZERO
from tradecore.domain.orders import Report


@frozen(kw_only=True)
class VenueRules:
    """What a venue can and cannot do; the plan is made to fit.

    `crosses_zero`: one order may turn a long into a short. `brackets`: a stop and target go with an entry as
    one server-side order; `brackets_from_flat`: only where the account holds and works nothing in the instrument.
    `shorts`: the account may sell what it does not hold. `reduce_only`: the venue can be told that an order must not
    open. `holds_shares`: an order that would close holds what it would close, and no other may close the same.
    `refuses_wash_trades`: an order without a bracket is refused while another without one works on the other side.
    `worth_min`: an entry that is worth less, in money, is not taken.
    """

    crosses_zero: bool = True
    brackets: bool = True
    brackets_from_flat: bool = False
    shorts: bool = True
    reduce_only: bool = False
    holds_shares: bool = False
    refuses_wash_trades: bool = False
    worth_min: Decimal = ZERO

    @property
    def stops_need_one_side(self) -> bool:
        """Whether a stop may find no room at the venue beside an opposite position in the same instrument."""
        return not self.crosses_zero or self.holds_shares or self.refuses_wash_trades


# What holds everywhere: by these an order is planned whose venue cannot be asked for its own.
STRICTEST: Final = VenueRules(
    crosses_zero=False, brackets_from_flat=True, reduce_only=True, holds_shares=True, refuses_wash_trades=True
)


@frozen(kw_only=True)
class Quote:
    """The last price of an instrument, and when it was made. `bid` and `ask` are None where there is none."""

    symbol: Symbol
    last: Decimal
    at: datetime
    bid: Decimal | None = None
    ask: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a price of nothing."""
        if self.last <= ZERO:
            message = f"{self.symbol}: {self.last} is no price"
            raise ValueError(message)


@frozen(kw_only=True)
class Position:
    """What the broker says is held in one instrument: signed units, price per unit."""

    symbol: Symbol
    quantity: Decimal
    average_price: Decimal


@frozen(kw_only=True)
class Survey:
    """What the broker says of one instrument at one moment: the net position, and every working order in it.

    Orders that are not ours have no `order_id`. `net` is signed. It is `settled` unless the broker's positions may lag
    behind its fills, and nothing else has told the same lately.
    """

    symbol: Symbol
    net: Decimal
    working: tuple[Report, ...]
    at: datetime
    settled: bool = True


@frozen(kw_only=True)
class AccountState:
    """What the broker says an account is worth, in money. `blocked` is its reason why nothing may be traded.

    `cash` is None where the broker does not tell it.
    """

    equity: Decimal
    buying_power: Decimal
    at: datetime
    blocked: str = ""
    cash: Decimal | None = None
