"""Hold whoever says how an account stands to what the port promises.

Subclass `StandingPromises` and give it a fixture `store`, empty. See tests/integration/test_store_promises.py.
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.builders import AAPL, ACCOUNT, BOT, KEY, MONDAY, OTHER_BOT, a_book
from tests.promises.store import (
    ELSEWHERE,
    MSFT,
    OTHER_ACCOUNT,
    Store,
    a_result,
    a_share,
    a_trade,
    an_order,
    at,
    record,
)
from tradecore.domain.limits import DrawdownForm
from tradecore.domain.orders import OrderState, Purpose
from tradecore.domain.records import Holding

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
ANYTIME, AT_NIGHT = DrawdownForm.INTRADAY, DrawdownForm.END_OF_DAY


class StandingPromises:
    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    # ---- what is held

    def test_every_open_share_of_the_accounts_is_told(self, store: Store) -> None:
        mine, others = a_share(10), a_share(-3, OTHER_BOT)
        record(store, book=a_book(shares=(mine, others)))
        record(store, key=MSFT, book=a_book(shares=(mine,), instrument=None))
        record(store, key=ELSEWHERE, book=a_book(shares=(others,)))

        assert store.standing.holdings([ACCOUNT]) == (
            Holding(key=KEY, share=mine, instrument=AAPL),
            Holding(key=KEY, share=others, instrument=AAPL),
            Holding(key=MSFT, share=mine, instrument=None),
        )
        assert len(store.standing.holdings([ACCOUNT, OTHER_ACCOUNT])) == 4
        assert store.standing.holdings([]) == ()

    def test_a_share_that_was_closed_is_held_no_more(self, store: Store) -> None:
        record(store, book=a_book(shares=(a_share(10), a_share(-3, OTHER_BOT))))
        record(store, book=a_book(shares=(a_share(4),)))

        assert [holding.share for holding in store.standing.holdings([ACCOUNT])] == [a_share(4)]

        record(store, book=a_book())

        assert store.standing.holdings([ACCOUNT]) == ()

    # ---- what was won

    def test_results_are_summed_for_each_bot_exactly(self, store: Store) -> None:
        record(store, results=(a_result("0.1"), a_result("0.2"), a_result("-7.123456789", bot_id=OTHER_BOT)))
        record(store, key=MSFT, results=(a_result("1000000000.01"),))
        record(store, key=ELSEWHERE, results=(a_result(99),))

        assert store.standing.results_of_bots(ACCOUNT, MONDAY) == {
            BOT: Decimal("1000000000.31"),
            OTHER_BOT: Decimal("-7.123456789"),
        }

    def test_results_count_from_the_moment_itself(self, store: Store) -> None:
        for seconds, amount in ((-0.000001, 1), (0, 10), (5, 100)):
            record(store, results=(a_result(amount, seconds=seconds),))

        assert store.standing.results_of_bots(ACCOUNT, MONDAY) == {BOT: Decimal(110)}
        assert store.standing.results_of_bots(ACCOUNT, at(5.000001)) == {}

    def test_what_comes_later_is_added_and_what_was_told_stays(self, store: Store) -> None:
        record(store, key=ELSEWHERE, results=(a_result(99),))
        record(store, results=(a_result(1),))
        first = store.standing.results_of_bots(ACCOUNT, MONDAY)
        record(store, results=(a_result(20), a_result(1000, seconds=-1)))
        record(store, key=MSFT, results=(a_result("-0.5", bot_id=OTHER_BOT), a_result(300, seconds=60)))

        assert store.standing.results_of_bots(ACCOUNT, MONDAY) == {BOT: Decimal(321), OTHER_BOT: Decimal("-0.5")}
        assert store.standing.results_of_bots(ACCOUNT, at(60)) == {BOT: Decimal(300)}
        assert store.standing.results_of_bots(ELSEWHERE.account_id, MONDAY) == {BOT: Decimal(99)}
        assert first == {BOT: Decimal(1)}

    # ---- the losing streak

    @pytest.mark.parametrize(
        ("nets", "losses"),
        [
            ([], 0),
            ([-1], 1),
            ([-1, -2, "-0.01"], 3),
            ([-1, 5, -1, -1], 2),
            ([-1, -1, 5], 0),
            ([5, -1, 0, -1, 0], 2),
            ([0], 0),
            ([5, *[-1, 0] * 60], 60),
        ],
    )
    def test_losses_count_back_to_the_last_win(self, store: Store, nets: list[int | str], losses: int) -> None:
        for number, net in enumerate(nets):
            record(store, trades=(a_trade(net, seconds=number),))
        record(store, key=ELSEWHERE, trades=(a_trade(-1, account_id=OTHER_ACCOUNT, seconds=99),))

        assert store.standing.losses_in_a_row(ACCOUNT, MONDAY) == losses

    def test_losses_of_one_judgement_count_in_its_order(self, store: Store) -> None:
        record(store, trades=(a_trade(-1), a_trade(5), a_trade(-2)))

        assert store.standing.losses_in_a_row(ACCOUNT, MONDAY) == 1

    def test_losses_before_the_moment_do_not_count(self, store: Store) -> None:
        for seconds in (-1, 0, 1):
            record(store, trades=(a_trade(-1, seconds=seconds),))

        assert store.standing.losses_in_a_row(ACCOUNT, MONDAY) == 2

    # ---- how many orders

    def test_only_entries_count_and_each_once(self, store: Store) -> None:
        record(store, orders=(an_order("A-1-1"), an_order("A-2-1", purpose=Purpose.EXIT)))
        record(store, orders=(an_order("A-1-1", state=OrderState.FILLED), an_order("A-3-1", created_at=at(-1))))
        record(store, key=ELSEWHERE, orders=(an_order("B-1-1"),))

        assert store.standing.orders_since(ACCOUNT, MONDAY) == 1
        assert store.standing.orders_since(ACCOUNT, at(-1)) == 2
        assert store.standing.orders_since(ACCOUNT, at(1)) == 0

    # ---- equity

    def test_without_a_mark_there_is_no_high(self, store: Store) -> None:
        assert store.standing.equity_high(ACCOUNT, ANYTIME, TODAY) is None
        assert store.standing.equity_high(ACCOUNT, AT_NIGHT, TODAY) is None

    def test_the_highest_of_a_day_counts_at_once_its_last_on_the_days_after(self, store: Store) -> None:
        for equity in (900, 1200, 1100):
            store.standing.mark_equity(ACCOUNT, TODAY, Decimal(equity))
        store.standing.mark_equity(OTHER_ACCOUNT, TODAY, Decimal(5000))

        assert store.standing.equity_high(ACCOUNT, ANYTIME, TODAY) == 1200
        assert store.standing.equity_high(ACCOUNT, AT_NIGHT, TODAY) is None
        assert store.standing.equity_high(ACCOUNT, AT_NIGHT, TODAY + DAY) == 1100

    def test_the_high_of_all_days_counts(self, store: Store) -> None:
        for days, equity in ((0, "999.99"), (1, "10000.5"), (1, "10000.25"), (2, "500"), (3, "7000")):
            store.standing.mark_equity(ACCOUNT, TODAY + days * DAY, Decimal(equity))

        assert store.standing.equity_high(ACCOUNT, ANYTIME, TODAY) == Decimal("10000.5")
        highs = [store.standing.equity_high(ACCOUNT, AT_NIGHT, TODAY + days * DAY) for days in range(6)]
        assert highs == [None, *map(Decimal, ("999.99", "10000.25", "10000.25", "10000.25", "10000.25"))]

    def test_a_mark_of_an_earlier_day_is_not_lost_on_the_later_ones(self, store: Store) -> None:
        for days, equity in ((0, 100), (3, 300), (1, 900), (1, 800), (-1, 850)):
            store.standing.mark_equity(ACCOUNT, TODAY + days * DAY, Decimal(equity))

        assert store.standing.equity_high(ACCOUNT, ANYTIME, TODAY) == 900
        highs = [store.standing.equity_high(ACCOUNT, AT_NIGHT, TODAY + days * DAY) for days in (-1, 0, 1, 2, 3, 4)]
        assert highs == [None, *map(Decimal, (850, 850, 850, 850, 850))]

    def test_a_mark_that_says_nothing_new_changes_nothing(self, store: Store) -> None:
        for equity in (1000, 1000, 900, 900, 1000):
            store.standing.mark_equity(ACCOUNT, TODAY, Decimal(equity))

        assert store.standing.equity_high(ACCOUNT, ANYTIME, TODAY) == 1000
        assert store.standing.equity_high(ACCOUNT, AT_NIGHT, TODAY + DAY) == 1000

    def test_the_days_ends_are_told_newest_first_and_today_has_not_ended(self, store: Store) -> None:
        for days, equity in ((0, 100), (0, 90), (2, 300), (3, 200)):
            store.standing.mark_equity(ACCOUNT, TODAY + days * DAY, Decimal(equity))
        store.standing.mark_equity(OTHER_ACCOUNT, TODAY, Decimal(5000))

        ends = [store.standing.equity_ends(ACCOUNT, TODAY + days * DAY, 9) for days in range(5)]

        assert ends == [(), (90,), (90,), (300, 90), (200, 300, 90)]
        assert store.standing.equity_ends(ACCOUNT, TODAY + 4 * DAY, 2) == (200, 300)
