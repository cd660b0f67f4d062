"""Send alerts that cannot be traded at Alpaca, and read what people read of them: each has a sentence of its own."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.alpaca_desk import AlpacaDesk
from tests.builders import a_bot
from tradecore.domain.decisions import Status
from tradecore.domain.ids import Symbol
from tradecore.domain.parties import Venue, WhenClosed
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Dollars, Units
from tradecore.domain.statuses import BotStatus, state_of
from tradecore.entrypoints.venues.alpaca.engine.orders import Order
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal as AlpacasRefusal
from tradecore.entrypoints.venues.alpaca.engine.wishes import read_wish
from tradecore.entrypoints.venues.alpaca.engine.words import Phase

STOP = Protection(stop=Distance(Decimal(2), DistanceUnit.DOLLARS))
NOT_TAKEN = "The venue refused the order: "
# When the market opens again.
TUESDAY = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)


class Trader:
    """Somebody with one bot at Alpaca."""

    def __init__(self, symbol: str = "AAPL", **bot: Any) -> None:
        self.symbol = Symbol(symbol)
        self.desk = AlpacaDesk(a_bot(symbol=self.symbol, **bot))
        self.core, self.account = self.desk.world.core, self.desk.world.account
        self.look_up()
        if self.core.floor.listing.find(symbol) is not None:
            self.desk.world.price(self.symbol, Decimal(100))

    def look_up(self) -> None:
        """Take what Alpaca lists now, as happens each hour."""
        self.desk.store.directory.list_instruments(Venue.PAPER, self.desk.world.broker.instruments())

    def flag(self, **flags: Any) -> None:
        known = self.core.floor.listing.find(self.symbol)
        assert known is not None
        self.core.list(evolve(known, **flags))

    def place_by_hand(self, **order: str) -> Order:
        wish = read_wish({"symbol": self.symbol, "type": "limit", "time_in_force": "gtc", **order})
        assert not isinstance(wish, AlpacasRefusal)
        placed = self.core.submit(self.account, wish, by_hand=True)
        assert isinstance(placed, Order)
        return placed

    def told(self, signal: Signal = Signal.BUY) -> tuple[Status, Refusal | None, str]:
        """Send an alert, and return its end."""
        self.desk.send(signal, symbol=self.symbol)
        self.desk.run()
        return self.end

    @property
    def end(self) -> tuple[Status, Refusal | None, str]:
        found = self.desk.last()
        return found.status, found.refusal, found.outcome

    def orders(self) -> list[Order]:
        return [one for one in self.core.floor.orders.values() if one.account_id == self.account.id]


# What a bot wants that cannot be, and what is said of it before anything is sent.
REFUSED: list[tuple[Callable[[], Trader], Signal, Refusal, str]] = [
    (lambda: Trader("NOPE"), Signal.BUY, Refusal.UNKNOWN_INSTRUMENT, "The venue does not list this instrument."),
    (lambda: Trader("GME"), Signal.SELL, Refusal.NOT_SHORTABLE,
     "The instrument cannot be sold short in this account: the venue does not lend it."),
    (lambda: Trader("KOSS"), Signal.SELL, Refusal.NOT_SHORTABLE,
     "The instrument cannot be sold short in this account: it is hard to borrow, for a day at most."),
    (lambda: Trader(sizing=Units(Decimal("0.5"))), Signal.SELL, Refusal.LESS_THAN_A_SHARE,
     Refusal.LESS_THAN_A_SHARE.value),
    (lambda: Trader(sizing=Dollars(Decimal("99.99"))), Signal.SELL, Refusal.LESS_THAN_A_SHARE,
     Refusal.LESS_THAN_A_SHARE.value),
    (lambda: Trader(sizing=Units(Decimal("0.5")), protection=STOP), Signal.BUY, Refusal.LESS_THAN_A_SHARE,
     Refusal.LESS_THAN_A_SHARE.value),
    (lambda: Trader("BRK.A", sizing=Units(Decimal("0.5"))), Signal.BUY, Refusal.TOO_SMALL,
     "The size rounds down to nothing: it trades in whole shares only."),
    (lambda: Trader(sizing=Dollars(Decimal("0.99"))), Signal.BUY, Refusal.WORTH_TOO_LITTLE,
     Refusal.WORTH_TOO_LITTLE.value),
]  # fmt: skip


@pytest.mark.parametrize(("trader", "signal", "refusal", "sentence"), REFUSED, ids=[row[3] for row in REFUSED])
def test_what_cannot_be_traded_is_refused_before_it_is_sent(
    trader: Callable[[], Trader], signal: Signal, refusal: Refusal, sentence: str
) -> None:
    somebody = trader()

    assert somebody.told(signal) == (Status.REFUSED, refusal, sentence)
    assert somebody.orders() == []


def test_a_dollars_worth_is_bought() -> None:
    somebody = Trader(sizing=Dollars(Decimal(1)))

    assert somebody.told()[0] is Status.DONE
    assert somebody.desk.net() == Decimal("0.01")


# What an asset has become, and what is said of it once that is listed: a halt is in no list.
CHANGED: list[tuple[dict[str, bool], Signal, str, Refusal]] = [
    ({"tradable": False}, Signal.BUY, "the asset cannot be traded now", Refusal.NOT_TRADABLE),
    ({"active": False}, Signal.BUY, "the asset is not traded at Alpaca any more", Refusal.UNKNOWN_INSTRUMENT),
    ({"halted": True}, Signal.BUY, "trading in the asset is halted", Refusal.VENUE_REFUSED),
    ({"shortable": False}, Signal.SELL, "the asset cannot be sold short", Refusal.NOT_SHORTABLE),
    ({"easy_to_borrow": False}, Signal.SELL, "the asset is hard to borrow", Refusal.NOT_SHORTABLE),
]


@pytest.mark.parametrize(("flags", "signal", "words", "refusal"), CHANGED, ids=[row[2] for row in CHANGED])
def test_what_has_changed_since_it_was_listed_is_said_in_alpacas_words_and_then_in_ours(
    flags: dict[str, bool], signal: Signal, words: str, refusal: Refusal
) -> None:
    somebody = Trader(protection=STOP)
    somebody.flag(**flags)

    status, said, sentence = somebody.told(signal)
    assert (status, said) == (Status.REFUSED, Refusal.VENUE_REFUSED)
    assert sentence.startswith(NOT_TAKEN + words)
    assert "(Alpaca: " in sentence

    later = Trader(protection=STOP)
    later.flag(**flags)
    later.look_up()
    assert later.told(signal)[1] is refusal
    assert (somebody.desk.net(), later.desk.net()) == (0, 0)


@pytest.mark.parametrize(
    ("cash", "signal", "words"),
    [(500, Signal.BUY, "there is not enough buying power"), (500, Signal.SELL, "the account may not sell short")],
)
def test_too_little_money_is_said(cash: int, signal: Signal, words: str) -> None:
    somebody = Trader()
    somebody.account.cash = Decimal(cash)

    status, refusal, sentence = somebody.told(signal)

    assert (status, refusal) == (Status.REFUSED, Refusal.VENUE_REFUSED)
    assert sentence.startswith(NOT_TAKEN + words)


# ---------------------------------------------------------------- the market's hours


def test_while_the_market_is_closed_an_entry_is_refused_or_waits_as_its_bot_says() -> None:
    hasty, patient = Trader(), Trader(when_closed=WhenClosed.QUEUE)
    for somebody in (hasty, patient):
        somebody.core.force_phase(Phase.CLOSED)

    assert hasty.told() == (Status.REFUSED, Refusal.MARKET_CLOSED, "The market is closed.")
    status, refusal, sentence = patient.told()
    assert (status, refusal) == (Status.PENDING, None)
    assert sentence == "Waits until 2026-11-24 14:30 UTC, when the market opens; it is judged then."

    patient.desk.clock.advance((TUESDAY - patient.desk.clock.now()).total_seconds() + 1)
    patient.core.force_phase(Phase.CORE)
    patient.desk.price(100)
    patient.desk.settle()

    assert patient.end[0] is Status.DONE, patient.end
    assert (patient.desk.net(), hasty.desk.net()) == (10, 0)
    assert hasty.orders() == []


def test_an_entry_that_waits_has_its_turn_within_a_minute_of_the_market_opening_whatever_was_said_before() -> None:
    somebody = Trader(when_closed=WhenClosed.QUEUE)
    somebody.core.force_phase(Phase.CLOSED)
    assert somebody.told()[0] is Status.PENDING

    somebody.desk.clock.advance(61)
    somebody.desk.price(100)
    somebody.desk.run()
    judged = len(somebody.desk.judged)
    for _ in range(10):
        somebody.desk.clock.advance(60)
        somebody.desk.run()
    assert somebody.end[2].startswith("Waits until "), "the market is still closed"
    assert len(somebody.desk.judged) == judged, "a look that finds nothing new is not written down"
    somebody.core.force_phase(Phase.CORE)
    somebody.desk.clock.advance(61)
    somebody.desk.price(100)
    somebody.desk.run()

    assert somebody.end[0] is Status.DONE, somebody.end
    assert somebody.desk.net() == 10


# ---------------------------------------------------------------- the account

BLOCKED = [
    ("trading_blocked", True, "Alpaca has blocked the account's trading.", "trading is blocked for account"),
    ("account_blocked", True, "Alpaca has blocked the account.", "account is not active"),
    ("status", "ACCOUNT_CLOSED", "Alpaca says that the account is ACCOUNT_CLOSED.", "account is not active"),
]


@pytest.mark.parametrize(("flag", "value", "why", "alpacas"), BLOCKED)
def test_an_account_that_may_not_trade_is_refused_by_its_gate_in_alpacas_words(
    flag: str, value: object, why: str, alpacas: str
) -> None:
    somebody = Trader()
    setattr(somebody.account, flag, value)

    sentence = f"The broker does not let the account trade: {why}"
    assert somebody.told() == (Status.REFUSED, Refusal.ACCOUNT_BLOCKED, sentence)
    assert somebody.orders() == [], f"Alpaca would have said: {alpacas}"


@pytest.mark.parametrize(("flag", "value", "why", "alpacas"), BLOCKED)
def test_an_account_that_was_blocked_just_now_is_refused_by_alpaca_and_later_by_its_gate(
    flag: str, value: object, why: str, alpacas: str
) -> None:
    somebody = Trader()
    was = getattr(somebody.account, flag)
    somebody.told(Signal.BUY)
    somebody.told(Signal.CLOSE)
    setattr(somebody.account, flag, value)

    somebody.desk.clock.advance(50)
    somebody.desk.price(100)
    assert somebody.told() == (
        Status.REFUSED,
        Refusal.VENUE_REFUSED,
        f"{NOT_TAKEN}the account may not trade (Alpaca: {alpacas}).",
    )

    somebody.desk.clock.advance(11)
    somebody.desk.price(100)
    assert somebody.told()[2] == f"The broker does not let the account trade: {why}"

    # That it may trade again is seen within seconds.
    setattr(somebody.account, flag, was)
    somebody.desk.clock.advance(5)
    somebody.desk.price(100)
    assert somebody.told()[0] is Status.DONE


def test_whether_an_account_may_trade_is_not_asked_for_each_entry() -> None:
    somebody = Trader()
    asked = []

    def watched(method: str, path: str) -> bool:
        asked.append((method, path))
        return False

    somebody.desk.world.takes_away = watched  # type: ignore[method-assign] # every request passes here

    for _ in range(3):
        somebody.told(Signal.BUY)
        somebody.told(Signal.CLOSE)
        somebody.desk.clock.advance(10)
        somebody.desk.price(100)

    assert asked.count(("GET", "/v2/account")) <= 2, "once for what it may do, once for whether it may"
    assert len(somebody.orders()) == 6


@pytest.mark.parametrize(
    ("side", "limit", "signal"), [("sell", "150", Signal.BUY), ("buy", "50", Signal.SELL)]
)  # fmt: skip
def test_a_persons_order_on_the_other_side_is_named(side: str, limit: str, signal: Signal) -> None:
    somebody = Trader()
    theirs = somebody.place_by_hand(side=side, qty="3", limit_price=limit)

    status, refusal, sentence = somebody.told(signal)

    assert (status, refusal) == (Status.REFUSED, Refusal.VENUE_REFUSED)
    assert sentence == (
        "The venue took the entry for a wash trade: an order that is not ours works on the other side "
        f"(order {theirs.id} is in the way (Alpaca: potential wash trade detected. use complex orders))."
    )
    assert somebody.core.floor.orders[theirs.id].is_live
    assert somebody.desk.net() == 0


@pytest.mark.parametrize("phase", [Phase.CORE, Phase.CLOSED])
@pytest.mark.parametrize("when_closed", list(WhenClosed))
def test_keys_that_were_revoked_are_named_where_an_entry_is_refused(phase: Phase, when_closed: WhenClosed) -> None:
    somebody = Trader(when_closed=when_closed)
    somebody.core.force_phase(phase)
    somebody.core.floor.accounts.clear()

    assert somebody.told() == (
        Status.REFUSED, Refusal.ACCOUNT_UNREACHABLE,
        "The account cannot be traded at its venue: Alpaca does not take the keys: unauthorized.",
    )  # fmt: skip


def test_while_a_close_waits_for_a_halt_to_end_the_alert_and_its_bot_say_so() -> None:
    somebody = Trader(protection=STOP)
    somebody.told()
    somebody.flag(halted=True)

    status, _, sentence = somebody.told(Signal.CLOSE)

    assert status is Status.PENDING
    assert sentence.startswith("Not done yet, and still tried: trading in the asset is halted (Alpaca: ")
    state = state_of(a_bot(symbol=somebody.symbol), [somebody.desk.book()], somebody.desk.last())
    assert state.status is BotStatus.ORDER_SUBMITTED
    assert state.detail.startswith("CLOSE is under way: close. The last trouble: trading in the asset is halted (")
    somebody.flag(halted=False)
    somebody.desk.settle()
    assert somebody.end == (Status.DONE, None, "Closed: the bot holds no AAPL any more.")


@pytest.mark.parametrize("protection", [Protection(), STOP])
def test_an_exit_that_cannot_go_out_says_why_and_goes_out_once_the_keys_are_good_again(protection: Protection) -> None:
    somebody = Trader(protection=protection)
    somebody.told(Signal.BUY)
    gone = somebody.core.floor.accounts.pop(somebody.account.id)

    status, _, _ = somebody.told(Signal.CLOSE)
    for _ in range(30):
        somebody.desk.clock.advance(10)
        somebody.desk.run()

    assert status is Status.PENDING
    assert somebody.end[2] == "Not done yet, and still tried: Alpaca does not take the keys: unauthorized."
    alarm = next(told.text for told in somebody.desk.notifier.told if "is late" in told.text)
    assert alarm.endswith("The last trouble: Alpaca does not take the keys: unauthorized.")
    somebody.core.floor.accounts[gone.id] = gone
    somebody.desk.price(100)
    somebody.desk.settle()
    assert somebody.end[0] is Status.DONE
    assert somebody.desk.net() == 0
