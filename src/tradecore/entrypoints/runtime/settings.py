"""Read the environment once into frozen values; a wrong one stops the start, and is named."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from attrs import field, fields, frozen

from tradecore.domain.ids import AccountId
from tradecore.domain.limits import AccountLimits
from tradecore.entrypoints.runtime import projectx
from tradecore.entrypoints.runtime.environment import DEFAULT_FOLDER, collect
from tradecore.entrypoints.runtime.variables import ACCOUNT, VARIABLES, Variable, keys_in

_OURS: Final = "TRADECORE_"
_FILE: Final = "_FILE"
_SECRET_BYTES_MAX: Final = 64 * 1024
_ACCOUNT_NAME: Final = re.compile(r"[A-Z0-9_]{1,60}", re.IGNORECASE)
_SQLITE_PREFIX: Final = re.compile(r"sqlite(\+pysqlite)?:///")


def _masked(value: object) -> str:
    return repr(value) if value in {None, ""} else "'***'"


def _frozen_map(accounts: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(accounts))


class SettingsError(ValueError):
    """Values are wrong: each of `problems` is a sentence that names its variable."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@frozen(kw_only=True)
class Settings:
    """What is configured. `folder` holds database, logs and the paper exchange's journal.

    Amounts are positive; 0 is no limit, and None says nothing of one. `default_account` takes the alerts that name
    none: ProjectX's, or that of the first run. `accounts` maps the names of ``ACCOUNT_<NAME>``, in lower case, to the
    accounts' numbers at ProjectX.
    """

    folder: Path = DEFAULT_FOLDER
    host: str = "127.0.0.1"
    port: int = 5000
    proxies_trusted: int = 0
    workers: int = 4
    lease_seconds: int = 5
    log_level: str = "info"
    paper_url: str | None = None
    database_url: str = field(default="", repr=_masked)
    encryption_key: str | None = field(default=None, repr=_masked)
    live_trading: bool = False
    registration: str = "closed"
    webhook_secret: str | None = field(default=None, repr=_masked)
    max_daily_loss: Decimal | None = None
    daily_profit_target: Decimal | None = None
    max_consecutive_losses: int | None = None
    alpaca_url: str | None = None
    alpaca_data_url: str | None = None
    alpaca_stream_url: str | None = None
    alpaca_feed: str = "iex"
    projectx_base_url: str | None = None
    projectx_user_hub_url: str | None = None
    projectx_market_hub_url: str | None = None
    projectx_username: str | None = None
    projectx_api_key: str | None = field(default=None, repr=_masked)
    projectx_account_id: str | None = None
    n8n_webhook_url: str | None = field(default=None, repr=_masked)
    discord_webhook_url: str | None = field(default=None, repr=_masked)
    default_account: AccountId | None = None
    accounts: Mapping[str, str] = field(factory=dict, converter=_frozen_map)

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Return what *environ* sets, and nothing else; `SettingsError` tells everything that is wrong at once."""
        reader = _Reader(environ)
        values = reader.values()
        if reader.problems:
            raise SettingsError(tuple(reader.problems))
        return cls(**values)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, here: Path | None = None) -> Self:
        """Return what is set for a run *here*: in the files named ``.env``, and in the environment."""
        found = collect(environ, here)
        try:
            settings = cls.read(found.values)
        except SettingsError as error:
            raise SettingsError((*found.problems, *error.problems)) from None
        if found.problems:
            raise SettingsError(tuple(found.problems))
        return settings

    @property
    def store_url(self) -> str:
        """The database to open."""
        return self.database_url or f"sqlite:///{self.database_path}"

    @property
    def database_path(self) -> Path | None:
        """The database's file; None where the database is a server."""
        if self.database_url and not self.database_url.startswith("sqlite"):
            return None
        path = _SQLITE_PREFIX.sub("", self.database_url, count=1)
        return (Path(path) if path else self.folder / "tradecore.db").absolute()

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders that this machine keeps something in."""
        path = self.database_path
        return (self.folder,) if path is None else (self.folder, path.parent)

    @property
    def encryption_keys(self) -> tuple[str, ...]:
        """The keys that broker credentials are encrypted with, newest first; all decrypt, the first encrypts."""
        return tuple(keys_in(self.encryption_key or ""))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret that is set, for masking."""
        values = [getattr(self, variable.field) for variable in VARIABLES if variable.secret]
        values += self.encryption_keys
        if self.database_path is None:
            values.append(urlsplit(self.database_url).password)
        return tuple(value for value in values if value and not value.startswith("sqlite"))

    @property
    def limits(self) -> dict[str, Any]:
        """What is set of an account's limits, by the names of their fields."""
        values = {
            "daily_loss": self.max_daily_loss,
            "daily_profit": self.daily_profit_target,
            "losing_streak": self.max_consecutive_losses,
        }
        assert set(values) <= {one.name for one in fields(AccountLimits)}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def projectx_accounts(self) -> Mapping[str, str]:
        """The accounts to trade at ProjectX: their numbers there, by name."""
        return projectx.named(self.accounts, self.projectx_account_id)

    @property
    def idle(self) -> tuple[str, ...]:
        """Tell, in sentences, what is set and does nothing yet."""
        sentences = []
        if self.n8n_webhook_url:
            sentences.append("N8N_WEBHOOK_URL is set, but advice is not available yet: nobody is asked.")
        if self.discord_webhook_url:
            sentences.append("DISCORD_WEBHOOK_URL is set, but Discord is not available yet: look into the log.")
        return tuple(sentences)


class _Reader:
    """Reads variables, and goes on after each that is wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        self._environ = {name: value.strip() for name, value in environ.items() if value.strip()}

    def values(self) -> dict[str, Any]:
        found = {variable.field: self._value(variable) for variable in VARIABLES}
        accounts = dict(self._accounts())
        self._check_projectx(found, accounts)
        self.problems += _unknown(self._environ)
        values = {name: value for name, value in found.items() if value is not None} | {"accounts": accounts}
        first = found["projectx_account_id"] or next(iter(accounts.values()), None)
        return values | ({"default_account": projectx.account_id_of(str(first))} if first is not None else {})

    def _value(self, variable: Variable) -> object | None:
        text = self._text(variable)
        return None if text is None else self._read(variable, variable.name, text)

    def _read(self, variable: Variable, name: str, text: str) -> object | None:
        try:
            return variable.read(text)
        except (ValueError, KeyError):
            shown = "" if variable.secret else f", not {text!r}"
            self.problems.append(f"{name} must be {variable.form}{shown}.")
            return None

    def _text(self, variable: Variable) -> str | None:
        own = self._environ.get(variable.name)
        path = self._environ.get(variable.name + _FILE) if variable.secret else None
        if path is None:
            return own
        if own is not None:
            self.problems.append(f"{variable.name} and {variable.name}{_FILE} are both set: keep one of them.")
            return own
        try:
            with Path(path).expanduser().open(encoding="utf-8") as file:
                text = file.read(_SECRET_BYTES_MAX).strip()
        except (OSError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            self.problems.append(f"{variable.name}{_FILE} names {path}, which cannot be read: {why}.")
            return None
        if not text:
            self.problems.append(f"{variable.name}{_FILE} names {path}, which is empty.")
        return text or None

    def _accounts(self) -> Iterator[tuple[str, str]]:
        seen: dict[str, str] = {}
        for name, text in self._environ.items():
            if not name.upper().startswith(ACCOUNT.name):
                continue
            own = name[len(ACCOUNT.name) :]
            if not _ACCOUNT_NAME.fullmatch(own):
                self.problems.append(f"{name} must be ACCOUNT_ and then a name of letters, digits and underscores.")
                continue
            if (other := seen.setdefault(own.lower(), name)) != name:
                self.problems.append(f"{name} and {other} name one account twice.")
            number = self._read(ACCOUNT, name, text)
            if number is not None:
                yield own.lower(), str(number)

    def _check_projectx(self, found: Mapping[str, object], accounts: Mapping[str, str]) -> None:
        given = {
            name for name in self._environ
            if name.removesuffix(_FILE) in projectx.NAMES or name.upper().startswith(ACCOUNT.name)
        }  # fmt: skip
        self.problems += projectx.twice(accounts)
        if any(problem.startswith(name) for name in given for problem in self.problems):
            return  # What is wrong may be what seems to be missing.
        base_url = found["projectx_base_url"]
        lacks = projectx.lacking(given, str(base_url) if base_url is not None else None)
        self.problems += [lacks] if lacks is not None else []


def _unknown(environ: Mapping[str, str]) -> Iterator[str]:
    own = [variable.name.removeprefix(_OURS) for variable in VARIABLES if variable.name.startswith(_OURS)]
    for name in environ:
        rest = name.removeprefix(_OURS)
        if name.startswith(_OURS) and rest not in own:
            close = get_close_matches(rest, own, n=1)
            hint = f" Did you mean {_OURS}{close[0]}?" if close else ""
            yield f"{name} is not a setting of tradecore.{hint}"


def settings_table() -> str:
    """Return the reference of all settings, as Markdown."""
    defaults = {one.name: one.default for one in fields(Settings)}
    parts = []
    groups = list(dict.fromkeys(variable.group for variable in VARIABLES))
    ordered = sorted((*VARIABLES, ACCOUNT), key=lambda variable: groups.index(variable.group))
    for group, variables in groupby(ordered, key=lambda variable: variable.group):
        rows = [_row(variable, defaults[variable.field]) for variable in variables]
        parts.append("\n".join([f"## {group}", "", "| variable | default | what it is | what it must be |",
                                "|---|---|---|---|", *rows]))  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _row(variable: Variable, default: object) -> str:
    name = f"`{variable.name}<NAME>`" if variable is ACCOUNT else f"`{variable.name}`"
    if variable.secret:
        name += f", `{variable.name}{_FILE}`"
    is_set = variable is not ACCOUNT and bool(default)
    return f"| {name} | {f'`{default}`' if is_set else 'none'} | {variable.help} | {variable.form} |"
