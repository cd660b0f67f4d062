"""Furnish an empty folder: a user with tokens, an account to trade in, and a file that tells of them.

Without accounts at ProjectX it is a demo on paper, with bots; with them, they are what is traded.
"""

import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Final

import structlog
from attrs import asdict, evolve, field, fields, frozen

from tradecore.domain.ids import AccountId, BotId, Symbol, UserId
from tradecore.domain.parties import Account, Bot, Power, Role, User, Venue
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.runtime.projectx import account_id_of
from tradecore.entrypoints.runtime.rooms import Room
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.starting import FolderError
from tradecore.entrypoints.runtime.tokens import hash_of, issue, new_text
from tradecore.ports.directory import Directory
from tradecore.ports.system import Mint

_log = structlog.get_logger()

FILE_NAME: Final = "first-run.json"
_USER: Final = "demo"
_ACCOUNT: Final = "paper"
_OWNER: Final = "owner"
_BOTS: Final = (("AAPL", "15 Min", 10), ("AAPL", "5 Min", 5), ("MES", "5 Min", 1))


@frozen(kw_only=True)
class Welcome:
    """What a person, or a script, needs to begin with."""

    url: str
    webhook_url: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api_token: str = field(repr=False)
    read_token: str = field(repr=False)
    user: str
    user_id: str
    account: str
    account_id: str
    password: str = field(repr=False)

    @property
    def webhook_token(self) -> str:
        """The token that the webhook's address carries."""
        return self.webhook_url.partition("token=")[2]

    @property
    def is_demo(self) -> bool:
        """Whether it tells of an account on paper."""
        return self.user == _USER

    def applied_to(self, settings: Settings) -> Settings:
        """Return *settings* with the secret and the default account of the first run, where none is set."""
        return evolve(
            settings,
            webhook_secret=settings.webhook_secret or self.webhook_secret,
            default_account=settings.default_account or AccountId(self.account_id),
        )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be logged."""
        return self.webhook_token, self.webhook_secret, self.api_token, self.read_token, self.password


def furnish(room: Room, url: str) -> Welcome | None:
    """Make the first user where nobody is yet, and return what tells of it; None where somebody wants none.

    The accounts at ProjectX are made by `keep_in_step`. *url* is where the service is now. Whatever was killed
    half-way is completed; what was made before stays as it is, or as people have changed it since.
    """
    services = room.services
    path = services.settings.folder / FILE_NAME
    welcome = read(path)
    if welcome is None:
        if services.directory.users():
            return None  # Somebody has set up their own, or has taken the file away.
        welcome = _invent(services.mint, url, services.settings)
        _write(path, welcome)
    welcome = _brought_up_to_date(path, welcome, url, services.settings.webhook_secret)
    # The API token is the last thing made: where it is, everything else was.
    if services.directory.token(hash_of(welcome.api_token)) is None:
        _make(room, welcome)
    _set_limits(room, welcome)
    return welcome


def read(path: Path) -> Welcome | None:
    """Return what the file at *path* tells; None where there is none."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Welcome(**{one.name: str(told[one.name]) for one in fields(Welcome)})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        message = (
            f"{path} cannot be read ({error!r}). Move it away; tokens can be made anew with `tradecore token new`."
        )
        raise FolderError(message) from error


def _invent(mint: Mint, url: str, settings: Settings) -> Welcome:
    default = settings.default_account
    named = (name for name, number in settings.projectx_accounts.items() if account_id_of(number) == default)
    return Welcome(
        url=url,
        webhook_url=_webhook_url(url, new_text(mint, Power.SUBMIT)),
        webhook_secret=mint.secret(),
        api_token=new_text(mint, Power.API),
        read_token=new_text(mint, Power.READ),
        user=_OWNER if default else _USER,
        user_id=mint.new(),
        account=next(named, _ACCOUNT),
        account_id=default or mint.new(),
        password=mint.secret(),
    )


def _webhook_url(url: str, token: str) -> str:
    return f"{url}/webhook?token={token}"


def _brought_up_to_date(path: Path, welcome: Welcome, url: str, secret: str | None) -> Welcome:
    """Return *welcome* with the address and the secret of today, which are settings."""
    now = evolve(
        welcome,
        url=url,
        webhook_url=_webhook_url(url, welcome.webhook_token),
        webhook_secret=secret or welcome.webhook_secret,
    )
    if now != welcome:
        _write(path, now)
    return now


def _write(path: Path, welcome: Welcome) -> None:
    """Write the file whole or not at all; nobody but its owner may read it."""
    fresh = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)
            json.dump(asdict(welcome), file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}."
        raise FolderError(message) from error


def _make(room: Room, welcome: Welcome) -> None:
    """Make everything that *welcome* tells of and that is not there."""
    directory, mint, clock = room.services.directory, room.services.mint, room.services.clock
    user_id, account_id = UserId(welcome.user_id), AccountId(welcome.account_id)
    if directory.user(user_id) is None:
        hashed = room.passwords.hash(welcome.password)
        directory.keep(User(id=user_id, name=welcome.user, role=Role.ADMIN, password_hash=hashed))
    if welcome.is_demo:
        _make_demo(directory, mint, welcome)
    for power, text, name in (
        (Power.SUBMIT, welcome.webhook_token, "first webhook"),
        (Power.READ, welcome.read_token, "first reader"),
        (Power.API, welcome.api_token, "first API token"),
    ):
        if directory.token(hash_of(text)) is None:
            token = issue(mint, user_id=user_id, power=power, now=clock.now(), name=name, text=text).token
            # FLAT takes all that an account holds: only a token of that account may send it.
            directory.keep(evolve(token, account_id=account_id) if power is Power.SUBMIT else token)
    _log.info("the first user was made", user=welcome.user, account=welcome.account)


def _make_demo(directory: Directory, mint: Mint, welcome: Welcome) -> None:
    """Make the paper account, and its bots."""
    user_id, account_id = UserId(welcome.user_id), AccountId(welcome.account_id)
    if directory.account(account_id) is None:
        # As the futures bot did, the account trades futures without a bot of their own, too: by one contract.
        own = Units(Decimal(1))
        directory.keep(Account(id=account_id, user_id=user_id, name=welcome.account, venue=Venue.PAPER, automation=own))
    for bot in _missing_bots(directory, mint, user_id, account_id):
        directory.keep(bot)


def _missing_bots(directory: Directory, mint: Mint, user_id: UserId, account_id: AccountId) -> Iterator[Bot]:
    there = {(bot.symbol, bot.timeframe) for bot in directory.bots(account_id=account_id)}
    for symbol, timeframe, quantity in _BOTS:
        bot = Bot(
            id=BotId(mint.new()),
            user_id=user_id,
            account_id=account_id,
            symbol=Symbol(symbol),
            timeframe=Timeframe.read(timeframe),
            sizing=Units(Decimal(quantity)),
        )
        if (bot.symbol, bot.timeframe) not in there:
            yield bot


def _set_limits(room: Room, welcome: Welcome) -> None:
    """Give the first run's account the limits that the environment sets, and leave the others alone."""
    directory, wanted = room.services.directory, room.services.settings.limits
    account = directory.account(AccountId(welcome.account_id))
    if account is None or not wanted:
        return
    limits = evolve(account.limits, **wanted)
    if limits != account.limits:
        directory.keep(evolve(account, limits=limits))
        _log.info("limits taken from the settings", account=account.name, **{k: str(v) for k, v in wanted.items()})
