"""Draw any value of the domain: `values(Book)`, `values(Event)`, `values(tuple[Order, ...])`.

A class is drawn field by field from its own annotations, so that a new field is drawn without a word here. Only what
a class refuses to hold has to be said.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from attrs import evolve, fields, has
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tradecore.domain.book import Book
from tradecore.domain.ceilings import ContractLimit, ContractWeight, ScalingStep
from tradecore.domain.commands import Command
from tradecore.domain.decisions import Decision
from tradecore.domain.events import Event, ReduceAsked, StopAsked
from tradecore.domain.facts import Facts
from tradecore.domain.instruments import Instrument
from tradecore.domain.limits import AccountLimits, TrailingDrawdown
from tradecore.domain.money import ZERO
from tradecore.domain.orders import OrderType, Purpose, Report, Ticket
from tradecore.domain.parties import Account, User
from tradecore.domain.protection import Distance, Protection, is_out_of_reach
from tradecore.domain.sessions import GetFlat, Session, Window
from tradecore.domain.signals import Direction, Size, Strategy
from tradecore.domain.sizing import Dollars, PercentOfEquity, RiskDollars, RiskPercent, Units
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.trades import OpenTrade, Share
from tradecore.domain.venues import Quote

MANY_MAX: Final = 2

_CENTURY: Final = (datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2100-01-01"))

moments: Final = st.datetimes(*_CENTURY, timezones=st.just(UTC))
numbers: Final = st.decimals(-(10**9), 10**9, places=9)
positives: Final = st.decimals(Decimal("0.000000001"), 10**9, places=9)
names: Final = st.text(min_size=1, max_size=60).filter(lambda name: bool(name.strip()))
zones: Final = st.sampled_from(["UTC", "America/New_York", "America/Chicago", "Asia/Tokyo"])

_PLAIN: Final[Mapping[Any, SearchStrategy[Any]]] = {
    Decimal: numbers,
    bool: st.booleans(),
    date: st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    datetime: moments,
    int: st.integers(-(2**40), 2**40),
    str: st.text(max_size=12),
    time: st.times(),
    timedelta: st.timedeltas(timedelta(0), timedelta(days=400)),
}


def _rising(steps: list[ScalingStep]) -> tuple[ScalingStep, ...]:
    return tuple(sorted(steps, key=lambda step: step.profit))


def _stops() -> SearchStrategy[Any]:
    return st.none() | values(Distance).filter(lambda stop: not is_out_of_reach(stop))


# What a class does not take from just anywhere; all its other fields are drawn as they come.
_FIELDS: Final[Mapping[Any, dict[str, SearchStrategy[Any]]]] = {
    Account: {"name": names},
    AccountLimits: {"start_balance": numbers},
    ContractWeight: {"root": st.sampled_from(["MES", "SIL"]), "minis": positives},
    Distance: {"amount": positives},
    Dollars: {"amount": positives},
    GetFlat: {"zone": zones, "minutes_before_close": st.integers(0, 600)},
    Instrument: {"tick_size": positives, "tick_value": positives, "lot_step": positives},
    PercentOfEquity: {"percent": positives},
    Protection: {"stop": st.deferred(_stops)},
    Quote: {"last": positives},
    ReduceAsked: {"to": positives},
    RiskDollars: {"amount": positives},
    RiskPercent: {"percent": positives},
    ScalingStep: {"minis": positives},
    Size: {"amount": positives},
    StopAsked: {"price": positives},
    TrailingDrawdown: {"stops_at": numbers},
    Timeframe: {"seconds": st.integers(1, 10**8)},
    Units: {"quantity": positives},
    User: {"name": names},
    Window: {"zone": zones, "weekdays": st.frozensets(st.integers(0, 6))},
}


@cache
def values(of: Any) -> SearchStrategy[Any]:
    """Return a strategy for any type that stands in the domain's annotations."""
    of = getattr(of, "__supertype__", of)
    if of in _PLAIN:
        return _PLAIN[of]
    if of in _WHOLE:
        return _WHOLE[of]()
    origin, inner = get_origin(of), get_args(of)
    if origin in {Union, UnionType}:
        return st.one_of(*(st.none() if member is NoneType else values(member) for member in inner))
    if origin is tuple:
        return st.lists(values(inner[0]), max_size=MANY_MAX).map(tuple)
    if origin is frozenset:
        return st.frozensets(values(inner[0]), max_size=MANY_MAX)
    if origin is Mapping:
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=MANY_MAX)
    if isinstance(of, type) and issubclass(of, Enum):
        return st.sampled_from(of)
    assert has(of), f"nobody said how to draw {of!r}"
    return instances(of)


def instances(of: type, **fixed: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Return a strategy for the class *of*; *fixed* says how some of its fields are drawn."""
    hints = {field.name: get_type_hints(of)[field.name] for field in fields(of)}
    said = _FIELDS.get(of, {}) | fixed
    drawn = {name: said[name] if name in said else st.deferred(_of(hint)) for name, hint in hints.items()}
    return st.fixed_dictionaries(drawn).map(lambda found: of(**found))


def _of(hint: Any) -> Callable[[], SearchStrategy[Any]]:
    return lambda: values(hint)


def _contract_limits() -> SearchStrategy[ContractLimit]:
    steps = st.lists(values(ScalingStep), max_size=MANY_MAX, unique_by=lambda step: step.profit).map(_rising)
    return instances(ContractLimit, minis=positives, scaling=steps)


@st.composite
def _sessions(draw: st.DrawFn) -> Session:
    opens = draw(moments)
    closes = opens + draw(st.timedeltas(timedelta(minutes=1), timedelta(days=1)))
    session: Session = draw(instances(Session, opens=st.just(opens), closes=st.just(closes)))
    return session


@st.composite
def _strategies(draw: st.DrawFn) -> Strategy:
    direction = draw(st.sampled_from(Direction))
    held = st.just(ZERO) if direction is Direction.FLAT else positives
    return Strategy(direction=direction, quantity=draw(st.none() | held))


@st.composite
def _tickets(draw: st.DrawFn) -> Ticket:
    kind = draw(st.sampled_from(OrderType))
    limits, stops = kind in {OrderType.LIMIT, OrderType.STOP_LIMIT}, kind in {OrderType.STOP, OrderType.STOP_LIMIT}
    ticket: Ticket = draw(instances(
        Ticket, quantity=positives, type=st.just(kind), limit_price=positives if limits else st.none(),
        stop_price=positives if stops else st.none(), reduce_only=st.just(False)))  # fmt: skip
    return ticket if ticket.purpose is Purpose.ENTRY else evolve(ticket, reduce_only=draw(st.booleans()))


@st.composite
def _reports(draw: st.DrawFn) -> Report:
    filled = draw(st.just(ZERO) | positives)
    price = positives if filled else st.none() | positives
    report: Report = draw(instances(Report, filled=st.just(filled), average_price=price))
    return report


@st.composite
def _shares(draw: st.DrawFn) -> Share:
    quantity = draw(st.just(ZERO) | numbers)
    trade = values(OpenTrade) if quantity else st.none()
    cost = numbers if quantity else st.just(ZERO)
    share: Share = draw(instances(Share, quantity=st.just(quantity), cost=cost, trade=trade))
    return share


@st.composite
def _protections(draw: st.DrawFn) -> Protection:
    drawn: Protection = draw(instances(Protection, stop_min=st.none()))
    if drawn.stop is None or not drawn.stop.needs_size:
        return drawn
    least = values(Distance).filter(lambda distance: not distance.needs_size)
    return evolve(drawn, stop_min=draw(st.none() | least))


_WHOLE: Final[Mapping[Any, Callable[[], SearchStrategy[Any]]]] = {
    Protection: _protections,
    Report: _reports,
    Session: _sessions,
    Share: _shares,
    ContractLimit: _contract_limits,
    Strategy: _strategies,
    Ticket: _tickets,
}

events: Final[SearchStrategy[Event]] = values(Event)
commands: Final[SearchStrategy[Command]] = values(Command)
books: Final[SearchStrategy[Book]] = values(Book)
all_facts: Final[SearchStrategy[Facts]] = values(Facts)
decisions: Final[SearchStrategy[Decision]] = values(Decision)
