"""Test that the Gateway's answers are read tolerantly, and never guessed at."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tradecore.adapters.projectx import reading
from tradecore.adapters.projectx.contracts import contract
from tradecore.adapters.projectx.roster import Roster, is_ours
from tradecore.domain.errors import MalformedError
from tradecore.domain.ids import OrderId, Symbol
from tradecore.domain.orders import News, Report, Side

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MES = Symbol("MESZ2026")
# As one was seen over REST.
ORDER = json.loads(
    '{"id":3408995737,"accountId":26282486,"contractId":"CON.F.US.MNQ.U26","symbolId":"F.US.MNQ",'
    '"creationTimestamp":"2026-08-16T23:26:02.15673+00:00","updateTimestamp":"2026-08-16T23:27:00.301751+00:00",'
    '"status":3,"type":1,"side":1,"size":1,"limitPrice":30203.5,"stopPrice":null,"fillVolume":0,"filledPrice":null,'
    '"customTag":"a-1-1-TP","parentOrderId":3408995735,"linkedOrderId":3408995736}',
    parse_float=Decimal,
)
CONTRACT = {
    "id": "CON.F.US.MES.Z26", "name": "MESZ6", "description": "Micro E-mini S&P 500: December 2026",
    "tickSize": Decimal("0.25"), "tickValue": Decimal("1.25"), "activeContract": True, "symbolId": "F.US.MES",
}  # fmt: skip


def read(**changes: object) -> Report:
    return reading.report(ORDER | changes, OrderId("a-1-1-TP"), MES, NOW)


def test_an_order_is_read_with_its_own_time_and_exact_numbers() -> None:
    found = read(status=1, fillVolume=1, size=2, filledPrice=Decimal("6335.250000000"))

    assert (found.news, found.filled, found.average_price) == (News.ACCEPTED, 1, Decimal("6335.25"))
    assert found.at == datetime(2026, 8, 16, 23, 27, 0, 301751, tzinfo=UTC)
    assert (found.symbol, found.side, found.quantity, found.broker_order_id) == (MES, Side.SELL, 2, "3408995737")
    assert found.works_at == Decimal("30203.5")
    assert read(type=4, limitPrice=None, stopPrice=Decimal("5.25")).works_at == Decimal("5.25")


@pytest.mark.parametrize(("status", "news"), [
    (1, News.ACCEPTED), (2, News.FILLED), (3, News.CANCELLED), (4, News.EXPIRED), (5, News.REJECTED),
    (6, News.ACCEPTED), (7, News.CANCEL_PENDING), (8, News.HELD),
])  # fmt: skip
def test_each_status_means_one_news(status: int, news: News) -> None:
    assert read(status=status).news is news


def test_what_may_be_missing_is_not_needed() -> None:
    found = reading.report({"id": 5, "status": 8, "somethingNew": [1]}, None, MES, NOW)

    assert (found.news, found.at, found.side, found.quantity, found.filled) == (News.HELD, NOW, None, None, 0)


@pytest.mark.parametrize("wrong", [
    {"id": None}, {"id": "5"}, {"status": None}, {"status": 0}, {"status": 9}, {"status": True}, {"fillVolume": "many"},
    {"fillVolume": 2, "filledPrice": None}, {"fillVolume": 2, "filledPrice": 0}, {"size": "Infinity"},
    {"updateTimestamp": "today"},
])  # fmt: skip
def test_what_cannot_be_read_is_never_guessed(wrong: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        read(**wrong)


@pytest.mark.parametrize(("text", "microseconds"), [
    ("2026-08-19T20:51:31+00:00", 0), ("2026-08-19T20:51:31.5Z", 500_000), ("2026-08-19T20:51:31.348+00:00", 348_000),
    ("2026-08-19T20:51:31.15673+00:00", 156_730), ("2026-08-19T20:51:31.4347534+00:00", 434_753),
    ("2026-08-19T15:51:31.4347534-05:00", 434_753), ("2026-08-19T20:51:31", 0),
])  # fmt: skip
def test_a_moment_has_none_to_seven_decimals(text: str, microseconds: int) -> None:
    expected = datetime(2026, 8, 19, 20, 51, 31, microseconds, tzinfo=UTC)

    assert reading.moment({"t": text}, "t") == expected


@pytest.mark.parametrize(("kind", "size", "net"), [(1, 2, 2), (2, 2, -2), (0, 0, 0), (1, 0, 0)])
def test_a_positions_sign_is_that_of_its_type(kind: int, size: int, net: int) -> None:
    assert reading.held({"type": kind, "size": size}) == net


@pytest.mark.parametrize(
    "wrong", [{"type": 0, "size": 2}, {"type": 3, "size": 1}, {"type": 1, "size": -1}, {"type": 1}]
)
def test_a_position_of_no_known_side_is_never_guessed(wrong: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        reading.held(wrong)


def test_a_list_may_be_null_and_must_be_there() -> None:
    assert reading.rows({"orders": None}, "orders") == ()
    several: tuple[dict[str, object], ...] = ({}, {"orders": {}}, {"orders": [1]})
    for wrong in several:
        with pytest.raises(MalformedError):
            reading.rows(wrong, "orders")


def test_a_trade_costs_fees_and_commission_unless_it_was_taken_back() -> None:
    trade = {"fees": Decimal("0.36"), "commissions": Decimal("0.25"), "voided": False}

    assert reading.cost(trade) == Decimal("0.61")
    assert reading.cost(trade | {"commissions": None}) == Decimal("0.36")
    assert reading.cost(trade | {"voided": True}) == 0


# ---------------------------------------------------------------- contracts


@pytest.mark.parametrize(("name", "description", "symbol", "root"), [
    ("MESZ6", "Micro E-mini S&P 500: December 2026", "MESZ2026", "MES"), ("6EZ6", "Euro FX", "6EZ2026", "6E"),
    ("M2KZ6", "", "M2KZ2026", "M2K"), ("CLV6", "Crude Light: October 2026", "CLV2026", "CL"),
    ("MCLF7", "Micro Crude Oil: January 2027", "MCLF2027", "MCL"), ("MESH25", "", "MESH2025", "MES"),
    ("ESH0", "E-mini: March 2030", "ESH2030", "ES"), ("ESH0", "", "ESH2030", "ES"), ("ESZ5", "", "ESZ2025", "ES"),
    ("Spread ES-NQ", "", "CON.F.US.MES.Z26", "CON.F.US.MES.Z26"),
])  # fmt: skip
def test_a_contract_is_called_what_its_name_says_and_not_its_id(
    name: str, description: str, symbol: str, root: str
) -> None:
    found = contract(CONTRACT | {"name": name, "description": description}, NOW)

    assert (found.symbol, found.root, found.id) == (symbol, root, "CON.F.US.MES.Z26")


def test_a_contract_becomes_an_instrument_with_an_exact_grid() -> None:
    found = contract(CONTRACT, NOW).instrument

    assert (found.tick_size, found.tick_value, found.point_value) == (Decimal("0.25"), Decimal("1.25"), 5)
    assert (found.active, found.tradable, found.venue_id) == (True, True, "CON.F.US.MES.Z26")
    assert not contract(CONTRACT | {"activeContract": False}, NOW).instrument.tradable


@pytest.mark.parametrize("wrong", [{"tickSize": 0}, {"tickValue": None}, {"id": None}])
def test_a_contract_without_a_grid_is_not_traded(wrong: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        contract(CONTRACT | wrong, NOW)


# ---------------------------------------------------------------- whose orders


@pytest.mark.parametrize(("tag", "ours"), [
    ("01M7Y863AP0MZ1FEDY80GZTEPY-1-1", True), ("01M7Y863AP0MZ1FEDY80GZTEPY-1-1-SL", True), ("glt-entry-1", False),
    ("0f3a1b2c-aaaa-bbbb", False), (None, False), (5, False), ("", False),
])  # fmt: skip
def test_an_order_with_a_tag_like_ours_is_ours(tag: object, ours: bool) -> None:
    assert is_ours(tag) is ours


def test_a_leg_without_a_tag_is_known_by_its_parent() -> None:
    roster = Roster()
    roster.put(OrderId("a-1-1"), 10)
    leg: dict[str, Any] = {"id": 11, "parentOrderId": 10, "customTag": None}

    assert roster.learn(leg | {"type": 4}) == "a-1-1-SL"
    assert roster.name({"id": 12, "parentOrderId": 10, "type": 1}) == "a-1-1-TP"
    assert roster.name({"id": 13, "parentOrderId": 99, "type": 1}) is None
    assert roster.name({"id": 14, "parentOrderId": 10, "type": 1, "customTag": "theirs"}) is None


def test_what_is_older_than_what_was_heard_is_no_news_but_a_fill_is() -> None:
    roster = Roster()
    late, early = "2026-08-16T23:27:00.2+00:00", "2026-08-16T23:27:00.1+00:00"
    order: dict[str, Any] = {"id": 5, "status": 1, "fillVolume": 1, "updateTimestamp": late}

    assert roster.hear(order)
    assert not roster.hear(dict(order)), "it is a repeat"
    assert not roster.hear(order | {"updateTimestamp": early, "status": 8, "fillVolume": 0}), "it is older"
    assert roster.hear(order | {"updateTimestamp": early, "fillVolume": 2}), "a fill is never taken back"
    assert roster.hear(order | {"updateTimestamp": early, "status": 3}), "nor is an end"


def test_a_rejected_order_is_not_noted_for_it_may_be_a_repeat() -> None:
    roster = Roster()

    assert roster.learn({"id": 9, "status": 5, "customTag": "a-1-1"}) == "a-1-1"
    assert roster.broker_id(OrderId("a-1-1")) is None
