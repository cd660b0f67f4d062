"""Draw books, events and facts that could be, however unlikely they are together."""

import string
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from attrs import evolve
from hypothesis import strategies as st

from tests.builders import (
    AAPL,
    BOT,
    CLOSED,
    KEY,
    MES,
    MONDAY,
    OPEN,
    OTHER_BOT,
    SESSION,
    a_bot,
    an_account,
    an_alert,
    some_facts,
)
from tests.unit.domain.examples import BRACKET, STOP_2, D, a_share, a_ticket, an_order
from tradecore.domain.book import Book, Plan, Step, StepKind, Suspicion, Wish
from tradecore.domain.events import (
    AlertArrived,
    CloseAsked,
    DriftAdopted,
    Event,
    FlattenAsked,
    LookFailed,
    OrderLost,
    OrderMissing,
    OrderNotSent,
    OrderReported,
    ReconcileDue,
    ReduceAsked,
    StopAsked,
    Surveyed,
    Woken,
)
from tradecore.domain.facts import Facts
from tradecore.domain.ids import BotId, BrokerOrderId, HaltId, OrderId, PlanId
from tradecore.domain.limits import AccountLimits, BotLimits
from tradecore.domain.orders import Bracket, News, Order, OrderState, OrderType, Purpose, Report, Side
from tradecore.domain.parties import Bot, Halt, HaltLevel, Mode, WhenClosed
from tradecore.domain.protection import Protection
from tradecore.domain.signals import Direction, Signal, Size, Strategy
from tradecore.domain.sizing import Dollars, PercentOfEquity, RiskDollars, Units
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.venues import AccountState, Quote, Survey, VenueRules

BOTS: Final = (BOT, OTHER_BOT)
SHUT: Final = evolve(CLOSED, next=evolve(SESSION, opens=SESSION.opens + timedelta(hours=1)))

moments = st.integers(-400, 400).map(lambda seconds: MONDAY + timedelta(seconds=seconds))
quantities = st.one_of(st.integers(1, 12).map(Decimal), st.sampled_from([D("0.5"), D("3.25")]))
signed = st.tuples(quantities, st.sampled_from([-1, 1])).map(lambda pair: pair[0] * pair[1])
prices = st.integers(90, 110).map(Decimal)
owners = st.sampled_from([*BOTS, BotId("gone")])
ids = st.text(string.ascii_letters + string.digits, min_size=1, max_size=8)


maybe_moments = st.none() | moments
maybe_prices = st.none() | prices
maybe_quantities = st.none() | quantities
odd = st.just(D(0)) | signed
booleans = st.booleans()
few = st.integers(0, 3)
many = st.integers(0, 9)
states = st.sampled_from([state for state in OrderState if not state.is_over])
news = st.sampled_from([one for one in News if one is not News.LOST])
strategies = st.one_of(
    st.builds(Strategy, direction=st.just(Direction.FLAT), quantity=st.sampled_from([None, D(0)])),
    st.builds(Strategy, direction=st.sampled_from([Direction.LONG, Direction.SHORT]), quantity=maybe_quantities),
)
maybe_strategies = st.none() | strategies
steps = st.lists(
    st.builds(Step, kind=st.sampled_from(StepKind), done=booleans, to=st.none() | signed, asked_at=maybe_moments),
    max_size=4,
).map(tuple)
rules = st.builds(
    VenueRules, crosses_zero=booleans, brackets=booleans, brackets_from_flat=booleans, shorts=booleans,
    reduce_only=booleans, holds_shares=booleans, refuses_wash_trades=booleans,
)  # fmt: skip
sizings = st.one_of(
    st.builds(Units, quantities), st.builds(Dollars, st.integers(50, 3000).map(Decimal)),
    st.builds(RiskDollars, quantities), st.builds(PercentOfEquity, quantities),
)  # fmt: skip


moves: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.fixed_dictionaries({"move_to": prices, "move_by": moments})


@st.composite
def wishes(draw: st.DrawFn, name: str) -> Wish:
    signal = draw(st.sampled_from(Signal))
    bot_id = None if signal is Signal.FLAT else draw(owners)
    is_own = signal.is_exit and draw(booleans)
    alert = None if is_own else an_alert(signal, name, strategy=draw(maybe_strategies))
    queued_until = draw(maybe_moments) if signal.is_entry else None
    came_at = draw(moments)
    return Wish(
        id=PlanId(name), signal=signal, bot_id=bot_id, came_at=came_at, alert=alert,
        queued_until=queued_until)  # fmt: skip


@st.composite
def orders(draw: st.DrawFn, name: str) -> Order:
    purpose = draw(st.sampled_from(Purpose))
    quantity = draw(quantities)
    kinds: dict[Purpose, dict[str, Any]] = {
        Purpose.STOP: {"type": OrderType.STOP, "stop_price": draw(prices)},
        Purpose.TARGET: {"type": OrderType.LIMIT, "limit_price": draw(prices)},
    }
    bracket = Bracket(stop_price=draw(prices), target_price=draw(prices))
    has_bracket = purpose is Purpose.ENTRY and draw(booleans)
    ticket = a_ticket(
        name, draw(st.sampled_from(Side)), quantity, purpose=purpose, bracket=bracket if has_bracket else None,
        **kinds.get(purpose, {}),
    )  # fmt: skip
    filled = draw(st.sampled_from([D(0), D(0), quantity / 2]))
    return an_order(
        ticket, draw(states),
        bot_id=None if purpose is Purpose.FLATTEN else draw(owners), plan_id=draw(st.sampled_from(["OLD", "PLAN"])),
        filled=filled, average_price=draw(prices) if filled else None, guard=bracket if has_bracket else None,
        look_at=draw(maybe_moments), cancel_at=draw(maybe_moments), send_at=draw(maybe_moments),
        looks=draw(many), looks_missing=draw(many), denied_at=draw(maybe_moments),
        sends=draw(st.integers(0, 4)),
    )  # fmt: skip


@st.composite
def plans(draw: st.DrawFn, working: tuple[Order, ...]) -> Plan:
    wish = evolve(draw(wishes("PLAN")), sent=draw(st.integers(0, 5)))
    # No exit opens anything.
    own_steps = tuple(one for one in draw(steps) if not (wish.signal.is_exit and one.kind is StepKind.OPEN))
    entries = [order.id for order in working if order.ticket.purpose is Purpose.ENTRY and order.plan_id == "PLAN"]
    return Plan(
        wish=wish, steps=own_steps,
        started_at=MONDAY, deadline=draw(moments), entry_id=draw(st.sampled_from([None, *entries])),
        overtaken_by=draw(st.sampled_from([None, Signal.CLOSE, Signal.FLAT])), attempts=draw(many),
        not_before=draw(maybe_moments), late=draw(booleans), clear_by=draw(maybe_moments),
        met_others=draw(booleans), alone=draw(booleans),
    )  # fmt: skip


@st.composite
def books(draw: st.DrawFn) -> Book:
    working = tuple(draw(orders(f"OLD-{number}-1")) for number in range(draw(few)))
    held = draw(st.dictionaries(owners, signed, max_size=3))
    stops = st.none() | prices
    shares = tuple(
        a_share(
            held[bot],
            bot,
            stop_price=draw(stops),
            stops_lost=draw(few),
            passed_at=draw(maybe_moments),
            tell_target_at=draw(maybe_moments),
            lost_at=draw(maybe_moments),
            **draw(moves),
        )
        for bot in sorted(held)
    )
    doubt = st.builds(Suspicion, difference=signed, at=moments, moves=st.just(3))
    return Book(
        key=KEY, instrument=draw(st.sampled_from([AAPL, None])), shares=shares,
        external=draw(odd), drift=draw(odd), orders=working,
        plan=draw(st.none() | plans(working)),
        waiting=tuple(draw(wishes(f"WAIT{number}")) for number in range(draw(few))),
        suspicion=draw(st.none() | doubt), surveyed_at=draw(maybe_moments), moves=3,
        survey_at=draw(maybe_moments), stray_sides=draw(st.lists(st.sampled_from(Side), unique=True).map(tuple)),
    )  # fmt: skip


@st.composite
def bots(draw: st.DrawFn, bot_id: BotId) -> Bot:
    return a_bot(
        id=bot_id, sizing=draw(sizings), mode=draw(st.sampled_from(Mode)),
        active=draw(st.sampled_from([True, True, False])),
        protection=draw(st.sampled_from([Protection(), STOP_2, BRACKET])), timeframe=Timeframe(300),
        limits=BotLimits(position_max=draw(maybe_quantities), daily_loss=draw(maybe_quantities)),
        when_closed=draw(st.sampled_from(WhenClosed)),
    )  # fmt: skip


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    now = draw(moments)
    halts = [
        Halt(id=HaltId("h"), level=level, reason="x", by="ada", at=MONDAY, bot_id=draw(st.sampled_from([None, *BOTS])))
        for level in draw(st.lists(st.sampled_from(HaltLevel), max_size=1))
    ]
    limits = AccountLimits(position_max=draw(maybe_quantities))
    order = draw(orders("GONE-1-1"))
    return some_facts(
        *(draw(bots(bot_id)) for bot_id in BOTS), now=now, new_id=f"NEW{draw(ids)}",
        account=draw(st.sampled_from([an_account(limits=limits), an_account(), None])),
        instrument=draw(st.sampled_from([AAPL, AAPL, MES, None, evolve(AAPL, shortable=False)])),
        hours=draw(st.sampled_from([OPEN, OPEN, CLOSED, SHUT, None])), halts=tuple(halts),
        quote=draw(st.none() | st.builds(Quote, symbol=st.just(AAPL.symbol), last=prices, at=moments)),
        rules=draw(rules), order=draw(st.none() | st.just(evolve(order, state=OrderState.CANCELLED))),
        state=draw(st.none() | st.just(AccountState(equity=D(1000), buying_power=D(1000), at=MONDAY))),
        losses_in_a_row=draw(few), positions_open=draw(few),
    )  # fmt: skip


@st.composite
def reports(draw: st.DrawFn, known: tuple[Order, ...]) -> Report:
    order = draw(st.sampled_from(known)) if known else None
    filled = draw(st.sampled_from([D(0), D(2), order.ticket.quantity if order else D(7)]))
    return Report(
        order_id=order.id if order else draw(st.sampled_from([OrderId("GONE-1-1"), OrderId("FOREIGN"), None])),
        broker_order_id=BrokerOrderId("b-1"), news=draw(news),
        at=MONDAY, filled=filled, average_price=draw(prices) if filled else None, commission=draw(quantities),
        symbol=AAPL.symbol, wash_trade=draw(booleans),
    )  # fmt: skip


@st.composite
def alerts(draw: st.DrawFn, name: str) -> AlertArrived:
    signal = draw(st.sampled_from(Signal))
    size = st.none() | st.builds(Size, amount=quantities)
    alert = an_alert(
        signal, name, strategy=draw(maybe_strategies), size=draw(size), price=draw(maybe_prices))  # fmt: skip
    return AlertArrived(alert=alert, bot_id=None if signal is Signal.FLAT else draw(owners))


@st.composite
def events(draw: st.DrawFn, book: Book, name: str = "ALERT") -> Event:
    known = book.orders
    order_ids = st.sampled_from([*(order.id for order in known), OrderId("GONE-1-1")])
    surveys = st.builds(
        Survey, symbol=st.just(AAPL.symbol), net=st.sampled_from([book.net, book.net, book.net + 3, D(0)]),
        working=st.lists(reports(known), max_size=2).map(tuple), at=moments)  # fmt: skip
    event: Event = draw(st.one_of(
        alerts(name), st.builds(OrderReported, report=reports(known)), st.builds(Surveyed, survey=surveys),
        st.builds(OrderNotSent, order_id=order_ids, why=st.just("line"), retry_after=st.sampled_from([None, 5])),
        st.builds(OrderLost, order_id=order_ids, why=st.just("timeout")), st.builds(OrderMissing, order_id=order_ids),
        st.just(LookFailed(why="line")), st.just(Woken()), st.just(ReconcileDue(why="gap")),
        st.just(FlattenAsked(why="halt")), st.builds(CloseAsked, bot_id=owners, why=st.just("risk")),
        st.builds(ReduceAsked, bot_id=owners, to=st.sampled_from([D(0), D(1), D(4)]), why=st.just("ada")),
        st.builds(StopAsked, bot_id=owners, price=prices, request_id=ids, by=st.just("ada"), loosen=booleans),
        st.builds(DriftAdopted, quantity=signed, by=st.just("ada"), bot_id=st.none() | owners),
    ))  # fmt: skip
    return event
