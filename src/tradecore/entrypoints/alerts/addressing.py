"""Find who takes an alert: the account, the bot and the book, or the reason why nobody does."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from attrs import evolve, frozen

from tradecore.domain.book import BookKey
from tradecore.domain.events import AlertArrived
from tradecore.domain.ids import AccountId, AlertId, Symbol, UserId
from tradecore.domain.instruments import Named, is_venues_own
from tradecore.domain.parties import Account, Bot, Token, automation_for
from tradecore.domain.records import Delivery
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Alert, Signal
from tradecore.entrypoints.alerts.reading import Form, Reading, Unreadable
from tradecore.entrypoints.alerts.redaction import redacted
from tradecore.ports.directory import Directory

FORBIDDEN: Final = 403
UNPROCESSABLE: Final = 422

# The book of alerts whose account nobody knows: they are refused there, and seen by their sender.
NOWHERE: Final = AccountId("-")

# TradingView's resends of one alert end after about twenty seconds; a body with its firing time never comes again.
WINDOW: Final = timedelta(seconds=30)
WINDOW_WITH_TIME: Final = timedelta(days=1)

# TradingView writes BTCUSD for what venues call BTC/USD.
_QUOTED_IN: Final = ("USDT", "USDC", "USD", "EUR", "BTC", "ETH")


@frozen(kw_only=True)
class Bearer:
    """Who sent an alert: a token's owner, or with `token` None the installation's, whose secret narrows nothing.

    `default_account` takes the alerts that name no account, where it is among the owner's.
    """

    user_id: UserId
    token: Token | None = None
    default_account: AccountId | None = None

    @property
    def mark(self) -> str:
        """What tells one sender from another."""
        return self.token.id if self.token else "secret"


@frozen(kw_only=True)
class Addressed:
    """Who takes an alert. `nobody` says why no bot does; FLAT has none, and needs none.

    `also` are the account's other months of a root, which FLAT takes as well.
    """

    key: BookKey
    account: Account | None = None
    bot: Bot | None = None
    nobody: Refusal | None = None
    also: tuple[BookKey, ...] = ()


@frozen(kw_only=True)
class _Reach:
    """The accounts that the sender reaches, the one that the alert names among them, and the one it falls to."""

    accounts: tuple[Account, ...]
    named: Account | None
    default: Account | None

    @property
    def sole(self) -> Account | None:
        """The account that the alert is about, where there can be no doubt."""
        return self.named or (self.accounts[0] if len(self.accounts) == 1 else None)


def address(reading: Reading, bearer: Bearer, directory: Directory) -> Addressed | Unreadable:
    """Find who takes what was read, or what the sender must change; only reads.

    What is somebody else's is not found. Raises `UnreachableError` as the directory does.
    """
    if bearer.token is not None and not bearer.token.may_send(reading.signal):
        return _out_of_scope(reading, bearer.token)
    reach = _reach(reading, bearer, directory)
    if isinstance(reach, Unreadable):
        return reach
    if reach is None:
        key = BookKey(account_id=NOWHERE, symbol=reading.symbol.month or reading.symbol.root)
        return Addressed(key=key, nobody=Refusal.UNKNOWN_ACCOUNT)
    reading = _as_listed(reading, reach, directory)
    names = spellings(reading.symbol.root)
    symbols = bearer.token.symbols if bearer.token else frozenset()
    if symbols and symbols.isdisjoint(names):
        return _nobody(reading, reach, directory)
    if reading.signal is Signal.FLAT:
        account = reach.named or reach.default
        if account is None:
            return _nobody(reading, reach, directory)
        return Addressed(key=_key(reading, account, directory), account=account)
    bots = _bots(names, reading, bearer, reach, directory)
    return _pick(bots, reading, bearer, reach, directory)


def spellings(root: Symbol) -> tuple[Symbol, ...]:
    """Return *root* and how else the same pair of currencies is written."""
    if "/" in root:
        return (root, Symbol(root.replace("/", "")))
    quoted = next((unit for unit in _QUOTED_IN if root.endswith(unit) and len(root) > len(unit) + 1), None)
    return (root, Symbol(f"{root.removesuffix(quoted)}/{quoted}")) if quoted else (root,)


def _out_of_scope(reading: Reading, token: Token) -> Unreadable:
    field = "signal" if reading.form is Form.FUTURES else "action"
    message = f"This token may not send {reading.signal.value}."
    if reading.signal is Signal.FLAT and (token.account_id is None or token.bot_id is not None):
        message = "FLAT takes all that an account holds in the instrument: it needs a token scoped to an account."
    return Unreadable(code="token-scope", message=message, field=field, status=FORBIDDEN)


def _reach(reading: Reading, bearer: Bearer, directory: Directory) -> _Reach | Unreadable | None:
    """Return what the sender reaches; None where the alert names an account that the sender does not have."""
    token = bearer.token
    only = token.account_id if token else None
    if token is not None and token.bot_id is not None and only is None:
        bot = directory.bot(token.bot_id)
        only = bot.account_id if bot else None
    own = directory.accounts(bearer.user_id)
    named = next((one for one in own if reading.account and _is_called(one, reading.account)), None)
    if reading.account and named is None:
        return None
    if named is not None and only not in {None, named.id}:
        message = f"This token does not reach the account {named.name}: send it with one that does."
        return Unreadable(code="token-scope", message=message, field="account", status=FORBIDDEN)
    accounts = tuple(one for one in own if only in {None, one.id})
    chosen = next((one for one in accounts if one.id == bearer.default_account), None)
    return _Reach(accounts=accounts, named=named, default=named or chosen or next(iter(accounts), None))


def _is_called(account: Account, name: str) -> bool:
    return name.casefold() in {account.name.casefold(), account.id.casefold()}


def _as_listed(reading: Reading, reach: _Reach, directory: Directory) -> Reading:
    """Return *reading* with the month that a venue's own name means, where one of the sender's venues lists it."""
    name = reading.symbol.month
    if name is None or not is_venues_own(name):
        return reading
    accounts = (reach.named,) if reach.named is not None else (reach.default, *reach.accounts)
    for account in accounts:
        if account is not None and (listed := directory.instrument(account.venue, name)) is not None:
            return evolve(reading, symbol=Named(listed.root, listed.symbol))
    return reading


def _bots(
    names: tuple[Symbol, ...], reading: Reading, bearer: Bearer, reach: _Reach, directory: Directory
) -> tuple[Bot, ...]:
    """Return the sender's bots on the symbol; in the futures bot's form, those of the one account that it means."""
    account = reach.named or (reach.default if reading.form is Form.FUTURES else None)
    accounts = {account.id} if account else {one.id for one in reach.accounts}
    only = bearer.token.bot_id if bearer.token else None
    return tuple(
        bot
        for name in names
        for bot in directory.bots(user_id=bearer.user_id, symbol=name)
        if bot.account_id in accounts and only in {None, bot.id}
    )


def _pick(
    bots: tuple[Bot, ...], reading: Reading, bearer: Bearer, reach: _Reach, directory: Directory
) -> Addressed | Unreadable:
    """Choose among the sender's bots on the symbol; one that is switched off is found, too, and refused later."""
    wanted = reading.timeframe
    fitting = [bot for bot in bots if wanted is None or bot.timeframe == wanted]
    fitting = fitting or [bot for bot in bots if bot.timeframe is None]
    if len({(bot.account_id, bot.timeframe) for bot in fitting}) > 1:
        return _ambiguous(fitting, reading)
    if fitting:
        bot = next((bot for bot in fitting if bot.active), fitting[0])
        account = next(one for one in reach.accounts if one.id == bot.account_id)
        return Addressed(key=_key(reading, account, directory), account=account, bot=bot)
    if not bots and (wanted is None or reading.form is Form.FUTURES) and reach.default is not None:
        own = _automation(reading, reach.default, directory)
        only = bearer.token.bot_id if bearer.token else None
        if own is not None and only in {None, own.id}:
            return Addressed(key=_key(reading, reach.default, directory), account=reach.default, bot=own)
    return _nobody(reading, reach, directory)


def _ambiguous(bots: Iterable[Bot], reading: Reading) -> Unreadable:
    by_timeframe = reading.timeframe is None and len({bot.timeframe for bot in bots}) > 1
    field = "timeframe" if by_timeframe else "account"
    told = sorted({str(bot.timeframe or "any") for bot in bots}) if by_timeframe else []
    message = f'Several bots trade {reading.symbol.root}: add "{field}" to say which one is meant'
    message += f" ({', '.join(told)})." if told else "."
    return Unreadable(code="ambiguous", message=message, field=field, status=UNPROCESSABLE)


def _automation(reading: Reading, account: Account, directory: Directory) -> Bot | None:
    for name in spellings(reading.symbol.root):
        if (instrument := directory.instrument(account.venue, name)) is not None:
            return automation_for(account, instrument.root)
    return automation_for(account, reading.symbol.root)


def _nobody(reading: Reading, reach: _Reach, directory: Directory) -> Addressed:
    account = reach.sole or (reach.default if reading.form is Form.FUTURES else None)
    if account is None:
        symbol = reading.symbol.month or reading.symbol.root
        return Addressed(key=BookKey(account_id=NOWHERE, symbol=symbol), nobody=Refusal.NO_BOT)
    return Addressed(key=_key(reading, account, directory), account=account, nobody=Refusal.NO_BOT)


def _key(reading: Reading, account: Account, directory: Directory) -> BookKey:
    """Return the book; of an instrument that nobody lists it has the name that the alert gave, and is refused."""
    names = (reading.symbol.month,) if reading.symbol.month else spellings(reading.symbol.root)
    for name in names:
        if (instrument := directory.instrument(account.venue, name)) is not None:
            return BookKey(account_id=account.id, symbol=instrument.symbol)
    return BookKey(account_id=account.id, symbol=names[0])


def alert_of(reading: Reading, alert_id: AlertId, now: datetime) -> Alert:
    """Return what was read as an alert of its own."""
    return Alert(
        id=alert_id,
        received_at=now,
        signal=reading.signal,
        symbol=Symbol(reading.symbol_text),
        timeframe=reading.timeframe,
        size=reading.size,
        price=reading.price,
        fired_at=reading.fired_at,
        strategy=reading.strategy,
        comment=reading.comment,
    )


def delivery_of(
    addressed: Addressed, reading: Reading, bearer: Bearer, body: bytes, *, alert_id: AlertId, now: datetime
) -> Delivery:
    """Return what the inbox takes, with what makes two deliveries one alert."""
    bot, account = addressed.bot, addressed.account
    alert = alert_of(reading, alert_id, now)
    identity, window = _identity(reading, bearer, body, bot)
    return Delivery(
        arrived=AlertArrived(alert=alert, bot_id=bot.id if bot else None, nobody=addressed.nobody),
        key=addressed.key,
        also=addressed.also,
        user_id=bearer.user_id,
        account_id=account.id if account else None,
        token_id=bearer.token.id if bearer.token else None,
        body=redacted(body),
        identity=identity,
        window=window,
    )


def _identity(reading: Reading, bearer: Bearer, body: bytes, bot: Bot | None) -> tuple[str, timedelta | None]:
    if reading.alert_id is not None:
        return f"id:{reading.alert_id}", None
    digest = hashlib.sha256(bearer.mark.encode() + b"\n" + body).hexdigest()
    usual = WINDOW_WITH_TIME if reading.fired_at else WINDOW
    own = bot.duplicate_window if bot else None
    # A window of nothing is a window too: the bot wants every alert, however alike.
    return f"body:{digest}", own if own is not None else usual
