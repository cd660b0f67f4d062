"""Read the values of options: amounts, distances, windows and spans of time."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from tradecore.domain.instruments import root_of
from tradecore.domain.money import ZERO, exact
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.sessions import Window
from tradecore.domain.supposing import read_limit
from tradecore.domain.timeframes import Timeframe

_DISTANCE: Final = re.compile(
    r"(\$)?([0-9.]+) ?(%|percent|ticks?|t|dollars?)?(?P<whole> ?(?:a|per|/) ?position)?", re.IGNORECASE
)
_WINDOW: Final = re.compile(r"(\d{1,2}:\d{2})-(\d{1,2}:\d{2})(?: ([A-Za-z_]+(?:/[A-Za-z_]+)*))?")
_SPAN: Final = re.compile(r"([1-9][0-9]{0,5}) ?([smhdw])", re.IGNORECASE)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class _Read(click.ParamType[Any]):
    """A value that is read from text; what the reading refuses is told with its reason."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        if not isinstance(value, str):
            return value
        try:
            return self.read(value.strip())
        except (ValueError, LookupError, OSError) as error:
            self.fail(str(error), param, ctx)

    def read(self, text: str) -> object:
        raise NotImplementedError


class Word(click.Choice[str]):
    """One of some words; *also* are other spellings, as the API has them."""

    def __init__(self, words: Iterable[str], also: Mapping[str, str]) -> None:
        super().__init__(tuple(words))
        self._also = also

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        return super().convert(self._also.get(value, value), param, ctx)


class _Amount(_Read):
    name = "amount"

    def read(self, text: str) -> Decimal:
        number = exact(text)
        if number <= ZERO:
            message = f"it must be above zero, not {text}"
            raise ValueError(message)
        return number


class _Limit(_Read):
    name = "amount"

    def read(self, text: str) -> Decimal:
        # The old bots write losses as negative numbers; zero is no limit.
        return abs(exact(text))


class _Signed(_Read):
    name = "amount"

    def read(self, text: str) -> Decimal:
        return exact(text)


class _Distance(_Read):
    name = "distance"

    def read(self, text: str) -> Distance | None:
        if text.lower() == "none":
            return None
        found = _DISTANCE.fullmatch(text)
        unit = (found[3] or "").lower() if found else ""
        if found is None or bool(found[1]) == bool(unit):
            message = f"write 1.5%, 20 ticks, $2.50 (per unit) or $50/position, or none; not {text!r}"
            raise ValueError(message)
        if found["whole"]:
            if unit and not unit.startswith("d"):
                message = f"only dollars are counted for a whole position, not {unit!r}"
                raise ValueError(message)
            return Distance(exact(found[2]), DistanceUnit.POSITION_DOLLARS)
        units = {"%": DistanceUnit.PERCENT, "p": DistanceUnit.PERCENT, "t": DistanceUnit.TICKS}
        return Distance(exact(found[2]), units.get(unit[:1], DistanceUnit.DOLLARS))


class _Stop(_Distance):
    def read(self, text: str) -> Distance | None:
        return Protection(stop=super().read(text)).stop


class _Window(_Read):
    name = "window"

    def read(self, text: str) -> Window | None:
        if text.lower() == "none":
            return None
        found = _WINDOW.fullmatch(text)
        if found is None:
            message = f"write 09:30-15:45, or with a zone 09:30-15:45 America/Chicago, or none; not {text!r}"
            raise ValueError(message)
        zone = found[3] or "America/New_York"
        ZoneInfo(zone)
        opens, closes = (time.fromisoformat(clock.zfill(5)) for clock in found.group(1, 2))
        return Window(opens=opens, closes=closes, zone=zone)


class _Span(_Read):
    name = "span"

    def read(self, text: str) -> timedelta:
        found = _SPAN.fullmatch(text)
        if found is None:
            message = f"write 30s, 5m, 2h, 7d or 4w, not {text!r}"
            raise ValueError(message)
        return timedelta(**{_UNITS[found[2].lower()]: int(found[1])})


class _Expiry(_Span):
    name = "when"

    def read(self, text: str) -> timedelta | datetime:  # type: ignore[override] # a day is a moment, not a span
        try:
            day = datetime.fromisoformat(text)
        except ValueError:
            return super().read(text)
        return day.replace(tzinfo=UTC) if day.tzinfo is None else day


class _Moment(_Read):
    name = "moment"

    def read(self, text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            message = f"write 2026-11-23 or 2026-11-23T14:30, in UTC, not {text!r}"
            raise ValueError(message) from error
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


class _Supposed(_Read):
    name = "name=value"

    def read(self, text: str) -> tuple[str, Decimal | int]:
        return read_limit(text)


class _Timeframe(_Read):
    name = "timeframe"

    def read(self, text: str) -> Timeframe:
        return Timeframe.read(text)


class _Symbol(_Read):
    name = "symbol"

    def read(self, text: str) -> str:
        return root_of(text)


AMOUNT: Final = _Amount()
LIMIT: Final = _Limit()
SIGNED: Final = _Signed()
DISTANCE: Final = _Distance()
STOP: Final = _Stop()
WINDOW: Final = _Window()
SPAN: Final = _Span()
EXPIRY: Final = _Expiry()
MOMENT: Final = _Moment()
SUPPOSED: Final = _Supposed()
TIMEFRAME: Final = _Timeframe()
SYMBOL: Final = _Symbol()
