"""Know that ``15``, ``15 Min`` and ``15m`` are one timeframe."""

import re
from typing import Final, Self

from attrs import frozen

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_WEEK: Final = 7 * _DAY
_MONTH: Final = 30 * _DAY  # by convention: a chart's month has no fixed length

_UNITS: Final = {
    "s": _MINUTE // 60, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
    "": _MINUTE, "m": _MINUTE, "min": _MINUTE, "mins": _MINUTE, "minute": _MINUTE, "minutes": _MINUTE,
    "h": _HOUR, "hr": _HOUR, "hrs": _HOUR, "hour": _HOUR, "hours": _HOUR,
    "d": _DAY, "day": _DAY, "days": _DAY, "daily": _DAY,
    "w": _WEEK, "week": _WEEK, "weeks": _WEEK, "weekly": _WEEK,
    "mo": _MONTH, "month": _MONTH, "months": _MONTH, "monthly": _MONTH,
}  # fmt: skip
# TradingView's month charts. "15M" is none of them, and more likely a misspelt "15m": refuse, do not guess.
_MONTHS: Final = {"", "1", "2", "3", "4", "6", "12"}
_FORM: Final = re.compile(r"(?P<count>[1-9][0-9]{0,4})?[ _-]?(?P<unit>[A-Za-z]*)")


@frozen
class Timeframe:
    """The length of a chart's bar."""

    seconds: int

    def __attrs_post_init__(self) -> None:
        """Refuse a length that no bar has."""
        if self.seconds <= 0:
            message = f"a timeframe must be longer than {self.seconds} seconds"
            raise ValueError(message)

    @classmethod
    def read(cls, text: str) -> Self:
        """Read TradingView's interval or a written form; `ValueError` names what is wrong.

        A bare number is minutes; ``M`` in capitals is months, as TradingView writes them.
        """
        form = _FORM.fullmatch(text.strip())
        message = f"{text!r} is not a timeframe: write 15, 15 Min, 1 Hour or 1D"
        if form is None or not any(form.groups()) or not text.strip()[0].isalnum():
            raise ValueError(message)
        count, unit = form["count"] or "", form["unit"]
        if unit == "M":
            if count not in _MONTHS:
                message = f"{text!r} could mean months or minutes: write {count}m or {count} Min for minutes"
                raise ValueError(message)
            unit = "month"
        if unit.lower() not in _UNITS:
            raise ValueError(message)
        return cls(int(count or 1) * _UNITS[unit.lower()])

    def __str__(self) -> str:
        """Write the timeframe as the bots name it: ``15 Min``, ``1 Hour``, ``1 Day``."""
        for length, name in (
            (_MONTH, "Month"),
            (_WEEK, "Week"),
            (_DAY, "Day"),
            (_HOUR, "Hour"),
            (_MINUTE, "Min"),
        ):
            if self.seconds % length == 0:
                return f"{self.seconds // length} {name}"
        return f"{self.seconds} Sec"
