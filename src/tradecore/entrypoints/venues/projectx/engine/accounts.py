"""Keep the balance, the positions and the permissions of one account."""

from datetime import datetime
from decimal import Decimal

from attrs import Factory, define, frozen

from tradecore.entrypoints.venues.projectx.engine.contracts import Contract


@frozen(kw_only=True)
class Holding:
    """A net position in one contract: its signed size, and the average price of what is still held."""

    id: int
    account_id: int
    contract: Contract
    created_at: datetime
    size: int
    average: Decimal


@define(kw_only=True)
class Account:
    """One account.

    `order_brackets` says that it is set to Auto OCO Brackets; otherwise it is set to Position Brackets, as a new one
    at the real Gateway is. A locked account has broken a rule of the firm.
    """

    id: int
    name: str
    balance: Decimal
    can_trade: bool = True
    is_visible: bool = True
    simulated: bool = True
    follower: bool = False
    order_brackets: bool = True
    locked: bool = False
    size_max: int | None = None
    holdings: dict[str, Holding] = Factory(dict)
    tags: set[str] = Factory(set)  # a tag that was used once is used, even where its order was rejected

    def held(self, contract: Contract) -> int:
        """Return the signed size that is held."""
        holding = self.holdings.get(contract.id)
        return 0 if holding is None else holding.size
