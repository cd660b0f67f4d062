"""Write domain values as text, and read them back or say that they are unreadable."""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final, Generic, TypeVar, final

from cattrs import BaseValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn

from tradecore.adapters.encoding.converter import strict_converter
from tradecore.domain.book import Book
from tradecore.domain.commands import Command
from tradecore.domain.decisions import Decision
from tradecore.domain.errors import MalformedError
from tradecore.domain.events import Event
from tradecore.domain.facts import Facts
from tradecore.domain.instruments import Instrument
from tradecore.domain.limits import Judgement
from tradecore.domain.orders import Order
from tradecore.domain.parties import Account, Bot, Halt, Token, User
from tradecore.domain.protection import Distance, Protection, is_out_of_reach
from tradecore.domain.signals import Alert
from tradecore.domain.trades import Fill, Share, Trade

_Value = TypeVar("_Value")

_CONVERTER: Final = strict_converter()
_READ_PROTECTION: Final = make_dict_structure_fn(
    Protection, _CONVERTER, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=False
)


def _read_protection(stored: dict[str, Any], of: type[Protection]) -> Protection:
    """Read a stop of 100 % and more as none: such could be stored once, and protected nothing."""
    stop = stored.get("stop")
    if stop is not None and is_out_of_reach(_CONVERTER.structure(stop, Distance)):
        stored = {name: value for name, value in stored.items() if name != "stop"}
    return _READ_PROTECTION(stored, of)


_CONVERTER.register_structure_hook(Protection, _read_protection)
# Frozen values hold no circles that would have to be looked for.
_WRITER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False)
# How many values and texts of each form are remembered; beyond that it begins anew.
_REMEMBERED_MAX: Final = 512
# All that a text of ours can be broken by; a domain value that refuses to be built is among them.
_UNREADABLE: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
    BaseValidationError, ForbiddenExtraKeysError,
)  # fmt: skip


@final
class Form(Generic[_Value]):
    """How one type of value is written and read.

    A form that *remembers* writes a value once, and reads a text that it knows as the very same value: a book is read
    again as soon as it is written, and whoever trades is read for every alert. Its values must not be able to change.
    """

    def __init__(self, of: Any, *, remembers: bool = False) -> None:  # noqa: ANN401 - a union is no type to the type checker
        self.of = of
        self._remembers = remembers
        self._values: dict[str, _Value] = {}
        self._texts: dict[int, tuple[_Value, str]] = {}

    def write(self, value: _Value) -> str:
        """Return *value* as text."""
        known = self._texts.get(id(value))
        if known is not None:
            return known[1]
        text = _WRITER.encode(self._take_apart(value))
        if self._remembers:
            # The value is kept beside its text, so that no other gets its id.
            self._texts[id(value)] = value, text
            self._remember(text, value)
        return text

    def read(self, text: str) -> _Value:
        """Return the value that was written as *text*; `MalformedError` where it is none."""
        known = self._values.get(text)
        if known is not None:
            return known
        try:
            value = self._put_together(json.loads(text), self.of)
        except _UNREADABLE as error:
            name = getattr(self.of, "__name__", str(self.of))
            message = f"what is stored is no {name}: {type(error).__name__}: {error}"
            raise MalformedError(message) from error
        if self._remembers:
            self._remember(text, value)
        return value

    def _remember(self, text: str, value: _Value) -> None:
        if len(self._values) + len(self._texts) >= _REMEMBERED_MAX:
            self._values.clear()
            self._texts.clear()
        self._values[text] = value

    @cached_property
    def _take_apart(self) -> Callable[[_Value], Any]:
        return _CONVERTER.get_unstructure_hook(self.of)

    @cached_property
    def _put_together(self) -> Callable[[Any, Any], _Value]:
        return _CONVERTER.get_structure_hook(self.of)


EVENT: Final[Form[Event]] = Form(Event, remembers=True)
COMMAND: Final[Form[Command]] = Form(Command)
BOOK: Final[Form[Book]] = Form(Book, remembers=True)
FACTS: Final[Form[Facts]] = Form(Facts)
DECISION: Final[Form[Decision]] = Form(Decision)
ALERT: Final[Form[Alert]] = Form(Alert)
GATES: Final[Form[tuple[Judgement, ...]]] = Form(tuple[Judgement, ...])
ORDER: Final[Form[Order]] = Form(Order, remembers=True)
FILL: Final[Form[Fill]] = Form(Fill)
TRADE: Final[Form[Trade]] = Form(Trade)
SHARE: Final[Form[Share]] = Form(Share, remembers=True)
USER: Final[Form[User]] = Form(User, remembers=True)
ACCOUNT: Final[Form[Account]] = Form(Account, remembers=True)
BOT: Final[Form[Bot]] = Form(Bot, remembers=True)
TOKEN: Final[Form[Token]] = Form(Token, remembers=True)
HALT: Final[Form[Halt]] = Form(Halt, remembers=True)
INSTRUMENT: Final[Form[Instrument]] = Form(Instrument, remembers=True)
