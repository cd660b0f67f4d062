"""Hold any history to what the port promises.

Subclass `HistoryPromises` and give it a fixture `store`, empty. See tests/integration/test_store_promises.py.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.builders import ACCOUNT, BOT, KEY, MONDAY, OTHER_BOT, USER, a_book, a_bot, an_account, an_alert
from tests.promises.store import (
    ELSEWHERE,
    MSFT,
    OTHER_ACCOUNT,
    Store,
    a_delivery,
    a_fill,
    a_trade,
    an_order,
    at,
    claimed,
    judged,
    record,
)
from tradecore.domain.book import BookKey
from tradecore.domain.commands import Tell, Urgency
from tradecore.domain.decisions import Status, Verdict
from tradecore.domain.events import AlertArrived
from tradecore.domain.ids import AlertId, BotId, OrderId, PlanId, TradeId, UserId
from tradecore.domain.orders import OrderState
from tradecore.domain.performance import Totals
from tradecore.domain.signals import Signal
from tradecore.domain.timeframes import Timeframe
from tradecore.ports.history import Asked

STRANGER = UserId("user-2")
OTHER_PLAN = PlanId("ALERT2")


def arrived(name: str, seconds: float, **changes: Any) -> AlertArrived:
    return AlertArrived(alert=an_alert(Signal.BUY, name, received_at=at(seconds)), **{"bot_id": BOT, **changes})


class HistoryPromises:
    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    # ---- alerts

    def test_alerts_come_newest_first(self, store: Store) -> None:
        for name, seconds in (("A", 0), ("B", 1), ("C", 2)):
            store.inbox.accept(a_delivery(name, arrived=arrived(name, seconds)), at(seconds))

        assert self.names(store, Asked()) == ["C", "B", "A"]
        assert self.names(store, Asked(limit=2)) == ["C", "B"]
        assert self.names(store, Asked(before=at(2))) == ["B", "A"]
        assert self.names(store, Asked(since=at(1), before=at(2))) == ["B"]

    def test_alerts_are_found_by_what_they_are_about(self, store: Store) -> None:
        deliveries = [
            a_delivery("A"),
            a_delivery("B", key=MSFT, arrived=arrived("B", 1, bot_id=OTHER_BOT)),
            a_delivery("C", key=ELSEWHERE, arrived=arrived("C", 2)),
            a_delivery("D", arrived=arrived("D", 3, bot_id=None), user_id=STRANGER, account_id=None),
        ]
        for delivery in deliveries:
            store.inbox.accept(delivery, MONDAY)
        record(store, verdicts=(Verdict(alert_id=AlertId("B"), status=Status.FAILED, outcome="lost"),))

        assert self.names(store, Asked(user_id=USER)) == ["C", "B", "A"]
        assert self.names(store, Asked(account_id=ACCOUNT)) == ["B", "A"]
        assert self.names(store, Asked(bot_id=BOT)) == ["C", "A"]
        assert self.names(store, Asked(symbol=MSFT.symbol)) == ["B"]
        assert self.names(store, Asked(status=Status.PENDING)) == ["D", "C", "A"]
        assert self.names(store, Asked(status=Status.FAILED, user_id=USER)) == ["B"]
        assert self.names(store, Asked(plan_id=PlanId("C"))) == ["C"]

    def test_an_alert_without_an_account_is_kept_as_it_came(self, store: Store) -> None:
        delivery = a_delivery(arrived=arrived("ALERT1", 0, bot_id=None), account_id=None)
        store.inbox.accept(delivery, MONDAY)

        alert = store.history.alert(AlertId("ALERT1"))

        assert alert is not None
        assert (alert.account_id, alert.bot_id, alert.refusal, alert.ended_at) == (None, None, None, None)

    def names(self, store: Store, asked: Asked) -> list[str]:
        return [str(record.alert.id) for record in store.history.alerts(asked)]

    # ---- how bots stand

    def test_the_last_alert_of_each_bot_is_its_newest_by_arrival(self, store: Store) -> None:
        for bot in (a_bot(), a_bot(id=OTHER_BOT, timeframe=Timeframe(300))):
            store.directory.keep(bot)
        for name, seconds, bot_id in (
            ("A", 5, BOT),
            ("B", 1, BOT),
            ("C", 0, OTHER_BOT),
            ("D", 9, "gone"),
            ("E", 9, None),
        ):
            store.inbox.accept(a_delivery(name, arrived=arrived(name, seconds, bot_id=bot_id)), at(seconds))
        record(store, verdicts=(Verdict(alert_id=AlertId("C"), status=Status.DONE, outcome="Opened."),))

        found = store.history.last_alerts([BOT, OTHER_BOT, BotId("gone"), BotId("none")])

        assert {bot_id: one.alert.id for bot_id, one in found.items()} == {BOT: "A", OTHER_BOT: "C"}
        assert (found[OTHER_BOT].status, found[OTHER_BOT].outcome) == (Status.DONE, "Opened.")
        assert store.history.last_alerts([]) == {}

    def test_an_alert_that_waits_says_so_and_has_not_ended(self, store: Store) -> None:
        store.inbox.accept(a_delivery("A", arrived=arrived("A", 0)), MONDAY)
        record(store, verdicts=(Verdict(alert_id=AlertId("A"), status=Status.PENDING, outcome="Waits."),))

        alert = store.history.alert(AlertId("A"))

        assert alert is not None
        assert (alert.status, alert.outcome, alert.ended_at) == (Status.PENDING, "Waits.", None)

    def test_trades_are_added_up_for_each_bot_to_the_last_digit(self, store: Store) -> None:
        nets = ("0.1", "0.2", "-10.00000001", "0", "1000000000000.01", "1E+2")
        record(store, trades=tuple(a_trade(net, seconds=number) for number, net in enumerate(nets)))
        record(store, key=ELSEWHERE, trades=(a_trade(-9, bot_id=OTHER_BOT), a_trade(-10, bot_id=OTHER_BOT)))
        record(store, trades=(a_trade(7, bot_id="another"),))

        found = store.history.totals([BOT, OTHER_BOT, BotId("none")])

        assert found == {
            BOT: Totals(
                trades=6, wins=4, losses=1, net=Decimal("1000000000090.30999999"), best=Decimal("1000000000000.01"),
                worst=Decimal("-10.00000001"), last_at=at(5)),
            OTHER_BOT: Totals(
                trades=2, losses=2, net=Decimal(-19), best=Decimal(-9), worst=Decimal(-10), last_at=MONDAY),
        }  # fmt: skip
        assert store.history.totals([]) == {}

    # ---- orders, fills, trades, messages: one way to ask

    @pytest.mark.parametrize("kind", ["orders", "fills", "trades", "told"])
    def test_rows_come_newest_first_and_are_found_by_what_they_are_about(self, store: Store, kind: str) -> None:
        store.directory.keep(an_account())
        store.directory.keep(an_account(id=OTHER_ACCOUNT, name="another"))
        store.directory.keep(an_account(id="account-3", user_id=STRANGER))
        write, ask = WRITERS[kind], ASKERS[kind]
        # A clock may step back: what counts is the moment.
        write(store, KEY, "A", 0)
        write(store, ELSEWHERE, "C", 2)
        write(store, MSFT, "B", 1)
        write(store, KEY, "D", 3)

        def names(**wanted: Any) -> str:
            return "".join(ask(store, Asked(**wanted)))

        assert names() == "DCBA"
        assert names(limit=2) == "DC"
        assert names(account_id=ACCOUNT) == "DBA"
        assert names(symbol=KEY.symbol, account_id=ACCOUNT) == "DA"
        assert names(symbol=MSFT.symbol) == "B"
        assert names(since=at(1)) == "DCB"
        assert names(before=at(1)) == "A"
        assert names(since=at(1), before=at(3), limit=1) == "C"
        assert names(user_id=USER) == "DCBA"
        assert names(user_id=USER, account_id=OTHER_ACCOUNT) == "C"
        assert names(user_id=STRANGER) == ""
        assert names(user_id=STRANGER, account_id=ACCOUNT) == ""

    @pytest.mark.parametrize("kind", ["orders", "fills", "trades"])
    def test_rows_of_one_bot_are_found(self, store: Store, kind: str) -> None:
        WRITERS[kind](store, KEY, "A", 0)
        WRITERS[kind](store, KEY, "B", 1, bot_id=OTHER_BOT)

        assert ASKERS[kind](store, Asked(bot_id=OTHER_BOT)) == ["B"]

    def test_orders_of_a_plan_come_in_the_order_in_which_they_were_made(self, store: Store) -> None:
        record(store, orders=(an_order("A"), an_order("B"), an_order("X", plan_id=OTHER_PLAN)))
        record(store, orders=(an_order("C"), an_order("A", state=OrderState.FILLED)))

        assert ASKERS["orders"](store, Asked(plan_id=PlanId("ALERT1"))) == ["A", "B", "C"]
        assert ASKERS["orders"](store, Asked(plan_id=PlanId("ALERT1"), limit=1)) == ["A"]

    def test_fills_of_a_plan_come_in_the_order_in_which_they_came(self, store: Store) -> None:
        record(store, fills=(a_fill(1), a_fill(2), a_fill(9, plan_id=OTHER_PLAN)))
        record(store, fills=(a_fill(3, at=at(-1)),))

        fills = store.history.fills(Asked(plan_id=PlanId("ALERT1")))

        assert [fill.quantity for fill in fills] == [1, 2, 3]

    def test_trades_of_a_plan_are_those_that_it_opened_or_closed(self, store: Store) -> None:
        for name, opener, closer in (("A", "P", "Q"), ("B", "Q", "P"), ("C", "Q", "R"), ("D", "P", "P")):
            trade = a_trade(id=TradeId(name), opened_by=PlanId(opener), closed_by=PlanId(closer))
            record(store, trades=(trade,))

        assert ASKERS["trades"](store, Asked(plan_id=PlanId("P"))) == ["D", "B", "A"]

    def test_a_trade_that_began_with_the_same_order_is_another_trade(self, store: Store) -> None:
        record(store, trades=(a_trade(1), a_trade(2)))

        assert [trade.net for trade in store.history.trades(Asked())] == [2, 1]

    # ---- judgements and books

    def test_judgements_come_oldest_first(self, store: Store) -> None:
        first, second, third = judged(store), judged(store, key=MSFT), judged(store, key=ELSEWHERE)
        for number, one in enumerate((first, second, third)):
            store.ledger.record(one, at(number))

        assert store.history.judgements(Asked()) == (first, second, third)
        assert store.history.judgements(Asked(limit=2)) == (first, second)
        assert store.history.judgements(Asked(since=at(1))) == (second, third)
        assert store.history.judgements(Asked(before=at(1))) == (first,)
        assert store.history.judgements(Asked(account_id=ACCOUNT)) == (first, second)
        assert store.history.judgements(Asked(symbol=MSFT.symbol)) == (second,)

    def test_judgements_about_a_plan_tell_its_story(self, store: Store) -> None:
        store.inbox.accept(a_delivery(), MONDAY)
        posted = claimed(store).posted
        assert posted is not None
        about_it = judged(store, event_id=posted.id, event=posted.event)
        store.ledger.record(about_it, MONDAY)
        record(store)

        assert store.history.judgements(Asked(plan_id=PlanId("ALERT1"))) == (about_it,)

    def test_judgements_are_paged_through_in_the_order_of_their_moments(self, store: Store) -> None:
        # A clock may step back, and several judgements share a moment.
        moments = {"A": (KEY, 0), "B": (MSFT, 2), "C": (ELSEWHERE, 1), "D": (KEY, 1), "E": (KEY, 3), "F": (MSFT, 1)}
        for name, (key, seconds) in moments.items():
            store.ledger.record(judged(store, key=key, event_id=name), at(seconds))

        def names(limit: int, **wanted: Any) -> str:
            found, place = "", None
            while page := store.history.judgements_after(place, Asked(limit=limit, **wanted)):
                assert len(page) <= limit
                found += "".join(one.judged.event_id for one in page)
                place = page[-1].place
            return found

        assert [names(limit) for limit in (1, 2, 3, 99)] == ["ACDFBE"] * 4
        assert names(2, since=at(1), before=at(3)) == "CDFB"
        assert names(2, account_id=ACCOUNT) == "ADFBE"
        assert names(1, account_id=ACCOUNT, symbol=MSFT.symbol, since=at(2)) == "B"
        assert names(2, before=at(0)) == ""

    def test_judgements_about_a_plan_are_paged_through(self, store: Store) -> None:
        store.inbox.accept(a_delivery(), MONDAY)
        posted = claimed(store).posted
        assert posted is not None
        about_it = judged(store, event_id=posted.id, event=posted.event)
        store.ledger.record(about_it, MONDAY)
        record(store)

        (kept,) = store.history.judgements_after(None, Asked(plan_id=PlanId("ALERT1")))

        assert kept.judged == about_it
        assert store.history.judgements_after(kept.place, Asked(plan_id=PlanId("ALERT1"))) == ()

    def test_every_book_of_an_account_is_told(self, store: Store) -> None:
        record(store, key=MSFT, book=a_book(moves=3))
        record(store, book=a_book(orders=(an_order(),)))
        record(store, key=ELSEWHERE, book=a_book())

        assert store.history.books(ACCOUNT) == (store.ledger.book(KEY), store.ledger.book(MSFT))


def _write_order(store: Store, key: BookKey, name: str, seconds: float, **more: Any) -> None:
    record(store, key=key, orders=(an_order(name, created_at=at(seconds), **more),))


def _write_fill(store: Store, key: BookKey, name: str, seconds: float, **more: Any) -> None:
    record(store, key=key, fills=(a_fill(order_id=OrderId(name), symbol=key.symbol, at=at(seconds), **more),))


def _write_trade(store: Store, key: BookKey, name: str, seconds: float, **more: Any) -> None:
    owned = {"account_id": key.account_id, "symbol": key.symbol}
    record(store, key=key, trades=(a_trade(id=TradeId(name), seconds=seconds, **owned, **more),))


def _write_told(store: Store, key: BookKey, name: str, seconds: float) -> None:
    record(store, key=key, commands=(Tell(urgency=Urgency.NOTE, text=name),), now=at(seconds))


WRITERS: dict[str, Callable[..., None]] = {
    "orders": _write_order,
    "fills": _write_fill,
    "trades": _write_trade,
    "told": _write_told,
}
ASKERS: dict[str, Callable[[Store, Asked], list[str]]] = {
    "orders": lambda store, asked: [str(record.order.id) for record in store.history.orders(asked)],
    "fills": lambda store, asked: [str(fill.order_id) for fill in store.history.fills(asked)],
    "trades": lambda store, asked: [str(trade.id) for trade in store.history.trades(asked)],
    "told": lambda store, asked: [told.text for told in store.history.told(asked)],
}
