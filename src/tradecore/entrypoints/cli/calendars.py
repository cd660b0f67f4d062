"""Show when a market trades."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import click
from attrs import frozen

from tradecore.domain.instruments import Market
from tradecore.domain.sessions import CHICAGO, NEW_YORK, Session
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import said
from tradecore.entrypoints.cli.opening import as_json
from tradecore.entrypoints.cli.showing import print_json, print_table

_DAYS_SHOWN = 14
_DAYS_MAX = 3660
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@frozen(kw_only=True)
class _Line:
    """A day: its session, or none."""

    day: date
    opens: datetime | None
    closes: datetime | None
    note: str


@click.command(epilog=examples("tradecore calendar cme-futures --from 2026-11-23 --to 2026-11-30"))
@click.argument("market", type=click.Choice([market.value for market in Market]))
@click.option("--from", "first", type=_DAY, help="The first trading day; today otherwise.")
@click.option("--to", "last", type=_DAY, help="The last one; two weeks later otherwise.")
@as_json
def calendar(market: str, first: datetime | None, last: datetime | None, *, as_json: bool) -> None:
    """Show when a market trades: each trading day with its session, holidays and early closes.

    Futures trade from the evening before; their trading day is that of the close. Times are those of the exchange,
    in JSON UTC.
    """
    from tradecore.entrypoints.runtime import wiring

    which = Market(market)
    zone = {Market.US_EQUITIES: NEW_YORK, Market.CME_FUTURES: CHICAGO}.get(which, UTC)
    begins = first.date() if first else wiring.clock().now().astimezone(zone).date()
    ends = last.date() if last else begins + timedelta(days=_DAYS_SHOWN)
    if not begins <= ends <= begins + timedelta(days=_DAYS_MAX):
        raise click.UsageError("--to must not be before --from, nor more than ten years after it.")
    with said():
        lines = tuple(_lines(wiring.calendar().sessions(which, begins, ends), begins, ends))
    if as_json:
        print_json(lines)
        return
    name = getattr(zone, "key", "UTC")
    rows = ((f"{line.day:%a %Y-%m-%d}", _at(line.opens, zone), _at(line.closes, zone), line.note) for line in lines)
    print_table(("day", f"opens ({name})", "closes", ""), rows, nothing="No days.")


def _lines(sessions: tuple[Session, ...], first: date, last: date) -> Iterator[_Line]:
    by_day: dict[date, list[Session]] = {}
    for session in sessions:
        by_day.setdefault(session.day, []).append(session)
    day = first
    while day <= last:
        for one in by_day.get(day, ()):
            yield _Line(day=day, opens=one.opens, closes=one.closes, note=one.note)
        if day not in by_day:
            yield _Line(day=day, opens=None, closes=None, note="closed")
        day += timedelta(days=1)


def _at(moment: datetime | None, zone: ZoneInfo | object) -> str:
    if moment is None:
        return "-"
    assert zone is UTC or isinstance(zone, ZoneInfo)
    return f"{moment.astimezone(zone):%a %H:%M}"
