"""Test that what the hubs tell is read in each of its shapes, and quotes are put together from what has changed."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pytest

from tradecore.adapters.projectx.events import Kind, Level, QuoteBook, Told, level, read
from tradecore.domain.errors import MalformedError

MNQ: Final = "CON.F.US.MNQ.U26"
ACCOUNT: Final = {"id": 26282486, "name": "PRAC-V2", "balance": Decimal("149848.64"), "canTrade": True}
QUOTE: Final = {
    "symbol": "F.US.MNQ", "bestBid": 29547, "bestAsk": Decimal("29547.5"), "contract": MNQ,
    "lastUpdated": "2026-08-19T20:51:31.4347534+00:00", "timestamp": "2026-08-19T20:51:31.348+00:00",
}  # fmt: skip
LEVEL: Final = {"timestamp": "2026-08-19T20:51:31.4173693+00:00", "type": 4, "price": 29547, "volume": 2}
PRINT: Final = {"symbolId": "F.US.MES", "price": Decimal("7730.5"), "type": 1, "volume": 1, "contractId": MNQ}


def a_change(**changed: Any) -> Told:
    return Told(kind=Kind.QUOTE, row=changed, contract=MNQ)


@pytest.mark.parametrize("arguments", [
    [{"action": 1, "data": ACCOUNT}], [ACCOUNT], [[{"action": 1, "data": ACCOUNT}]], [[ACCOUNT]],
])  # fmt: skip
def test_a_users_event_is_read_wrapped_and_bare(arguments: list[Any]) -> None:
    (told,) = read("GatewayUserAccount", arguments)

    assert (told.kind, told.row, told.contract) == (Kind.ACCOUNT, ACCOUNT, None)


def test_what_nobody_knows_survives() -> None:
    row = {"id": 1, "status": 99, "unknownField": [{}]}

    (told,) = read("GatewayUserOrder", [{"action": 99, "data": row, "more": 1}])

    assert (told.action, told.row) == (99, row)
    assert read("GatewayNews", [1, None, "x"]) == ()


@pytest.mark.parametrize(("target", "row"), [("GatewayTrade", PRINT), ("GatewayDepth", LEVEL)])
def test_trades_and_levels_come_alone_or_in_lists(target: str, row: dict[str, Any]) -> None:
    (alone,) = read(target, [MNQ, row])
    other = row | {"volume": 7}

    assert (alone.contract, alone.row) == (MNQ, row)
    assert [told.row for told in read(target, [MNQ, [row, other]])] == [row, other]
    assert read(target, [MNQ, []]) == ()


def test_the_end_of_a_session_is_told_whatever_comes_with_it() -> None:
    for arguments in ([], ["because"], [{"x": 1}], [None]):
        (told,) = read("GatewayLogout", arguments)
        assert told.kind is Kind.LOGOUT


@pytest.mark.parametrize(("target", "arguments"), [
    ("GatewayUserOrder", ["text"]), ("GatewayUserOrder", [None]), ("GatewayUserOrder", [[1]]), ("GatewayQuote", []),
    ("GatewayQuote", [MNQ]), ("GatewayQuote", [5, QUOTE]), ("GatewayTrade", [MNQ, "text"]),
])  # fmt: skip
def test_what_cannot_be_read_is_said(target: str, arguments: list[Any]) -> None:
    with pytest.raises(MalformedError):
        read(target, arguments)


@pytest.mark.parametrize(("number", "found"), [
    (1, Level.ASK), (3, Level.ASK), (10, Level.ASK), (2, Level.BID), (4, Level.BID), (9, Level.BID), (6, Level.RESET),
    (0, None), (5, None), (7, None), (8, None), (11, None), (99, None),
])  # fmt: skip
def test_a_level_is_bid_or_asked_or_says_nothing(number: int, found: Level | None) -> None:
    assert level(Told(kind=Kind.DEPTH, row=LEVEL | {"type": number}, contract=MNQ)) is found


# ---------------------------------------------------------------- quotes


def test_a_quote_is_what_was_told_last_of_each_field() -> None:
    book = QuoteBook()
    book.take(*read("GatewayQuote", [MNQ, QUOTE | {"lastPrice": Decimal("29547.25"), "volume": 10}]))
    book.take(a_change(bestBid=Decimal("29547.25"), timestamp="2026-08-19T20:51:32+00:00"))

    found = book.quote(MNQ)
    assert found is not None
    assert (found.last, found.bid, found.ask) == (Decimal("29547.25"), Decimal("29547.25"), Decimal("29547.5"))
    assert found.at == datetime(2026, 8, 19, 20, 51, 32, tzinfo=UTC)
    assert found.last_at == datetime(2026, 8, 19, 20, 51, 31, 348000, tzinfo=UTC)
    assert (found.row["volume"], found.row["symbol"]) == (10, "F.US.MNQ")
    assert book.quote("CON.F.US.MES.U26") is None


def test_null_is_no_change_and_nothing_is_no_price() -> None:
    book = QuoteBook()
    book.take(a_change(lastPrice=5, bestBid=4, bestAsk=0))
    found = book.take(a_change(lastPrice=None))

    assert (found.last, found.bid, found.ask, found.at) == (5, 4, None, None)


def test_a_time_that_goes_back_makes_no_quote_older_and_loses_no_price() -> None:
    book = QuoteBook()
    book.take(a_change(lastPrice=5, timestamp="2026-08-19T20:51:32+00:00"))
    found = book.take(a_change(lastPrice=6, timestamp="2026-08-19T20:51:31+00:00"))

    assert (found.last, found.at) == (6, datetime(2026, 8, 19, 20, 51, 32, tzinfo=UTC))


@pytest.mark.parametrize("changed", [
    {"lastPrice": "many"}, {"bestBid": True}, {"bestAsk": Decimal("NaN")}, {"timestamp": "today"},
])  # fmt: skip
def test_a_change_that_cannot_be_read_changes_nothing(changed: dict[str, Any]) -> None:
    book = QuoteBook()
    before = book.take(a_change(lastPrice=5))

    with pytest.raises(MalformedError):
        book.take(a_change(**{"lastPrice": 6, **changed}))
    assert book.quote(MNQ) == before


def test_after_a_gap_nothing_is_known() -> None:
    book = QuoteBook()
    book.take(a_change(lastPrice=5))

    book.clear()
    assert book.quote(MNQ) is None
