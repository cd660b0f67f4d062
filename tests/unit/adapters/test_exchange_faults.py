"""Hold each switch to the failure it promises, and the feed to its order."""

from collections.abc import Callable
from threading import Event, Thread
from typing import final

import pytest

from tests.promises.listening import Recorder
from tests.unit.adapters.exchanges import (
    AAPL,
    BUY,
    DESK,
    OTHER,
    SELL,
    D,
    Tape,
    a_bracket,
    a_tape,
    a_ticket,
    an_exchange,
    cancel,
    net,
    row,
)
from tradecore.adapters.memory.broker import MemoryBroker
from tradecore.adapters.memory.exchange import AccountTerms, Call, Change, Exchange, Faults, Follower
from tradecore.adapters.memory.market_data import MemoryMarketData
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, ProgrammingError, UnreachableError
from tradecore.domain.ids import BrokerOrderId, OrderId, Symbol
from tradecore.domain.money import ZERO
from tradecore.domain.orders import News

T1 = OrderId("t-1")


def a_venue() -> tuple[Exchange, Faults, MemoryBroker]:
    exchange = an_exchange()
    return exchange, exchange.faults(DESK), MemoryBroker(exchange, DESK)


# ---------------------------------------------------------------- calls


def test_a_lost_answer_leaves_an_order_behind() -> None:
    exchange, faults, broker = a_venue()
    faults.lose_answers()

    with pytest.raises(OutcomeUnknownError):
        broker.submit(a_ticket())

    assert row(exchange, "t-1").news is News.FILLED
    assert broker.submit(a_ticket()).news is News.FILLED
    assert exchange.duplicates == 1


def test_a_lost_request_leaves_nothing_behind() -> None:
    exchange, faults, broker = a_venue()
    faults.lose_requests()

    with pytest.raises(OutcomeUnknownError):
        broker.submit(a_ticket())

    assert exchange.orders(DESK) == ()
    assert broker.submit(a_ticket()).news is News.FILLED
    assert exchange.duplicates == 0


def test_a_cancel_can_be_in_doubt_too() -> None:
    exchange, faults, broker = a_venue()
    broker.submit(a_ticket(limit=90))
    faults.lose_requests(Call.CANCEL)
    faults.lose_answers(Call.CANCEL)

    with pytest.raises(OutcomeUnknownError):
        broker.cancel(T1)
    assert row(exchange, "t-1").news is News.ACCEPTED

    with pytest.raises(OutcomeUnknownError):
        broker.cancel_stray(row(exchange, "t-1").id)
    assert row(exchange, "t-1").news is News.CANCELLED


@pytest.mark.parametrize("call", [call for call in Call if not call.writes])
def test_a_question_is_never_in_doubt(call: Call) -> None:
    with pytest.raises(ProgrammingError):
        Faults().lose_answers(call)
    with pytest.raises(ProgrammingError):
        Faults().lose_requests(Call.SUBMIT, call)


def test_nonsense_comes_after_the_deed() -> None:
    exchange, faults, broker = a_venue()
    faults.talk_nonsense()
    faults.talk_nonsense(Call.POSITIONS)

    with pytest.raises(MalformedError):
        broker.submit(a_ticket())
    with pytest.raises(MalformedError):
        broker.positions()

    assert net(exchange) == 10


CALLS: list[tuple[Call, Callable[[MemoryBroker], object]]] = [
    (Call.SUBMIT, lambda broker: broker.submit(a_ticket())),
    (Call.CANCEL, lambda broker: broker.cancel(T1)),
    (Call.CANCEL, lambda broker: broker.cancel_stray(BrokerOrderId("1"))),
    (Call.FIND, lambda broker: broker.find(T1)),
    (Call.SURVEY, lambda broker: broker.survey(AAPL)),
    (Call.SURVEY, lambda broker: broker.working_symbols()),
    (Call.POSITIONS, lambda broker: broker.positions()),
    (Call.ACCOUNT, lambda broker: broker.account()),
    (Call.INSTRUMENTS, lambda broker: broker.instruments()),
]


@pytest.mark.parametrize(("call", "ask"), CALLS)
def test_every_call_can_find_the_line_down(call: Call, ask: Callable[[MemoryBroker], object]) -> None:
    exchange, faults, broker = a_venue()
    faults.be_unreachable(call)

    with pytest.raises(UnreachableError) as caught:
        ask(broker)

    assert caught.value.retry_after is None
    assert exchange.orders(DESK) == ()
    ask(broker)  # it struck once


def test_a_rate_limit_says_when_to_come_again() -> None:
    _, faults, broker = a_venue()
    faults.limit_rate(retry_after=7, times=2)

    for ask in (broker.positions, broker.account):
        with pytest.raises(UnreachableError) as caught:
            ask()
        assert caught.value.retry_after == 7

    assert broker.positions() == ()


def test_a_switch_without_a_number_holds_until_it_is_cleared() -> None:
    _, faults, broker = a_venue()
    faults.be_unreachable(times=None)
    for _ in range(3):
        with pytest.raises(UnreachableError):
            broker.positions()

    faults.clear()

    assert broker.positions() == ()


def test_switches_strike_in_the_order_in_which_they_were_turned() -> None:
    _, faults, broker = a_venue()
    faults.be_unreachable(Call.SUBMIT)
    faults.lose_requests()

    with pytest.raises(UnreachableError):
        broker.submit(a_ticket())
    with pytest.raises(OutcomeUnknownError):
        broker.submit(a_ticket())


def test_one_accounts_faults_are_not_anothers() -> None:
    exchange, faults, _ = a_venue()
    exchange.open_account(OTHER, AccountTerms(cash=D(100_000)))
    faults.be_unreachable(times=None)

    assert MemoryBroker(exchange, OTHER).positions() == ()


def test_prices_can_be_out_of_reach() -> None:
    exchange, faults, _ = a_venue()
    prices = MemoryMarketData(exchange, faults)
    faults.be_unreachable(Call.QUOTE)

    with pytest.raises(UnreachableError):
        prices.quote(AAPL)

    quote = prices.quote(AAPL)
    assert quote is not None
    assert (quote.last, quote.at) == (D(100), exchange.now())
    assert MemoryMarketData(exchange).quote(Symbol("MSFT")) is None


def test_an_order_that_is_listed_late_is_there_all_the_same() -> None:
    exchange, faults, broker = a_venue()
    broker.submit(a_ticket("old", limit=80))
    faults.hide_new_orders()
    broker.submit(a_ticket("e", limit=90, bracket=a_bracket(85, 110)))
    broker.submit(a_ticket("old", limit=80))

    assert [broker.find(OrderId(one)) for one in ("e", "e-SL", "e-TP")] == [None, None, None]
    assert [report.order_id for report in broker.survey(AAPL).working] == ["old"]
    assert broker.working_symbols() == {AAPL}
    assert len(exchange.working(DESK)) == 4

    faults.show_orders()

    assert broker.find(OrderId("e-SL")) is not None
    assert len(broker.survey(AAPL).working) == 4


def test_cancelling_what_nobody_knows_tells_nothing_of_it() -> None:
    answer = a_venue()[2].cancel(OrderId("nobody"))

    assert (answer.news, answer.broker_order_id, answer.reason) == (News.LOST, None, "no such order")


# ---------------------------------------------------------------- cancels that race


@pytest.mark.parametrize(("price", "end"), [(90, News.FILLED), (91, News.CANCELLED)])
def test_a_fill_may_win_against_a_cancel(price: int, end: News) -> None:
    exchange, faults, broker = a_venue()
    broker.submit(a_ticket(limit=90))
    faults.race_cancels()

    assert broker.cancel(T1).news is News.CANCEL_PENDING
    assert broker.cancel(T1).news is News.CANCEL_PENDING
    exchange.price(AAPL, D(price))

    assert row(exchange, "t-1").news is end


def test_a_fill_in_part_and_a_cancel_may_both_win() -> None:
    exchange, faults, broker = a_venue()
    broker.submit(a_ticket(limit=90))
    faults.race_cancels()
    broker.cancel(T1)
    exchange.fill_in_parts(AAPL, [D(4)])

    exchange.price(AAPL, D(90))

    assert (row(exchange, "t-1").news, row(exchange, "t-1").filled) == (News.CANCELLED, D(4))


def test_a_pending_cancel_can_be_finished_without_a_tick() -> None:
    exchange, faults, broker = a_venue()
    broker.submit(a_ticket(limit=90))
    faults.race_cancels()
    broker.cancel(T1)

    exchange.finish_cancels(AAPL)

    assert row(exchange, "t-1").news is News.CANCELLED


def test_a_sleeping_leg_does_not_race() -> None:
    exchange, faults, broker = a_venue()
    broker.submit(a_ticket("e", limit=90, bracket=a_bracket(85, 99)))
    faults.race_cancels()

    assert broker.cancel(OrderId("e-TP")).news is News.CANCELLED
    exchange.price(AAPL, D(99))

    assert net(exchange) == 0


# ---------------------------------------------------------------- changes


def test_changes_are_told_in_order_before_the_call_returns() -> None:
    exchange = an_exchange()
    tape = a_tape(exchange)

    exchange.submit(DESK, a_ticket())

    assert tape.lines == ["t-1 accepted 0", "t-1 filled 10"]
    assert tape.changes[0].execution is None
    fill = tape.changes[1]
    assert fill.execution is not None
    assert (fill.execution.quantity, fill.execution.price, fill.execution.realised) == (D(10), D(100), ZERO)
    assert (fill.position.quantity, fill.cash) == (D(10), D(99_000))


def test_changes_can_come_twice() -> None:
    exchange = an_exchange()
    tape = a_tape(exchange)
    exchange.faults(DESK).double_changes(1)

    exchange.submit(DESK, a_ticket())

    assert tape.lines == ["t-1 accepted 0", "t-1 accepted 0", "t-1 filled 10"]


def test_changes_can_come_last_first() -> None:
    exchange = an_exchange()
    tape = a_tape(exchange)
    exchange.faults(DESK).reverse_changes(2)

    exchange.submit(DESK, a_ticket())
    exchange.submit(DESK, a_ticket("t-2"))

    assert tape.lines == ["t-1 filled 10", "t-1 accepted 0", "t-2 accepted 0", "t-2 filled 10"]


def test_changes_can_come_late() -> None:
    exchange = an_exchange()
    tape = a_tape(exchange)
    faults = exchange.faults(DESK)
    faults.delay_changes()
    exchange.submit(DESK, a_ticket())
    assert tape.lines == []

    faults.deliver()

    assert tape.lines == ["t-1 accepted 0", "t-1 filled 10"]
    exchange.submit(DESK, a_ticket("t-2"))
    assert len(tape.lines) == 4


def test_what_happens_while_the_line_is_cut_is_never_told() -> None:
    exchange = an_exchange()
    tape = a_tape(exchange)
    faults = exchange.faults(DESK)
    faults.disconnect()
    exchange.submit(DESK, a_ticket())
    assert (tape.lines, tape.gaps) == ([], 0)

    faults.reconnect()

    assert (tape.lines, tape.gaps) == ([], 1)
    exchange.submit(DESK, a_ticket("t-2"))
    assert tape.lines == ["t-2 accepted 0", "t-2 filled 10"]


def test_clearing_drops_what_was_held_back() -> None:
    exchange = an_exchange()
    tape = a_tape(exchange)
    faults = exchange.faults(DESK)
    faults.delay_changes()
    exchange.submit(DESK, a_ticket())

    faults.clear()
    faults.deliver()

    assert tape.lines == []


def test_followers_hear_of_their_account_only_and_can_stop() -> None:
    exchange = an_exchange()
    exchange.open_account(OTHER, AccountTerms(cash=D(100_000)))
    mine, theirs = a_tape(exchange), a_tape(exchange, OTHER)
    stopped = Tape()
    exchange.follow(DESK, stopped)()

    exchange.submit(DESK, a_ticket())

    assert len(mine.lines) == 2
    assert theirs.lines == []
    assert stopped.lines == []


def test_a_broker_has_one_listener() -> None:
    _, _, broker = a_venue()
    broker.listen(Recorder())

    with pytest.raises(ProgrammingError, match="listener already"):
        broker.listen(Recorder())


@final
class Eager(Follower):
    """Sells whatever it hears was bought, in the middle of hearing it."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.lines: list[str] = []

    def changed(self, change: Change) -> None:
        self.lines.append(f"{change.row.order_id} {change.row.news.value}")
        if change.execution and change.row.side is BUY:
            self._exchange.submit(DESK, a_ticket(f"{change.row.order_id}-out", SELL, 10))
            self.lines.append("sold")

    def missed(self) -> None: ...


def test_a_follower_may_trade_while_it_is_told_and_still_hears_in_order() -> None:
    exchange = an_exchange()
    eager = Eager(exchange)
    exchange.follow(DESK, eager)

    exchange.submit(DESK, a_ticket())

    assert eager.lines == ["t-1 accepted", "t-1 filled", "sold", "t-1-out accepted", "t-1-out filled"]
    assert net(exchange) == 0


@final
class Slow(Follower):
    """Stays with the first thing it hears until it is let go."""

    def __init__(self) -> None:
        self.is_hearing = Event()
        self.let_go = Event()
        self.lines: list[str] = []

    def changed(self, change: Change) -> None:
        self.is_hearing.set()
        assert self.let_go.wait(10)
        self.lines.append(f"{change.row.order_id} {change.row.news.value}")

    def missed(self) -> None: ...


def test_a_slow_follower_keeps_nobody_from_trading() -> None:
    exchange = an_exchange()
    slow = Slow()
    exchange.follow(DESK, slow)
    thread = Thread(target=exchange.submit, args=(DESK, a_ticket()))
    thread.start()
    assert slow.is_hearing.wait(10)

    exchange.submit(DESK, a_ticket("t-2"))
    assert net(exchange) == 20
    assert slow.lines == []

    slow.let_go.set()
    thread.join(10)
    assert slow.lines == ["t-1 accepted", "t-1 filled", "t-2 accepted", "t-2 filled"]


@final
class Clumsy(Follower):
    def changed(self, change: Change) -> None:
        raise LookupError(change.row.order_id)

    def missed(self) -> None: ...


def test_a_follower_that_breaks_its_word_does_not_silence_the_feed() -> None:
    exchange = an_exchange()
    stop = exchange.follow(DESK, Clumsy())
    with pytest.raises(LookupError):
        exchange.submit(DESK, a_ticket())
    stop()
    tape = a_tape(exchange)

    exchange.submit(DESK, a_ticket("t-2"))

    assert tape.lines[-2:] == ["t-2 accepted 0", "t-2 filled 10"]


def test_a_cancel_through_the_broker_reaches_the_exchange() -> None:
    exchange, _, broker = a_venue()
    broker.submit(a_ticket(limit=90))

    assert broker.cancel(T1) == cancel(exchange, "t-1").report()
