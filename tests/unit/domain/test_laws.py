"""Hold `decide` to what is true of every judgement, whatever the book, the event and the facts."""

import re
from collections import deque
from decimal import Decimal

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import BOT, OTHER_BOT, a_bot, a_report, a_survey
from tests.unit.domain.examples import BRACKET, D, Tale, assert_knows_enough, laps, submitted
from tests.unit.domain.worlds import books, events, facts
from tradecore.domain.book import Book
from tradecore.domain.commands import Cancel, Command, LookUp, Submit, TakeSurvey
from tradecore.domain.deciding import decide
from tradecore.domain.decisions import Decision, Status
from tradecore.domain.events import Event, LookFailed, OrderLost, OrderMissing, OrderReported, ReconcileDue, Surveyed
from tradecore.domain.facts import Facts
from tradecore.domain.money import ZERO, sign
from tradecore.domain.orders import News, Order, OrderType, Purpose, Report, Ticket
from tradecore.domain.parties import Mode
from tradecore.domain.signals import Signal
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.trades import Share
from tradecore.domain.venues import VenueRules

drawing = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
TINY = D("0.000001")
ORDER_ID = re.compile(r"[A-Za-z0-9-]{1,60}")


@st.composite
def judgements(draw: st.DrawFn) -> tuple[Book, Event, Facts]:
    book = draw(books())
    return book, draw(events(book)), draw(facts())


@drawing
@given(judgements())
def test_every_judgement_has_an_answer_and_always_the_same(judgement: tuple[Book, Event, Facts]) -> None:
    first, second = decide(*judgement), decide(*judgement)

    assert first == second
    assert first.book.key == judgement[0].key


@drawing
@given(judgements())
def test_what_is_held_changes_only_by_what_was_filled(judgement: tuple[Book, Event, Facts]) -> None:
    book, event, known = judgement

    decision = decide(book, event, known)

    for bot_id in {share.bot_id for share in (*book.shares, *decision.book.shares)}:
        own = sum((fill.quantity for fill in decision.fills if fill.bot_id == bot_id), ZERO)
        assert decision.book.share(bot_id).quantity == book.share(bot_id).quantity + own
    if not isinstance(event, Surveyed):
        before = {order.id: order for order in (*book.orders, *((known.order,) if known.order else ()))}
        filled = sum(
            ((order.filled - (before[order.id].filled if order.id in before else ZERO)) * order.ticket.side.sign
             for order in decision.orders), ZERO)  # fmt: skip
        assert decision.book.net == book.net + filled


@drawing
@given(books(), st.data())
def test_where_no_entry_can_come_of_it_nobody_need_know_how_the_account_stands(book: Book, data: st.DataObject) -> None:
    for _ in range(4):
        event, known = data.draw(events(book)), data.draw(facts())
        assert_knows_enough(book, event, known)
        book = decide(book, event, known).book


@drawing
@given(judgements())
def test_the_money_of_every_share_agrees_with_itself(judgement: tuple[Book, Event, Facts]) -> None:
    decision = decide(*judgement)

    for share in decision.book.shares:
        assert_agrees(share, decision.book.point_value)


def assert_agrees(share: Share, point_value: Decimal) -> None:
    """Check that quantity, entries, exits and cash of *share* tell the same story."""
    trade = share.trade
    assert trade is not None
    side = sign(share.quantity)
    assert trade.entered - trade.exited == abs(share.quantity)
    assert trade.largest >= abs(share.quantity)
    if point_value == 1:
        assert abs(trade.cash - side * (trade.exited_value - trade.entered_value)) < TINY


@drawing
@given(judgements())
def test_an_entry_is_never_sent_where_a_gate_says_no(judgement: tuple[Book, Event, Facts]) -> None:
    book, _, known = judgement

    decision = decide(*judgement)

    for ticket in fresh(book, decision, Purpose.ENTRY):
        order = decision.known(ticket.id)
        assert order is not None
        bot = known.bot(order.bot_id)
        assert bot is not None
        assert bot.active
        assert known.hours is not None
        assert known.hours.now is not None
        assert known.halt_level(bot) is None
        assert known.quote is not None
        assert not decision.book.drift
        assert decision.book.share(bot.id).quantity * ticket.signed >= 0, "an entry never closes"
        if ticket.side.sign < 0:
            assert known.instrument is not None
            assert known.instrument.shortable
            assert known.rules.shorts


@drawing
@given(judgements())
def test_an_exit_is_never_larger_than_what_it_closes(judgement: tuple[Book, Event, Facts]) -> None:
    book, _, known = judgement

    decision = decide(*judgement)

    for ticket in fresh(book, decision, Purpose.EXIT):
        order = decision.known(ticket.id)
        assert order is not None
        held = decision.book.share(order.bot_id).quantity
        assert ticket.quantity <= abs(held)
        assert sign(ticket.signed) == -sign(held)
    for ticket in fresh(book, decision, Purpose.FLATTEN):
        assert ticket.signed == -decision.book.net
    for ticket in fresh(book, decision, Purpose.STOP):
        order = decision.known(ticket.id)
        assert order is not None
        held = decision.book.share(order.bot_id).quantity
        assert ticket.quantity <= abs(held)
        assert sign(ticket.signed) == -sign(held)
    if not known.rules.crosses_zero:
        for ticket in (*fresh(book, decision, Purpose.EXIT), *fresh(book, decision, Purpose.ENTRY)):
            net = decision.book.net
            assert net == 0 or sign(net + ticket.signed) != -sign(net)


@drawing
@given(judgements())
def test_no_order_is_sent_into_a_refusal_that_the_rules_make_certain(judgement: tuple[Book, Event, Facts]) -> None:
    book, _, known = judgement

    decision = decide(*judgement)

    overdue = book.plan is not None and book.plan.clear_by is not None
    for ticket in fresh(book, decision, Purpose.ENTRY) if known.rules.refuses_wash_trades else ():
        against = [o for o in decision.book.orders if o.ticket.side is not ticket.side and is_plain(o)]
        assert ticket.bracket is not None or not [o for o in against if o.id != ticket.id]
    for ticket in fresh(book, decision, Purpose.STOP):
        if known.rules.refuses_wash_trades:
            assert not [o for o in decision.book.orders if o.ticket.side is not ticket.side and is_plain(o)]
        if not known.rules.crosses_zero and decision.book.net * ticket.side.sign < 0:
            assert ticket.quantity <= abs(decision.book.net)
    for ticket in submitted(decision):
        if ticket.reduce_only and book.order(ticket.id) is None and not overdue:
            assert known.rules.reduce_only
            net = decision.book.net
            assert sign(ticket.signed) == -sign(net)
            assert ticket.quantity <= abs(net)


def is_plain(order: Order) -> bool:
    return order.parent_id is None and order.ticket.bracket is None


def fresh(book: Book, decision: Decision, purpose: Purpose) -> list[Ticket]:
    """Return the orders of *purpose* that *decision* sends and that the book did not have before."""
    return [t for t in submitted(decision) if t.purpose is purpose and book.order(t.id) is None]


@drawing
@given(judgements())
def test_every_order_has_an_id_of_its_own_that_every_venue_takes(judgement: tuple[Book, Event, Facts]) -> None:
    decision = decide(*judgement)

    ids = [ticket.id for ticket in submitted(decision)]
    assert all(ORDER_ID.fullmatch(order_id) for order_id in ids)
    assert len(ids) == len(set(ids))


@drawing
@given(judgements())
def test_no_exit_is_ever_refused(judgement: tuple[Book, Event, Facts]) -> None:
    book, event, known = judgement

    decision = decide(book, event, known)

    wishes = [*book.waiting, *((book.plan.wish,) if book.plan else ())]
    exits = {wish.id for wish in wishes if wish.signal.is_exit}
    for verdict in decision.verdicts:
        assert verdict.alert_id not in exits or verdict.refusal is None


@drawing
@given(judgements(), st.sampled_from(["silent", "down", "denying", "repeating"]))
def test_a_judgement_and_all_that_follows_from_it_at_once_come_to_an_end(
    judgement: tuple[Book, Event, Facts], world: str
) -> None:
    book, event, known = judgement

    def answer(command: Command) -> Event | None:
        match world, command:
            case "down", LookUp() | TakeSurvey():
                return LookFailed(why="line")
            case "denying", LookUp(order_id=order_id):
                return OrderMissing(order_id=order_id)
            case "denying", TakeSurvey():
                return a_survey(0)
            case "denying", Submit(ticket=ticket):
                return OrderLost(order_id=ticket.id, why="timeout")
            case "repeating", LookUp():
                return event if isinstance(event, OrderReported) else None
            case "repeating", TakeSurvey():
                return event if isinstance(event, Surveyed) else None
            case _:
                return None

    assert laps(book, event, known, answer, limit=100) < 100


# ---------------------------------------------------------------- whole histories

TWO = (
    a_bot(protection=BRACKET, mode=Mode.PYRAMID),
    a_bot(id=OTHER_BOT, timeframe=Timeframe(300)),
)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), st.booleans(), st.booleans())
def test_through_any_history_no_id_comes_twice_and_the_books_balance(
    data: st.DataObject, crosses: bool, brackets: bool
) -> None:
    tale = Tale(*TWO, rules=VenueRules(crosses_zero=crosses, brackets=brackets))
    sent: dict[str, Ticket] = {}
    held = {BOT: ZERO, OTHER_BOT: ZERO}

    for number in range(data.draw(st.integers(1, 25))):
        after = data.draw(st.sampled_from([0, 0, 1, 3, 61]))
        decision = tale.hear(data.draw(events(tale.book, f"A{number}")), after=after)

        for ticket in submitted(decision):
            assert sent.setdefault(ticket.id, ticket) == ticket, "an id that came twice is the same order"
        for fill in decision.fills:
            if fill.bot_id in held:
                held[fill.bot_id] += fill.quantity
        for bot_id, quantity in held.items():
            assert tale.held(bot_id) == quantity
        for share in tale.book.shares:
            assert_agrees(share, tale.book.point_value)


class SoundVenue:
    """A venue that does what it is asked, at once; it begins with what the tale's book believes of it."""

    def __init__(self, tale: Tale) -> None:
        self.net = tale.book.net
        self.reports: dict[str, Report] = {}
        for order in tale.book.orders:
            self._place(order.ticket, order.filled)

    def answer(self, command: Command) -> Event | None:
        match command:
            case Submit(ticket=ticket):
                return OrderReported(report=self._place(ticket))
            case Cancel(order_id=order_id) if order_id in self.reports:
                known = self.reports[order_id]
                if known.news is News.ACCEPTED:
                    self.reports[order_id] = evolve(known, news=News.CANCELLED)
                return OrderReported(report=self.reports[order_id])
            case LookUp(order_id=order_id):
                found = self.reports.get(order_id)
                return OrderReported(report=found) if found is not None else OrderMissing(order_id=order_id)
            case TakeSurvey():
                working = (report for report in self.reports.values() if report.news is News.ACCEPTED)
                return a_survey(self.net, *working)
            case _:
                return None

    def _place(self, ticket: Ticket, filled: Decimal = ZERO) -> Report:
        if ticket.id not in self.reports:
            fills = ticket.type is OrderType.MARKET
            total = max(filled, ticket.quantity) if fills else filled
            self.net += (total - filled) * ticket.side.sign
            news = News.FILLED if fills else News.ACCEPTED
            self.reports[ticket.id] = a_report(ticket, news, filled=total).report
        return self.reports[ticket.id]


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data(), st.booleans(), st.booleans())
def test_after_any_history_a_sound_venue_and_flat_lead_to_an_empty_book(
    data: st.DataObject, crosses: bool, brackets: bool
) -> None:
    tale = Tale(*TWO, rules=VenueRules(crosses_zero=crosses, brackets=brackets))
    for number in range(data.draw(st.integers(0, 15))):
        tale.hear(data.draw(events(tale.book, f"A{number}")), after=data.draw(st.sampled_from([0, 1, 61])))
    venue = SoundVenue(tale)

    tale.hear(ReconcileDue(why="start"))
    tale.alert(Signal.FLAT, "THEEND")
    line = deque(command for decision in tale.decisions[-2:] for command in decision.commands)
    for _ in range(300):
        while line:
            event = venue.answer(line.popleft())
            if event is not None:
                line.extend(tale.hear(event).commands)
        if "THEEND" in tale.verdicts and tale.book.is_idle:
            break
        line.extend(tale.wake(after=2).commands)

    assert (tale.book.shares, tale.book.net, venue.net) == ((), 0, 0)
    assert tale.book.plan is None
    assert tale.verdicts["THEEND"].status is Status.DONE
