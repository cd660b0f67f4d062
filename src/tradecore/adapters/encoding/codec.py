"""Write domain values as text, and read them back or say that they are unreadable."""

import json
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any, Final, Generic, TypeVar, final

from cattrs import BaseValidationError, ForbiddenExtraKeysError

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
from tradecore.domain.signals import Alert
from tradecore.domain.trades import Fill, Share, Trade

_Value = TypeVar("_Value")

_CONVERTER: Final = strict_converter()
_WRITER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
# All that a text of ours can be broken by; a domain value that refuses to be built is among them.
_UNREADABLE: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
    BaseValidationError, ForbiddenExtraKeysError,
)  # fmt: skip


@final
class Form(Generic[_Value]):
    """How one type of value is written and read."""

    def __init__(self, of: Any) -> None:  # noqa: ANN401 - a union is no type to the type checker
        self._of = of

    def write(self, value: _Value) -> str:
        """Return *value* as text."""
        return _WRITER.encode(self._take_apart(value))

    def read(self, text: str) -> _Value:
        """Return the value that was written as *text*; `MalformedError` where it is none."""
        try:
            return self._put_together(json.loads(text), self._of)
        except _UNREADABLE as error:
            name = getattr(self._of, "__name__", str(self._of))
            message = f"what is stored is no {name}: {type(error).__name__}: {error}"
            raise MalformedError(message) from error

    @cached_property
    def _take_apart(self) -> Callable[[_Value], Any]:
        return _CONVERTER.get_unstructure_hook(self._of)

    @cached_property
    def _put_together(self) -> Callable[[Any, Any], _Value]:
        return _CONVERTER.get_structure_hook(self._of)


EVENT: Final[Form[Event]] = Form(Event)
COMMAND: Final[Form[Command]] = Form(Command)
BOOK: Final[Form[Book]] = Form(Book)
FACTS: Final[Form[Facts]] = Form(Facts)
DECISION: Final[Form[Decision]] = Form(Decision)
ALERT: Final[Form[Alert]] = Form(Alert)
GATES: Final[Form[tuple[Judgement, ...]]] = Form(tuple[Judgement, ...])
ORDER: Final[Form[Order]] = Form(Order)
FILL: Final[Form[Fill]] = Form(Fill)
TRADE: Final[Form[Trade]] = Form(Trade)
SHARE: Final[Form[Share]] = Form(Share)
USER: Final[Form[User]] = Form(User)
ACCOUNT: Final[Form[Account]] = Form(Account)
BOT: Final[Form[Bot]] = Form(Bot)
TOKEN: Final[Form[Token]] = Form(Token)
HALT: Final[Form[Halt]] = Form(Halt)
INSTRUMENT: Final[Form[Instrument]] = Form(Instrument)

# The same few are read all the time, and the same text is always the same instrument.
read_instrument: Final = lru_cache(maxsize=1024)(INSTRUMENT.read)
