"""Answer the futures bot's two addresses about contracts, in its shapes, from what the venues list."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final

from attrs import frozen

from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import Instrument, name_of
from tradecore.domain.parties import Venue
from tradecore.domain.rolls import delivery, expected_roll
from tradecore.entrypoints.runtime.venues import LISTED_FOR
from tradecore.entrypoints.web.auth import Needs
from tradecore.entrypoints.web.routing import Call, Routes

ROUTES: Final = Routes()


@frozen(kw_only=True)
class ContractView:
    """One month. `id` is the venue's, `name` the exchange's, with one digit of the year."""

    id: str
    name: str
    description: str
    tickSize: float  # noqa: N815 - as the futures bot's users read it, and the next two
    tickValue: float  # noqa: N815
    activeContract: bool  # noqa: N815


@frozen(kw_only=True)
class ContractsView:
    """The months of a symbol, the earliest first. `symbol` is as it was asked for; `selected` the active one's id."""

    symbol: str
    total_contracts: int
    active_contracts: int
    contracts: tuple[ContractView, ...]
    selected: str | None


@frozen(kw_only=True)
class CurrentContractsView:
    """The active contract of each root, by the venue's id.

    `expected_rolls` are the days on which active months are expected to give way: a rule of thumb, which only equity
    index futures have here; the venue decides. `cache_duration_seconds` is how old all this may be.
    """

    contracts: Mapping[str, str]
    expected_rolls: Mapping[str, date]
    cache_duration_seconds: int
    timestamp: datetime


@ROUTES.on("GET /contracts/current", CurrentContractsView, needs=Needs.READ)
def current(call: Call) -> CurrentContractsView:
    """Tell the active contract of each root that the caller's accounts can trade."""
    active: dict[str, Instrument] = {}
    for venue in _venues(call):
        for one in call.directory.months(venue):
            if one.active:
                active.setdefault(one.root, one)
    days = {root: expected_roll(one) for root, one in sorted(active.items())}
    return CurrentContractsView(
        contracts={root: one.venue_id or one.symbol for root, one in sorted(active.items())},
        expected_rolls={root: day for root, day in days.items() if day is not None},
        cache_duration_seconds=int(LISTED_FOR.total_seconds()),
        timestamp=call.services.clock.now(),
    )


@ROUTES.on("GET /contracts/<symbol>", ContractsView, needs=Needs.READ)
def contracts(call: Call) -> ContractsView:
    """Tell the months of a symbol, by any of its names; none, where no venue of the caller's lists it."""
    found = _months(call, call.place["symbol"])
    active = [one for one in found if one.active]
    return ContractsView(
        symbol=call.place["symbol"],
        total_contracts=len(found),
        active_contracts=len(active),
        contracts=tuple(map(_view, found)),
        selected=next((one.venue_id or one.symbol for one in active), None),
    )


def _months(call: Call, text: str) -> list[Instrument]:
    try:
        named = name_of(text)
    except ValueError:
        return []
    for venue in _venues(call):
        listed = call.directory.instrument(venue, named.month or named.root)
        root = listed.root if listed is not None else named.root
        if months := call.directory.months(venue, root):
            return sorted(months, key=_place)
    return []


def _venues(call: Call) -> Iterator[Venue]:
    """Yield the venues of the caller's accounts: the futures bot's before the others."""
    accounts = call.viewer.accounts(call.directory)
    yield from sorted({one.venue for one in accounts}, key=lambda venue: (venue is not Venue.PROJECTX, venue.value))


def _place(instrument: Instrument) -> tuple[date, Symbol]:
    return delivery(instrument.symbol) or date.max, instrument.symbol


def _view(one: Instrument) -> ContractView:
    month = delivery(one.symbol)
    return ContractView(
        id=one.venue_id or one.symbol,
        name=one.short_name,
        description=f"{one.root}: {month:%B %Y}" if month is not None else one.symbol,
        tickSize=float(one.tick_size),
        tickValue=float(one.tick_value),
        activeContract=one.active,
    )
