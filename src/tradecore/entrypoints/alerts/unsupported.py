"""Refuse what an alert asks for and tradecore would otherwise leave out in silence."""

from typing import Final

from tradecore.domain.signals import Signal
from tradecore.entrypoints.alerts.body import Fields
from tradecore.entrypoints.alerts.dialects import (
    ACTION,
    MARKET_ORDERS,
    OPTION,
    ORDER_TYPE,
    POSITION,
    PROTECTION,
    SIDE,
    TEMPLATE,
    plain,
)
from tradecore.entrypoints.alerts.fields import is_empty, text_of, yes_or_no
from tradecore.entrypoints.alerts.unreadable import UnreadableError, shown

_CODES: Final = ("enterlong", "entershort", "exitlong", "exitshort", "exitall")


def refuse_foreign(fields: Fields) -> None:
    """Refuse a body whose one word for what to do is a code of WunderTrading's."""
    if any(fields.among((*ACTION, *SIDE, *POSITION))):
        return
    for name, value in fields.among(("code",)):
        if isinstance(value, str) and plain(value).startswith(_CODES):
            message = f"`{name}` holds a code of WunderTrading's, not read here. Send JSON such as:\n{TEMPLATE}"
            raise UnreadableError.of("unsupported", message, name)


def refuse_unsupported(fields: Fields, signal: Signal) -> None:
    """Refuse another order than the plain market order that tradecore sends."""
    if signal is Signal.HOLD:
        return
    _refuse_order_type(fields)
    _refuse(fields, OPTION, "options are not traded here: leave it out")
    # An exit needs neither stop nor target, and must not stumble over a template's.
    if not signal.is_entry:
        return
    _refuse(fields, PROTECTION, "is not taken from alerts: set the bot's stop and target, and leave it out")
    _refuse(fields, ("riskpercentage",), "is not taken from alerts: set the bot's sizing, and leave it out")
    _refuse(fields, ("reduceonly",), "cannot be kept by an entry: send close instead, or leave it out")


def _refuse_order_type(fields: Fields) -> None:
    for name, value in fields.among(ORDER_TYPE):
        text = text_of(name, value)
        if text and plain(text) not in MARKET_ORDERS:
            message = f"`{name}` {shown(text)} is not done: alerts become market orders. Leave it out."
            raise UnreadableError.of("unsupported", message, name)
    for name, value in fields.among(("ismarket",)):
        if not yes_or_no(name, value):
            message = f"`{name}` must be true: alerts become market orders."
            raise UnreadableError.of("unsupported", message, name)


def _refuse(fields: Fields, names: tuple[str, ...], why: str) -> None:
    for name, value in fields.among(names):
        if not is_empty(value):
            raise UnreadableError.of("unsupported", f"`{name}` {why}.", name)
