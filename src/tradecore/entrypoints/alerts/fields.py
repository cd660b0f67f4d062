"""Read single values of an alert's fields, and see that fields of one meaning agree."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Final, TypeVar

from tradecore.domain.instruments import Named, name_of
from tradecore.domain.money import exact
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.alerts.body import Fields, Value, clean
from tradecore.entrypoints.alerts.dialects import NO, NO_NUMBERS, YES, is_secret_name, plain
from tradecore.entrypoints.alerts.unreadable import UnreadableError, shown

T = TypeVar("T")

_NAME_CHARACTERS_MAX: Final = 200
_NUMBER_CHARACTERS_MAX: Final = 48
_SYMBOL_CHARACTERS_MAX: Final = 60
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
# As exact as `money` holds. TradingView's averages carry up to seventeen digits, and are good alerts.
_FINEST: Final = Decimal("1e-12")
_LARGEST: Final = Decimal("1e15")
_ISO: Final = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[T ][0-9:.,]{2,20}(?:Z|[+-][0-9:]{2,8})?", re.IGNORECASE)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM: Final = Decimal(10**11)


def agreed(fields: Fields, names: Iterable[str], read: Callable[[str, Value], T | None]) -> tuple[str, T] | None:
    """Return what those of *names* that are there say, with the first one's name; they must say the same."""
    kept: tuple[str, T] | None = None
    for name, value in fields.among(names):
        found = read(name, value)
        if found is None:
            continue
        if kept is None:
            kept = name, found
        elif kept[1] != found:
            raise conflict(kept[0], name)
    return kept


def conflict(one: str, other: str, why: str = "disagree") -> UnreadableError:
    """Return the error for two fields that cannot both be right."""
    return UnreadableError.of("conflict", f"`{one}` and `{other}` {why}: send one of them, or the same in both.", other)


def text_of(name: str, value: Value) -> str:
    """Return a text or a number as text, without blanks around it."""
    if isinstance(value, str):
        return clean(value).strip()
    kind = {bool: "true or false", dict: "an object", list: "a list"}.get(type(value), "nothing")
    raise UnreadableError.of("unknown-value", f"`{name}` must be text, not {kind}.", name)


def name_text_of(name: str, value: Value) -> str | None:
    """Return a name of somebody's choosing; None where it is empty."""
    text = text_of(name, value)
    if len(text) > _NAME_CHARACTERS_MAX:
        message = f"`{name}` has more than {_NAME_CHARACTERS_MAX} characters: shorten it."
        raise UnreadableError.of("too-long", message, name)
    return text or None


def yes_or_no(name: str, value: Value) -> bool:
    """Read true or false, written as either JSON's or as text."""
    if isinstance(value, bool):
        return value
    word = plain(text_of(name, value))
    if word in YES or word in NO:
        return word in YES
    raise UnreadableError.of("unknown-value", f"`{name}` must be true or false, not {shown(value)}.", name)


def number_of(name: str, value: Value) -> Decimal:
    """Read a number, also where it was sent as text."""
    if isinstance(value, bool | dict | list):
        raise UnreadableError.of("not-a-number", f"`{name}` must be a number, not true, false, a list or object.", name)
    text = text_of(name, value)
    if text.lower().lstrip("+-") in NO_NUMBERS:
        message = f"`{name}` is {shown(text)}, which is no number: send a number, or leave the field out."
        raise UnreadableError.of("not-a-number", message, name)
    if len(text) > _NUMBER_CHARACTERS_MAX or not _NUMBER.fullmatch(text):
        message = f"`{name}` must be a number such as 1 or 0.25, not {shown(text)}."
        raise UnreadableError.of("not-a-number", message, name)
    try:
        return exact(_cut(text))
    except ValueError as error:
        raise UnreadableError.of("not-a-number", f"`{name}` cannot be traded on: {error}.", name) from error


def _cut(text: str) -> str:
    """Drop the digits that are too fine for any market: towards zero, so that no size grows."""
    number = Decimal(text)
    if abs(number) >= _LARGEST or number == number.quantize(_FINEST, rounding=ROUND_DOWN):
        return text
    return str(number.quantize(_FINEST, rounding=ROUND_DOWN))


def symbol_of(name: str, value: Value) -> tuple[str, Named] | None:
    """Read a symbol as ``(text without exchange, what it names)``; None where it is empty."""
    text = text_of(name, value).upper()
    if not text:
        return None
    # Upper-casing must not make letters: a German sharp s would become a ticker.
    if not text_of(name, value).isascii() or text.count(":") > 1 or len(text) > _SYMBOL_CHARACTERS_MAX:
        raise UnreadableError.of("bad-symbol", f"`{name}` is no symbol: {shown(value)}.", name)
    try:
        return text.rpartition(":")[2], name_of(text)
    except ValueError as error:
        raise UnreadableError.of("bad-symbol", f"`{name}`: {error}.", name) from error


def timeframe_of(name: str, value: Value) -> Timeframe:
    """Read a timeframe in TradingView's or a written form."""
    text = text_of(name, value)
    if len(text) > _NUMBER_CHARACTERS_MAX:
        raise UnreadableError.of("bad-timeframe", f"`{name}` is no timeframe: {shown(text)}.", name)
    try:
        return Timeframe.read(text)
    except ValueError as error:
        raise UnreadableError.of("bad-timeframe", f"`{name}`: {error}.", name) from error


def moment_of(name: str, value: Value) -> datetime:
    """Read when an alert fired: ISO 8601 (without a zone: UTC), or seconds or milliseconds since 1970."""
    text = text_of(name, value)
    if plain(name) == "alerttimestamp" and (tail := re.search(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}T", text)):
        text = text[tail.start() :]  # "AAPL-2026-11-20T15:30:00Z"
    try:
        moment = _moment(text)
    except (ValueError, OverflowError, ArithmeticError):
        moment = None
    if moment is None or not _EARLIEST <= moment < _LATEST:
        message = f"`{name}` must be when the alert fired, as {{{{timenow}}}} writes it, not {shown(text)}."
        raise UnreadableError.of("bad-time", message, name)
    return moment


def _moment(text: str) -> datetime | None:
    if len(text) > _NUMBER_CHARACTERS_MAX:
        return None
    if re.fullmatch(r"[0-9]{1,17}(\.[0-9]{1,9})?", text):
        number = exact(text)
        microseconds = number * (1_000 if number >= _MILLISECONDS_FROM else 1_000_000)
        return _EPOCH + timedelta(microseconds=int(microseconds))
    if not _ISO.fullmatch(text):
        return None
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def is_empty(value: Value) -> bool:
    """Tell whether a field says nothing: null, false, zero, empty, or only such inside."""
    match value:
        case None | False:
            return True
        case str():
            text = value.strip().lower()
            return text in {"", "false", "null", "none"} or re.fullmatch(r"[+-]?0*+\.?0*+%?", text) is not None
        case dict():
            return all(map(is_empty, value.values()))
        case list():
            return all(map(is_empty, value))
        case _:
            return False


def spoken(value: Value) -> str:
    """Write any value as a person would read it, secrets aside."""
    match value:
        case dict():
            parts = (f"{name}: {'***' if is_secret_name(name) else spoken(inner)}" for name, inner in value.items())
            return ", ".join(parts)
        case list():
            return ", ".join(map(spoken, value))
        case str():
            return clean(value).strip()
        case None:
            return ""
        case _:
            return "yes" if value else "no"
