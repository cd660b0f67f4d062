"""List every variable that can be set, each once: its name, what it may be, and what it is for."""

import base64
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from attrs import frozen

from tradecore.domain.money import exact
from tradecore.domain.people import Registration

_PORT_MAX: Final = 65535
_PROXIES_MAX: Final = 10
_WORKERS_MAX: Final = 64
_KEY_BYTES: Final = 32
_LEVELS: Final = {
    "debug": "debug", "info": "info", "warning": "warning", "warn": "warning", "error": "error",
}  # fmt: skip
_ANSWERS: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_SQLITE: Final = re.compile(r"sqlite(\+pysqlite)?:///(?!:memory:)[^?]+")
_POSTGRES: Final = re.compile(r"postgres(ql)?(\+psycopg)?://[^\s]+")


def _text(text: str) -> str:
    return text


def _whole(text: str, least: int, most: int | None = None) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text.strip()):
        raise ValueError(text)
    number = int(text)
    if number < least or (most is not None and number > most):
        raise ValueError(text)
    return number


def _port(text: str) -> int:
    return _whole(text, 0, _PORT_MAX)


def _workers(text: str) -> int:
    return _whole(text, 1, _WORKERS_MAX)


def _lease(text: str) -> int:
    return _whole(text, 1, 30)


def _proxies(text: str) -> int:
    return _whole(text, 0, _PROXIES_MAX)


def _count(text: str) -> int:
    return _whole(text, 0)


def _number_of_account(text: str) -> str:
    return str(_whole(text, 1))


def _amount(text: str) -> Decimal:
    # The old bots wrote losses as negative numbers, people do not: both mean the same.
    return abs(exact(text))


def _host(text: str) -> str:
    if re.search(r"[\s/@]", text):
        raise ValueError(text)
    return text


def _folder(text: str) -> Path:
    folder = Path(text).expanduser()
    if "?" in text or (folder.exists() and not folder.is_dir()):
        raise ValueError(text)
    return folder


def _level(text: str) -> str:
    return _LEVELS[text.strip().lower()]


def _database(text: str) -> str:
    if not (_SQLITE.fullmatch(text) or _POSTGRES.fullmatch(text)):
        raise ValueError(text)
    return text


def keys_in(text: str) -> list[str]:
    """Return the keys in *text*, between which commas and blanks stand."""
    return [key for key in re.split(r"[\s,]+", text) if key]


def _keys(text: str) -> str:
    keys = keys_in(text)
    if not keys or len(keys) != len(set(keys)):
        raise ValueError(text)
    for key in keys:
        if len(base64.b64decode(key, altchars=b"-_", validate=True)) != _KEY_BYTES:
            raise ValueError(text)
    return text


def _registration(text: str) -> str:
    return Registration(text.strip().lower()).value


def _yes(text: str) -> bool:
    return _ANSWERS[text.strip().lower()]


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(text)
    return text


def _hub(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"ws", "wss", "http", "https"} or not parts.hostname:
        raise ValueError(text)
    return text


def _paper_host(text: str, *schemes: str) -> str:
    parts = urlsplit(text)
    # The live host would take play money's orders for real ones.
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in schemes or host in {"", "api.alpaca.markets"} or text.endswith(("/", "/v2")):
        raise ValueError(text)
    return text


def _alpaca_rest(text: str) -> str:
    return _paper_host(text, "http", "https")


def _alpaca_stream(text: str) -> str:
    return _paper_host(text, "ws", "wss")


def _feed(text: str) -> str:
    if text.lower() not in {"iex", "sip"}:
        raise ValueError(text)
    return text.lower()


@frozen(kw_only=True)
class Variable:
    """One variable of the environment.

    `field` is where `Settings` keeps it. `form` completes "It must be ...". A secret may also be named by a file,
    in the variable with ``_FILE`` behind its name. `read` raises `ValueError` or `KeyError` for what is no such value.
    """

    name: str
    field: str
    read: Callable[[str], object]
    form: str
    help: str
    group: str
    secret: bool = False


_SERVICE: Final = "The service"
_STORE: Final = "What is kept"
_DOORS: Final = "Who may come in"
_LIMITS: Final = "Limits of the account that was made at the first run, and of those of `.env`"
_ALPACA: Final = "Alpaca (each account's keys are not set here, but by `tradecore keys set`)"
_PROJECTX: Final = "ProjectX (one login; its accounts are made from here, and kept in step at every start)"
_HUB_FORM: Final = "an address that begins with wss://, ws://, https:// or http://"
_MESSAGES: Final = "Messages and advice (read and checked, but not used yet)"
_HOST_FORM: Final = (
    "an address that begins with http:// or https://, without /v2 or a slash at the end, and not Alpaca's live one"
)

VARIABLES: Final = (
    Variable(
        name="TV_PORT", field="port", read=_port, group=_SERVICE,
        form="a whole number from 0 to 65535",
        help="The port of the web service. 0 takes any free one."),
    Variable(
        name="TV_HOST", field="host", read=_host, group=_SERVICE,
        form="a host name or an address of this machine",
        help="The address that the web service listens on. Anything but this machine's own needs TLS in front of it."),
    Variable(
        name="TRADECORE_PROXIES", field="proxies_trusted", read=_proxies, group=_SERVICE,
        form="a whole number from 0 to 10",
        help="How many proxies of yours stand in front: so many entries of X-Forwarded-For are believed."),
    Variable(
        name="TRADECORE_WORKERS", field="workers", read=_workers, group=_SERVICE,
        form="a whole number from 1 to 64",
        help="How many books are worked at once."),
    Variable(
        name="LOG_LEVEL", field="log_level", read=_level, group=_SERVICE,
        form="debug, info, warning or error",
        help="The least important lines that are logged."),
    Variable(
        name="TRADECORE_FOLDER", field="folder", read=_folder, group=_STORE,
        form="a folder, or where one can be made, without a question mark in its name",
        help="Where the database, the logs, `first-run.json` and the paper exchange are kept; may hold a `.env`."),
    Variable(
        name="TRADECORE_PAPER_URL", field="paper_url", read=_web_address, group=_STORE,
        form="a web address that begins with http:// or https://",
        help="The exchange of paper accounts, where `tradecore venue paper` runs it for several processes to share. "
        "Empty means one inside this process."),
    Variable(
        name="DATABASE_URL", field="database_url", read=_database, group=_STORE, secret=True,
        form="left empty, sqlite:/// with the path of a file, or postgresql:// with user, host and database",
        help="The database. Empty means `tradecore.db` in the folder, for one process; PostgreSQL is for many, and "
        "the address may be Supabase's or another pooler's."),
    Variable(
        name="TRADECORE_LEASE_SECONDS", field="lease_seconds", read=_lease, group=_STORE,
        form="a whole number from 1 to 30",
        help="On PostgreSQL: how long the accounts of a process that died wait for another one."),
    Variable(
        name="ENCRYPTION_KEY", field="encryption_key", read=_keys, group=_STORE, secret=True,
        form="32 bytes in URL-safe base 64, as `tradecore keygen` prints them; or several of them with commas between",
        help="What brokers' keys are encrypted with. Of several the first encrypts, and all decrypt: put a new one in "
        "front, restart, and run `tradecore keys rotate` before you take the old one away."),
    Variable(
        name="TRADECORE_LIVE_TRADING", field="live_trading", read=_yes, group=_DOORS,
        form="yes or no",
        help="Whether accounts may trade real money. Without it live keys are refused, and live accounts rest."),
    Variable(
        name="WEBHOOK_SECRET", field="webhook_secret", read=_text, group=_DOORS, secret=True,
        form="a text that nobody can guess",
        help="What an alert without a token must carry as `secret`. Made at the first run where it is not set."),
    Variable(
        name="TRADECORE_REGISTRATION", field="registration", read=_registration, group=_DOORS,
        form="closed, invitation or open",
        help="Who may make a user of their own: nobody, who was invited by an administrator, or anybody."),
    Variable(
        name="MAX_DAILY_LOSS", field="max_daily_loss", read=_amount, group=_LIMITS,
        form="an amount of money, such as 500 or -500 (both mean the same; 0 is no limit)",
        help="The loss of one trading day from which on nothing is opened."),
    Variable(
        name="DAILY_PROFIT_TARGET", field="daily_profit_target", read=_amount, group=_LIMITS,
        form="an amount of money, such as 1000 (0 is no target)",
        help="The gain of one trading day from which on nothing is opened."),
    Variable(
        name="MAX_CONSECUTIVE_LOSSES", field="max_consecutive_losses", read=_count, group=_LIMITS,
        form="a whole number (0 is no limit)",
        help="So many losing trades in a row end the day."),
    Variable(
        name="TRADECORE_ALPACA_URL", field="alpaca_url", read=_alpaca_rest, group=_ALPACA, form=_HOST_FORM,
        help="Where paper keys trade, such as `rest` of `tradecore venue alpaca`. Empty means Alpaca's paper host."),
    Variable(
        name="TRADECORE_ALPACA_DATA_URL", field="alpaca_data_url", read=_alpaca_rest, group=_ALPACA, form=_HOST_FORM,
        help="Where paper keys ask for prices. Empty means the address above, or else Alpaca's."),
    Variable(
        name="TRADECORE_ALPACA_STREAM_URL", field="alpaca_stream_url", read=_alpaca_stream, group=_ALPACA,
        form="an address that begins with ws:// or wss:// and ends with the stream's path, and not Alpaca's live one",
        help="Where paper keys hear what happens. Empty means Alpaca's paper host."),
    Variable(
        name="TRADECORE_ALPACA_FEED", field="alpaca_feed", read=_feed, group=_ALPACA, form="iex or sip",
        help="Whose prices count: one exchange's, which every plan has, or all exchanges', which costs."),
    Variable(
        name="PROJECTX_BASE_URL", field="projectx_base_url", read=_web_address, group=_PROJECTX,
        form="a web address that begins with https://",
        help="The gateway of the firm. Empty means TopstepX's, https://api.topstepx.com."),
    Variable(
        name="PROJECTX_USER_HUB_URL", field="projectx_user_hub_url", read=_hub, group=_PROJECTX, form=_HUB_FORM,
        help="Where accounts hear what happens; needed where the gateway is no `api.` of TopstepX or projectx.com."),
    Variable(
        name="PROJECTX_MARKET_HUB_URL", field="projectx_market_hub_url", read=_hub, group=_PROJECTX, form=_HUB_FORM,
        help="Where prices come from; needed where the other hub is."),
    Variable(
        name="PROJECTX_USERNAME", field="projectx_username", read=_text, group=_PROJECTX,
        form="a user's name",
        help="Who signs in there: the platform's user name, not an address."),
    Variable(
        name="PROJECTX_API_KEY", field="projectx_api_key", read=_text, group=_PROJECTX, secret=True,
        form="an API key",
        help="The key to sign in with. It trades in every account of the login."),
    Variable(
        name="PROJECTX_ACCOUNT_ID", field="projectx_account_id", read=_number_of_account, group=_PROJECTX,
        form="the number of an account there",
        help="The account of alerts that name none; the first ACCOUNT_ otherwise. Without such a name: `projectx`."),
    Variable(
        name="N8N_WEBHOOK_URL", field="n8n_webhook_url", read=_web_address, group=_MESSAGES, secret=True,
        form="a web address that begins with https://",
        help="The workflow that gives a second opinion."),
    Variable(
        name="DISCORD_WEBHOOK_URL", field="discord_webhook_url", read=_web_address, group=_MESSAGES, secret=True,
        form="a web address that begins with https://",
        help="The channel that people are told in."),
)  # fmt: skip

# The one variable whose name is the user's own: how alerts call an account, and its number at ProjectX.
ACCOUNT: Final = Variable(
    name="ACCOUNT_", field="accounts", read=_number_of_account, group=_PROJECTX,
    form="the number of an account there",
    help="An account, by the name that alerts give it; without its line it opens nothing.")  # fmt: skip
