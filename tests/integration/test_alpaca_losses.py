"""Trade at Alpaca where a hunt for lost money found some: each of these cost money, or said what nobody knew."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.alpaca_desk import AlpacaDesk
from tests.builders import AAPL, ACCOUNT, CLOSED, OPEN, OTHER_BOT, SESSION, a_bot, an_account, an_alert
from tests.desk import Desk
from tests.promises.broker import a_market
from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.memory.exchange import Call
from tradecore.domain.book import BookKey
from tradecore.domain.decisions import Status
from tradecore.domain.errors import OutcomeUnknownError, UnreachableError
from tradecore.domain.events import AlertArrived
from tradecore.domain.ids import AccountId, BotId, Symbol
from tradecore.domain.instruments import Market
from tradecore.domain.orders import Order, Purpose, Side
from tradecore.domain.parties import Account, Bot, WhenClosed
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.sessions import VenueClock, by_the_venue
from tradecore.domain.signals import Signal
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal
from tradecore.entrypoints.venues.alpaca.engine.replacing import read_amendment
from tradecore.ports.broker import Broker

STOP, TARGET = Distance(Decimal(2), DistanceUnit.DOLLARS), Distance(Decimal(3), DistanceUnit.DOLLARS)
GUARDED = a_bot(protection=Protection(stop=STOP, target=TARGET))
STOPPED = a_bot(protection=Protection(stop=STOP))


def quiet(desk: Desk, seconds: int) -> None:
    """Let so many seconds pass, one after the other."""
    for _ in range(seconds):
        desk.run()
        desk.clock.advance(1)
    desk.run()


def stops(desk: Desk) -> list[Order]:
    return [order for order in desk.book().orders if order.ticket.purpose is Purpose.STOP]


# ---------------------------------------------------------------- positions that lag behind fills


@pytest.mark.parametrize("bot", [GUARDED, a_bot()], ids=["with a stop", "without"])
def test_a_list_that_lags_after_a_restart_orphans_nothing(bot: Bot) -> None:
    desk = AlpacaDesk(bot)
    desk.world.hide_new_orders()
    desk.send(Signal.BUY)
    desk.run()

    desk.restart()
    quiet(desk, 3)
    covered = sum((stop.left for stop in stops(desk)), Decimal(0))
    desk.send(Signal.CLOSE)
    quiet(desk, 60)

    assert (covered == 10) is (bot is GUARDED)
    assert (desk.net(), desk.held(), desk.book().drift) == (0, 0, 0)


def test_flat_is_said_only_where_it_is() -> None:
    desk = AlpacaDesk(a_bot())
    desk.world.hide_new_orders()
    desk.send(Signal.BUY)
    desk.run()
    desk.restart()

    desk.send(Signal.FLAT)
    quiet(desk, 60)

    assert (desk.last().status, desk.net()) == (Status.DONE, 0)


def test_a_list_that_lags_after_an_exit_lets_no_second_one_out() -> None:
    desk = AlpacaDesk(a_bot())
    desk.send(Signal.BUY)
    quiet(desk, 60)
    desk.world.hide_new_orders()
    desk.send(Signal.CLOSE)
    desk.run()
    desk.restart()

    desk.send(Signal.FLAT)
    quiet(desk, 60)

    assert desk.net() == 0
    assert [order.side.value for order in desk.world._orders()] == ["buy", "sell"]


def test_the_stop_stays_while_the_stream_is_away_around_a_fill() -> None:
    desk = AlpacaDesk(GUARDED)
    desk.world.hide_new_orders()
    desk.world.disconnect()
    desk.send(Signal.BUY)
    quiet(desk, 3)
    desk.world.reconnect()

    for _ in range(30):
        quiet(desk, 1)
        assert [order for order in desk.world._orders() if order.is_live and order.prices.stop]
    desk.send(Signal.CLOSE)
    quiet(desk, 60)

    assert (desk.net(), desk.book().drift) == (0, 0)


# ---------------------------------------------------------------- what people do


@pytest.mark.parametrize("bot", [GUARDED, STOPPED], ids=["bracket", "stop"])
@pytest.mark.parametrize("plain", [False, True], ids=["leg", "placed anew"])
def test_a_stop_that_a_person_moves_stays_the_stop(bot: Bot, plain: bool) -> None:
    desk = AlpacaDesk(bot)
    desk.send(Signal.BUY)
    quiet(desk, 10)
    if plain:  # Its stop is lost once, so that one without an entry stands there.
        desk.world.core.cancel(desk.world.account, str(stops(desk)[0].broker_order_id))
        desk.world.tell()
        quiet(desk, 20)
    (stop,) = stops(desk)
    amendment = read_amendment({"stop_price": "97"})
    assert not isinstance(amendment, Refusal)

    desk.world.core.replace(desk.world.account, str(stop.broker_order_id), amendment)
    desk.world.tell()
    quiet(desk, 60)

    assert (desk.held(), desk.net(), len(stops(desk))) == (10, 10, 1)


def test_what_the_stream_takes_back_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, missed = AlpacaDesk(a_bot()), list[str]()
    desk.send(Signal.BUY)
    quiet(desk, 20)
    (order,) = desk.world._orders()
    row = {
        "id": order.id, "client_order_id": order.client_order_id, "status": "canceled", "filled_qty": "0",
        "filled_avg_price": None, "symbol": "AAPL", "side": "buy", "qty": "10", "order_class": "",
    }  # fmt: skip
    monkeypatch.setattr(desk.ear, "missed", lambda: missed.append("missed"))

    desk.world.broker._hear(desk.ear, {"event": "trade_bust", "order": row, "position_qty": "0"})

    assert missed


# ---------------------------------------------------------------- accounts that cannot be opened


def shut(_account: Account) -> Broker:
    message = "the account has no keys yet"
    raise UnreachableError(message)


def test_one_account_without_keys_keeps_nobody_else_from_trading(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, keyless = Desk(), AccountId("account-2")
    desk.store.directory.keep(an_account(id=keyless, name="keyless"))
    desk.store.directory.keep(a_bot(id=BotId("bot-keyless"), account_id=keyless))
    opened = desk.venues.broker
    monkeypatch.setattr(desk.venues, "broker", lambda account: (shut if account.id == keyless else opened)(account))
    alert = an_alert(Signal.BUY, "KEYLESS", received_at=desk.clock.now(), symbol=Symbol("AAPL"))
    key = BookKey(account_id=keyless, symbol=Symbol("AAPL"))
    desk.store.inbox.post(key, AlertArrived(alert=alert, bot_id=BotId("bot-keyless")), desk.clock.now())

    desk.send(Signal.BUY)
    quiet(desk, 5)

    assert desk.last().status is Status.DONE


def test_an_exit_made_while_the_account_could_not_be_opened_still_opens_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = AlpacaDesk(a_bot())
    desk.send(Signal.BUY)
    quiet(desk, 60)
    opened = desk.venues.broker
    monkeypatch.setattr(desk.venues, "broker", shut)
    desk.send(Signal.CLOSE)
    quiet(desk, 5)

    desk.world.disconnect()
    desk.world.place_by_hand(ACCOUNT, AAPL.symbol, Side.SELL, Decimal(10))
    monkeypatch.setattr(desk.venues, "broker", opened)
    quiet(desk, 30)

    assert desk.net() == 0


def test_an_order_that_alpaca_says_it_has_is_never_said_to_be_unsent() -> None:
    desk = AlpacaDesk(a_bot())
    ticket = a_market("e-1-1", Side.BUY, 1, AAPL.symbol)
    desk.world.broker.submit(ticket)
    another = desk.world.new_broker()
    desk.world.be_unreachable(Call.FIND, times=None)

    with pytest.raises(OutcomeUnknownError):
        another.submit(ticket)


# ---------------------------------------------------------------- an entry that fills in parts


def test_a_part_is_not_left_without_a_stop_that_is_awake() -> None:
    desk, bare = AlpacaDesk(GUARDED), 0
    desk.world.fill_in_parts(AAPL.symbol, [Decimal(4), *[Decimal(0)] * 1000])
    desk.send(Signal.BUY)

    for _ in range(150):
        quiet(desk, 1)
        awake = [order for order in desk.world._orders() if order.is_live and order.is_awake and order.prices.stop]
        bare += bool(desk.net() and not awake)

    assert desk.net() == 4
    assert bare <= 15


# ---------------------------------------------------------------- the clock, around an opening and a close


def test_a_clock_of_before_the_close_counts_for_nothing_after_it() -> None:
    clock = VenueClock(is_open=True, opens=SESSION.closes + timedelta(hours=17), closes=SESSION.closes)

    after = by_the_venue(CLOSED, clock, Market.US_EQUITIES, SESSION.closes + timedelta(seconds=3))

    assert after.now is None


def test_a_clock_of_before_the_opening_counts_for_nothing_after_it() -> None:
    clock = VenueClock(is_open=False, opens=SESSION.opens, closes=SESSION.closes)

    assert by_the_venue(OPEN, clock, Market.US_EQUITIES, SESSION.opens + timedelta(seconds=3)).now is not None
    assert by_the_venue(OPEN, clock, Market.US_EQUITIES, SESSION.opens - timedelta(seconds=3)).now is None


def by_the_calendar(desk: AlpacaDesk) -> None:
    """Let the exchange and the engine keep New York's hours."""
    desk.world.core.force_phase(None)
    desk.calendar = ExchangeCalendar()  # type: ignore[assignment] # the real one in place of a switch
    desk.engine = desk._engine()


def test_an_exit_right_after_the_close_goes_out_at_once() -> None:
    desk = AlpacaDesk(a_bot())
    by_the_calendar(desk)
    desk.send(Signal.BUY)
    quiet(desk, 5)
    desk.clock.advance(int((SESSION.closes - desk.clock.now()).total_seconds()) - 5)
    desk.price(100)
    desk.send(Signal.SELL)  # which asks the clock, five seconds before the close
    desk.run()
    desk.clock.advance(6)
    desk.send(Signal.BUY)
    desk.run()
    desk.clock.advance(1)

    desk.send(Signal.CLOSE)
    desk.run()

    assert [order.ticket.purpose for order in desk.book().orders] == [Purpose.EXIT]


def test_what_waited_for_the_opening_is_sent_at_the_opening() -> None:
    waiting = (
        a_bot(when_closed=WhenClosed.QUEUE),
        a_bot(id=OTHER_BOT, timeframe=Timeframe(300), when_closed=WhenClosed.QUEUE),
    )
    desk = AlpacaDesk(*waiting)
    by_the_calendar(desk)
    tomorrow = SESSION.opens + timedelta(days=1)
    desk.clock.advance(int((tomorrow - desk.clock.now()).total_seconds()) - 60)
    desk.price(100)
    desk.send(Signal.BUY)
    desk.run()
    desk.clock.advance(52)
    desk.price(100)
    desk.send(Signal.BUY, bot_id=OTHER_BOT)  # which asks the clock, eight seconds before the opening
    desk.run()

    desk.clock.advance(9)
    desk.price(100)
    quiet(desk, 30)

    assert [desk.record(name).status for name in desk.alerts] == [Status.DONE, Status.DONE]
