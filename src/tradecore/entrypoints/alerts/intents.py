"""Work out which signal an alert means, from its action word and from where its strategy says it stands."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from tradecore.domain.money import ZERO
from tradecore.domain.signals import Direction, Signal, Strategy
from tradecore.entrypoints.alerts.body import Fields, Value
from tradecore.entrypoints.alerts.dialects import (
    ACTION,
    ACTS,
    DIRECTIONS,
    POSITION,
    POSITION_SIZE,
    PREVIOUS,
    SIDE,
    SIGNED_POSITION_SIZE,
    Act,
    plain,
)
from tradecore.entrypoints.alerts.fields import agreed, conflict, number_of, text_of, yes_or_no
from tradecore.entrypoints.alerts.unreadable import UnreadableError, shown

_A, _D, _S = Act, Direction, Signal

# Rows that are missing contradict themselves. What the strategy holds is what it holds afterwards.
_SIGNALS: Final[Mapping[tuple[Act, Direction | None], Signal]] = MappingProxyType({
    (_A.BUY, None): _S.BUY,
    (_A.BUY, _D.LONG): _S.BUY,
    # A short is made smaller, but stays: never a reversal. The strategy goes along, and the book judges.
    (_A.BUY, _D.SHORT): _S.BUY,
    # TradingView knows only buy and sell: this is how the exit of a short arrives.
    (_A.BUY, _D.FLAT): _S.CLOSE,
    (_A.SELL, None): _S.SELL,
    (_A.SELL, _D.LONG): _S.SELL,
    (_A.SELL, _D.SHORT): _S.SELL,
    (_A.SELL, _D.FLAT): _S.CLOSE,
    # Whoever asks to get out gets out, wherever the strategy stands.
    (_A.CLOSE, None): _S.CLOSE,
    (_A.CLOSE, _D.LONG): _S.CLOSE,
    (_A.CLOSE, _D.SHORT): _S.CLOSE,
    (_A.CLOSE, _D.FLAT): _S.CLOSE,
    (_A.CLOSE_LONG, None): _S.CLOSE,
    (_A.CLOSE_LONG, _D.LONG): _S.CLOSE,
    (_A.CLOSE_LONG, _D.FLAT): _S.CLOSE,
    (_A.CLOSE_SHORT, None): _S.CLOSE,
    (_A.CLOSE_SHORT, _D.SHORT): _S.CLOSE,
    (_A.CLOSE_SHORT, _D.FLAT): _S.CLOSE,
    (_A.FLAT, None): _S.FLAT,
    (_A.FLAT, _D.LONG): _S.FLAT,
    (_A.FLAT, _D.SHORT): _S.FLAT,
    (_A.FLAT, _D.FLAT): _S.FLAT,
    (_A.HOLD, None): _S.HOLD,
    (_A.HOLD, _D.LONG): _S.HOLD,
    (_A.HOLD, _D.SHORT): _S.HOLD,
    (_A.HOLD, _D.FLAT): _S.HOLD,
    (_A.OPEN, _D.LONG): _S.BUY,
    (_A.OPEN, _D.SHORT): _S.SELL,
    (_A.ADD, _D.LONG): _S.BUY,
    (_A.ADD, _D.SHORT): _S.SELL,
    (_A.REVERSE, _D.LONG): _S.BUY,
    (_A.REVERSE, _D.SHORT): _S.SELL,
})  # fmt: skip

# No action word at all: the end state alone says what to do.
_TARGETS: Final[Mapping[Direction, Signal]] = MappingProxyType({
    _D.LONG: _S.BUY,
    _D.SHORT: _S.SELL,
    _D.FLAT: _S.CLOSE,
})  # fmt: skip

_SIDELESS: Final = frozenset({Act.OPEN, Act.ADD, Act.REVERSE})
_SIDES: Final[Mapping[Direction, Act]] = MappingProxyType({_D.LONG: _A.BUY, _D.SHORT: _A.SELL})
_CLOSING: Final = frozenset({Act.CLOSE, Act.CLOSE_LONG, Act.CLOSE_SHORT})


def signal_of(fields: Fields, strategy: Strategy | None) -> Signal:
    """Return what the alert asks for, given where its *strategy* stands."""
    told = _told(fields)
    standing = strategy.direction if strategy else None
    if told is None:
        if standing is None:
            message = 'The alert does not say what to do: add "action" with buy, sell, close, flat or hold.'
            raise UnreadableError.of("missing-field", message, "action")
        return _TARGETS[standing]
    name, act = told
    side = agreed(fields, SIDE, _direction)
    if side is not None and side[0] != name:
        act, standing = _sided(told, side, standing, fields)
    if act in _SIDELESS and standing is None:
        message = f"`{name}` does not say which side: send buy or sell instead, or add `market_position`."
        raise UnreadableError.of("missing-field", message, name)
    signal = _SIGNALS.get((act, standing))
    if signal is None:
        raise conflict(_standing_name(fields), name, "contradict each other")
    return signal


def strategy_of(fields: Fields) -> Strategy | None:
    """Return where the strategy says it stands after the alert."""
    told = agreed(fields, POSITION, _direction)
    signed = agreed(fields, SIGNED_POSITION_SIZE, number_of)
    absolute = agreed(fields, POSITION_SIZE, number_of)
    if signed and absolute and abs(signed[1]) != abs(absolute[1]):
        raise conflict(signed[0], absolute[0])
    size = signed or absolute
    if size is None:
        return Strategy(direction=told[1]) if told else None
    shown_by_sign = _by_sign(signed, absolute)
    if told is None:
        return Strategy(direction=shown_by_sign, quantity=abs(size[1])) if shown_by_sign else None
    direction = told[1]
    if (direction is Direction.FLAT) != (size[1] == ZERO) or (shown_by_sign or direction) is not direction:
        raise conflict(told[0], size[0])
    return Strategy(direction=direction, quantity=abs(size[1]))


def previous_of(fields: Fields) -> Direction | None:
    """Return where the strategy says it stood before the alert."""
    told = agreed(fields, PREVIOUS, _previous)
    return told[1] if told else None


def _told(fields: Fields) -> tuple[str, Act] | None:
    """Return the action word and the field it stands in; several must mean the same."""
    kept: tuple[str, Act] | None = None
    for name, value in fields.among(ACTION):
        act = _act(name, value)
        if act is None:
            continue
        if kept is None or (kept[1] is Act.CLOSE and act in _CLOSING):
            kept = name, act
        elif kept[1] is not act and not (act is Act.CLOSE and kept[1] in _CLOSING):
            raise conflict(kept[0], name)
    if kept is None and (side := agreed(fields, SIDE, _act)):
        kept = side
    return kept


def _act(name: str, value: Value) -> Act | None:
    key = plain(name)
    if key == "isbuy":
        return Act.BUY if yes_or_no(name, value) else Act.SELL
    text = text_of(name, value)
    word = plain(text)
    if not word:
        return None
    if word in {"flat", "flatten"}:
        # FLAT takes all that the account holds, so only who plainly asks for it gets it.
        asked = key == "signal" or (key == "action" and word == "flat")
        return Act.FLAT if asked else Act.CLOSE
    act = ACTS.get(word)
    if act is Act.CANCEL:
        message = f"`{name}` {shown(text)} is not done here: send close or flat, which also cancel what is working."
        raise UnreadableError.of("unsupported", message, name)
    if act is Act.REDUCE:
        message = f"`{name}` {shown(text)} is not done here: send buy or sell with `market_position` and its size."
        raise UnreadableError.of("unsupported", message, name)
    if act is None:
        message = f"`{name}` must be buy, sell, close, flat or hold, not {shown(text)}."
        raise UnreadableError.of("unknown-value", message, name)
    return act


def _sided(
    told: tuple[str, Act], side: tuple[str, Direction], standing: Direction | None, fields: Fields
) -> tuple[Act, Direction | None]:
    """Weigh a `side` beside the action word."""
    name, act = told
    match act:
        case Act.OPEN | Act.ADD:
            if standing not in {None, side[1]}:
                raise conflict(_standing_name(fields), side[0])
            return act, side[1]
        case Act.BUY | Act.SELL:
            if _SIDES.get(side[1]) is not act:
                raise conflict(name, side[0])
        case _:
            pass
    return act, standing


def _direction(name: str, value: Value) -> Direction:
    text = text_of(name, value)
    direction = DIRECTIONS.get(plain(text))
    if direction is None:
        raise UnreadableError.of("unknown-value", f"`{name}` must be long, short or flat, not {shown(text)}.", name)
    return direction


def _previous(name: str, value: Value) -> Direction:
    """Read a word, or a signed number, as some dialects send it."""
    text = text_of(name, value)
    return Direction.of(number_of(name, value)) if text[-1:].isdigit() else _direction(name, value)


def _by_sign(signed: tuple[str, Decimal] | None, absolute: tuple[str, Decimal] | None) -> Direction | None:
    """Return the direction that the sizes show; a plus sign without meaning shows none."""
    if signed:
        return Direction.of(signed[1])
    return Direction.of(absolute[1]) if absolute and absolute[1] <= ZERO else None


def _standing_name(fields: Fields) -> str:
    return next((name for name, _ in fields.among((*POSITION, *SIGNED_POSITION_SIZE, *POSITION_SIZE))), "side")
