"""Find the broker and the prices of an account."""

from datetime import datetime
from typing import Protocol

from tradecore.domain.parties import Account
from tradecore.ports.broker import Broker
from tradecore.ports.market_data import MarketData


class Venues(Protocol):
    """Opens the way to each account's venue, once, and keeps it open.

    Raises `UnreachableError` where the account's venue is not configured here, with a sentence that says so.
    """

    def broker(self, account: Account) -> Broker:
        """Return the account's broker, always the same one."""
        ...

    def heard_since(self, account: Account) -> datetime | None:  # noqa: ARG002 - nobody listens here
        """Return since when nothing that the account's broker says is missed here; None where nobody listens here."""
        return None

    def market_data(self, account: Account) -> MarketData:
        """Return the prices of the account's venue."""
        ...
