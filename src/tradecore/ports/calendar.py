"""Know when the exchanges trade."""

from datetime import date, datetime
from typing import Protocol

from tradecore.domain.instruments import Market
from tradecore.domain.sessions import Hours, Session


class Calendar(Protocol):
    """The sessions of each market, with holidays and early closes.

    Pure and quick (no network). Every moment is aware UTC; spans are half-open. Asked for a day outside what it
    knows, each method raises `UnreachableError` that names the last day known: it never guesses.
    """

    def hours(self, market: Market, moment: datetime) -> Hours:
        """Return what the clock of *market* says at *moment*.

        The trading day of CME futures begins at 17:00 Chicago on the evening before, that of US equities at
        midnight in New York, that of a market which always trades at midnight UTC. On a day without a session the
        day still passes: `Hours.now` is None, and `day` is the date that results would count for.
        """
        ...

    def sessions(self, market: Market, first: date, last: date) -> tuple[Session, ...]:
        """Return the sessions of the trading days from *first* to *last*, both included, in order."""
        ...
