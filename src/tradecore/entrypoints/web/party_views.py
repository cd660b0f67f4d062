"""Define how users, accounts, bots and tokens look, and what callers send to make or change them."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from attrs import field, frozen

from tradecore.domain.limits import AccountLimits, BotLimits, UserLimits
from tradecore.domain.parties import HaltLevel, Mode, Power, Role, Venue, WhenClosed
from tradecore.domain.protection import Protection
from tradecore.domain.sessions import GetFlat, Window
from tradecore.domain.signals import Direction, Signal
from tradecore.entrypoints.runtime.tokens import OVERLAP


class SizingKind(Enum):
    """How a size is found."""

    UNITS = "units"
    DOLLARS = "dollars"
    PERCENT_OF_EQUITY = "percent of equity"
    RISK_DOLLARS = "dollars at risk"
    RISK_PERCENT = "percent at risk"


@frozen(kw_only=True)
class SizingView:
    """How much is traded: `amount` of units, of money, or percent of the equity."""

    kind: SizingKind = SizingKind.UNITS
    amount: Decimal = Decimal(1)


@frozen(kw_only=True)
class UserView:
    """A person."""

    user_id: str
    name: str
    role: Role
    active: bool
    limits: UserLimits


@frozen(kw_only=True)
class UsersView:
    """People, oldest first."""

    users: tuple[UserView, ...]


@frozen(kw_only=True)
class UserDraft:
    """A person as they are to be."""

    name: str
    role: Role = Role.TRADER
    active: bool = True
    limits: UserLimits = UserLimits()


@frozen(kw_only=True)
class AccountView:
    """One trading account. `automation` sizes its alerts for symbols without a bot; null refuses them.

    `protection` is that of bots that ask for none. `money` is what is at stake: "paper", or "REAL MONEY"; null before
    it has keys. `rests` says why nothing is traded there.
    """

    account_id: str
    user_id: str
    name: str
    venue: Venue
    money: str | None
    rests: str | None
    active: bool
    limits: AccountLimits
    get_flat: GetFlat | None
    automation: SizingView | None
    protection: Protection
    streak_from: datetime | None


@frozen(kw_only=True)
class AccountsView:
    """Accounts, oldest first."""

    accounts: tuple[AccountView, ...]


@frozen(kw_only=True)
class AccountDraft:
    """What of an account may be changed here."""

    name: str
    active: bool = True
    limits: AccountLimits = AccountLimits()
    get_flat: GetFlat | None = None
    automation: SizingView | None = None
    protection: Protection = Protection()


@frozen(kw_only=True)
class BotSettingsView:
    """One automation. `label` is what people call it; `timeframe` null takes alerts of any.

    `when_closed` says what becomes of an entry while the market is closed: refused, or queued for the opening.
    `leaving_since` is when its end was asked for: it is closed, and then deleted.
    """

    bot_id: str
    user_id: str
    account_id: str
    symbol: str
    timeframe: str | None
    name: str
    label: str
    active: bool
    sizing: SizingView
    mode: Mode
    limits: BotLimits
    protection: Protection
    window: Window | None
    duplicate_window: timedelta | None
    when_closed: WhenClosed
    made_at: datetime | None
    changed_at: datetime | None
    leaving_since: datetime | None


@frozen(kw_only=True)
class BotStateView:
    """Where a bot stands. `quantity` is what it holds, in signed units; `waits_until` the opening it waits for.

    `status` is a word of the equities bot (READY, ORDER SUBMITTED, FILLED, WAITING, ALREADY LONG, ALREADY SHORT,
    RISK_LIMIT_HIT, FAILED), DISABLED, or UNCERTAIN as long as nobody knows what became of an order.
    """

    status: str
    detail: str
    direction: Direction
    quantity: Decimal
    waits_until: datetime | None
    last_signal: Signal | None
    last_signal_at: datetime | None


@frozen(kw_only=True)
class TotalsView:
    """What a bot's ended trades have come to, net of commissions, in money; `win_rate` in percent."""

    trades: int
    wins: int
    losses: int
    net: Decimal
    best: Decimal | None
    worst: Decimal | None
    win_rate: Decimal | None
    last_at: datetime | None


@frozen(kw_only=True)
class BotView(BotSettingsView):
    """One automation, where it stands, what it has won; `warning`: why it cannot trade as set, or lacks its target."""

    state: BotStateView
    totals: TotalsView
    warning: str | None


@frozen(kw_only=True)
class BotsView:
    """Bots, oldest first."""

    bots: tuple[BotView, ...]


@frozen(kw_only=True)
class BotDraft:
    """A bot as it is to be. `account_id` may be the account's name; `duplicate_window` is in seconds."""

    account_id: str
    symbol: str
    timeframe: str | None = None
    name: str = ""
    active: bool = True
    sizing: SizingView = SizingView()
    mode: Mode = Mode.SIGNAL
    limits: BotLimits = BotLimits()
    protection: Protection = Protection()
    window: Window | None = None
    duplicate_window: timedelta | None = None
    when_closed: WhenClosed = WhenClosed.REFUSE


@frozen(kw_only=True)
class CloneDraft:
    """What people call the new bot."""

    name: str = ""


@frozen(kw_only=True)
class TokenView:
    """A bearer's right, without its text; nothing named in a scope: all of it. `replaced_by` is what came of it."""

    token_id: str
    user_id: str
    name: str
    power: Power
    account_id: str | None
    bot_id: str | None
    symbols: tuple[str, ...]
    signals: tuple[Signal, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    replaced_by: str | None
    good: bool


@frozen(kw_only=True)
class TokensView:
    """Tokens, oldest first."""

    tokens: tuple[TokenView, ...]


@frozen(kw_only=True)
class NewTokenView(TokenView):
    """A token just made. `token` is its text, shown this once; `webhook_path` takes alerts, for one that submits."""

    token: str = field(repr=False)
    webhook_path: str | None = field(repr=False)


@frozen(kw_only=True)
class TokenDraft:
    """A token as it is to be. Scopes narrow it: to an account, and a token for alerts to a bot, symbols, signals."""

    power: Power
    name: str = ""
    account_id: str | None = None
    bot_id: str | None = None
    symbols: tuple[str, ...] = ()
    signals: tuple[Signal, ...] = ()
    expires_at: datetime | None = None


@frozen(kw_only=True)
class RotationDraft:
    """For how long the old token still opens the door beside the new one, in seconds."""

    overlap: timedelta = OVERLAP


@frozen(kw_only=True)
class HaltDraft:
    """The kill switch to press: for a bot, an account, a user, or with `everything` for all (administrators)."""

    level: HaltLevel
    reason: str
    bot_id: str | None = None
    account_id: str | None = None
    user_id: str | None = None
    everything: bool = False


@frozen(kw_only=True)
class FlattenDraft:
    """What to close: one instrument of the account, or with `symbol` null all of them."""

    account_id: str
    reason: str
    symbol: str | None = None


@frozen(kw_only=True)
class ReasonDraft:
    """Why."""

    reason: str


@frozen(kw_only=True)
class AdoptDraft:
    """Whose the drift is: signed units, as the book shows them now; with `bot_id` that bot's, else held by hand.

    Where it looks as if somebody closed what a bot holds, `by_hand` must say that it is meant so all the same. The
    same `request_id` again takes nothing more.
    """

    symbol: str
    quantity: Decimal
    bot_id: str | None = None
    by_hand: bool = False
    request_id: str | None = None
