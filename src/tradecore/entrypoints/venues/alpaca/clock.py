"""Answer for the time, and for the days on which shares trade."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from flask import Flask, Response, request

from tradecore.domain.errors import UnreachableError
from tradecore.domain.sessions import NEW_YORK, Session
from tradecore.entrypoints.venues.alpaca.engine.refusals import parameter
from tradecore.entrypoints.venues.alpaca.engine.words import Phase
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.alpaca.writing import answer, new_york, refused

_SETTLES_AFTER: Final = timedelta(days=7)
_YEAR: Final = timedelta(days=365)


def add_clock(app: Flask, venue: Venue) -> None:
    """Add the addresses of clock and calendar."""
    hours = venue.floor.hours

    @app.get("/v2/clock")
    def clock() -> Response:
        with venue.exchange.turn():
            return answer({
                "timestamp": new_york(venue.floor.now()),
                "is_open": hours.now().phase is Phase.CORE,
                "next_open": new_york(hours.next_open()),
                "next_close": new_york(hours.next_close()),
            })  # fmt: skip

    @app.get("/v2/calendar")
    def calendar() -> Response:
        today = venue.floor.now().astimezone(NEW_YORK).date()
        try:
            first = _day("start", today)
            days = hours.sessions(first, _day("end", first + _YEAR))
            later = hours.sessions(first, (days[-1].day if days else first) + _SETTLES_AFTER)
        except UnreachableError as error:
            return refused(parameter(str(error)))
        except ValueError:
            return refused(parameter("start and end are dates, written 2026-01-05"))
        next_days = {one.day: after.day for one, after in pairwise(later)}
        return answer([_day_shape(session, next_days[session.day]) for session in days])


def _day(name: str, default: date) -> date:
    given = request.args.get(name)
    return default if given is None else date.fromisoformat(given)


def _day_shape(session: Session, settles: date) -> dict[str, Any]:
    """Write a day in New York's wall clock."""
    opens, closes = session.opens.astimezone(NEW_YORK), session.closes.astimezone(NEW_YORK)
    late = closes + timedelta(hours=4)
    return {
        "date": session.day.isoformat(),
        "open": f"{opens:%H:%M}",
        "close": f"{closes:%H:%M}",
        "session_open": "0400",
        "session_close": f"{late:%H%M}",
        "settlement_date": settles.isoformat(),
    }
