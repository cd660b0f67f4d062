"""What is written can be read, and what cannot be read is said to be unreadable."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests import strategies
from tests.builders import MONDAY, a_book, a_bot, arrived, some_facts
from tests.unit.domain.examples import D, a_share, a_stop, a_ticket, an_order
from tradecore.adapters.encoding import codec
from tradecore.adapters.encoding.codec import Form
from tradecore.domain.book import Book, Plan, Step, StepKind, Wish
from tradecore.domain.decisions import Decision
from tradecore.domain.errors import MalformedError
from tradecore.domain.events import Event, OrderLost, Woken
from tradecore.domain.ids import OrderId, PlanId
from tradecore.domain.instruments import Instrument
from tradecore.domain.limits import Judgement
from tradecore.domain.orders import Bracket, Order
from tradecore.domain.parties import Account, Bot, Halt, Token, User
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Alert, Signal
from tradecore.domain.trades import Fill, Share, Trade
from tradecore.domain.values import evolve

FORMS: list[tuple[Form[Any], Any]] = [
    (codec.ALERT, Alert),
    (codec.GATES, tuple[Judgement, ...]),
    (codec.ORDER, Order),
    (codec.FILL, Fill),
    (codec.TRADE, Trade),
    (codec.SHARE, Share),
    (codec.USER, User),
    (codec.ACCOUNT, Account),
    (codec.BOT, Bot),
    (codec.TOKEN, Token),
    (codec.HALT, Halt),
    (codec.INSTRUMENT, Instrument),
]
# Values as large as these take minutes to shrink; their parts are drawn alone as well, and shrink at once.
LARGE = settings(
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow],
)


# As it was written before what is nothing was left out.
OLD_BOOK = (
    '{"key":{"account_id":"account-1","symbol":"AAPL"},"version":0,"instrument":{"symbol":"AAPL","root":"AAPL",'
    '"kind":"EQUITY","market":"US_EQUITIES","tick_size":"0.01","tick_value":"0.01","lot_step":"1E-9","tradable":true,'
    '"shortable":true,"active":true,"expires":null,"venue_id":""},"shares":[{"bot_id":"bot-15","quantity":"10",'
    '"cost":"1000","trade":{"id":"T-bot-15","opened_at":"2026-11-23T15:00:00+00:00","opened_by":"OLD",'
    '"direction":"LONG","cash":"-1000","commission":"0","entered":"10","entered_value":"1000","exited":"0",'
    '"exited_value":"0","largest":"10"},"stop_price":"98","target_price":null,"cover_at":null,"stops_lost":0}],'
    '"external":"0","drift":"0","orders":[{"ticket":{"id":"OLD-1-1-SL","symbol":"AAPL","side":"SELL","quantity":"10",'
    '"type":"STOP","limit_price":null,"stop_price":"98","purpose":"STOP","bracket":null},"plan_id":"OLD",'
    '"bot_id":"bot-15","created_at":"2026-11-23T15:00:00+00:00","state":"WORKING","broker_order_id":null,'
    '"filled":"0","average_price":null,"commission":"0","reason":"","shared_by":[],"changed_at":null,"guard":null,'
    '"size":null,"sends":0,"send_at":null,"cancel_at":null,"looks":0,"looks_missing":0,"denied_at":null,'
    '"look_at":null}],"plan":null,"waiting":[],"suspicion":null,"surveyed_at":"2026-11-23T15:00:00+00:00","strays":0,'
    '"moves":0,"remind_at":null,"survey_at":null}'
)


def read_again(form: Form[Any], value: Any) -> Any:
    """Return *value* as another process reads it, which has nothing to remember."""
    return Form(form.of).read(form.write(value))


@LARGE
@given(strategies.events)
def test_an_event_is_read_as_it_was_written(event: Event) -> None:
    assert read_again(codec.EVENT, event) == event


@LARGE
@given(strategies.commands)
def test_a_command_is_read_as_it_was_written(command: Any) -> None:
    assert read_again(codec.COMMAND, command) == command


@LARGE
@given(strategies.books)
def test_a_book_is_read_as_it_was_written(book: Book) -> None:
    assert read_again(codec.BOOK, book) == book


@LARGE
@given(strategies.all_facts)
def test_facts_are_read_as_they_were_written(facts: Any) -> None:
    assert read_again(codec.FACTS, facts) == facts


@LARGE
@given(strategies.decisions)
def test_a_decision_is_read_as_it_was_written(decision: Any) -> None:
    assert read_again(codec.DECISION, decision) == decision


@pytest.mark.parametrize(("form", "of"), FORMS, ids=lambda one: getattr(one, "__name__", "form"))
@given(data=st.data())
def test_everything_else_is_read_as_it_was_written(form: Form[Any], of: Any, data: st.DataObject) -> None:
    value = data.draw(strategies.values(of))

    assert read_again(form, value) == value


@given(st.text() | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("kind"), inner)).map(json.dumps))  # fmt: skip
@example("{}")
@example("[" * 100_000)
@example('{"kind": "Submit"}')
@example('{"kind": ["Woken"]}')
@example('{"kind": "Woken", "more": 1}')
def test_any_other_text_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        codec.EVENT.read(text)


def test_the_smallest_event_needs_only_its_name() -> None:
    assert codec.EVENT.read('{"kind": "Woken"}') == Woken()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", 1),
        ("quantity", 1.5),
        ("quantity", "NaN"),
        ("quantity", "Infinity"),
        ("quantity", "1e999999999"),
        ("quantity", "1_000"),
        ("quantity", "\N{ARABIC-INDIC DIGIT ONE}"),
        ("quantity", "9" * 101),
        ("quantity", None),
        ("price", True),
        ("at", "2026-11-23T15:00:00"),
        ("at", "yesterday"),
        ("at", 1_700_000_000),
        ("symbol", None),
        ("symbol", ["AAPL"]),
        ("crossed", 1),
        ("crossed", "false"),
        ("colour", "blue"),
    ],
)
def test_a_field_of_the_wrong_kind_is_malformed(field: str, value: object) -> None:
    fill = Fill(
        order_id=None, plan_id="P", bot_id=None, symbol="AAPL", quantity=Decimal(1), price=Decimal(2), at=MONDAY)  # type: ignore[arg-type]  # ids are texts  # fmt: skip
    stored = json.loads(codec.FILL.write(fill)) | {field: value}

    with pytest.raises(MalformedError, match="Fill"):
        codec.FILL.read(json.dumps(stored))


def test_a_value_that_the_domain_refuses_is_malformed() -> None:
    stored = json.loads(codec.BOT.write(a_bot()))
    stored["sizing"]["quantity"] = "0"

    with pytest.raises(MalformedError, match="above zero"):
        codec.BOT.read(json.dumps(stored))


def test_a_stop_of_the_whole_price_that_was_stored_once_is_read_as_none() -> None:
    kept = Protection(target=Distance(D(150), DistanceUnit.PERCENT))
    stored = json.loads(codec.BOT.write(a_bot(protection=kept)))
    stored["protection"]["stop"] = {"amount": "200", "unit": "PERCENT"}

    assert codec.BOT.read(json.dumps(stored)) == a_bot(protection=kept)


def test_a_share_that_contradicts_itself_is_malformed() -> None:
    with pytest.raises(MalformedError):
        codec.SHARE.read('{"bot_id": "B", "quantity": "5"}')


def test_a_row_of_the_older_form_is_read() -> None:
    book = a_book(shares=(a_share(10, stop_price=D(98)),), orders=(a_stop(),))

    assert codec.BOOK.read(OLD_BOOK) == book
    assert len(codec.BOOK.write(book)) < len(OLD_BOOK) * 2 / 3


def test_an_older_row_is_read_with_the_defaults_of_newer_fields() -> None:
    stored = json.loads(codec.BOT.write(a_bot()))
    for newer in ("mode", "active"):
        del stored[newer]

    assert codec.BOT.read(json.dumps(stored)) == a_bot()


def test_a_bracket_of_before_is_read_without_the_price_that_it_was_counted_from() -> None:
    bracket = Bracket(stop_price=D(98), reference=D(100))
    order = an_order(a_ticket("E", bracket=bracket), guard=bracket)
    stored = codec.ORDER.write(order)

    assert codec.ORDER.read(stored.replace(',"reference":"100"', "")) == an_order(
        a_ticket("E", bracket=evolve(bracket, reference=None)), guard=evolve(bracket, reference=None)
    )


def test_only_nothing_is_left_out_so_that_other_defaults_may_change() -> None:
    stored = json.loads(codec.BOT.write(a_bot()))

    assert stored["limits"] == {"quote_age_max": 60}
    assert stored["mode"] == "SIGNAL"
    assert stored["active"] is True
    assert not {"window", "duplicate_window", "name"} & stored.keys()


def test_zero_is_written_where_nothing_would_mean_something_else() -> None:
    step = Step(kind=StepKind.OPEN, to=D(0))
    wish = Wish(id=PlanId("P"), signal=Signal.BUY, bot_id=None, came_at=MONDAY)
    book = a_book(plan=Plan(wish=wish, steps=(step,), started_at=MONDAY, deadline=MONDAY))

    read = read_again(codec.BOOK, book)

    assert read.plan.step == step


def test_what_is_remembered_is_the_same_value_and_what_is_not_is_an_equal_one() -> None:
    book, decision = a_book(moves=7), Decision(book=a_book(moves=7))

    assert codec.BOOK.read(codec.BOOK.write(book)) is book
    assert codec.DECISION.read(codec.DECISION.write(decision)) is not decision


def test_what_is_remembered_does_not_grow_for_ever() -> None:
    form: Form[Book] = Form(Book, remembers=True)

    for number in range(2000):
        form.write(a_book())
        form.write(a_book(moves=number))

    assert len(form._values) + len(form._texts) < 1000


def test_a_row_without_what_it_cannot_do_without_is_malformed() -> None:
    stored = json.loads(codec.BOOK.write(a_book()))
    del stored["key"]

    with pytest.raises(MalformedError, match="key"):
        codec.BOOK.read(json.dumps(stored))


def test_enums_are_written_by_name_so_that_their_words_may_change() -> None:
    gate = Judgement(name="daily loss", refusal=Refusal.DAILY_LOSS_REACHED, detail="lost 500")

    assert json.loads(codec.GATES.write((gate,)))[0]["refusal"] == "DAILY_LOSS_REACHED"


def test_numbers_keep_every_digit() -> None:
    facts = some_facts(equity_high=Decimal("1234567.123456789012345678"))

    assert read_again(codec.FACTS, facts).equity_high == Decimal("1234567.123456789012345678")


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    there = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=-5)))
    read = read_again(codec.EVENT, arrived(received_at=there))

    assert read == arrived(received_at=there.astimezone(UTC))


def test_what_is_stored_says_what_it_is() -> None:
    text = codec.EVENT.write(OrderLost(order_id=OrderId("O1"), why="timeout"))

    assert json.loads(text) == {"kind": "OrderLost", "order_id": "O1", "why": "timeout"}
