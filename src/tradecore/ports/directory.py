"""Know who trades what, and who may ask for it."""

from datetime import datetime
from typing import Protocol

from tradecore.domain.ids import AccountId, BotId, HaltId, Symbol, TokenId, UserId
from tradecore.domain.instruments import Instrument
from tradecore.domain.parties import Account, Bot, Halt, Token, User, Venue


class Directory(Protocol):
    """Users, accounts, bots, tokens, halts, and the instruments that venues list.

    Raises `UnreachableError` as the ledger does. Names are compared without regard to case.
    """

    def view(self) -> "Directory":
        """Return the directory for several questions at once: it may not see what is changed after this."""
        ...

    def keep(self, entry: User | Account | Bot | Token | Halt) -> None:
        """Store *entry*, in place of the one with its id.

        `ValueError` that names what is taken already: a user's name, an account's name for its user, a bot's
        (account, symbol, timeframe) where another active bot has it.
        """
        ...

    def forget_bot(self, bot_id: BotId) -> None:
        """Delete a bot; its history stays. A repeat is harmless."""
        ...

    def user(self, user_id: UserId) -> User | None:
        """Return the user."""
        ...

    def users(self) -> tuple[User, ...]:
        """Return every user, oldest first."""
        ...

    def account(self, account_id: AccountId) -> Account | None:
        """Return the account."""
        ...

    def accounts(self, user_id: UserId | None = None) -> tuple[Account, ...]:
        """Return a user's accounts, or all; oldest first."""
        ...

    def bot(self, bot_id: BotId) -> Bot | None:
        """Return the bot."""
        ...

    def bots(
        self,
        *,
        user_id: UserId | None = None,
        account_id: AccountId | None = None,
        symbol: Symbol | None = None,
    ) -> tuple[Bot, ...]:
        """Return the bots that match all that is named, oldest first."""
        ...

    def token(self, hashed: str) -> Token | None:
        """Return the token with this hash, revoked and expired ones included."""
        ...

    def tokens(self, user_id: UserId) -> tuple[Token, ...]:
        """Return a user's tokens, oldest first."""
        ...

    def used(self, token_id: TokenId, at: datetime) -> None:
        """Note that a token was used; may be late and lossy, never in a request's way."""
        ...

    def halts(self, *, lifted: bool = False) -> tuple[Halt, ...]:
        """Return the halts in force; with *lifted*, those of the past too."""
        ...

    def halt(self, halt_id: HaltId) -> Halt | None:
        """Return one halt."""
        ...

    def list_instruments(self, venue: Venue, instruments: tuple[Instrument, ...]) -> None:
        """Take what a venue lists now, in place of what it listed before."""
        ...

    def instrument(self, venue: Venue, symbol: Symbol) -> Instrument | None:
        """Return the instrument with this very symbol (``AAPL``, ``MESZ2026``), else the active one of this root.

        What `is_venues_own` is found by the venue's own name for it, in any case (``MESZ6``, ``CON.F.US.MES.Z26``).
        """
        ...

    def months(self, venue: Venue, root: Symbol | None = None) -> tuple[Instrument, ...]:
        """Return every contract month that a venue lists, of one root or of all, in no order that counts."""
        ...
