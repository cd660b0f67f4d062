"""Judge stored judgements again: the same code says the same, and what differs is told in words."""

from decimal import Decimal

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import BOT, OTHER_BOT, a_bot, an_account
from tests.desk import Desk
from tests.integration.test_engine_machine import FAULT_SWITCHES, FAULTS
from tests.unit.domain.examples import BRACKET, BUY, CLOSE, FLAT, SELL, D
from tradecore.domain.book import Book
from tradecore.domain.commands import Submit
from tradecore.domain.deciding import decide
from tradecore.domain.decisions import Decision
from tradecore.domain.events import AlertArrived, Event
from tradecore.domain.facts import Facts
from tradecore.domain.ids import BotId, OrderId
from tradecore.domain.limits import AccountLimits, BotLimits
from tradecore.domain.orders import Purpose
from tradecore.domain.records import Judged
from tradecore.domain.replaying import Comparison, concerns, differences, replay, then_and_now
from tradecore.domain.signals import Signal
from tradecore.domain.supposing import LIMIT_NAMES, Supposed, read_limit
from tradecore.domain.timeframes import Timeframe

# In force, so that all is looked up; and far away, so that nothing is refused by them.
WIDE = AccountLimits(daily_loss=D(10**6), losing_streak=999, positions_max=999, orders_per_minute=999)


def a_day(*signals: Signal, desk: Desk | None = None) -> list[Judged]:
    desk = desk or Desk()
    for signal in signals:
        desk.send(signal)
        desk.settle()
    return list(desk.judged)


def a_busy_day() -> list[Judged]:
    """Return what was judged on a day with every kind of signal and some trouble."""
    desk = Desk(a_bot(protection=BRACKET))
    for signal in (BUY, SELL, CLOSE, BUY, FLAT):
        desk.faults.lose_answers()
        a_day(signal, desk=desk)
    assert desk.net() == 0
    return list(desk.judged)


def a_watched_desk() -> Desk:
    desk = Desk()
    desk.store.directory.keep(an_account(limits=WIDE))
    return desk


def said(judged: Judged, **limits: Decimal | int) -> tuple[str, str]:
    then, now = then_and_now(replay(judged, Supposed(limits=limits)))
    return "; ".join(then), "; ".join(now)


def entry_of(day: list[Judged]) -> Judged:
    """Return the first judgement that sent an entry."""
    return next(one for one in day if sent(one.decision, entries=True))


def sent(decision: Decision, *, entries: bool) -> dict[OrderId, Decimal]:
    tickets = (command.ticket for command in decision.commands if isinstance(command, Submit))
    return {one.id: one.quantity for one in tickets if (one.purpose is Purpose.ENTRY) is entries}


# ---- the same code


def test_a_stored_day_is_decided_again_just_as_it_was() -> None:
    day = a_busy_day()

    assert len(day) > 20
    assert {replay(judged).comparison for judged in day} == {Comparison.SAME}
    assert list(differences(day)) == []


histories = st.lists(
    st.tuples(
        st.sampled_from(Signal), st.sampled_from([BOT, OTHER_BOT]), st.none() | st.sampled_from(FAULTS),
        st.integers(97, 103)),
    min_size=1, max_size=6,
)  # fmt: skip
tight = st.dictionaries(st.sampled_from(LIMIT_NAMES), st.integers(1, 20), min_size=1, max_size=3)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(histories, tight)
def test_whatever_the_engine_recorded_comes_out_the_same_and_a_limit_only_takes_from_entries(
    history: list[tuple[Signal, BotId, str | None, int]], limits: dict[str, int]
) -> None:
    desk = Desk(a_bot(protection=BRACKET), a_bot(id=OTHER_BOT, timeframe=Timeframe(300)))
    for signal, bot_id, fault, price in history:
        desk.price(price)
        if fault is not None:
            FAULT_SWITCHES[fault](desk)
        desk.send(signal, bot_id)
        desk.run()
        desk.clock.advance(7)
    supposed = Supposed(limits=dict(read_limit(f"{name}={value}") for name, value in limits.items()))

    assert list(differences(desk.judged)) == []
    for judged in desk.judged:
        tried = replay(judged, supposed)
        assert sent(tried.today, entries=False).items() >= sent(judged.decision, entries=False).items()
        then, now = sent(judged.decision, entries=True), sent(tried.today, entries=True)
        assert all(now[order_id] <= then[order_id] for order_id in now.keys() & then.keys())
        assert (tried.comparison is Comparison.UNCERTAIN) <= bool(tried.unseen)


# ---- other code


def test_code_that_decides_otherwise_is_found_and_told() -> None:
    def broken(book: Book, event: Event, facts: Facts) -> Decision:
        assert facts.quote is not None
        return decide(book, event, evolve(facts, quote=evolve(facts.quote, last=facts.quote.last * 20)))

    day = a_day(BUY, desk=Desk(a_bot(protection=BRACKET)))

    tried = [replay(judged, judge=broken) for judged in day]

    other = [one for one in tried if one.comparison is Comparison.DIFFERENT]
    assert 0 < len(other) < len(day)
    assert then_and_now(other[0]) == (
        ("entry: buy 10 AAPL market, stop 98, target 103",), ("entry: buy 10 AAPL market, stop 1998, target 2003",),
    )  # fmt: skip


def test_what_differs_where_no_words_do_is_named_by_its_fields() -> None:
    def broken(book: Book, event: Event, facts: Facts) -> Decision:
        return evolve(decide(book, event, facts), book=evolve(book, moves=77), flat=True)

    (first, *_) = a_day(BUY)

    then, now = then_and_now(replay(first, judge=broken))

    assert then == ("ask the broker what is held",)
    assert now == (
        "the same in words, but not in book.instrument, book.plan, book.moves, book.remind_at, book.judged_at, flat",
    )


def test_code_that_fails_on_an_event_is_a_difference_and_stops_nothing() -> None:
    def broken(book: Book, event: Event, facts: Facts) -> Decision:
        if isinstance(event, AlertArrived) and event.alert.signal is BUY:
            raise RuntimeError("a bug")
        return decide(book, event, facts)

    day = a_day(BUY, CLOSE)

    (first, *others) = [replay(judged, judge=broken) for judged in day]

    assert first.comparison is Comparison.DIFFERENT
    assert {one.comparison for one in others} == {Comparison.SAME}
    assert then_and_now(first)[1][0] == "set aside, because tradecore itself failed on it: RuntimeError('a bug')"


def test_what_was_set_aside_is_no_difference_whether_it_can_be_judged_today_or_not() -> None:
    def broken(book: Book, event: Event, facts: Facts) -> Decision:
        raise RuntimeError("a bug")

    def broken_again(book: Book, event: Event, facts: Facts) -> Decision:
        raise RuntimeError("the same bug, told otherwise")

    desk = Desk()
    desk.engine = evolve(desk.engine, judge=broken)
    (judged,) = a_day(BUY, desk=desk)

    mended = replay(judged)

    assert replay(judged, judge=broken).comparison is Comparison.SAME
    assert replay(judged, judge=broken_again).comparison is Comparison.SAME
    assert mended.comparison is Comparison.MENDED
    assert list(differences([judged])) == []
    assert "set aside" in then_and_now(mended)[0][0]
    assert then_and_now(mended)[1] == ("ask the broker what is held",)


# ---- other limits


def test_a_smaller_limit_leaves_less() -> None:
    entry = entry_of(a_day(BUY))

    assert said(entry, position_max=D(4)) == ("entry: buy 10 AAPL market", "entry: buy 4 AAPL market")


def test_a_tighter_limit_refuses_an_entry_and_is_named_with_what_it_compared() -> None:
    desk = a_watched_desk()
    a_day(BUY, desk=desk)
    desk.price(95)
    a_day(CLOSE, BUY, desk=desk)
    second = entry_of(list(reversed(desk.judged)))

    assert said(second, daily_loss=D(50)) == (
        "entry: buy 10 AAPL market",
        "refused: The day's loss limit is reached. (daily loss (account): lost 50.00 of 50.00 today)",
    )
    assert "refused: Too many losing trades in a row." in said(second, losing_streak=1)[1]
    assert replay(second, Supposed(limits={"daily_loss": D(51)})).comparison is Comparison.SAME


def test_a_looser_limit_lets_an_entry_through() -> None:
    (judged,) = a_day(BUY, desk=Desk(a_bot(limits=BotLimits(position_max=D("0.0000000001")))))

    then, now = said(judged, **{"bot.position_max": D(10)})

    assert then.startswith("refused: The size rounds down to nothing.")
    assert now == "ask the broker what is held"


def test_a_limit_that_changes_nothing_is_no_difference_though_it_leaves_its_words() -> None:
    day = a_day(BUY, CLOSE, desk=a_watched_desk())

    tried = [replay(judged, Supposed(limits={"daily_loss": D(900), "positions_max": 9})) for judged in day]

    assert {one.comparison for one in tried} == {Comparison.SAME}
    assert any(one.today != one.judged.decision for one in tried)


def test_what_nobody_looked_up_then_is_said_to_be_uncertain() -> None:
    day = a_day(BUY, CLOSE)

    tried = [replay(judged, Supposed(limits={"daily_loss": D(200), "bot.position_max": D(99)})) for judged in day]

    uncertain = [one for one in tried if one.comparison is Comparison.UNCERTAIN]
    assert {one.unseen for one in uncertain} == {("daily_loss",)}
    assert {one.comparison for one in tried} == {Comparison.SAME, Comparison.UNCERTAIN}
    assert then_and_now(uncertain[-1]) == (
        ("entry: buy 10 AAPL market",),
        ("the same", "unless daily_loss was reached: no such limit was in force, so nobody looked"),
    )


# ---- what is whose


def test_a_judgement_is_about_the_bots_of_its_event_its_plan_and_its_orders() -> None:
    desk = Desk(a_bot(), a_bot(id=OTHER_BOT, timeframe=Timeframe(300)))
    desk.send(BUY, BOT)
    desk.run()
    first = len(desk.judged)
    desk.send(BUY, OTHER_BOT)
    desk.run()

    assert all(concerns(judged, BOT) for judged in desk.judged[:first])
    assert not any(concerns(judged, BOT) for judged in desk.judged[first:])
    assert all(concerns(judged, OTHER_BOT) for judged in desk.judged[first:])
