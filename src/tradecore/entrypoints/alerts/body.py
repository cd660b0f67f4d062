"""Take an alert's body apart into fields, strictly, by its content alone."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from attrs import frozen

from tradecore.entrypoints.alerts.dialects import PARENTS, TEMPLATE, plain
from tradecore.entrypoints.alerts.unreadable import BAD_REQUEST, TOO_LARGE, UnreadableError, shown

BODY_BYTES_MAX: Final = 64 * 1024
_NESTING_MAX: Final = 20
_NAME_CHARACTERS_MAX: Final = 60

Value: TypeAlias = "str | bool | list[Value] | dict[str, Value] | None"


class Number(str):
    """A JSON number as it was spelt, so that no digit is lost on the way to `Decimal`."""

    __slots__ = ()


class _Constant(Number):
    """`NaN` or `Infinity`, which Python's parser would let pass."""

    __slots__ = ()


@frozen
class Fields:
    """The fields of a body by plain name; what is null is not there."""

    _found: Mapping[str, Sequence[tuple[str, Value]]]

    def has(self, name: str) -> bool:
        """Tell whether the body carries the field."""
        return name in self._found

    def among(self, names: Iterable[str]) -> list[tuple[str, Value]]:
        """Return those of *names* that are there, as the body spells them, with their values."""
        found = self._found
        if found.keys().isdisjoint(names):  # Mostly so, and quick to see.
            return []
        return [pair for name in names if name in found for pair in found[name]]

    def like(self, form: re.Pattern[str]) -> list[tuple[str, Value]]:
        """Return those whose plain name, without what they are nested in, has the *form*; as `among` does."""
        return [
            pair for name, pairs in self._found.items() if form.fullmatch(name.rpartition(".")[2]) for pair in pairs
        ]


def open_body(body: bytes) -> Fields:
    """Return the fields of *body*; `UnreadableError` says what is wrong with it."""
    if len(body) > BODY_BYTES_MAX:
        message = f"The body has {len(body)} bytes, and {BODY_BYTES_MAX} are allowed: send less."
        raise UnreadableError.of("too-large", message, status=TOO_LARGE)
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        message = f"The body is not UTF-8 text: byte {error.start} cannot be read."
        raise UnreadableError.of("bad-json", message, status=BAD_REQUEST) from error
    if not text.startswith(("{", "[")):
        raise _no_json(text)
    try:
        value: Value = _DECODER.decode(text)
        _inspect(value, "", 0)
    except json.JSONDecodeError as error:
        raise _bad_json(text, error) from error
    except RecursionError as error:
        raise _too_deep() from error
    if not isinstance(value, dict):
        message = "The body is a list of alerts: send each alert as an object of its own."
        raise UnreadableError.of("array", message, status=BAD_REQUEST)
    found: dict[str, list[tuple[str, Value]]] = {}
    _flatten(value, "", "", found)
    return Fields(found)


def _object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        message = f"The body has the field {shown(twice)} twice: send it once."
        raise UnreadableError.of("duplicate-field", message, _name(twice), BAD_REQUEST)
    return found


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_int=Number, parse_constant=_Constant
)


def _inspect(value: Value, path: str, depth: int) -> None:
    """Refuse, wherever it stands, what must never stand in an alert."""
    if depth > _NESTING_MAX:
        raise _too_deep()
    match value:
        case _Constant():
            field = _name(path) or None
            message = f"`{field}` is {value}, which is no number: send a number, or leave the field out."
            raise UnreadableError.of("not-a-number", message, field)
        case str():
            if "{{" in value:
                raise _placeholder(_name(path) or None)
        case dict():
            for name, inner in value.items():
                _inspect(inner, f"{path}.{name}" if path else name, depth + 1)
        case list():
            for index, inner in enumerate(value):
                _inspect(inner, f"{path}[{index}]", depth + 1)
        case _:
            pass


def _flatten(value: dict[str, Value], path: str, spelt: str, found: dict[str, list[tuple[str, Value]]]) -> None:
    for name, inner in value.items():
        key, as_spelt = path + plain(name), _name(spelt + name)
        if inner is None:
            continue
        found.setdefault(key, []).append((as_spelt, inner))
        if isinstance(inner, dict) and key in PARENTS:
            _flatten(inner, f"{key}.", f"{as_spelt}.", found)


def _name(text: str) -> str:
    return clean(text)[:_NAME_CHARACTERS_MAX]


def clean(text: str) -> str:
    """Replace what no database takes: NUL, and halves of characters."""
    # Nearly every text is plain, which is quickly seen.
    return text if text.isascii() and "\0" not in text else _UNSTORABLE.sub("\ufffd", text)


_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")

# ---------------------------------------------------------------- what is no JSON

_PASTE: Final = f"Set the alert's message to JSON, such as:\n{TEMPLATE}"
_PLACEHOLDER: Final = re.compile(r"\{\{\s*[A-Za-z_]")
_LAST_NAME: Final = re.compile(r'"([^"\\]{1,60})"\s*:\s*[-"]?$')
_NO_NUMBER: Final = re.compile(r"-?(na|nan|n/a|inf|infinity|undefined|none|∞)\b", re.IGNORECASE)
# Text dialects of peers: a command language, a list with commas, a bare code.
_FOREIGN: Final = (
    ("Alertatron", re.compile(r"[\w-]{1,60}\([\w:./!-]{1,40}\)\s*\{")),
    (
        "PineConnector",
        re.compile(r"\w{1,60}\s*,\s*(buy|sell|long|short|close|exit|cancel)\w{0,30}\s*,", re.IGNORECASE),
    ),
    ("WunderTrading", re.compile(r"(ENTER|EXIT)-(LONG|SHORT|ALL)(?![A-Za-z])", re.IGNORECASE)),
)
_FILLED: Final = re.compile(r"\bfilled on\b|\bNew strategy position\b")


def _placeholder(field: str | None) -> UnreadableError:
    where = f"`{field}` holds" if field else "The body holds"
    message = (
        f"{where} a placeholder in double braces that TradingView did not fill in: check its spelling. "
        "Those of strategies are filled in for strategies only: elsewhere write buy, sell or close."
    )
    return UnreadableError.of("placeholder", message, field)


def _too_deep() -> UnreadableError:
    message = f"The body is nested too deeply: {_NESTING_MAX} levels are allowed."
    return UnreadableError.of("bad-json", message, status=BAD_REQUEST)


def _no_json(text: str) -> UnreadableError:
    if not text:
        return UnreadableError.of("empty", f"The body is empty. {_PASTE}", status=BAD_REQUEST)
    for peer, form in _FOREIGN:
        if form.match(text):
            return UnreadableError.of("unsupported", f"The body is in {peer}'s own language. {_PASTE}")
    if _PLACEHOLDER.search(text):
        return _placeholder(None)
    if _FILLED.search(text) or (text[0].isalnum() and len(text.split(None, 1)) > 1 and not {'"', "="} & set(text)):
        message = f"The body is a sentence, as TradingView writes it by default. {_PASTE}"
        return UnreadableError.of("default-prose", message, status=BAD_REQUEST)
    return UnreadableError.of("bad-json", f"The body is not a JSON object. {_PASTE}", status=BAD_REQUEST)


def _bad_json(text: str, error: json.JSONDecodeError) -> UnreadableError:
    if left := _PLACEHOLDER.search(text):
        return _placeholder(_field_before(text, left.start()))
    field = _field_before(text, error.pos)
    if field and _NO_NUMBER.match(text, error.pos):
        message = f"`{field}` is no number: TradingView had no value for it. Send a number, or leave the field out."
        return UnreadableError.of("not-a-number", message, field)
    where = f"line {error.lineno}, column {error.colno}"
    at = f", at `{field}`" if field else ""
    message = f"The body is not valid JSON: {error.msg} in {where}{at}. Mind quotes and commas."
    return UnreadableError.of("bad-json", message, field, BAD_REQUEST)


def _field_before(text: str, position: int) -> str | None:
    """Return the name of the field whose value begins at *position*."""
    name = _LAST_NAME.search(text, max(0, position - 200), position)
    return clean(name[1]) if name else None
