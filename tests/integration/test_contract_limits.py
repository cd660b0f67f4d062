"""Hold an account to its contracts over all products: what is held, by hand too, and what is about to be."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from tests.builders import ACCOUNT, MES, MONDAY, OTHER_BOT, a_bot, an_account
from tests.desk import Desk
from tradecore.adapters.memory.exchange import Call
from tradecore.domain.book import BookKey
from tradecore.domain.ceilings import ContractLimit, ContractWeight, ScalingStep
from tradecore.domain.decisions import Status
from tradecore.domain.ids import BotId, Symbol
from tradecore.domain.limits import AccountLimits, TrailingDrawdown
from tradecore.domain.orders import OrderType, Side
from tradecore.domain.parties import Bot, Venue
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe

ES = evolve(MES, symbol=Symbol("ESZ2026"), root=Symbol("ES"), tick_value=Decimal("12.5"))
TWO_MINIS = AccountLimits(contracts=ContractLimit(minis=Decimal(2)))
THIRD_BOT = BotId("bot-3")


def a_trader(units: int, symbol: Symbol = MES.root, bot_id: BotId = OTHER_BOT, seconds: int = 900) -> Bot:
    return a_bot(id=bot_id, symbol=symbol, sizing=Units(Decimal(units)), timeframe=Timeframe(seconds))


def a_desk(limits: AccountLimits, *bots: Bot) -> Desk:
    desk = Desk(*bots)
    desk.store.directory.keep(an_account(limits=limits))
    desk.exchange.list(ES)
    desk.store.directory.list_instruments(Venue.PAPER, (MES, ES))
    for one in (MES, ES):
        desk.exchange.price(one.symbol, Decimal(6500))
    return desk


def enters(desk: Desk, signal: Signal = Signal.BUY, bot_id: BotId = OTHER_BOT, symbol: Symbol = MES.symbol) -> None:
    desk.send(signal, bot_id, symbol=symbol)
    desk.run()


def held(desk: Desk, symbol: Symbol = MES.symbol) -> Decimal:
    return desk.exchange.survey(ACCOUNT, symbol).net


@pytest.mark.parametrize(("by_hand", "left"), [("1", 10), ("-1", 10), ("2", 0), ("-2", 0), ("3", 0), (None, 20)])
def test_what_people_hold_in_another_product_counts_whole_on_either_side(by_hand: str | None, left: int) -> None:
    desk = a_desk(TWO_MINIS, a_trader(30))
    if by_hand is not None:
        quantity = Decimal(by_hand)
        desk.exchange.place_by_hand(ACCOUNT, ES.symbol, Side.of(quantity), abs(quantity))

    enters(desk)

    assert held(desk) == left
    assert desk.last().refusal is (None if left else Refusal.TOO_MANY_CONTRACTS)
    assert any(gate.name == "contracts" for gate in desk.last().gates)


def test_what_a_bot_holds_in_another_product_counts_once() -> None:
    desk = a_desk(TWO_MINIS, a_trader(15), a_trader(1, ES.root, THIRD_BOT))
    enters(desk, bot_id=THIRD_BOT, symbol=ES.symbol)

    enters(desk)

    assert (held(desk), held(desk, ES.symbol)) == (10, 1)


def test_the_worth_of_an_account_that_scales_is_noted_for_the_days_end() -> None:
    steps = (ScalingStep(profit=Decimal(0), minis=Decimal(1)),)
    limits = AccountLimits(contracts=ContractLimit(minis=Decimal(5), scaling=steps), start_balance=Decimal(0))
    desk = a_desk(limits, a_trader(1))

    enters(desk)

    assert desk.store.standing.equity_ends(ACCOUNT, MONDAY.date() + timedelta(days=1), 9) == (1_000_000_000,)


def test_a_target_that_the_whole_account_has_reached_lets_nothing_in_and_keeps_no_exit_back() -> None:
    start = Decimal(1_000_000_000)
    desk = a_desk(AccountLimits(profit_target=Decimal(100), start_balance=start), a_trader(10))
    enters(desk)
    desk.exchange.price(MES.symbol, Decimal(6502))
    desk.clock.advance(10)

    enters(desk, Signal.CLOSE)
    desk.clock.advance(10)
    desk.exchange.price(MES.symbol, Decimal(6502))
    enters(desk)

    assert held(desk) == 0
    assert desk.last().refusal is Refusal.PROFIT_TARGET_REACHED


def test_an_entry_that_another_book_has_sent_counts_before_it_fills() -> None:
    desk = a_desk(TWO_MINIS, a_trader(15), a_trader(1, ES.root, THIRD_BOT))
    desk.exchange.liquidity(ES.symbol, Decimal(0))
    enters(desk, bot_id=THIRD_BOT, symbol=ES.symbol)

    enters(desk)

    assert (held(desk), held(desk, ES.symbol)) == (10, 0)


def test_another_bots_share_on_the_other_side_leaves_no_more_than_closing_it_may_uncover() -> None:
    desk = a_desk(TWO_MINIS, a_trader(20), a_trader(30, MES.root, THIRD_BOT, 300))
    enters(desk)

    enters(desk, Signal.SELL, THIRD_BOT)

    # 20 long beside 20 short are flat at the broker, and closing either is within the limit.
    assert held(desk) == 0
    assert desk.store.ledger.book(BookKey(account_id=ACCOUNT, symbol=MES.symbol)).held(THIRD_BOT) == -20


def test_an_exit_asks_no_contract_limit() -> None:
    desk = a_desk(TWO_MINIS, a_trader(10))
    enters(desk)
    desk.store.directory.keep(an_account(limits=AccountLimits(contracts=ContractLimit(minis=Decimal("0.1")))))

    enters(desk, Signal.CLOSE)

    assert held(desk) == 0


def test_a_broker_that_does_not_say_what_is_held_lets_nothing_in() -> None:
    desk = a_desk(TWO_MINIS, a_trader(1))
    desk.faults.be_unreachable(Call.POSITIONS, times=5)

    enters(desk)

    assert desk.last().refusal is Refusal.ACCOUNT_UNKNOWN_STATE


def test_a_weight_of_ones_own_counts() -> None:
    own = ContractLimit(minis=Decimal(2), weights=(ContractWeight(root="MES", minis=Decimal("0.2")),))
    desk = a_desk(AccountLimits(contracts=own), a_trader(30))

    enters(desk)

    assert held(desk) == 10


@pytest.mark.parametrize(("profit", "minis"), [("1500", 1), ("1500.01", 2)])
def test_the_scaling_level_is_that_of_the_last_days_end_whatever_today_brings(profit: str, minis: int) -> None:
    steps = (ScalingStep(profit=Decimal(0), minis=Decimal(1)), ScalingStep(profit=Decimal(1500), minis=Decimal(2)))
    start = Decimal(1_000_000_000)
    limits = AccountLimits(contracts=ContractLimit(minis=Decimal(5), scaling=steps), start_balance=start)
    desk = a_desk(limits, a_trader(50))
    today = MONDAY.date()
    desk.store.standing.mark_equity(ACCOUNT, today - timedelta(days=1), start + Decimal(profit))
    desk.store.standing.mark_equity(ACCOUNT, today, start + 9000)

    enters(desk)
    enters(desk, Signal.CLOSE)
    enters(desk)

    assert held(desk) == minis * 10


def test_a_full_scaling_level_has_a_sentence_of_its_own() -> None:
    steps = (ScalingStep(profit=Decimal(0), minis=Decimal(1)),)
    limits = AccountLimits(contracts=ContractLimit(minis=Decimal(5), scaling=steps), start_balance=Decimal(0))
    desk = a_desk(limits, a_trader(10), a_trader(1, MES.root, THIRD_BOT, 300))
    enters(desk)

    enters(desk, bot_id=THIRD_BOT)

    assert (desk.last().status, desk.last().refusal) == (Status.REFUSED, Refusal.SCALING_LEVEL_FULL)


def test_the_stops_of_other_books_count_against_the_distance_to_the_floor() -> None:
    ten_points = Protection(stop=Distance(Decimal(50), DistanceUnit.DOLLARS))
    first, second = (
        evolve(a_trader(1, symbol, bot_id), protection=ten_points)
        for symbol, bot_id in ((MES.root, OTHER_BOT), (ES.root, THIRD_BOT))
    )
    start = Decimal(1_000_000_000)
    limits = AccountLimits(drawdown=TrailingDrawdown(amount=Decimal(100), start=start))
    desk = a_desk(limits, first, second)
    enters(desk)

    enters(desk, bot_id=THIRD_BOT, symbol=ES.symbol)

    assert (held(desk), held(desk, ES.symbol)) == (1, 0)
    assert desk.last().refusal is Refusal.DRAWDOWN_AT_RISK


def test_an_entry_whose_answer_was_lost_is_not_counted_beside_itself() -> None:
    desk = a_desk(TWO_MINIS, a_trader(20))
    desk.faults.lose_requests(Call.SUBMIT)

    desk.send(Signal.BUY, OTHER_BOT, symbol=MES.symbol)
    desk.settle()

    assert held(desk) == 20
    assert desk.last().status is Status.DONE


def test_an_order_that_people_have_working_is_no_contract_yet() -> None:
    desk = a_desk(TWO_MINIS, a_trader(20))
    desk.exchange.place_by_hand(
        ACCOUNT, ES.symbol, Side.BUY, Decimal(1), OrderType.LIMIT, limit_price=Decimal(6000))  # fmt: skip

    enters(desk)

    assert held(desk) == 20
