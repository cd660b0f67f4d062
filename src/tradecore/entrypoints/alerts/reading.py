"""Read an alert's body: what it says, before anyone knows whose it is."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Final

from attrs import field, frozen

from tradecore.domain.instruments import Named
from tradecore.domain.money import ONE, ZERO
from tradecore.domain.signals import Direction, Signal, Size, SizeUnit, Strategy
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.alerts.body import BODY_BYTES_MAX, Fields, Value, open_body
from tradecore.entrypoints.alerts.dialects import (
    ACCOUNT,
    ALERT_ID,
    COMMENT,
    EXCHANGE,
    FIRED_AT,
    PRICE,
    QUANTITY,
    QUANTITY_TYPE,
    SECRET,
    SIZE_UNITS,
    SYMBOL,
    TEMPLATE,
    TIMEFRAME,
    plain,
)
from tradecore.entrypoints.alerts.fields import (
    agreed,
    conflict,
    moment_of,
    name_text_of,
    number_of,
    spoken,
    symbol_of,
    text_of,
    timeframe_of,
)
from tradecore.entrypoints.alerts.intents import previous_of, signal_of, strategy_of
from tradecore.entrypoints.alerts.redaction import masked, redacted
from tradecore.entrypoints.alerts.unreadable import Unreadable, UnreadableError, shown
from tradecore.entrypoints.alerts.unsupported import refuse_foreign, refuse_unsupported

__all__ = ["BODY_BYTES_MAX", "TEMPLATE", "Form", "Reading", "Unreadable", "read", "redacted"]

_COMMENT_CHARACTERS_MAX: Final = 500
_UNITS: Final = "fixed_quantity, dollar_amount, risk_dollar_amount or percent_of_equity"


class Form(Enum):
    """Which of the two bots' forms the body has, or neither's."""

    EQUITIES = "equities"
    FUTURES = "futures"
    OTHER = "other"


@frozen(kw_only=True)
class Reading:
    """What a body says. `fired_at` is aware UTC, and never the bar's opening.

    `symbol_text` is as the alert wrote it, in capitals and without the exchange.
    """

    signal: Signal
    symbol: Named
    symbol_text: str
    timeframe: Timeframe | None
    size: Size | None
    price: Decimal | None
    fired_at: datetime | None
    strategy: Strategy | None
    previous: Direction | None
    alert_id: str | None
    account: str | None
    comment: str
    form: Form
    secret: str | None = field(repr=False)


def read(body: bytes) -> Reading | Unreadable:
    """Read *body* by its content alone; never raises."""
    try:
        return _reading(open_body(body))
    except UnreadableError as error:
        return error.answer


def _reading(fields: Fields) -> Reading:
    refuse_foreign(fields)
    form = _form(fields)
    symbol_text, symbol = _symbol(fields)
    strategy = strategy_of(fields)
    signal = signal_of(fields, strategy)
    refuse_unsupported(fields, signal)
    secret = _first_name(fields, SECRET)
    timeframe = agreed(fields, TIMEFRAME, timeframe_of)
    account = _first_name(fields, ACCOUNT)
    return Reading(
        signal=signal,
        symbol=symbol,
        symbol_text=symbol_text,
        timeframe=timeframe[1] if timeframe else None,
        size=_size(fields, signal, form),
        price=_price(fields, signal),
        fired_at=_fired_at(fields),
        strategy=strategy,
        previous=previous_of(fields),
        alert_id=_first_name(fields, ALERT_ID),
        account=account.lower() if account else None,
        comment=_comment(fields),
        form=form,
        secret=secret,
    )


def _form(fields: Fields) -> Form:
    if fields.has("secret") or fields.has("signal"):
        return Form.FUTURES
    return Form.EQUITIES if fields.has("action") and fields.has("symbol") else Form.OTHER


def _symbol(fields: Fields) -> tuple[str, Named]:
    kept: tuple[str, tuple[str, Named]] | None = None
    for name, value in fields.among(SYMBOL):
        found = symbol_of(name, value)
        if found is None:
            continue
        if kept is None:
            kept = name, found
        elif not _same(kept[1][1], found[1]):
            raise conflict(kept[0], name)
    if kept is None:
        message = 'The alert does not say what to trade: add "symbol" with a ticker, such as AAPL or MES1!.'
        raise UnreadableError.of("missing-field", message, "symbol")
    for name, value in fields.among(EXCHANGE):
        exchange = text_of(name, value).upper()
        if exchange.endswith(("_DL", "_DLY")):
            message = f"`{name}` {shown(exchange)} is a delayed feed: its prices are too old to trade on."
            raise UnreadableError.of("bad-symbol", message, name)
    return kept[1]


def _same(one: Named, other: Named) -> bool:
    """Tell whether two names mean one thing; a pair of currencies is written with and without a stroke."""
    return one.month == other.month and one.root.replace("/", "") == other.root.replace("/", "")


def _size(fields: Fields, signal: Signal, form: Form) -> Size | None:
    unit = agreed(fields, QUANTITY_TYPE, _unit)
    zero_is_unset = _zero_is_unset(fields, signal)
    told = agreed(
        fields,
        QUANTITY,
        lambda name, value: _positive(name, value, "bad-size", zero_is_unset=zero_is_unset),
    )
    if told is not None:
        return Size(amount=told[1], unit=unit[1] if unit else SizeUnit.UNITS)
    return Size(amount=ONE, stated=False) if form is Form.FUTURES else None


def _zero_is_unset(fields: Fields, signal: Signal) -> bool:
    """Tell whether 0 means "not given".

    It does in PickMyTrade's form (known by `data`), whose templates fill all unused numbers so; and beside an
    exit, which takes what is there and must not stumble over a number that it does not need.
    """
    return fields.has("data") or not signal.is_entry


def _unit(name: str, value: Value) -> SizeUnit:
    text = text_of(name, value)
    unit = SIZE_UNITS.get(plain(text))
    if unit is None:
        message = f"`{name}` {shown(text)} is not done here: send {_UNITS}."
        raise UnreadableError.of("unsupported", message, name)
    return unit


def _price(fields: Fields, signal: Signal) -> Decimal | None:
    """Return the first price; the order's and the bar's may differ, and both be right."""
    first: Decimal | None = None
    for name, value in fields.among(PRICE):
        price = _positive(name, value, "bad-price", zero_is_unset=_zero_is_unset(fields, signal))
        first = price if first is None else first
    return first


def _positive(name: str, value: Value, code: str, *, zero_is_unset: bool) -> Decimal | None:
    if zero_is_unset and isinstance(value, str) and not value.strip():
        return None
    number = number_of(name, value)
    if number < ZERO or (number == ZERO and not zero_is_unset):
        raise UnreadableError.of(code, f"`{name}` must be above zero, not {shown(number)}.", name)
    return number or None


def _fired_at(fields: Fields) -> datetime | None:
    """Return the first firing time; `timenow` knows best, and the others may be the bar's."""
    moments = [moment_of(name, value) for name, value in fields.among(FIRED_AT)]
    return moments[0] if moments else None


def _first_name(fields: Fields, names: tuple[str, ...]) -> str | None:
    found = [text for name, value in fields.among(names) if (text := name_text_of(name, value))]
    return found[0] if found else None


def _comment(fields: Fields) -> str:
    text = next((text for _, value in fields.among(COMMENT) if (text := spoken(value))), "")
    secrets = [secret for name, value in fields.among(SECRET) if (secret := name_text_of(name, value))]
    return masked(text, secrets)[:_COMMENT_CHARACTERS_MAX].strip() if text else ""
