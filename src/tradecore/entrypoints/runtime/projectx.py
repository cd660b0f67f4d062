"""Know what ProjectX needs of the settings: a login, where it goes, and which of its accounts are traded."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from tradecore.domain.ids import AccountId
from tradecore.domain.parties import Account, Venue

BASE, USER_HUB, MARKET_HUB = "PROJECTX_BASE_URL", "PROJECTX_USER_HUB_URL", "PROJECTX_MARKET_HUB_URL"
USER, KEY, NUMBER, ACCOUNT = "PROJECTX_USERNAME", "PROJECTX_API_KEY", "PROJECTX_ACCOUNT_ID", "ACCOUNT_"
NAMES: Final = frozenset({BASE, USER_HUB, MARKET_HUB, USER, KEY, NUMBER})
_ANY_ACCOUNT: Final = f"{ACCOUNT}<NAME> (or {NUMBER})"

# The account of PROJECTX_ACCOUNT_ID, where no ACCOUNT_<NAME> has its number.
_UNNAMED: Final = "projectx"
_ID: Final = "projectx-"


def account_id_of(number: str) -> AccountId:
    """Return the id that the account with this number has here, whatever it is called."""
    return AccountId(_ID + number)


def number_of(account: Account) -> int | None:
    """Return the number at ProjectX of an account of `.env`; None for any other account."""
    number = account.id.removeprefix(_ID)
    is_ours = account.venue is Venue.PROJECTX and account.id.startswith(_ID) and number.isdecimal()
    return int(number) if is_ours else None


def named(accounts: Mapping[str, str], number: str | None) -> Mapping[str, str]:
    """Return every account to trade: the numbers by name, in the file's order, with that of the default."""
    if number is None or number in accounts.values():
        return accounts
    return {**accounts, _UNNAMED if _UNNAMED not in accounts else f"{_UNNAMED}-{number}": number}


def lacking(given: Collection[str], base_url: str | None) -> str | None:
    """Return a sentence that names what is missing beside what is *given*; None where all is, or nothing."""
    plain = {name.removesuffix("_FILE") for name in given}
    if not plain:
        return None
    missing = [name for name in (USER, KEY) if name not in plain]
    if NUMBER not in plain and not any(name.upper().startswith(ACCOUNT) for name in plain):
        missing.append(_ANY_ACCOUNT)
    hubs = [name for name in (USER_HUB, MARKET_HUB) if name not in plain]
    if base_url is not None and not _tells_hubs(base_url):
        missing += hubs
    elif base_url is None and len(hubs) < len((USER_HUB, MARKET_HUB)):
        missing.append(BASE)  # Whose hubs these are, nobody knows; TopstepX's own are known.
    if not missing:
        return None
    one = len(missing) == 1
    there = sorted(plain)
    return (
        f"{_listed(missing)} {'is' if one else 'are'} missing: {_listed(there)} {'is' if len(there) == 1 else 'are'} "
        f"set, and of no use without {'it' if one else 'them'}."
    )


def twice(accounts: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each account that has two names: it would be two here, and one at ProjectX."""
    names: dict[str, str] = {}
    for name, number in accounts.items():
        if (other := names.setdefault(number, name)) != name:
            yield f"{ACCOUNT}{other.upper()} and {ACCOUNT}{name.upper()} name the same account {number}: keep one."


def _tells_hubs(base_url: str) -> bool:
    """Tell whether the hubs are known: each firm's API is ``api.<firm>``, and its hubs are at ``rtc.<firm>``."""
    host = urlsplit(base_url).hostname or ""
    return host == "api.topstepx.com" or (host.startswith("api.") and host.endswith(".projectx.com"))


def _listed(names: Collection[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
