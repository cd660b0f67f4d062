"""Tell a person."""

from typing import Protocol

from tradecore.domain.records import Told


class Notifier(Protocol):
    """Takes messages and gets them to people later; never in the way of trading.

    Returns at once, and never raises: what cannot be delivered is the notifier's own business, and is logged.
    """

    def tell(self, told: Told) -> None:
        """Take a message. One that comes twice may be told twice."""
        ...
