"""Let days pass at the ProjectX exchange: sessions, rolls, and windows of requests."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.entrypoints.venues.projectx.engine.contracts import Listing
from tradecore.entrypoints.venues.projectx.engine.exchange import ProjectXExchange
from tradecore.entrypoints.venues.projectx.engine.orders import Leg, Order, Wish
from tradecore.entrypoints.venues.projectx.engine.products import PRODUCTS
from tradecore.entrypoints.venues.projectx.engine.words import Refusal, Side, Status, Type
from tradecore.entrypoints.venues.projectx.pace import Allowance, Pace

WEDNESDAY = datetime(2026, 11, 18, 20, 0, tzinfo=UTC)  # 14:00 in Chicago
TEN_PAST_THREE = WEDNESDAY + timedelta(minutes=70)


def exchange_at(moment: datetime) -> tuple[ProjectXExchange, MemoryClock]:
    clock = MemoryClock(moment)
    exchange = ProjectXExchange(clock, ExchangeCalendar())
    exchange.force_session(is_open=None)
    exchange.open_account()
    return exchange, clock


def bracketed(exchange: ProjectXExchange, type_: Type = Type.MARKET, limit: int | None = None) -> Order | Refusal:
    (account,) = exchange.floor.accounts
    contract = exchange.floor.listing.named("MES")
    assert contract is not None
    return exchange.place(
        Wish(account_id=account, contract_id=contract.id, type=type_, side=Side.BUY, size=2,
             limit_price=None if limit is None else Decimal(limit), stop_loss=Leg(-8, Type.STOP))
    )  # fmt: skip


# When, and whether one may trade then.
HOURS = [
    (TEN_PAST_THREE - timedelta(seconds=1), True),
    (TEN_PAST_THREE, False),
    (WEDNESDAY.replace(hour=22, minute=59), False),  # 16:59
    (WEDNESDAY.replace(hour=23), True),
    (datetime(2026, 11, 20, 21, 9, tzinfo=UTC), True),  # Friday
    (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), False),
    (datetime(2026, 11, 21, 18, 0, tzinfo=UTC), False),  # Saturday
    (datetime(2026, 11, 22, 22, 59, tzinfo=UTC), False),  # Sunday, 16:59
    (datetime(2026, 11, 22, 23, 0, tzinfo=UTC), True),
]


@pytest.mark.parametrize(("moment", "is_open"), HOURS)
def test_the_firm_wants_everybody_flat_from_ten_past_three_to_five(moment: datetime, is_open: bool) -> None:
    exchange, _ = exchange_at(moment)

    assert isinstance(bracketed(exchange), Order) is is_open


def test_at_the_end_of_a_session_everything_is_cancelled_and_closed() -> None:
    exchange, clock = exchange_at(WEDNESDAY)
    entry, resting = bracketed(exchange), bracketed(exchange, Type.LIMIT, 6000)
    assert isinstance(entry, Order)
    assert isinstance(resting, Order)
    (account,) = exchange.floor.accounts.values()

    clock.set(TEN_PAST_THREE)
    exchange.pulse()

    assert (account.holdings, exchange.floor.live()) == ({}, ())
    last = list(exchange.floor.orders.values())[-1]
    assert (last.tag, last.side, last.size, last.status) == (None, Side.SELL, 2, Status.FILLED)
    assert exchange.floor.orders[resting.id].status is Status.CANCELLED
    clock.set(WEDNESDAY.replace(hour=23))
    exchange.pulse()
    assert isinstance(bracketed(exchange), Order)


@pytest.mark.parametrize("day", [date(2026, 1, 1) + timedelta(days=number) for number in range(0, 365, 9)])
def test_every_product_has_an_active_month_and_one_that_expired_all_year_round(day: date) -> None:
    listing = Listing(day)
    active = listing.active()

    assert [one.product for one in active] == list(PRODUCTS)
    for one in active:
        assert date(one.year, one.month, 10) >= day
        assert listing.find(one.id) == one
        assert one.name[-2] in one.product.months or one.product.lead
        assert one.description.endswith(str(2020 + int(one.name[-1])))


def test_a_product_rolls_as_long_as_there_are_months() -> None:
    listing = Listing(date(2026, 11, 21))

    seen = []
    while True:
        seen.append(next(one.id for one in listing.active() if one.product.symbol == "MES"))
        if not listing.roll("MES"):
            break
    assert seen == [f"CON.F.US.MES.{month}" for month in ("Z26", "H27", "M27", "U27")]


def test_a_window_slides() -> None:
    clock = MemoryClock(WEDNESDAY)
    pace, twice = Pace(clock, kept=True), Allowance(2, 30)

    came = []
    for seconds in (0, 10, 20, 30, 31, 40):
        clock.set(WEDNESDAY + timedelta(seconds=seconds))
        came.append(pace.admit("token", twice))
    assert came == [True, True, False, True, False, True]
    assert pace.admit("another", twice)
