"""Hold the exchange to what must be so whatever anybody does: nothing appears, and nothing vanishes."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, localcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.adapters.exchanges import AAPL, BTC, DESK, MES, OTHER, D, Tape, a_tape
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.exchange import AccountTerms, Amendment, Exchange, FileJournal, Journal
from tradecore.adapters.memory.exchange.listing import listed
from tradecore.domain.ids import AccountId, OrderId, Symbol
from tradecore.domain.instruments import Kind, Market
from tradecore.domain.money import ZERO, sign
from tradecore.domain.order_states import LIFE, OrderState
from tradecore.domain.orders import Bracket, OrderType, Side, Ticket
from tradecore.domain.venues import VenueRules

LISTED = {one.symbol: one for one in listed(date(2026, 1, 5)) if one.symbol in {AAPL, MES, BTC}}
MARKETS = (Market.US_EQUITIES, Market.CME_FUTURES, Market.ALWAYS)
ACCOUNTS = (DESK, OTHER)
CASH = D(5_000)

# What somebody does to the exchange, given its tape; the argument is a number for new ids.
Step = Callable[[Exchange, int], None]

symbols = st.sampled_from(sorted(LISTED))
accounts = st.sampled_from(ACCOUNTS)
prices = st.integers(380, 420).map(lambda ticks: D(ticks) / 4)
parts = st.integers(0, 12).map(lambda quarters: D(quarters) / 4)


@st.composite
def quantities(draw: st.DrawFn, symbol: Symbol) -> Decimal:
    whole = D(draw(st.integers(1, 12)))
    if symbol == MES:
        return whole
    return draw(st.sampled_from([whole, whole / 4, whole / 1000]))


@st.composite
def submissions(draw: st.DrawFn) -> Step:
    account_id, symbol = draw(accounts), draw(symbols)
    kind = draw(st.sampled_from(OrderType))
    has_limit, has_stop = kind in {OrderType.LIMIT, OrderType.STOP_LIMIT}, "stop" in kind.value
    quantity = draw(quantities(symbol))
    side = draw(st.sampled_from(Side))
    limit_price = draw(prices) if has_limit else None
    stop_price = draw(prices) if has_stop else None
    bracket = draw(st.none() | st.builds(Bracket, stop_price=st.none() | prices, target_price=st.none() | prices))
    by_hand = draw(st.booleans())

    def step(exchange: Exchange, number: int) -> None:
        if by_hand:
            exchange.place_by_hand(
                account_id,
                symbol,
                side,
                quantity,
                kind,
                limit_price=limit_price,
                stop_price=stop_price,
                bracket=bracket,
            )
            return
        ticket = Ticket(
            id=OrderId(f"o-{number}"),
            symbol=symbol,
            side=side,
            quantity=quantity,
            type=kind,
            limit_price=limit_price,
            stop_price=stop_price,
            bracket=bracket,
        )
        exchange.submit(account_id, ticket)

    return step


@st.composite
def meddlings(draw: st.DrawFn) -> Step:
    """Do something to one of the orders that there are."""
    account_id, nth = draw(accounts), draw(st.integers(0, 30))
    deed = draw(st.sampled_from(["cancel", "race", "expire", "amend", "again"]))
    amendment = Amendment(quantity=D(draw(st.integers(1, 12))))

    def step(exchange: Exchange, _: int) -> None:
        orders = exchange.orders(account_id)
        if not orders:
            return
        row = orders[nth % len(orders)]
        if deed == "expire":
            exchange.expire(account_id, row.id)
        elif deed == "amend" and row.parent is None:
            exchange.amend(account_id, row.id, amendment)
        elif deed == "again" and row.order_id is not None:
            ticket = Ticket(id=row.order_id, symbol=row.symbol, side=row.side, quantity=D(1))
            exchange.submit(account_id, ticket)
        else:
            exchange.faults(account_id).race_cancels(int(deed == "race"))
            exchange.cancel(account_id, row.id)

    return step


@st.composite
def events(draw: st.DrawFn) -> Step:
    """Let something happen to a market."""
    symbol, market = draw(symbols), draw(st.sampled_from(MARKETS))
    last, other = draw(prices), draw(prices)
    some = draw(st.lists(parts, max_size=3))
    happenings: list[Step] = [
        lambda exchange, _: exchange.price(symbol, last),
        lambda exchange, _: exchange.price(symbol, last, min(last, other), max(last, other)),
        lambda exchange, _: exchange.bar(symbol, last, max(last, other), min(last, other), other),
        lambda exchange, _: exchange.fill_in_parts(symbol, some if symbol != MES else map(round_up, some)),
        lambda exchange, _: exchange.close_market(market),
        lambda exchange, _: exchange.open_market(market),
        lambda exchange, _: exchange.finish_cancels(symbol),
    ]
    return draw(st.sampled_from(happenings))


def round_up(number: Decimal) -> Decimal:
    return number.to_integral_value()


terms = st.builds(
    AccountTerms,
    cash=st.just(CASH),
    rules=st.builds(
        VenueRules,
        crosses_zero=st.booleans(),
        brackets=st.just(True),
        brackets_from_flat=st.booleans(),
        shorts=st.booleans(),
    ),
    commission_per_unit=st.sampled_from([ZERO, D("0.37")]),
    commission_per_order=st.sampled_from([ZERO, D(1)]),
    multiplier=st.sampled_from([D(1), D(4)]),
    fractional=st.booleans(),
    wash_trade_guard=st.booleans(),
    holds_shares=st.booleans(),
    queues_when_closed=st.booleans(),
    legs_end_together=st.booleans(),
)
stories = st.lists(submissions() | meddlings() | events() | events(), max_size=40)


class Story:
    """An exchange to which things happened, and what was told of them."""

    def __init__(
        self, of_desk: AccountTerms, of_other: AccountTerms, journal: Journal | None = None, *, begun: bool = False
    ) -> None:
        self.exchange = Exchange(MemoryClock(), journal=journal)
        self.exchange.list(*LISTED.values())
        self.exchange.open_account(DESK, of_desk)
        self.exchange.open_account(OTHER, of_other)
        for symbol in () if begun else LISTED:
            self.exchange.price(symbol, D(100))
        self.tapes: dict[AccountId, Tape] = {one: a_tape(self.exchange, one) for one in ACCOUNTS}

    def run(self, steps: Iterable[Step], first: int = 0) -> "Story":
        for number, step in enumerate(steps, start=first):
            step(self.exchange, number)
        return self

    def last(self, symbol: Symbol) -> Decimal:
        quote = self.exchange.quote(symbol)
        assert quote is not None
        return quote.last


@given(terms, terms, stories)
def test_money_is_conserved(of_desk: AccountTerms, of_other: AccountTerms, steps: list[Step]) -> None:
    story = Story(of_desk, of_other).run(steps)

    for account_id, tape in story.tapes.items():
        fills = [(change.row, change.execution) for change in tape.changes if change.execution]
        flows = CASH
        with localcontext(prec=60):
            for row, fill in fills:
                flows -= fill.quantity * row.side.sign * fill.price * LISTED[row.symbol].point_value
                flows -= fill.commission
            for position in story.exchange.positions(account_id):
                value = story.last(position.symbol) * LISTED[position.symbol].point_value
                flows += position.quantity * value
        assert story.exchange.state(account_id).equity == flows


@given(terms, terms, stories)
def test_what_is_held_is_the_sum_of_the_fills(of_desk: AccountTerms, of_other: AccountTerms, steps: list[Step]) -> None:
    story = Story(of_desk, of_other).run(steps)

    for account_id, tape in story.tapes.items():
        net = dict.fromkeys(LISTED, ZERO)
        for change in tape.changes:
            if change.execution:
                net[change.row.symbol] += change.execution.quantity * change.row.side.sign
        held = {position.symbol: position.quantity for position in story.exchange.positions(account_id)}
        assert held == {symbol: quantity for symbol, quantity in net.items() if quantity}


@given(terms, terms, stories)
def test_an_account_without_positions_has_earned_what_was_realised(
    of_desk: AccountTerms, of_other: AccountTerms, steps: list[Step]
) -> None:
    story = Story(of_desk, of_other).run(steps)

    for account_id in ACCOUNTS:
        exchange = story.exchange
        if exchange.positions(account_id) == ():
            assert exchange.cash(account_id) == CASH + exchange.realised(account_id) - exchange.commission(account_id)


@given(terms, terms, stories)
def test_no_order_fills_more_than_its_quantity_nor_worse_than_its_limit(
    of_desk: AccountTerms, of_other: AccountTerms, steps: list[Step]
) -> None:
    story = Story(of_desk, of_other).run(steps)

    for account_id, tape in story.tapes.items():
        for row in story.exchange.orders(account_id):
            assert ZERO <= row.filled <= row.quantity
        for change in tape.changes:
            row, fill = change.row, change.execution
            if fill and row.limit_price is not None:
                assert (row.limit_price - fill.price) * row.side.sign >= 0


@given(terms, terms, stories)
def test_the_legs_of_a_bracket_never_fill_more_than_their_parent(
    of_desk: AccountTerms, of_other: AccountTerms, steps: list[Step]
) -> None:
    story = Story(of_desk, of_other).run(steps)

    for account_id in ACCOUNTS:
        rows = {row.id: row for row in story.exchange.orders(account_id)}
        for parent in rows.values():
            legs = [rows[leg_id] for leg_id in parent.legs]
            assert sum(leg.filled for leg in legs) <= parent.filled
            if parent.is_live:
                assert all(leg.is_asleep or not leg.is_live for leg in legs)
            else:
                # What still works covers no more than what is left of the parent's fill.
                left = parent.filled - sum(leg.filled for leg in legs)
                assert all(leg.left <= left for leg in legs if leg.is_live)


@given(terms, terms, stories)
def test_no_account_is_where_its_rules_forbid_it(
    of_desk: AccountTerms, of_other: AccountTerms, steps: list[Step]
) -> None:
    story = Story(of_desk, of_other).run(steps)

    for account_id, tape in story.tapes.items():
        rules = story.exchange.terms(account_id).rules
        before = dict.fromkeys(LISTED, ZERO)
        for change in tape.changes:
            symbol, after = change.row.symbol, change.position.quantity
            instrument = LISTED[symbol]
            assert after >= 0 or (rules.shorts and instrument.shortable)
            assert rules.crosses_zero or sign(before[symbol]) * sign(after) >= 0
            before[symbol] = after


@given(terms, terms, stories)
def test_every_order_lives_as_the_domain_has_it(
    of_desk: AccountTerms, of_other: AccountTerms, steps: list[Step]
) -> None:
    story = Story(of_desk, of_other).run(steps)

    for tape in story.tapes.values():
        states: dict[str, OrderState] = {}
        filled: dict[str, Decimal] = {}
        for change in tape.changes:
            row = change.row
            key = (states.get(row.id, OrderState.INTENDED), row.news)
            assert key in LIFE, (key, row)
            states[row.id] = LIFE[key]
            assert row.filled >= filled.get(row.id, ZERO)
            filled[row.id] = row.filled


@given(terms, terms, stories)
def test_what_was_told_last_is_what_is_so(of_desk: AccountTerms, of_other: AccountTerms, steps: list[Step]) -> None:
    story = Story(of_desk, of_other).run(steps)

    for account_id, tape in story.tapes.items():
        told = {change.row.id: change.row.report() for change in tape.changes}
        assert told == {row.id: row.report() for row in story.exchange.orders(account_id)}


@given(terms, stories)
def test_the_same_story_always_ends_the_same(of_both: AccountTerms, steps: list[Step]) -> None:
    first, second = Story(of_both, of_both).run(steps), Story(of_both, of_both).run(steps)

    assert [one.lines for one in first.tapes.values()] == [one.lines for one in second.tapes.values()]
    assert all(everything(first.exchange, one) == everything(second.exchange, one) for one in ACCOUNTS)


@settings(max_examples=25)  # It waits for the disk.
@given(terms, terms, stories, stories)
def test_a_crash_in_the_middle_of_a_story_changes_nothing(
    of_desk: AccountTerms, of_other: AccountTerms, before: list[Step], after: list[Step]
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "exchange.jsonl"
        story = Story(of_desk, of_other, FileJournal(path)).run(before)
        again = Story(of_desk, of_other, FileJournal(path), begun=True)
        assert all(everything(again.exchange, one) == everything(story.exchange, one) for one in ACCOUNTS)

        # Not kept are the hands that were laid on the market, and prices at which nothing happened.
        last = {symbol: story.last(symbol) for symbol in LISTED}
        for exchange in (story.exchange, again.exchange):
            calm(exchange, last)
        story.run(after, first=1_000)
        again.run(after, first=1_000)
        assert all(everything(again.exchange, one) == everything(story.exchange, one) for one in ACCOUNTS)


def calm(exchange: Exchange, last: dict[Symbol, Decimal]) -> None:
    for account_id in ACCOUNTS:
        exchange.faults(account_id).clear()
    for market in MARKETS:
        exchange.follow_calendar(market)
    for symbol, price in last.items():
        exchange.fill_in_parts(symbol, [])
        exchange.price(symbol, price)


def everything(exchange: Exchange, account_id: AccountId) -> tuple[object, ...]:
    return (
        exchange.orders(account_id),
        exchange.working(account_id),
        exchange.positions(account_id),
        exchange.cash(account_id),
        exchange.realised(account_id),
        exchange.commission(account_id),
        exchange.terms(account_id),
    )


def test_a_future_and_a_share_are_among_those_that_are_traded() -> None:
    assert {one.kind for one in LISTED.values()} == set(Kind)
