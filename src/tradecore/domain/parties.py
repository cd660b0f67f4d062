"""Describe who trades what, for whom: users, accounts, bots and tokens."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Final

from attrs import evolve, field, frozen

from tradecore.domain.ids import AccountId, BotId, HaltId, Symbol, TokenId, UserId
from tradecore.domain.limits import AccountLimits, BotLimits, UserLimits
from tradecore.domain.protection import Protection
from tradecore.domain.sessions import GetFlat, Window
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Sizing, Units
from tradecore.domain.timeframes import Timeframe


class Role(Enum):
    """What a person may do here."""

    TRADER = "trader"
    ADMIN = "admin"


class Venue(Enum):
    """Where an account trades."""

    PAPER = "paper"
    ALPACA = "alpaca"
    PROJECTX = "projectx"


_NAME_CHARACTERS_MAX: Final = 60


def _check_name(instance: object, _attribute: object, value: str) -> None:
    if not value.strip() or len(value) > _NAME_CHARACTERS_MAX:
        message = f"{type(instance).__name__.lower()}: a name has 1 to 60 characters, not {value!r}"
        raise ValueError(message)


@frozen(kw_only=True)
class User:
    """A person. `password_hash` is argon2's; nothing here can be turned back into the password."""

    id: UserId
    name: str = field(validator=_check_name)
    role: Role = Role.TRADER
    password_hash: str = field(default="", repr=False)
    active: bool = True
    limits: UserLimits = UserLimits()


def owner_among(users: Iterable[User]) -> User | None:
    """Return the installation's owner: its first administrator."""
    return next((user for user in users if user.role is Role.ADMIN and user.active), None)


@frozen(kw_only=True)
class Account:
    """One trading account at a venue. `name` is what alerts and people call it; unique among a user's accounts.

    `get_flat` is None where the account may hold over the session's end. `automation` is the bot that takes the
    account's alerts for symbols without a bot of their own, as the futures bot did; None refuses them. `protection` is
    the template for that bot, and for every other that asks for neither stop nor target itself.
    """

    id: AccountId
    user_id: UserId
    name: str = field(validator=_check_name)
    venue: Venue
    limits: AccountLimits = AccountLimits()
    get_flat: GetFlat | None = None
    automation: Sizing | None = None
    protection: Protection = Protection()
    active: bool = True
    # Losing trades before this moment no longer count: a person has switched the account on again.
    streak_from: datetime | None = None
    # The settings that it was made from name it no longer: nothing is opened in it, and what it holds can be closed.
    unlisted: bool = False

    @property
    def opens(self) -> bool:
        """Whether anything may be opened in it."""
        return self.active and not self.unlisted


class Mode(Enum):
    """How a bot reads its alerts."""

    SIGNAL = "signal"  # BUY while long is skipped
    PYRAMID = "pyramid"  # BUY while long adds, up to the maximum position
    TARGET = "target"  # the alert's market position is the end state to reach


class WhenClosed(Enum):
    """What becomes of an entry that a bot is asked for while its market is closed."""

    REFUSE = "refuse"
    QUEUE = "queue"  # it waits for the next session, and is judged at its opening


@frozen(kw_only=True)
class Bot:
    """One automation: account, instrument, timeframe, size, limits, protection.

    `symbol` is a root (``AAPL``, ``MES``). `timeframe` is None for an account's own automation, which takes
    alerts of any. `duplicate_window` None means a day with a firing time in the alert, else 30 seconds.
    `leaving_since` is when somebody asked for its end while it still held something: it is closed, then deleted.
    """

    id: BotId
    user_id: UserId
    account_id: AccountId
    symbol: Symbol
    timeframe: Timeframe | None
    sizing: Sizing = Units(Decimal(1))
    mode: Mode = Mode.SIGNAL
    limits: BotLimits = BotLimits()
    protection: Protection = Protection()
    window: Window | None = None
    duplicate_window: timedelta | None = None
    name: str = ""
    active: bool = True
    when_closed: WhenClosed = WhenClosed.REFUSE
    made_at: datetime | None = None
    changed_at: datetime | None = None
    leaving_since: datetime | None = None

    @property
    def label(self) -> str:
        """What people call it: its name, or ``AAPL 15 Min``."""
        return self.name or f"{self.symbol} {self.timeframe or 'any timeframe'}"

    def under(self, account: Account) -> "Bot":
        """Return the bot as it trades in *account*: protected by the account's template where it names nothing."""
        lends = account.protection.is_asked_for and not self.protection.is_asked_for
        return evolve(self, protection=account.protection) if lends else self

    def clone(self, bot_id: BotId, name: str, now: datetime) -> "Bot":
        """Return another bot that is set like this one, switched off: both would take the same alerts."""
        return evolve(
            self, id=bot_id, name=name, active=False, made_at=now, changed_at=None, leaving_since=None)  # fmt: skip


_AUTOMATION = "auto."


def automation_for(account: Account, symbol: Symbol) -> Bot | None:
    """Return the account's own automation for *symbol*, which takes alerts that no bot was made for."""
    return automation_of(account, BotId(f"{_AUTOMATION}{account.id}.{symbol}"))


def automation_of(account: Account, bot_id: BotId) -> Bot | None:
    """Return the account's own automation with this id; None where it is a bot's id, or the account has none."""
    prefix = f"{_AUTOMATION}{account.id}."
    if account.automation is None or not bot_id.startswith(prefix):
        return None
    symbol = Symbol(bot_id.removeprefix(prefix))
    return Bot(
        id=bot_id,
        user_id=account.user_id,
        account_id=account.id,
        symbol=symbol,
        timeframe=None,
        sizing=account.automation,
        name=f"{account.name}'s own for {symbol}",
    )


class Power(Enum):
    """What a token lets its bearer do."""

    SUBMIT = "submit alerts"
    READ = "read positions and bots"
    API = "use the API"


@frozen(kw_only=True)
class Token:
    """A bearer's right, stored only as a hash. `account_id` and `bot_id` narrow what it reaches.

    `replaced_by` is the token that it was rotated to; until `expires_at` both are good.

    FLAT takes everything that an account holds in an instrument, so only a token scoped to an account may send it.
    """

    id: TokenId
    user_id: UserId
    hash: str = field(repr=False)
    power: Power
    created_at: datetime
    name: str = ""
    account_id: AccountId | None = None
    bot_id: BotId | None = None
    symbols: frozenset[Symbol] = field(default=frozenset(), converter=frozenset)  # none named: all
    signals: frozenset[Signal] = field(default=frozenset(), converter=frozenset)  # none named: all
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    replaced_by: TokenId | None = None

    def good(self, now: datetime) -> bool:
        """Tell whether it still opens the door at *now*."""
        return not any(end is not None and end <= now for end in (self.expires_at, self.revoked_at))

    def may_send(self, signal: Signal) -> bool:
        """Tell whether its bearer may ask for *signal*."""
        if signal is Signal.FLAT and (self.account_id is None or self.bot_id is not None):
            return False
        return not self.signals or signal in self.signals


class HaltLevel(Enum):
    """How hard the kill switch is pressed; each level does what the ones before it do."""

    NO_ENTRIES = "no new entries"
    REDUCE_ONLY = "reduce only"
    FLATTEN = "flatten and stay flat"


@frozen(kw_only=True)
class Halt:
    """The kill switch as somebody pressed it, for a bot, an account, a user, or (all None) everything.

    It stays until a person lifts it. `flat_at` is when the broker confirmed no position and no working order.
    """

    id: HaltId
    level: HaltLevel
    reason: str
    by: str
    at: datetime
    user_id: UserId | None = None
    account_id: AccountId | None = None
    bot_id: BotId | None = None
    flat_at: datetime | None = None
    lifted_at: datetime | None = None
    lifted_by: str = ""

    def covers(self, bot: Bot | None, account: Account) -> bool:
        """Tell whether *bot* of *account* is in its scope; None for what belongs to no bot."""
        if self.bot_id is not None:
            return bot is not None and bot.id == self.bot_id
        if self.account_id is not None:
            return account.id == self.account_id
        return self.user_id is None or account.user_id == self.user_id
