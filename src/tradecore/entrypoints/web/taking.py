"""Read what callers of the API send into values, strictly, naming the field that is wrong."""

import json
import re
import types
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from attrs import NOTHING, Attribute, fields_dict, has

from tradecore.domain.money import exact
from tradecore.domain.parties import Power
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.giving import word_of

T = TypeVar("T")
# What JSON holds, and what a type hint is, can be anything: this file finds out.
_Json = Any
_Type = Any

_CHARACTERS_MAX: Final = 500
_COUNT_MAX: Final = 1_000_000_000
_SECONDS_MAX: Final = 366 * 86_400
# What the command line calls what has another word here; its hyphens are taken for underscores, too.
_ALSO: Final[Mapping[tuple[type[Enum], str], str]] = {(Power, "alerts"): "submit"}
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Number(str):
    """A JSON number as it was spelt, so that no digit is lost on the way to `Decimal`."""

    __slots__ = ()


def document_of(body: bytes) -> dict[str, _Json]:
    """Read *body* as one JSON object."""
    try:
        value = json.loads(body, parse_float=Number, parse_int=Number, parse_constant=Number)
    except (ValueError, RecursionError) as error:
        raise ProblemError(400, "bad-json", "The body is not valid JSON.") from error
    if not isinstance(value, dict):
        raise ProblemError(400, "bad-json", "The body must be a JSON object.")
    return value


def taken(of: type[T], document: Mapping[str, _Json], path: str = "") -> T:
    """Return *document* as a value of the attrs class *of*."""
    hints = get_type_hints(of)
    known: dict[str, Attribute[Any]] = fields_dict(of)  # type: ignore[arg-type] # attrs' own bound is narrower
    for name in document:
        if name not in known:
            raise _wrong(f"{path}{name}"[:_CHARACTERS_MAX], "unknown-field", "is not known here: leave it out")
    found = {}
    for name, one in known.items():
        if name in document:
            found[name] = _read(hints[one.name], document[name], f"{path}{name}")
        elif one.default is NOTHING:
            raise _wrong(f"{path}{name}", "missing-field", "is missing")
    try:
        return of(**found)
    except ValueError as error:
        where = _culprit(of, found, path) or path.rstrip(".") or next(iter(found), "")
        raise ProblemError(422, "bad-value", f"{str(error)[:_CHARACTERS_MAX]}.", where or None) from error


def _culprit(of: type[Any], found: Mapping[str, Any], path: str) -> str:
    """Return the field without which the rest would do; none where it is not one alone, or cannot be left out."""
    for name in found:
        try:
            of(**{other: value for other, value in found.items() if other != name})
        except (TypeError, ValueError):
            continue
        return f"{path}{name}"
    return ""


def _wrong(field: str, code: str, what: str) -> ProblemError:
    return ProblemError(422, code, f"`{field}` {what}.", field)


def _read(hint: _Type, value: _Json, path: str) -> _Json:
    of: _Type = getattr(hint, "__supertype__", hint)
    origin: _Type = get_origin(of)
    if origin in {Union, types.UnionType}:
        return _read_optional(of, value, path)
    if origin in {tuple, frozenset}:
        return _read_many(of, origin, value, path)
    if isinstance(of, type) and issubclass(of, Enum):
        return _read_word(of, value, path)
    if has(of):
        if not isinstance(value, dict):
            raise _wrong(path, "bad-value", "must be an object")
        return taken(of, value, f"{path}.")
    return _PLAIN[of](value, path)


def _read_optional(of: _Type, value: _Json, path: str) -> _Json:
    inner = [one for one in get_args(of) if one is not types.NoneType]
    assert len(inner) == 1, f"{path}: only one kind of value, or none"
    return None if value is None else _read(inner[0], value, path)


def _read_many(of: _Type, origin: _Type, value: _Json, path: str) -> _Json:
    if not isinstance(value, list):
        raise _wrong(path, "bad-value", "must be a list")
    kind = get_args(of)[0]
    return origin(_read(kind, one, f"{path}[{index}]") for index, one in enumerate(value))


def _read_word(of: type[Enum], value: _Json, path: str) -> Enum:
    words = {word_of(member): member for member in of}
    text = _text(value, path)
    spelt = text.lower().replace("-", "_")
    loose = {word.lower(): one for word, one in words.items()}
    member = words.get(text) or loose.get(text.lower()) or loose.get(_ALSO.get((of, spelt), spelt))
    if member is None:
        raise _wrong(path, "unknown-value", f"must be one of {', '.join(words)}")
    return member


def _text(value: _Json, path: str) -> str:
    if not isinstance(value, str) or isinstance(value, Number):
        raise _wrong(path, "bad-value", "must be text")
    if len(value) > _CHARACTERS_MAX or _UNPRINTABLE.search(value):
        raise _wrong(path, "bad-value", f"must have at most {_CHARACTERS_MAX} characters, and no control characters")
    return value.strip()


def _flag(value: _Json, path: str) -> bool:
    if isinstance(value, bool):
        return value
    raise _wrong(path, "bad-value", "must be true or false")


def _count(value: _Json, path: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,10}", value) and abs(int(value)) <= _COUNT_MAX:
        return int(value)
    raise _wrong(path, "bad-value", "must be a whole number")


def _decimal(value: _Json, path: str) -> Decimal:
    try:
        return exact(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _wrong(path, "not-a-number", 'must be a number, as text such as "0.25"') from error


def _moment(value: _Json, path: str) -> datetime:
    # In a query a plus that nobody has escaped arrives as a blank.
    text = re.sub(r" ([0-9]{2}:[0-9]{2})$", r"+\1", _text(value, path))
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _wrong(path, "bad-time", "must be a moment such as 2026-01-05T15:00:00Z") from error


def _clock(value: _Json, path: str) -> time:
    try:
        clock = time.fromisoformat(_text(value, path))
    except ValueError as error:
        raise _wrong(path, "bad-time", "must be a time of day such as 09:30") from error
    if clock.tzinfo is not None:
        raise _wrong(path, "bad-time", "must be a time of day without a zone")
    return clock


def _span(value: _Json, path: str) -> timedelta:
    seconds = _count(value, path)
    if not 0 <= seconds <= _SECONDS_MAX:
        raise _wrong(path, "bad-value", f"must be from 0 to {_SECONDS_MAX} seconds")
    return timedelta(seconds=seconds)


_PLAIN: Final = {
    str: _text,
    bool: _flag,
    int: _count,
    Decimal: _decimal,
    datetime: _moment,
    time: _clock,
    timedelta: _span,
}
