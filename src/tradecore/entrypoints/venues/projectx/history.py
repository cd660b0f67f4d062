"""Answer for bars: the newest first."""

from typing import Final

from flask import Flask, Response

from tradecore.entrypoints.venues.bars import Bar
from tradecore.entrypoints.venues.projectx.answering import failure, success
from tradecore.entrypoints.venues.projectx.reading import body
from tradecore.entrypoints.venues.projectx.shapes import Shape, number, rest_moment
from tradecore.entrypoints.venues.projectx.tape import Unit, begin_of
from tradecore.entrypoints.venues.projectx.venue import Venue

_CONTRACT_NOT_FOUND: Final = 1
_UNIT_INVALID: Final = 2
_UNIT_NUMBER_INVALID: Final = 3
_LIMIT_INVALID: Final = 4
_BARS_MAX: Final = 20_000
_UNIT_NUMBER_MAX: Final = 1440


def add_history(app: Flask, venue: Venue) -> None:
    """Add the address of bars."""
    floor = venue.exchange.floor

    @app.post("/api/history/retrievebars")
    def bars() -> Response:
        asked = body()
        contract_id, is_live = asked.need(asked.text, "contractId"), asked.need(asked.flag, "live")
        start, end = asked.need(asked.moment, "startTime"), asked.need(asked.moment, "endTime")
        unit, each = asked.need(asked.whole, "unit"), asked.need(asked.whole, "unitNumber")
        limit, partial = asked.need(asked.whole, "limit"), asked.need(asked.flag, "includePartialBar")
        code = (
            _CONTRACT_NOT_FOUND if floor.listing.find(contract_id) is None
            else _UNIT_INVALID if unit not in tuple(Unit)
            else _UNIT_NUMBER_INVALID if not 0 < each <= _UNIT_NUMBER_MAX
            else _LIMIT_INVALID if not 0 < limit <= _BARS_MAX
            else 0
        )  # fmt: skip
        if code:
            return failure(code, bars=None)
        running = None if partial else begin_of(Unit(unit), each)(floor.now())
        known = () if is_live else venue.tape.bars(contract_id, Unit(unit), each)
        found = [bar for bar in reversed(known) if start <= bar.at <= end and bar.at != running]
        return success(bars=[_shape(bar) for bar in found[:limit]])


def _shape(bar: Bar) -> Shape:
    prices = {"o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close, "v": bar.volume}
    return {"t": rest_moment(bar.at), **{name: number(value) for name, value in prices.items()}}
