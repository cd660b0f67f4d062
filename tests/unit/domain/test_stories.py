"""Tell an alert's story so that a person sees why, or why not."""

from datetime import timedelta

import pytest

from tests.builders import BOT, KEY, MONDAY, OTHER_BOT, USER, a_report, a_survey, an_alert, arrived, some_facts
from tests.desk import Desk
from tests.unit.domain.examples import BUY, CLOSE, D, Tale, a_fill, a_ticket, an_order
from tradecore.domain.decisions import Status
from tradecore.domain.events import (
    CloseAsked,
    DriftAdopted,
    Event,
    FlattenAsked,
    LookFailed,
    OrderLost,
    OrderMissing,
    OrderNotSent,
    ReconcileDue,
    ReduceAsked,
    StopAsked,
    Woken,
)
from tradecore.domain.ids import EventId, OrderId
from tradecore.domain.limits import Judgement
from tradecore.domain.orders import News, OrderState, Side
from tradecore.domain.records import AlertRecord, Judged, OrderRecord
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Alert, Size
from tradecore.domain.stories import Node, say, tell
from tradecore.domain.timeframes import Timeframe
from tradecore.ports.history import Asked


def a_record(alert: Alert | None = None, **changes: object) -> AlertRecord:
    usual = {
        "alert": alert or an_alert(), "key": KEY, "user_id": USER, "account_id": KEY.account_id, "bot_id": BOT,
        "body": "{}", "status": Status.DONE, "outcome": "Opened.",
    }  # fmt: skip
    return AlertRecord(**{**usual, **changes})  # type: ignore[arg-type] # a test's own words


def branch(story: Node, title: str) -> Node:
    return next(node for node in story.children if node.title == title)


def titles(node: Node) -> list[str]:
    return [child.title for child in node.children]


def test_a_story_begins_with_the_alert_and_its_end() -> None:
    story = tell(a_record(), (), (), ())

    assert (story.title, story.detail) == ("BUY AAPL", "done: Opened.")
    assert titles(story) == ["read as"]


def test_a_story_that_has_no_end_yet_says_how_far_it_is() -> None:
    story = tell(a_record(status=Status.PENDING, outcome=""), (), (), ())

    assert story.detail == "pending"


def test_what_was_read_is_told_and_what_the_alert_did_not_say_is_not() -> None:
    alert = an_alert(
        timeframe=Timeframe(900), size=Size(amount=D("2.50")), price=D("190.10"), comment="Long",
        fired_at=MONDAY - timedelta(seconds=2),
    )  # fmt: skip

    full, bare = tell(a_record(alert), (), (), ()), tell(a_record(), (), (), ())

    assert {node.title: node.detail for node in branch(full, "read as").children} == {
        "received": "2026-11-23 15:00:00.000000 UTC", "fired": "2026-11-23 14:59:58 UTC", "bot": BOT,
        "book": "account-1/AAPL", "timeframe": "15 Min", "size": "2.5 units", "price": "190.1", "comment": "Long",
    }  # fmt: skip
    assert titles(branch(bare, "read as")) == ["received", "bot", "book"]


def test_a_size_that_the_form_supplied_is_not_told_as_the_alerts() -> None:
    story = tell(a_record(an_alert(size=Size(amount=D(1), stated=False))), (), (), ())

    assert "size" not in titles(branch(story, "read as"))


def test_every_gate_is_told_with_its_values_and_the_one_that_refused_stands_out() -> None:
    gates = (
        Judgement(name="kill switch", refusal=None, detail="off"),
        Judgement(name="market hours", refusal=Refusal.MARKET_CLOSED, detail="closed"),
    )

    story = tell(a_record(gates=gates), (), (), ())

    assert branch(story, "gates").children == (
        Node("passed: kill switch", "off"), Node("REFUSED: market hours", "closed"))  # fmt: skip


def test_an_order_is_told_with_what_became_of_it_and_its_own_fills() -> None:
    order = an_order(
        a_ticket("A-1-1", Side.SELL, 10), state=OrderState.CANCELLED, filled=D(4), average_price=D("100.10"),
        reason="too late",
    )  # fmt: skip
    fills = (
        a_fill(-4, "100.10", commission=D("1.4")),
        a_fill(-1, order_id=OrderId("B-1-1")),
        a_fill(-2, crossed=True, bot_id=OTHER_BOT),
    )

    story = tell(a_record(), [OrderRecord(key=KEY, order=order)], fills, ())

    (told,) = branch(story, "orders").children
    assert told.title == "entry: sell 10 AAPL market"
    assert told.detail == "cancelled 4 at 100.1 (too late) [A-1-1]"
    assert titles(told) == ["sold 4 at 100.1, commission 1.40"]
    assert titles(branch(story, "crossed inside the account")) == ["sold 2 at 100 for bot bot-5"]


def test_a_whole_story_is_told_from_what_was_stored() -> None:
    desk = Desk(commission_per_unit=D("0.10"))
    desk.send(BUY)
    desk.run()
    desk.price(103)
    desk.send(CLOSE)
    desk.run()
    history, everything = desk.store.history, Asked(limit=100)

    story = tell(
        desk.last(), history.orders(everything), history.fills(everything), history.trades(everything),
        history.judgements(everything),
    )  # fmt: skip

    assert titles(story) == ["read as", "gates", "orders", "result", "what happened, in order"]
    (result,) = branch(story, "result").children
    assert (result.title, result.detail) == ("closed long 10 AAPL, 100 to 103", "net 28.00, commission 2.00")
    assert any("the alert came: CLOSE AAPL" in title for title in titles(branch(story, "what happened, in order")))


def test_what_happened_is_told_with_what_comes_next() -> None:
    tale = Tale()
    before = tale.book
    decision = tale.alert(BUY)
    judged = Judged(event_id=EventId("e"), event=arrived(), before=before, facts=some_facts(), decision=decision)

    story = tell(a_record(), (), (), (), [judged])

    (moment,) = branch(story, "what happened, in order").children
    assert moment.title == "15:00:00.000000 the alert came: BUY AAPL"
    assert moment.detail.endswith("to do; next: open")


EVENTS: list[tuple[Event, str]] = [
    (arrived(CLOSE), "the alert came: CLOSE AAPL"),
    (a_report(a_ticket(), News.CANCELLED, filled=D("3.0")), "the broker reports cancelled, 3 filled"),
    (OrderNotSent(order_id=OrderId("A"), why="line down"), "the broker was not reached: line down"),
    (OrderLost(order_id=OrderId("A"), why="timeout"), "the broker's answer was lost: timeout"),
    (OrderMissing(order_id=OrderId("A")), "the broker does not know the order"),
    (LookFailed(why="timeout"), "the broker could not be asked: timeout"),
    (a_survey(-3, a_report(a_ticket(), News.ACCEPTED).report), "the broker holds -3, with 1 orders working"),
    (Woken(), "time has passed"),
    (ReconcileDue(why="start"), "looked at everything again: start"),
    (FlattenAsked(why="halt"), "everything was to be closed: halt"),
    (CloseAsked(bot_id=BOT, why="risk"), "the bot's share was to be closed: risk"),
    (ReduceAsked(bot_id=BOT, to=D(3), why="ada"), "the bot's share was to be reduced to 3: ada"),
    (
        StopAsked(bot_id=BOT, price=D("98.50"), request_id="R", by="ada"),
        "ada wanted the stop of the bot's share at 98.5 (request R)",
    ),
    (DriftAdopted(quantity=D("3.0"), by="ada"), "ada took 3 as held by hand"),
]


@pytest.mark.parametrize(("event", "words"), EVENTS)
def test_every_event_is_said_in_words(event: Event, words: str) -> None:
    assert say(event) == words


def test_no_event_is_left_without_words() -> None:
    assert {type(event) for event, _ in EVENTS} == set(Event.__args__)


def test_a_price_in_a_story_has_no_endless_digits() -> None:
    order = an_order(state=OrderState.FILLED, filled=D(3), average_price=D(1) / 3)

    story = tell(a_record(), [OrderRecord(key=KEY, order=order)], (), ())

    assert "filled 3 at 0.333333 " in branch(story, "orders").children[0].detail
