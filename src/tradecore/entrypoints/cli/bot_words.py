"""Say how a bot is set, and what of that was changed."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Final, assert_never

from attrs import AttrsInstance, fields

from tradecore.domain.money import ONE, plain
from tradecore.domain.parties import Bot
from tradecore.domain.protection import Distance, Protection
from tradecore.domain.sessions import Window
from tradecore.domain.sizing import Dollars, PercentOfEquity, RiskDollars, RiskPercent, Sizing, Units

_PARTS: Final = ("limits", "protection")
_NOT_SET: Final = ("changed_at", *_PARTS)


def size_of(found: Bot) -> str:
    """Say how much it trades, and how that is protected."""
    return ", ".join((_sizing(found.sizing), *guards_of(found.protection)))


def guards_of(protection: Protection) -> tuple[str, ...]:
    """Say where stop and target stand, as far as they are asked for."""
    guards = (("stop", protection.stop), ("target", protection.target), ("stop not within", protection.stop_min))
    return tuple(f"{name} {_distance(one)}" for name, one in guards if one is not None)


def changes(old: Bot, new: Bot) -> str:
    """Say every setting that differs, with what it was and what it is."""
    said = [*_differences(old, new)]
    for part in _PARTS:
        said += _differences(getattr(old, part), getattr(new, part))
    return "; ".join(said) or "nothing is changed"


def _differences(old: AttrsInstance, new: AttrsInstance) -> Iterator[str]:
    for name in (one.name for one in fields(type(old)) if one.name not in _NOT_SET):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{name.replace('_', ' ')} {_said(before)} -> {_said(after)}"


def _said(value: object) -> str:
    match value:
        case None | "":
            return "none"
        case Enum():
            return str(value.value)
        case Decimal():
            return plain(value)
        case Distance():
            return _distance(value)
        case Window():
            return f"{value.opens:%H:%M}-{value.closes:%H:%M} {value.zone}"
        case timedelta():
            return f"{value.total_seconds():.0f} s"
        case Units() | Dollars() | PercentOfEquity() | RiskDollars() | RiskPercent():
            return _sizing(value)
        case _:
            return str(value)


def _distance(one: Distance) -> str:
    return f"{plain(one.amount)} {one.unit.value}"


def _sizing(sizing: Sizing) -> str:
    match sizing:
        case Units(quantity=quantity):
            return f"{plain(quantity)} unit{'s' * (quantity != ONE)}"
        case Dollars(amount=amount):
            return f"${plain(amount)}"
        case PercentOfEquity(percent=percent):
            return f"{plain(percent)}% of equity"
        case RiskDollars(amount=amount):
            return f"${plain(amount)} at risk"
        case RiskPercent(percent=percent):
            return f"{plain(percent)}% of equity at risk"
        case _:
            assert_never(sizing)
