"""Judge entries: each gate lets through what it should, refuses what it should, and is listed with its values."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import (
    AAPL,
    ACCOUNT,
    BOT,
    CLOSED,
    MES,
    MONDAY,
    OPEN,
    OTHER_BOT,
    SESSION,
    USER,
    a_book,
    a_bot,
    a_user,
    an_account,
    an_alert,
    arrived,
    judge,
    some_facts,
)
from tests.unit.domain.examples import BUY, SELL, STOP_2, D, a_share, submitted
from tradecore.domain.book import Book, BookKey, Wish
from tradecore.domain.entering import Entrance, judge_entry
from tradecore.domain.ids import HaltId, PlanId
from tradecore.domain.instruments import Market
from tradecore.domain.limits import AccountLimits, BotLimits, Day, Judgement, TrailingDrawdown, UserLimits
from tradecore.domain.money import is_multiple
from tradecore.domain.orders import Bracket
from tradecore.domain.parties import Bot, Halt, HaltLevel, automation_for
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.refusals import Refusal
from tradecore.domain.sessions import GetFlat, Window
from tradecore.domain.signals import Alert, Size
from tradecore.domain.sizing import Dollars, PercentOfEquity, RiskDollars, Units
from tradecore.domain.venues import AccountState, Quote, VenueRules

STATE = AccountState(equity=D(50_000), buying_power=D(50_000), at=MONDAY)


def a_wish(alert: Alert | None = None) -> Wish:
    return Wish(id=PlanId("A"), signal=BUY, bot_id=BOT, came_at=MONDAY, alert=alert or an_alert())


def enter(
    bot: Bot | None = None, book: Book | None = None, alert: Alert | None = None, *, long: bool = True,
    to: Decimal | None = None, **facts: Any,
) -> Entrance:  # fmt: skip
    """Judge an entry of a quiet Monday, where nothing else is named."""
    known = some_facts(bot or a_bot(), **facts)
    return judge_entry(book or a_book(), a_wish(alert), known, long=long, to=to)


def a_halt(level: HaltLevel = HaltLevel.NO_ENTRIES, **changes: Any) -> Halt:
    return Halt(id=HaltId("h"), level=level, reason="test", by="ada", at=MONDAY, **changes)


def a_quote(last: int, seconds: int = 0) -> Quote:
    return Quote(symbol=AAPL.symbol, last=D(last), at=MONDAY + timedelta(seconds=seconds))


def fired(seconds: int) -> Alert:
    """Return an alert that was this many seconds old when it came."""
    return an_alert(fired_at=MONDAY - timedelta(seconds=seconds))


def limited(**limits: Any) -> dict[str, Any]:
    return {"account": an_account(limits=AccountLimits(**limits))}


def refusing(entrance: Entrance) -> dict[str, Refusal]:
    return {gate.name: gate.refusal for gate in entrance.gates if gate.refusal is not None}


def gate(entrance: Entrance, name: str) -> Judgement:
    return next(found for found in entrance.gates if found.name == name)


# ---------------------------------------------------------------- what lets an entry through


def test_a_quiet_monday_lets_an_entry_through_whole() -> None:
    entrance = enter()

    assert (entrance.refusal, entrance.quantity, refusing(entrance)) == (None, 10, {})


def test_every_gate_is_listed_in_order_even_when_the_first_refuses() -> None:
    bot = a_bot(
        limits=BotLimits(daily_loss=D(5), price_gap_percent=D(1)), window=Window(opens=time(9), closes=time(16))
    )
    account = an_account(
        get_flat=GetFlat(),
        limits=AccountLimits(
            drawdown=TrailingDrawdown(amount=D(1), start=D(1)), daily_loss=D(5), daily_profit=D(5), losing_streak=3,
            orders_per_minute=5, positions_max=5),
    )  # fmt: skip
    user = a_user(limits=UserLimits(daily_loss=D(5)))

    entrance = enter(
        bot, alert=an_alert(price=D(100)), account=account, user=user, halts=(a_halt(),), state=STATE, long=False
    )

    assert [found.name for found in entrance.gates] == [
        "kill switch", "bot active", "alert age", "duplicate", "turn", "market hours", "trading window", "get flat",
        "instrument", "shortable", "book", "price", "price gap", "way out",
        "trailing drawdown (end of day)", "open risk (drawdown)", "daily loss (bot)",
        "open risk (bot)", "daily loss (account)", "open risk (account)", "daily profit target",
        "consecutive losses", "orders per minute", "daily loss (user)", "open risk (user)", "open positions", "size",
    ]  # fmt: skip
    assert all(found.detail for found in entrance.gates)
    assert refusing(entrance) == {"kill switch": Refusal.HALTED}


def test_a_price_from_the_future_points_to_the_clock() -> None:
    entrance = enter(quote=a_quote(100, seconds=61))

    (told,) = [found.detail for found in entrance.gates if found.name == "price"]
    assert told == "100, 61 s ahead of this machine's clock, which may be wrong"


def test_the_hour_to_be_flat_is_told_in_utc() -> None:
    entrance = enter(account=an_account(get_flat=GetFlat(at=time(9, 1))))

    (told,) = [found.detail for found in entrance.gates if found.name == "get flat"]
    assert told == "from 2026-11-23 15:01 UTC on"  # 09:01 in Chicago


# ---------------------------------------------------------------- each gate, at its edges

SINGLE = [
    ("kill switch", Refusal.FLATTENED, {"halts": (a_halt(HaltLevel.FLATTEN),)}),
    ("kill switch", Refusal.REDUCE_ONLY, {"halts": (a_halt(HaltLevel.REDUCE_ONLY),)}),
    ("kill switch", Refusal.HALTED, {"halts": (a_halt(HaltLevel.NO_ENTRIES),)}),
    ("bot", Refusal.NO_BOT, {"bots": {}}),
    ("bot", Refusal.NO_BOT, {"account": None}),
    ("bot active", Refusal.BOT_INACTIVE, {"bot": a_bot(active=False)}),
    ("bot active", Refusal.BOT_INACTIVE, {"account": an_account(active=False)}),
    ("alert age", Refusal.TOO_OLD, {"bot": a_bot(limits=BotLimits(alert_age_max=30)), "alert": fired(31)}),
    ("alert age", Refusal.FROM_THE_FUTURE, {"bot": a_bot(limits=BotLimits(alert_age_max=30)), "alert": fired(-31)}),
    ("market hours", Refusal.MARKET_CLOSED, {"hours": CLOSED}),
    ("market hours", Refusal.MARKET_CLOSED, {"hours": None}),
    ("market hours", Refusal.MARKET_CLOSED, {"hours": evolve(CLOSED, next=None)}),
    ("trading window", Refusal.OUTSIDE_WINDOW, {"bot": a_bot(window=Window(opens=time(11), closes=time(16)))}),
    ("get flat", Refusal.GET_FLAT, {"account": an_account(get_flat=GetFlat(at=time(9, 0)))}),
    ("instrument", Refusal.UNKNOWN_INSTRUMENT, {"instrument": None}),
    ("instrument", Refusal.STALE_MONTH, {"instrument": evolve(AAPL, active=False)}),
    ("instrument", Refusal.STALE_MONTH, {"instrument": evolve(AAPL, active=False, tradable=False)}),
    (
        "instrument", Refusal.STALE_MONTH,
        {"instrument": evolve(AAPL, active=False), "book": a_book(shares=(a_share(3, OTHER_BOT),))},
    ),
    (
        "instrument", Refusal.STALE_MONTH,
        {"instrument": None, "book": a_book(key=BookKey(account_id=ACCOUNT, symbol=MES.symbol))},
    ),
    ("instrument", Refusal.NOT_TRADABLE, {"instrument": evolve(AAPL, tradable=False)}),
    ("shortable", Refusal.NOT_SHORTABLE, {"instrument": evolve(AAPL, shortable=False), "long": False}),
    ("shortable", Refusal.NOT_SHORTABLE, {"rules": VenueRules(shorts=False), "long": False}),
    ("book", Refusal.BOOK_IN_QUESTION, {"book": a_book(drift=D(1))}),
    ("book", Refusal.BOOK_IN_QUESTION, {"book": a_book(drift=D(-1))}),
    ("account", Refusal.ACCOUNT_BLOCKED, {"state": evolve(STATE, blocked="pattern day trader")}),
    ("price", Refusal.NO_PRICE, {"price": None}),
    ("price", Refusal.STALE_PRICE, {"quote": a_quote(100, seconds=-61)}),
    ("price", Refusal.STALE_PRICE, {"quote": a_quote(100, seconds=61)}),
    (
        "price gap", Refusal.PRICE_TOO_FAR,
        {"bot": a_bot(limits=BotLimits(price_gap_percent=D(1))), "alert": an_alert(price=D("98.99"))},
    ),
    ("size", Refusal.ACCOUNT_UNKNOWN_STATE, {"bot": a_bot(sizing=PercentOfEquity(D(1)))}),
    (
        "trailing drawdown (end of day)", Refusal.ACCOUNT_UNKNOWN_STATE,
        limited(drawdown=TrailingDrawdown(amount=D(2000), start=D(50_000))),
    ),
    (
        "trailing drawdown (end of day)", Refusal.DRAWDOWN_REACHED,
        {**limited(drawdown=TrailingDrawdown(amount=D(2000), start=D(52_000))), "state": STATE},
    ),
    (
        "open risk (drawdown)", Refusal.DRAWDOWN_AT_RISK,
        {**limited(drawdown=TrailingDrawdown(amount=D(20), start=D(50_000))), "state": STATE,
         "bot": a_bot(protection=STOP_2)},
    ),
    (
        "profit target", Refusal.PROFIT_TARGET_REACHED,
        {**limited(profit_target=D(3000), start_balance=D(47_000)), "state": STATE},
    ),
    (
        "daily loss (bot)", Refusal.DAILY_LOSS_REACHED,
        {"bot": a_bot(limits=BotLimits(daily_loss=D(50))), "days": {BOT: Day(unrealised=D(-50), at_risk=D(-99))}},
    ),
    (
        "open risk (bot)", Refusal.DAILY_LOSS_AT_RISK,
        {"bot": a_bot(limits=BotLimits(daily_loss=D("19.99")), protection=STOP_2)},
    ),
    (
        "open risk (account)", Refusal.DAILY_LOSS_AT_RISK,
        {**limited(daily_loss=D(50)), "account_day": Day(at_risk=D("50.01"))},
    ),
    (
        "open risk (user)", Refusal.DAILY_LOSS_AT_RISK,
        {"user": a_user(limits=UserLimits(daily_loss=D(50))), "user_day": Day(at_risk=D("50.01"))},
    ),
    (
        "daily profit target", Refusal.DAILY_PROFIT_REACHED,
        {**limited(daily_profit=D(9)), "account_day": Day(realised=D(9))},
    ),
    ("consecutive losses", Refusal.LOSING_STREAK, {**limited(losing_streak=2), "losses_in_a_row": 2}),
    ("open positions", Refusal.TOO_MANY_POSITIONS, {**limited(positions_max=2), "positions_open": 2}),
    ("orders per minute", Refusal.TOO_MANY_ORDERS, {**limited(orders_per_minute=3), "orders_last_minute": 3}),
    (
        "size", Refusal.POSITION_FULL,
        {"bot": a_bot(limits=BotLimits(position_max=D(10))), "book": a_book(shares=(a_share(10),))},
    ),
    ("size", Refusal.POSITION_FULL, {**limited(position_max=D(7)), "book": a_book(shares=(a_share(7, OTHER_BOT),))}),
    ("size", Refusal.NO_STOP, {"bot": a_bot(sizing=RiskDollars(D(10)))}),
    ("size", Refusal.LESS_THAN_A_SHARE, {"bot": a_bot(sizing=Units(D("0.5"))), "long": False}),
    ("size", Refusal.LESS_THAN_A_SHARE, {"bot": a_bot(sizing=Dollars(D(50)), protection=STOP_2)}),
    ("size", Refusal.TOO_SMALL, {"bot": a_bot(sizing=Units(D("0.5"))), "instrument": evolve(AAPL, lot_step=D(1))}),
    ("size", Refusal.WORTH_TOO_LITTLE, {"bot": a_bot(sizing=Dollars(D("0.99"))), "rules": VenueRules(worth_min=D(1))}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "refusal", "changes"), SINGLE)
def test_each_refusal_comes_from_its_own_gate_alone(name: str, refusal: Refusal, changes: dict[str, Any]) -> None:
    if "bots" in changes:
        entrance = judge_entry(a_book(), a_wish(), evolve(some_facts(), bots={}), long=True, to=None)
    else:
        entrance = enter(**changes)

    assert refusing(entrance) == {name: refusal}
    assert (entrance.refusal, entrance.quantity) == (refusal, 0)


PASSING = [
    ("alert age", {"bot": a_bot(limits=BotLimits(alert_age_max=30)), "alert": fired(30)}),
    ("alert age", {"bot": a_bot(limits=BotLimits(alert_age_max=30)), "alert": fired(-30)}),
    ("alert age", {"bot": a_bot(limits=BotLimits(alert_age_max=30))}),
    ("alert age", {"alert": fired(10**6)}),
    ("trading window", {"bot": a_bot(window=Window(opens=time(10), closes=time(10, 0, 1)))}),
    ("get flat", {"account": an_account(get_flat=GetFlat(at=time(9, 1)))}),
    ("instrument", {"instrument": evolve(AAPL, shortable=False)}),
    ("shortable", {"long": False}),
    ("price", {"quote": a_quote(100, seconds=-60)}),
    ("price", {"quote": a_quote(100, seconds=60)}),
    (
        "price gap",
        {
            "bot": a_bot(limits=BotLimits(price_gap_percent=D(1))), "alert": an_alert(price=D(100)),
            "quote": a_quote(101),
        },
    ),
    ("daily loss (bot)", {"bot": a_bot(limits=BotLimits(daily_loss=D(50))), "days": {BOT: Day(realised=D("-49.99"))}}),
    ("daily loss (bot)", {"bot": a_bot(limits=BotLimits(daily_loss=D(50))), "days": {OTHER_BOT: Day(realised=D(-99))}}),
    ("open risk (bot)", {"bot": a_bot(limits=BotLimits(daily_loss=D(20)), protection=STOP_2)}),
    ("daily profit target", {**limited(daily_profit=D(9)), "account_day": Day(realised=D("8.99"))}),
    ("consecutive losses", {**limited(losing_streak=2), "losses_in_a_row": 1}),
    ("open positions", {**limited(positions_max=2), "positions_open": 1}),
    ("orders per minute", {**limited(orders_per_minute=3), "orders_last_minute": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes"), PASSING)
def test_a_gate_lets_through_what_is_one_step_inside(name: str, changes: dict[str, Any]) -> None:
    entrance = enter(**changes)

    assert refusing(entrance) == {}
    assert gate(entrance, name).refusal is None


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({}, "yes"), ({"instrument": evolve(AAPL, shortable=False)}, "the venue does not lend it"),
        ({"instrument": evolve(AAPL, shortable=False, hard_to_borrow=True)}, "it is hard to borrow, for a day at most"),
        ({"rules": VenueRules(shorts=False)}, "the account may not sell short"),
    ],
)  # fmt: skip
def test_a_gate_says_who_does_not_allow_a_short(changes: dict[str, Any], detail: str) -> None:
    assert gate(enter(long=False, **changes), "shortable").detail == detail


def test_what_the_venue_says_of_a_refusal_stands_in_its_sentence() -> None:
    blocked = enter(state=evolve(STATE, blocked="Trading is suspended."))
    dark = enter(price=None, unknown=("account: away", "price: the keys were revoked."))

    assert blocked.sentence == "The broker does not let the account trade: Trading is suspended."
    assert dark.sentence == "There is no price to judge the entry by: the keys were revoked."
    assert enter(price=None).sentence == "There is no price to judge the entry by: the venue has none."
    assert enter(hours=CLOSED, state=evolve(STATE, blocked="x")).sentence == Refusal.MARKET_CLOSED.value


def test_what_is_worth_just_enough_is_taken() -> None:
    entrance = enter(a_bot(sizing=Dollars(D(1))), rules=VenueRules(worth_min=D(1)))

    assert (entrance.refusal, entrance.quantity) == (None, D("0.01"))


def test_a_bot_that_adds_to_its_position_opens_no_further_one() -> None:
    book = a_book(shares=(a_share(1),))

    entrance = enter(book=book, **limited(positions_max=1), positions_open=1)

    assert entrance.refusal is None


def test_a_market_that_never_closes_knows_no_get_flat_window() -> None:
    hours = evolve(OPEN, now=evolve(SESSION, market=Market.ALWAYS))

    entrance = enter(account=an_account(get_flat=GetFlat(at=time(0, 0))), hours=hours)

    assert entrance.refusal is None


@pytest.mark.parametrize(("seconds", "refusal"), [(300, None), (301, Refusal.WAITED_TOO_LONG)])
def test_an_entry_that_waited_more_than_five_minutes_is_no_longer_meant(seconds: int, refusal: Refusal | None) -> None:
    entrance = enter(seconds=seconds)

    assert (entrance.refusal, gate(entrance, "turn").refusal) == (refusal, refusal)


def test_age_is_judged_on_arrival_and_not_after_waiting_its_turn() -> None:
    bot = a_bot(limits=BotLimits(alert_age_max=30))

    entrance = enter(bot, alert=fired(20), seconds=200)

    assert gate(entrance, "alert age").refusal is None


def test_the_most_urgent_refusal_is_the_one_reported() -> None:
    bot = a_bot(active=False, sizing=Units(D("0.0000000001")))

    entrance = enter(bot, book=a_book(drift=D(1)), hours=CLOSED)

    assert set(refusing(entrance).values()) == {
        Refusal.BOT_INACTIVE, Refusal.MARKET_CLOSED, Refusal.BOOK_IN_QUESTION, Refusal.TOO_SMALL}  # fmt: skip
    assert entrance.refusal is Refusal.BOT_INACTIVE


# ---------------------------------------------------------------- the kill switch's scopes


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        ({}, True), ({"user_id": USER}, True), ({"account_id": ACCOUNT}, True), ({"bot_id": BOT}, True),
        ({"user_id": "else"}, False), ({"account_id": "else"}, False), ({"bot_id": OTHER_BOT}, False),
    ],
)  # fmt: skip
def test_a_kill_switch_stops_only_what_is_in_its_scope(scope: dict[str, Any], covers: bool) -> None:
    entrance = enter(halts=(a_halt(**scope),))

    assert (entrance.refusal is Refusal.HALTED) is covers


def test_the_hardest_of_several_kill_switches_counts() -> None:
    halts = (a_halt(HaltLevel.REDUCE_ONLY), a_halt(HaltLevel.FLATTEN, bot_id=BOT), a_halt())

    assert enter(halts=halts).refusal is Refusal.FLATTENED


# ---------------------------------------------------------------- size, and what clips it


@pytest.mark.parametrize(
    ("bot", "book", "account_max", "expected"),
    [
        (a_bot(limits=BotLimits(position_max=D(4))), a_book(), None, 4),
        (a_bot(limits=BotLimits(position_max=D(12))), a_book(shares=(a_share(5),)), None, 7),
        (a_bot(), a_book(), 6, 6),
        (a_bot(), a_book(shares=(a_share(4, OTHER_BOT),)), 6, 2),
        # What the account holds the other way leaves more room, and never more than was wanted.
        (a_bot(), a_book(shares=(a_share(-3, OTHER_BOT),)), 6, 9),
        (a_bot(), a_book(external=D(-30)), 6, 10),
        (a_bot(limits=BotLimits(position_max=D("2.5"))), a_book(), None, D("2.5")),
        (a_bot(limits=BotLimits(position_max=D("2.5")), protection=STOP_2), a_book(), None, 2),
    ],
)
def test_an_entry_is_clipped_to_what_still_fits(
    bot: Bot, book: Book, account_max: int | None, expected: Decimal
) -> None:
    limits = AccountLimits(position_max=None if account_max is None else D(account_max))

    entrance = enter(bot, book, account=an_account(limits=limits))

    assert (entrance.refusal, entrance.quantity) == (None, expected)


def test_what_was_clipped_is_said_at_the_size_gate() -> None:
    entrance = enter(a_bot(limits=BotLimits(position_max=D(4))))

    assert gate(entrance, "size").detail == "4 of the 10 wanted"


def test_the_open_risk_is_that_of_the_size_that_is_left() -> None:
    bot = a_bot(limits=BotLimits(position_max=D(2), daily_loss=D(4)), protection=STOP_2)

    entrance = enter(bot)

    assert (entrance.refusal, entrance.quantity) == (None, 2)
    assert gate(entrance, "open risk (bot)").detail == "could lose 4.00 of 4.00 if every stop is hit"


def test_the_alerts_own_size_counts_and_is_clipped_all_the_same() -> None:
    alert = an_alert(size=Size(amount=D(100)))

    entrance = enter(a_bot(limits=BotLimits(position_max=D(15))), alert=alert)

    assert entrance.quantity == 15


def test_a_bot_that_asks_for_a_stop_trades_whole_shares() -> None:
    sizes = [enter(a_bot(sizing=Dollars(D(250)), protection=protection)).quantity
             for protection in (a_bot().protection, STOP_2)]  # fmt: skip

    assert sizes == [D("2.5"), 2]


def test_the_guard_stands_beside_the_last_price() -> None:
    long, short = enter(a_bot(protection=STOP_2)), enter(a_bot(protection=STOP_2), long=False)

    assert long.guard == Bracket(stop_price=D(98), reference=D(100))
    assert short.guard == Bracket(stop_price=D(102), reference=D(100))


def test_without_protection_there_is_nothing_that_a_price_could_be_counted_from() -> None:
    assert enter(a_bot()).guard == Bracket()


@pytest.mark.parametrize(
    ("held", "to", "long", "expected"),
    [(0, 5, True, 5), (3, 5, True, 2), (0, -5, False, 5), (-3, -5, False, 2)],
)
def test_a_target_asks_for_what_is_missing_from_it(held: int, to: int, long: bool, expected: int) -> None:
    book = a_book(shares=(a_share(held),) if held else ())

    assert enter(book=book, to=D(to), long=long).quantity == expected


@pytest.mark.parametrize(("held", "to", "long"), [(5, 5, True), (7, 5, True), (-7, -5, False)])
@pytest.mark.parametrize("lot_step", ["1", "0.01"])
def test_a_target_that_is_reached_or_passed_asks_for_nothing(held: int, to: int, long: bool, lot_step: str) -> None:
    instrument = evolve(AAPL, lot_step=D(lot_step))
    entrance = enter(book=a_book(shares=(a_share(held),)), to=D(to), long=long, instrument=instrument)

    assert (entrance.refusal, entrance.quantity) == (Refusal.TOO_SMALL, 0)
    assert entrance.sentence == "The size rounds down to nothing."


# ---------------------------------------------------------------- a way out of every share


@pytest.mark.parametrize(
    ("book", "bot", "long"),
    [
        # A fraction held, and a short to open beside it.
        (a_book(shares=(a_share(D("3.5"), OTHER_BOT),)), a_bot(), False),
        (a_book(external=D("0.5")), a_bot(), False),
        # A fraction and a short are held already.
        (a_book(shares=(a_share(-7, OTHER_BOT),), external=D("0.5")), a_bot(), True),
        # The entry itself would be the fraction beside the short: closing the short first leaves it, short of it not.
        (a_book(shares=(a_share(-7, OTHER_BOT),)), a_bot(sizing=Dollars(D(350))), True),
    ],
)
def test_an_entry_whose_exit_no_venue_would_take_is_refused(book: Book, bot: Bot, long: bool) -> None:
    assert enter(bot, book, long=long).refusal is Refusal.NO_WAY_OUT


@pytest.mark.parametrize(
    ("book", "bot", "long"),
    [
        (a_book(shares=(a_share(-7, OTHER_BOT),)), a_bot(), True),
        (a_book(shares=(a_share(D("3.5"), OTHER_BOT),)), a_bot(sizing=Dollars(D(350))), True),
        (a_book(), a_bot(sizing=Dollars(D(350))), True),
        (a_book(shares=(a_share(7, OTHER_BOT),)), a_bot(), False),
    ],
)
def test_an_entry_that_can_be_closed_again_has_a_way_out(book: Book, bot: Bot, long: bool) -> None:
    assert enter(bot, book, long=long).refusal is None


def test_an_unshortable_remainder_is_refused_before_it_comes_to_be() -> None:
    short = a_book(shares=(a_share(-7, OTHER_BOT),))

    entrance = enter(book=short, instrument=evolve(AAPL, shortable=False))

    assert entrance.refusal is Refusal.NO_WAY_OUT


# ---------------------------------------------------------------- refusals that come before any gate


def test_an_alert_that_meets_no_bot_is_refused_with_that_reason() -> None:
    for nobody in (Refusal.NO_BOT, Refusal.UNKNOWN_ACCOUNT):
        decision = judge(a_book(), evolve(arrived(bot_id=None), nobody=nobody))

        (verdict,) = decision.verdicts
        assert (verdict.refusal, verdict.outcome) == (nobody, nobody.value)
        assert decision.commands == ()


def test_a_future_is_sized_in_contracts_with_its_multiplier() -> None:
    bot = a_bot(sizing=RiskDollars(D(50)), protection=STOP_2)

    entrance = enter(bot, instrument=MES, price=6000)

    # Two dollars a contract are 0.4 points: the stop goes onto the grid at 0.5 points, or 2.50 dollars.
    assert (entrance.guard.stop_price, entrance.quantity) == (D("5999.5"), 20)


@pytest.mark.parametrize("long", [True, False])
@pytest.mark.parametrize("price", ["6000", "6000.1", "6000.125", "6000.2499"])
def test_stop_and_target_stand_whole_ticks_from_the_reference_wherever_the_price_lies(price: str, long: bool) -> None:
    bot = a_bot(protection=evolve(FIFTY, target=Distance(D("0.07"), DistanceUnit.PERCENT)), sizing=Units(D(3)))

    guard = enter(bot, instrument=MES, price=D(price), long=long).guard

    assert guard.reference is not None
    assert abs(guard.reference - D(price)) < MES.tick_size
    for protective, side in ((guard.stop_price, -1), (guard.target_price, 1)):
        assert protective is not None
        away = (protective - guard.reference) * side * (1 if long else -1)
        assert away >= MES.tick_size
        assert is_multiple(away, MES.tick_size)


FIFTY = Protection(
    stop=Distance(D(50), DistanceUnit.POSITION_DOLLARS), target=Distance(D(100), DistanceUnit.POSITION_DOLLARS)
)


@pytest.mark.parametrize(
    ("size", "held", "stop", "target"),
    [(1, 0, "5990", "6020"), (3, 0, "5996.75", "6006.75"), (1, 2, "5996.75", "6006.75")],
)
def test_dollars_for_a_position_count_what_is_held_after_the_entry(
    size: int, held: int, stop: str, target: str
) -> None:
    book = a_book(shares=(a_share(held),) if held else ())

    entrance = enter(a_bot(sizing=Units(D(size)), protection=FIFTY), book, instrument=MES, price=6000)

    assert (entrance.guard.stop_price, entrance.guard.target_price) == (D(stop), D(target))


@pytest.mark.parametrize(("least", "held", "left"), [(24, 0, 1), (20, 0, 2), (14, 0, 2), (13, 0, 3), (13, 2, 1)])
def test_less_is_traded_so_that_the_stop_comes_not_too_near(least: int, held: int, left: int) -> None:
    asked = evolve(FIFTY, stop_min=Distance(D(least), DistanceUnit.TICKS))
    book = a_book(shares=(a_share(held),) if held else ())

    entrance = enter(a_bot(sizing=Units(D(3)), protection=asked), book, instrument=MES, price=6000)

    assert (entrance.refusal, entrance.quantity) == (None, left)
    assert entrance.guard.stop_price is not None
    assert 6000 - entrance.guard.stop_price >= least * MES.tick_size


@pytest.mark.parametrize(("least", "held"), [(44, 0), (13, 3)])
def test_an_entry_is_refused_whose_stop_would_come_too_near_in_any_size(least: int, held: int) -> None:
    asked = evolve(FIFTY, stop_min=Distance(D(least), DistanceUnit.TICKS))
    book = a_book(shares=(a_share(held),) if held else ())

    entrance = enter(a_bot(sizing=Units(D(3)), protection=asked), book, instrument=MES, price=6000)

    assert refusing(entrance) == {"size": Refusal.STOP_TOO_NEAR}


def test_a_size_by_risk_cannot_be_found_from_a_stop_by_the_size() -> None:
    entrance = enter(a_bot(sizing=RiskDollars(D(50)), protection=FIFTY), instrument=MES, price=6000)

    assert refusing(entrance) == {"size": Refusal.NO_STOP}


def test_a_bot_that_names_neither_takes_its_accounts_template_whole_or_not_at_all() -> None:
    account = an_account(protection=FIFTY)
    silent, own = a_bot(sizing=Units(D(1))), a_bot(sizing=Units(D(1)), protection=STOP_2)

    guards = [enter(bot, account=account, instrument=MES, price=6000).guard for bot in (silent, own)]

    assert [(guard.stop_price, guard.target_price) for guard in guards] == [(5990, 6020), (D("5999.5"), None)]


def test_the_accounts_own_automation_is_protected_by_its_template() -> None:
    account = an_account(automation=Units(D(2)), protection=FIFTY)
    bot = automation_for(account, MES.root)
    assert bot is not None

    entrance = enter(evolve(bot, id=BOT), account=account, instrument=MES, price=6000)

    assert (entrance.quantity, entrance.guard.stop_price) == (2, 5995)


# ---------------------------------------------------------------- laws

money = st.decimals(1, 10**5, places=2)
sizings = st.one_of(
    st.builds(Units, st.decimals("0.5", 100, places=2)), st.builds(Dollars, money), st.builds(RiskDollars, money)
)
held = st.integers(-20, 20)


@given(sizings, money, st.none() | st.integers(1, 30), st.none() | st.integers(1, 30), held, held, st.booleans())
def test_limits_only_ever_take_from_an_entry(
    sizing: Any, price: Decimal, bot_max: int | None, account_max: int | None, mine: int, others: int, long: bool
) -> None:
    shares = tuple(a_share(q, bot) for q, bot in ((mine, BOT), (others, OTHER_BOT)) if q)
    book = a_book(shares=tuple(sorted(shares, key=lambda share: share.bot_id)))
    bot = a_bot(sizing=sizing, protection=STOP_2)
    limits = BotLimits(position_max=None if bot_max is None else D(bot_max))
    account = an_account(limits=AccountLimits(position_max=None if account_max is None else D(account_max)))

    free = enter(bot, book, long=long, price=price)
    tight = enter(evolve(bot, limits=limits), book, long=long, price=price, account=account)

    assert tight.quantity <= free.quantity
    assert tight.quantity == 0 or tight.refusal is None
    if bot_max is not None and tight.quantity:
        assert abs(mine) + tight.quantity <= bot_max
    if account_max is not None and tight.quantity:
        after = abs(book.net + (tight.quantity if long else -tight.quantity))
        assert after <= account_max or after <= abs(book.net)


@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 50))
def test_a_looser_limit_never_makes_an_entry_smaller(limit: int, more: int, mine: int) -> None:
    book = a_book(shares=(a_share(mine),) if mine else ())

    tight, loose = (
        enter(a_bot(limits=BotLimits(position_max=D(size))), book).quantity for size in (limit, limit + more)
    )

    assert tight <= loose <= 10


def test_what_is_refused_sends_nothing() -> None:
    for signal in (BUY, SELL):
        decision = judge(a_book(), arrived(signal), facts=some_facts(hours=CLOSED))

        assert submitted(decision) == ()
        assert decision.book.plan is None
        assert decision.verdicts[0].refusal is Refusal.MARKET_CLOSED
