"""Measure what an alert costs in thought alone: judging it on books as they come, writing that down, reading it back.

Every limit is set and every gate has something to compare, so that nothing is cheap by being left out.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from attrs import evolve, frozen

from tests.builders import AAPL, MONDAY, a_book, a_bot, a_report, a_user, an_account, arrived, some_facts
from tests.unit.domain.examples import BRACKET, submitted
from tradecore.adapters.encoding.codec import Form
from tradecore.domain.book import Book
from tradecore.domain.commands import Submit
from tradecore.domain.deciding import decide
from tradecore.domain.decisions import Decision
from tradecore.domain.events import Event
from tradecore.domain.facts import Facts
from tradecore.domain.ids import BotId, HaltId
from tradecore.domain.limits import AccountLimits, BotLimits, Day, DrawdownForm, TrailingDrawdown, UserLimits
from tradecore.domain.orders import News, Ticket
from tradecore.domain.parties import Halt, HaltLevel
from tradecore.domain.sessions import GetFlat, Window
from tradecore.domain.signals import INTENTIONS, Direction, Signal, Size
from tradecore.domain.sizing import RiskPercent
from tradecore.domain.venues import AccountState

Line = tuple[str, Callable[[], object], str, Callable[[], object]]

_BOTS = tuple(BotId(f"bot-{minutes}") for minutes in (5, 15, 60, 240))


@frozen(kw_only=True)
class Case:
    """One event, and what it meets."""

    name: str
    book: Book
    event: Event
    facts: Facts

    def judge(self) -> Decision:
        return decide(self.book, self.event, self.facts)


def full_facts(seconds: int = 0) -> Facts:
    """Return facts about four bots in one account, with every limit set, and none reached."""
    equity, money = Decimal(52_310), Decimal(2_000)
    window = Window(opens=time(9, 30), closes=time(16), weekdays=frozenset(range(5)))
    limits = BotLimits(
        unrealised_loss_percent=Decimal(5), daily_loss=money, position_max=Decimal(100), alert_age_max=300,
        price_gap_percent=Decimal(2))  # fmt: skip
    bots = [a_bot(id=bot_id, sizing=RiskPercent(Decimal("0.05")), limits=limits, protection=BRACKET, window=window)
            for bot_id in _BOTS]  # fmt: skip
    drawdown = TrailingDrawdown(amount=money, start=Decimal(50_000), form=DrawdownForm.INTRADAY)
    account = an_account(get_flat=GetFlat(), limits=AccountLimits(
        daily_loss=money, daily_profit=money, losing_streak=5, position_max=Decimal(500), positions_max=9,
        orders_per_minute=60, drawdown=drawdown))  # fmt: skip
    day = Day(realised=Decimal("123.45"), unrealised=Decimal("-67.8"), at_risk=Decimal(120))
    elsewhere = Halt(id=HaltId("halt"), level=HaltLevel.NO_ENTRIES, reason="news", by="ada", at=MONDAY,
                     account_id=account.id, bot_id=BotId("bot-another"))  # fmt: skip
    return some_facts(
        *bots, seconds=seconds, account=account, user=a_user(limits=UserLimits(daily_loss=money)), halts=(elsewhere,),
        state=AccountState(equity=equity, buying_power=2 * equity, at=MONDAY), equity_high=equity + money / 4,
        days=dict.fromkeys(_BOTS, day), account_day=day, user_day=day, losses_in_a_row=1, positions_open=3,
        orders_last_minute=4, instrument=evolve(AAPL))  # fmt: skip


def an_entry(signal: Signal, bot_id: BotId, name: str) -> Event:
    """Return an alert as TradingView's strategies send them."""
    fired_at = datetime(2026, 11, 23, 14, 59, 58, tzinfo=UTC)
    return arrived(signal, name, bot_id, size=Size(amount=Decimal(1), stated=False), price=Decimal("99.9"),
                   fired_at=fired_at, comment="Opening range breakout, long")  # fmt: skip


def taken(book: Book, bot_id: BotId, name: str) -> Book:
    """Return *book* with a long of the bot, its stop and its target at the venue."""
    facts = full_facts()
    decision = decide(book, an_entry(Signal.BUY, bot_id, name), facts)
    (ticket,) = submitted(decision)
    for report in (a_report(ticket, News.ACCEPTED), a_report(ticket, commission=Decimal("0.35"))):
        decision = decide(decision.book, report, facts)
    for leg, news in zip(decision.book.orders[-2:], (News.HELD, News.ACCEPTED), strict=True):
        decision = decide(decision.book, a_report(leg.ticket, news), facts)
    return decision.book


def three_longs() -> Book:
    """Return a book in which three bots hold something, each with a stop and a target at the venue."""
    book = a_book()
    for number, bot_id in enumerate(_BOTS[:3]):
        book = taken(book, bot_id, f"01M7Y863AP0MZ1FEDY80GZTEP{number}")
    return book


def cases() -> Iterator[Case]:
    """Yield the events that make up nearly all of a day, each on the book that it meets."""
    facts, full, new = full_facts(), three_longs(), _BOTS[3]
    name = "01M7Y863AP0MZ1FEDY80GZTEPY"
    yield Case(name="alert to order, empty book", book=a_book(), event=an_entry(Signal.BUY, new, name), facts=facts)
    entry = Case(name="alert to order, three longs", book=full, event=an_entry(Signal.BUY, new, name), facts=facts)
    yield entry
    working, ticket = entry.judge().book, _ticket(entry.judge())
    yield Case(name="entry accepted", book=working, event=a_report(ticket, News.ACCEPTED), facts=facts)
    part = a_report(ticket, News.ACCEPTED, filled=ticket.quantity - 1, average_price=Decimal(100))
    yield Case(name="entry filled in part", book=working, event=part, facts=facts)
    yield Case(name="entry filled", book=working, event=a_report(ticket), facts=facts)
    yield Case(name="stop filled", book=full, event=a_report(full.orders[0].ticket), facts=facts)
    flip = Case(name="flip: alert to cancels", book=full, event=an_entry(Signal.SELL, _BOTS[0], name), facts=facts)
    yield flip
    stop, target = (order.ticket for order in flip.judge().book.orders if order.bot_id == _BOTS[0])
    book = decide(flip.judge().book, a_report(stop, News.CANCELLED), facts).book
    close = Case(name="flip: cancelled to close", book=book, event=a_report(target, News.CANCELLED), facts=facts)
    yield close
    closing = close.judge()
    yield Case(name="flip: closed to entry", book=closing.book, event=a_report(_ticket(closing)), facts=facts)


def _ticket(decision: Decision) -> Ticket:
    return next(command.ticket for command in decision.commands if isinstance(command, Submit))


def lines() -> Iterator[Line]:
    """Yield each path with what the least of it costs: a name and an action, and the same for its baseline."""
    for case in cases():
        yield f"decide: {case.name}", case.judge, "one table look-up", _look_up
    case = next(case for case in cases() if case.name == "entry filled")
    # Forms that remember nothing: the engine's are as fast as this at worst.
    forms: tuple[Form[Any], ...] = (Form(Event), Form(Book), Form(Facts), Form(Decision))
    values = (case.event, case.book, case.facts, case.judge())
    texts = [form.write(value) for form, value in zip(forms, values, strict=True)]
    trees = [json.loads(text) for text in texts]
    yield (
        "write a judgement as text", lambda: [form.write(value) for form, value in zip(forms, values, strict=True)],
        "json.dumps of the same", lambda: [json.dumps(tree) for tree in trees],
    )  # fmt: skip
    yield (
        "read a judgement's text", lambda: [form.read(text) for form, text in zip(forms, texts, strict=True)],
        "json.loads of the same", lambda: [json.loads(text) for text in texts],
    )  # fmt: skip


def _look_up() -> object:
    return INTENTIONS[Signal.BUY, Direction.FLAT]
