"""Make a body fit for storing and showing: as it came, without its secrets."""

import json
import re
from collections.abc import Iterable
from typing import Final

from tradecore.entrypoints.alerts.body import BODY_BYTES_MAX, clean
from tradecore.entrypoints.alerts.dialects import is_secret_name, may_hold_secret_name

MASK: Final = "***"
# A secret that is quoted elsewhere in the body is masked there too, unless it is too short to be one.
_SECRET_CHARACTERS_MIN: Final = 6
_SECRETS_MAX: Final = 50

_DECODER: Final = json.JSONDecoder()
# Possessive, and with the last quote left open, so that no body takes more than one pass.
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*+)"?', re.DOTALL)
_COLON: Final = re.compile(r"\s*+:\s*+")
_LOOSE_NAME: Final = re.compile(
    r"(?<![A-Za-z0-9_.-])([A-Za-z0-9_.-]++)(?:\\{0,4}[\"'])?\s{0,8}[:=]\s{0,8}(?:(?:Bearer|Basic)\s{1,8})?"
)
_LOOSE_VALUE: Final = re.compile(
    r"\"(?:[^\"\\]|\\.)*+\"?|'[^']*+'?|\\{1,4}[\"'][^\"'\\]*+|[^\s,;&\"'{}\[\]()\\]++", re.DOTALL
)
# Text dialects that carry a licence or a bot's code in the open, and our own tokens.
_BARE: Final = (
    (re.compile(r"\A\s*\w{1,60}(?=\s*,\s*(?:buy|sell|long|short|close|exit|cancel))", re.IGNORECASE), MASK),
    (re.compile(r"((?:ENTER|EXIT)-(?:LONG|SHORT|ALL))_[^\s\"]++", re.IGNORECASE), rf"\1_{MASK}"),
    (re.compile(r"\b(usr|bot|sys|api|read)_[A-Za-z0-9_-]{16,}+"), rf"\1_{MASK}"),
)


def redacted(body: bytes) -> str:
    """Return *body* as text, the values of secret-like fields masked, at most 64 KiB long."""
    text = clean(body[:BODY_BYTES_MAX].decode(errors="replace")).removeprefix("\ufeff")
    secrets: set[str] = set()
    # A name may be written with escapes, which is seldom, and takes the longer way.
    if "\\" in text or may_hold_secret_name(text):
        text, secrets = _mask_fields(text)
    text = masked(text, sorted(secrets, key=len, reverse=True)[:_SECRETS_MAX])
    return text.encode()[:BODY_BYTES_MAX].decode(errors="ignore")


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """Return *text* without the *secrets*, and without what looks like one."""
    for secret in secrets:
        if len(secret) >= _SECRET_CHARACTERS_MIN:
            text = text.replace(secret, MASK)
    if may_hold_secret_name(text):
        text = _mask_loose(text)
    for form, mask in _BARE:
        text = form.sub(mask, text)
    return text


def _mask_fields(text: str) -> tuple[str, set[str]]:
    """Mask the values of JSON's fields, also in JSON that is broken further on."""
    parts: list[str] = []
    secrets: set[str] = set()
    done = at = 0
    while name := _STRING.search(text, at):
        at = name.end()
        colon = _COLON.match(text, at)
        if colon is None or not is_secret_name(_unescaped(name[0], name[1])):
            continue
        at = _end_of_value(text, colon.end())
        value = text[colon.end() : at].strip('"')
        secrets.add(value)
        parts += text[done : colon.end()], f'"{MASK}"'
        done = at
    return "".join((*parts, text[done:])), secrets


def _unescaped(quoted: str, inner: str) -> str:
    try:
        return str(json.loads(quoted)) if "\\" in inner else inner
    except ValueError:
        return inner


def _end_of_value(text: str, start: int) -> int:
    try:
        return _DECODER.raw_decode(text, start)[1]
    except RecursionError:
        return len(text)
    except ValueError:
        if text[start : start + 1] in {"{", "["}:
            return len(text)  # A broken object: nobody knows where it ends.
        value = _LOOSE_VALUE.match(text, start)
        return value.end() if value else start


def _mask_loose(text: str) -> str:
    """Mask ``token=...`` and the like, wherever it stands in the text."""
    parts: list[str] = []
    done = at = 0
    while name := _LOOSE_NAME.search(text, at):
        at = name.end()
        value = _LOOSE_VALUE.match(text, at)
        if value is None or not is_secret_name(name[1]) or value[0].strip("\"'\\") == MASK:
            continue
        quote = value[0][0] if value[0][0] in "\"'" else ""
        parts += text[done:at], f"{quote}{MASK}{quote}"
        done = at = value.end()
    return "".join((*parts, text[done:]))
