"""Write one JSON line for each thing that happened, and never a secret."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from logging.handlers import RotatingFileHandler, WatchedFileHandler
from pathlib import Path
from threading import Lock
from typing import Any, Final, TextIO, final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

MASK: Final = "***"
LOG_NAME: Final = "tradecore.log"
_FILE_BYTES_MAX: Final = 10 * 1024 * 1024
_FILES_KEPT: Final = 5
# Shorter than this it is a word, and masking it everywhere would make the log unreadable.
_SECRET_CHARACTERS_MIN: Final = 6

# So many are looked for one by one; of more, only those whose beginning stands in the text.
_ONE_BY_ONE_MAX: Final = 32

_FIRST: Final = ("timestamp", "level", "event")

_SECRET_KEY: Final = re.compile(
    r"secret|passw|passphrase|api_?key|encryption_?key|credential|authorization|cookie|(^|_)token$|(^|_)pin$",
    re.IGNORECASE,
)
# Our own tokens, what follows `token=` in an address, what stands before the host there, and what a Bearer or Basic
# header carries; each with what no such text can be without, which is quicker to look for.
_HEADER: Final = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {MASK}"
_SECRET_FORMS: Final = (
    ("_", re.compile(r"\b(usr|read|api|bot|sys|ses|inv)_[A-Za-z0-9_-]{16,}"), rf"\1_{MASK}"),
    ("=", re.compile(r"\b((?:access_)?token|secret|api_?key|password)=[^\s&\"']+", re.IGNORECASE), rf"\1={MASK}"),
    ("@", re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"), MASK),
    *((blank, *_HEADER) for blank in " \t\n"),
)


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return _SECRET_KEY.search(name) is not None


@final
class Redactor:
    """Masks secrets: those it was told of wherever they stand, others by their names and forms."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: tuple[str, ...] = ()
        self._shortest = 0
        self._by_head: dict[str, tuple[str, ...]] = {}
        self._lock = Lock()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these from now on, too."""
        fresh = {secret for secret in secrets if len(secret) >= _SECRET_CHARACTERS_MIN}
        with self._lock:
            if fresh <= set(self._known):
                return
            # The longest first: one secret may be a part of another.
            known = tuple(sorted({*self._known, *fresh}, key=len, reverse=True))
            heads: dict[str, tuple[str, ...]] = {}
            for secret in known:
                heads[secret[:_SECRET_CHARACTERS_MIN]] = (*heads.get(secret[:_SECRET_CHARACTERS_MIN], ()), secret)
            self._by_head, self._known, self._shortest = heads, known, min(map(len, known))

    def text(self, text: str) -> str:
        """Return *text* without secrets."""
        if len(text) >= self._shortest:
            for secret in self._known if len(self._known) <= _ONE_BY_ONE_MAX else self._among(text):
                text = text.replace(secret, MASK)
        for mark, form, mask in _SECRET_FORMS:
            if mark in text:
                text = form.sub(mask, text)
        return text

    def _among(self, text: str) -> list[str]:
        """Return the secrets that may stand in *text*, the longest first."""
        size = _SECRET_CHARACTERS_MIN
        heads = {text[at : at + size] for at in range(len(text) - size + 1)} & self._by_head.keys()
        return sorted((secret for head in heads for secret in self._by_head[head]), key=len, reverse=True)

    def value(self, name: str, value: object) -> object:
        """Return what may be shown of the *value* that is called *name*."""
        if _is_secret(name) and value not in (None, "", 0, False):
            return MASK
        match value:
            case str():
                return self.text(value)
            case None | bool() | int() | float():
                return value
            case list() | tuple() | set() | frozenset():
                return [self.value("", inner) for inner in value]
            case Mapping():
                return {self.text(str(key)): self.value(str(key), inner) for key, inner in value.items()}
            case _:
                return self.text(str(value))

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Mask a whole line, as a processor of structlog."""
        return {name: self.value(name, value) for name, value in event.items()}


# The one that every line goes through. Whoever reads a secret from anywhere lets it learn it.
redactor: Final = Redactor()


@final
class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Ours, so that it can be told from others' when it is taken away."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; it is made once for all handlers, and for the look whether the file is full."""
        made: dict[object, str] = record.__dict__.setdefault("made_by_tradecore", {})
        if self not in made:
            made[self] = super().format(record)
        return made[self]


def set_up(folder: Path | None, level: str, screen: TextIO | None = None) -> None:
    """Log to `logs/tradecore.log` in *folder*, and to *screen* in the form that suits it: for people on a terminal."""
    for_machines = _for_machines()
    handlers = [_to_screen(sys.stderr if screen is None else screen, for_machines)]
    if folder is not None:
        handlers.append(_to_file(folder / "logs", for_machines))
    _set_up(handlers, level)


def set_up_beside(folder: Path, level: str) -> None:
    """Log as a command does: into the log of the process on *folder*, which alone turns it over; else to the screen."""
    place = folder / "logs"
    if not place.is_dir():
        set_up(None, level)
        return
    handler = WatchedFileHandler(place / LOG_NAME, encoding="utf-8", delay=True)
    handler.setFormatter(_for_machines())
    _set_up([handler], level)


def _set_up(handlers: Iterable[logging.Handler], level: str) -> None:
    take_down()
    root = logging.getLogger()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level.upper())
    # What others log of every request or statement says nothing that ours does not.
    for noisy in ("uvicorn", "alembic", "httpx", "httpcore", "urllib3"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def take_down() -> None:
    """Undo `set_up`; a repeat is harmless."""
    root = logging.getLogger()
    for handler in tuple(root.handlers):
        if isinstance(handler.formatter, _Formatter):
            root.removeHandler(handler)
            handler.close()
    structlog.reset_defaults()


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _ordered(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put first what people look for first."""
    first = {name: event.pop(name) for name in _FIRST if name in event}
    return {**first, **event}


def _for_machines() -> _Formatter:
    render = structlog.processors.JSONRenderer(default=str)
    return _formatter(structlog.processors.format_exc_info, redactor, _ordered, render)


def _for_people() -> _Formatter:
    # Not the renderer's own traceback: it shows what the variables held.
    render = structlog.dev.ConsoleRenderer(colors=True, exception_formatter=structlog.dev.plain_traceback)
    return _formatter(structlog.processors.format_exc_info, redactor, render)


def _formatter(*last: Processor) -> _Formatter:
    drop: Any = _Formatter.remove_processors_meta
    return _Formatter(foreign_pre_chain=_shared(), processors=[drop, *last])


def _to_screen(screen: TextIO, for_machines: _Formatter) -> logging.Handler:
    handler = logging.StreamHandler(screen)
    handler.setFormatter(_for_people() if screen.isatty() else for_machines)
    return handler


def _to_file(folder: Path, for_machines: _Formatter) -> logging.Handler:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        folder / LOG_NAME, maxBytes=_FILE_BYTES_MAX, backupCount=_FILES_KEPT, encoding="utf-8", delay=True)  # fmt: skip
    handler.setFormatter(for_machines)
    return handler
