"""Test that Alpaca's answers are read tolerantly, and never guessed at."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tradecore.adapters.alpaca import reading
from tradecore.domain.errors import MalformedError
from tradecore.domain.ids import OrderId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.orders import News, Side

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
ORDER = {
    "id": "0f3a", "client_order_id": "a-1-1", "status": "new", "symbol": "AAPL", "side": "buy", "qty": "3",
    "filled_qty": "0", "filled_avg_price": None, "updated_at": "2026-11-23T14:59:59.123456789Z",
}  # fmt: skip
ASSET = {
    "id": "u", "class": "us_equity", "symbol": "AAPL", "status": "active", "tradable": True, "shortable": True,
    "fractionable": True, "easy_to_borrow": True,
}  # fmt: skip
TRADE, SIDES = {"p": Decimal("100.5"), "t": "2026-11-23T14:59:50Z"}, {"bp": Decimal(100), "ap": Decimal("100.2")}


def test_an_order_is_read_with_its_own_time_and_exact_numbers() -> None:
    raw = ORDER | {"status": "partially_filled", "filled_qty": "1.5", "filled_avg_price": "100.123456789"}

    found = reading.report(raw, OrderId("a-1-1"), NOW)

    assert (found.news, found.filled, found.average_price) == (
        News.ACCEPTED, Decimal("1.5"), Decimal("100.123456789"),
    )  # fmt: skip
    assert found.at == datetime(2026, 11, 23, 14, 59, 59, 123456, tzinfo=UTC)
    assert (found.symbol, found.side, found.quantity) == ("AAPL", Side.BUY, Decimal(3))


def test_what_may_be_missing_is_not_needed() -> None:
    raw = {"id": "0f3a", "status": "accepted", "symbol": "AAPL", "qty": None, "updated_at": None}

    found = reading.report(raw, None, NOW)

    assert (found.news, found.at, found.side, found.quantity, found.filled) == (News.ACCEPTED, NOW, None, None, 0)


@pytest.mark.parametrize("wrong", [
    {"id": None}, {"id": 5}, {"status": None}, {"status": "a_new_one"}, {"symbol": ""}, {"filled_qty": "many"},
    {"filled_qty": "NaN"}, {"filled_qty": "2", "filled_avg_price": None}, {"qty": "Infinity"}, {"updated_at": "today"},
])  # fmt: skip
def test_what_cannot_be_read_is_never_guessed(wrong: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        reading.report(ORDER | wrong, None, NOW)


def test_a_status_that_nobody_knows_works_where_the_list_of_open_orders_has_it() -> None:
    assert reading.report(ORDER | {"status": "a_new_one"}, None, NOW, listed_open=True).news is News.ACCEPTED


@pytest.mark.parametrize(("raw", "quantity"), [
    ({"qty": "10", "side": "long"}, 10), ({"qty": "-10", "side": "short"}, -10), ({"qty": "10", "side": "short"}, -10),
])  # fmt: skip
def test_a_positions_sign_is_that_of_its_side(raw: dict[str, str], quantity: int) -> None:
    assert reading.position({"symbol": "AAPL", "avg_entry_price": "5"} | raw).quantity == quantity


@pytest.mark.parametrize(("raw", "blocked"), [
    ({}, ""), ({"status": "ACCOUNT_CLOSED_PENDING"}, "ACCOUNT_CLOSED_PENDING"), ({"account_blocked": True}, "blocked"),
    ({"trading_blocked": True}, "trading"), ({"trade_suspended_by_user": True}, "suspended"),
])  # fmt: skip
def test_an_account_says_why_it_may_not_trade(raw: dict[str, object], blocked: str) -> None:
    found = reading.account_state({"status": "ACTIVE", "equity": "1000", "buying_power": "4000"} | raw, NOW)

    assert blocked in found.blocked
    assert bool(blocked) is bool(found.blocked)


def an_asset(**changes: object) -> Instrument | None:
    return reading.instrument({name: value for name, value in (ASSET | changes).items() if value is not None})


@pytest.mark.parametrize(("changes", "shortable"), [
    ({}, True), ({"shortable": False}, False), ({"easy_to_borrow": False}, False), ({"easy_to_borrow": None}, True),
    ({"easy_to_borrow": None, "borrow_status": "easy_to_borrow"}, True),
    ({"easy_to_borrow": None, "borrow_status": "hard_to_borrow"}, False),
    ({"easy_to_borrow": True, "borrow_status": "hard_to_borrow"}, False),
])  # fmt: skip
def test_what_is_hard_to_borrow_is_not_shorted_however_it_is_said(changes: dict[str, object], shortable: bool) -> None:
    found = an_asset(**changes)

    assert found is not None
    assert found.shortable is shortable
    assert found.hard_to_borrow is (not shortable and "shortable" not in changes)


def test_an_assets_grid_and_state_are_read() -> None:
    whole, halted = an_asset(fractionable=False), an_asset(tradable=False)

    assert whole is not None
    assert (whole.lot_step, whole.tradable) == (1, True)
    assert halted is not None
    assert (halted.lot_step, halted.tradable) == (Decimal("1e-9"), False)


@pytest.mark.parametrize(
    "changes", [{"class": "crypto"}, {"class": "us_option"}, {"symbol": "AAPL 240119"}, {"symbol": None}]
)
def test_what_is_no_share_is_not_listed(changes: dict[str, object]) -> None:
    assert an_asset(**changes) is None


@pytest.mark.parametrize(("sides", "last"), [
    ({"t": "2026-11-23T14:59:55Z"}, Decimal("100.1")),  # younger, and both sides close together
    ({"t": "2026-11-23T14:59:45Z"}, Decimal("100.5")),  # older than the trade
    ({"t": "2026-11-23T14:59:55Z", "bp": Decimal(0)}, Decimal("100.5")),  # nobody bids
    ({"t": "2026-11-23T14:59:55Z", "ap": Decimal(120)}, Decimal("100.5")),  # far too wide
    ({"t": "2026-11-23T14:59:55Z", "bp": Decimal(101)}, Decimal("100.5")),  # crossed
])  # fmt: skip
def test_the_last_price_is_the_trades_unless_a_sound_quote_is_younger(sides: dict[str, object], last: Decimal) -> None:
    found = reading.quote(Symbol("AAPL"), TRADE, SIDES | sides)

    assert found is not None
    assert found.last == last


def test_without_a_trade_and_a_sound_quote_there_is_no_price() -> None:
    assert reading.quote(Symbol("AAPL"), {}, {"bp": Decimal(0), "ap": Decimal(5), "t": "2026-11-23T14:59:55Z"}) is None
