"""Refuse what an alert asks for and tradecore would otherwise leave out in silence."""

from typing import Final

from tradecore.domain.signals import Signal
from tradecore.entrypoints.alerts.body import Fields, Value
from tradecore.entrypoints.alerts.dialects import (
    ACTION,
    MARKET_ORDERS,
    OPTION,
    ORDER_PRICE,
    ORDER_TYPE,
    OTHER_ORDERS,
    POSITION,
    PROTECTION,
    SIDE,
    TEMPLATE,
    USUAL_WORDS,
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
    _refuse(fields.among(OPTION), "options are not traded here: leave it out")
    # An exit needs neither price nor stop nor target, and must not stumble over a template's.
    if not signal.is_entry:
        return
    _refuse(fields.like(ORDER_PRICE), "is not done: alerts become market orders. Leave it out")
    _refuse(fields.like(PROTECTION), "is not taken from alerts: set the bot's stop and target, and leave it out")
    _refuse(fields.among(("reduceonly",)), "cannot be kept by an entry: send close instead, or leave it out")
    _refuse_unusual(fields)


def _refuse_unusual(fields: Fields) -> None:
    """Refuse what makes another order of an entry than the plain one, by the word that the field holds."""
    for name, value in fields.among(("type", "order.type", "strategy.order.type")):
        if isinstance(value, str) and OTHER_ORDERS.fullmatch(plain(value)):
            _refuse([(name, value)], "is not done: alerts become market orders. Leave it out")
    for key, usual in USUAL_WORDS.items():
        for name, value in fields.among((key, f"order.{key}")):
            if not (isinstance(value, str) and plain(value) in usual):
                _refuse([(name, value)], "is not taken from alerts, the bot's own settings count: leave it out")


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


def _refuse(found: list[tuple[str, Value]], why: str) -> None:
    for name, value in found:
        if not is_empty(value):
            raise UnreadableError.of("unsupported", f"`{name}` {why}.", name)
