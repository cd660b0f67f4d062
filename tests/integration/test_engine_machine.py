"""Drive the whole engine through any order of alerts, fills, faults and deaths, and hold it to its promises.

The promises are those of docs/promises.md, checked after each step where they can be, and at the end, when all faults
are over and time has passed, without exception.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.builders import AAPL, ACCOUNT, BOT, OTHER_BOT, a_bot
from tests.desk import Desk, Killed
from tradecore.adapters.memory.exchange import Call
from tradecore.adapters.memory.exchange.placing import Amendment
from tradecore.domain.commands import Submit
from tradecore.domain.decisions import Status
from tradecore.domain.events import FlattenAsked, ReconcileDue, StopAsked
from tradecore.domain.ids import BotId, HaltId
from tradecore.domain.money import ZERO
from tradecore.domain.orders import OrderState, OrderType, Purpose, Side
from tradecore.domain.parties import Halt, HaltLevel, Mode, WhenClosed
from tradecore.domain.protecting import uncovered
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.records import Judged
from tradecore.domain.replaying import differences
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.venues import VenueRules
from tradecore.ports.history import Asked

SIZES = {BOT: Decimal(10), OTHER_BOT: Decimal(7)}
EVERYTHING = Asked(limit=1_000_000)
POINTS = ["before recording", "after recording", "before performing", "after performing"]


FAULT_SWITCHES: Mapping[str, Callable[[Desk], object]] = {
    "the answer to an order is lost": lambda desk: desk.faults.lose_answers(Call.SUBMIT),
    "the answer to a cancel is lost": lambda desk: desk.faults.lose_answers(Call.CANCEL),
    "an order is lost on its way": lambda desk: desk.faults.lose_requests(Call.SUBMIT),
    "a cancel is lost on its way": lambda desk: desk.faults.lose_requests(Call.CANCEL),
    "the venue is not reached with an order": lambda desk: desk.faults.be_unreachable(Call.SUBMIT),
    "the venue is not reached with a cancel": lambda desk: desk.faults.be_unreachable(Call.CANCEL),
    "the venue cannot be asked": lambda desk: desk.faults.be_unreachable(Call.FIND, Call.SURVEY, times=2),
    "the venue answers nonsense": lambda desk: desk.faults.talk_nonsense(),
    "the venue limits the rate": lambda desk: desk.faults.limit_rate(Call.SUBMIT, retry_after=3),
    "the venue rejects an order": lambda desk: desk.exchange.reject_next("no reason", ACCOUNT),
    "a cancel comes too late": lambda desk: desk.faults.race_cancels(),
    "the venue lists late": lambda desk: desk.faults.hide_new_orders(),
    "the venue lists again": lambda desk: desk.faults.show_orders(),
    "the stream stutters": lambda desk: desk.faults.double_changes(times=3),
    "the stream reorders": lambda desk: desk.faults.reverse_changes(3),
    "the stream is late": lambda desk: desk.faults.delay_changes(),
    "the stream catches up": lambda desk: desk.faults.deliver(),
    "the stream breaks": lambda desk: desk.faults.disconnect(),
    "the stream comes back": lambda desk: desk.faults.reconnect(),
}
FAULTS = sorted(FAULT_SWITCHES)


class EngineMachine(RuleBasedStateMachine):
    """Two bots on one book of one netted account, and a world that fails in every way we know."""

    desk: Desk
    point = Decimal(1)  # what one point of one unit is worth

    @initialize(
        crosses=st.booleans(),
        brackets=st.booleans(),
        stops=st.booleans(),
        holds=st.booleans(),
        mode=st.sampled_from([Mode.SIGNAL, Mode.PYRAMID]),
        closed=st.sampled_from(WhenClosed),
    )
    def open_the_desk(
        self, crosses: bool, brackets: bool, stops: bool, holds: bool, mode: Mode, closed: WhenClosed
    ) -> None:
        protection = Protection(
            stop=Distance(Decimal(2), DistanceUnit.DOLLARS) if stops else None,
            target=Distance(Decimal(3), DistanceUnit.DOLLARS) if stops else None,
        )
        bots = (
            a_bot(id=BOT, sizing=Units(SIZES[BOT]), protection=protection, mode=mode, when_closed=closed),
            a_bot(id=OTHER_BOT, timeframe=Timeframe(300), sizing=Units(SIZES[OTHER_BOT])),
        )
        rules = VenueRules(crosses_zero=crosses, brackets=brackets, reduce_only=True)
        self.desk = Desk(*bots, rules=rules, holds_shares=holds, commission_per_unit=Decimal("0.01"))
        self.seen = 0
        self.ends: dict[str, Status] = {}

    # ---------------------------------------------------------------- what people and TradingView do

    @rule(signal=st.sampled_from([Signal.BUY, Signal.SELL]), bot=st.sampled_from([BOT, OTHER_BOT]))
    def an_entry_comes(self, signal: Signal, bot: BotId) -> None:
        self.desk.send(signal, bot)

    @rule(signal=st.sampled_from([Signal.BUY, Signal.SELL]), bot=st.sampled_from([BOT, OTHER_BOT]))
    def an_entry_comes_and_is_worked(self, signal: Signal, bot: BotId) -> None:
        self.desk.send(signal, bot)
        self.desk.run()

    @rule(signal=st.sampled_from([Signal.CLOSE, Signal.FLAT, Signal.HOLD]), bot=st.sampled_from([BOT, OTHER_BOT]))
    def an_exit_comes(self, signal: Signal, bot: BotId) -> None:
        self.desk.send(signal, bot)

    @rule(data=st.data())
    @precondition(lambda self: bool(self.desk.alerts))
    def the_same_alert_again(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.desk.alerts))
        before = len(self.desk.alerts)
        receipt = self.desk.send(self.desk.record(name).alert.signal, name=name)
        assert receipt.duplicate
        assert receipt.alert_id == name
        assert len(self.desk.alerts) == before

    @rule(side=st.sampled_from(Side), quantity=st.integers(1, 5))
    def somebody_trades_by_hand(self, side: Side, quantity: int) -> None:
        self.desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, side, Decimal(quantity))

    @rule(
        which=st.integers(0, 3), price=st.none() | st.integers(90, 110), quantity=st.none() | st.integers(1, 20),
        gone=st.booleans(),
    )  # fmt: skip
    def somebody_moves_a_stop_or_a_target(
        self, which: int, price: int | None, quantity: int | None, gone: bool
    ) -> None:
        rows = [row for row in self.desk.exchange.working(ACCOUNT, AAPL.symbol) if row.type is not OrderType.MARKET]
        if which >= len(rows):
            return
        if gone:
            self.desk.exchange.cancel(ACCOUNT, rows[which].id)
            return
        at = Decimal(price) if price is not None else None
        is_stop = rows[which].type is OrderType.STOP
        self.desk.exchange.amend(ACCOUNT, rows[which].id, Amendment(
            quantity=Decimal(quantity) if quantity is not None else None,
            stop_price=at if is_stop else None, limit_price=None if is_stop else at))  # fmt: skip

    @rule(bot_id=st.sampled_from([BOT, OTHER_BOT]), price=st.integers(90, 110), again=st.booleans())
    def somebody_moves_a_stop_here(self, bot_id: BotId, price: int, again: bool) -> None:
        request_id = "R" if again else f"R{self.desk.clock.now()}"
        self.desk.post(StopAsked(bot_id=bot_id, price=Decimal(price), request_id=request_id, by="ada", loosen=True))

    @rule(level=st.one_of(st.none(), st.sampled_from(HaltLevel)), asked=st.booleans())
    def somebody_turns_the_kill_switch(self, level: HaltLevel | None, asked: bool) -> None:
        now = self.desk.clock.now()
        pressed = level or HaltLevel.NO_ENTRIES
        lifted = None if level else now
        halt = Halt(id=HaltId("h"), level=pressed, reason="test", by="ada", at=now, lifted_at=lifted)
        self.desk.store.directory.keep(halt)
        if asked:
            self.desk.post(FlattenAsked(why="test"))

    # ---------------------------------------------------------------- what the market does

    @rule(price=st.integers(90, 110))
    def the_price_moves(self, price: int) -> None:
        self.desk.price(price)

    @rule(parts=st.lists(st.integers(0, 4), min_size=1, max_size=3))
    def the_next_order_fills_in_parts(self, parts: list[int]) -> None:
        self.desk.exchange.fill_in_parts(AAPL.symbol, [Decimal(part) for part in parts])

    @rule(is_open=st.booleans())
    def the_market_opens_or_closes(self, is_open: bool) -> None:
        self.desk.calendar.is_open = is_open

    # ---------------------------------------------------------------- what the venue, the line and the stream do

    @rule(fault=st.sampled_from(FAULTS))
    def something_goes_wrong(self, fault: str) -> None:
        FAULT_SWITCHES[fault](self.desk)

    @rule(fault=st.sampled_from(FAULTS), signal=st.sampled_from(Signal), bot=st.sampled_from([BOT, OTHER_BOT]))
    def something_goes_wrong_just_then(self, fault: str, signal: Signal, bot: BotId) -> None:
        FAULT_SWITCHES[fault](self.desk)
        self.desk.send(signal, bot)
        self.desk.run()

    # ---------------------------------------------------------------- what happens to us

    @rule(point=st.sampled_from(POINTS), lives=st.integers(1, 4))
    def we_shall_die(self, point: str, lives: int) -> None:
        self.desk.deadly, self.desk.lives = point, lives

    @rule()
    def we_restart(self) -> None:
        self.desk.restart()

    @rule(seconds=st.sampled_from([0, 1, 3, 10, 61, 400]))
    def time_passes_and_we_work(self, seconds: int) -> None:
        self.desk.clock.advance(seconds)
        self.desk.price(self.desk.exchange_price())
        self.desk.run()

    @rule(seconds=st.sampled_from([2, 90, 3600]))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.desk.clock.advance(-seconds)
        self.desk.price(self.desk.exchange_price())

    @rule()
    def we_take_one_event(self) -> None:
        try:
            self.desk.engine.step()
        except Killed:
            self.desk.restart()

    # ---------------------------------------------------------------- the promises, after each step

    @invariant()
    def what_was_just_decided_keeps_the_promises(self) -> None:
        for judged in self.desk.judged[self.seen :]:
            self._one_end_an_alert(judged)
            self._entries_pass_every_gate(judged)
        # Promise 10: what was stored is decided again just so.
        assert list(differences(self.desk.judged[self.seen :])) == []
        self.seen = len(self.desk.judged)

    def _one_end_an_alert(self, judged: Judged) -> None:
        """Promise 1: what has ended keeps its end. Promise 4: no gate stops an exit."""
        for verdict in judged.decision.verdicts:
            assert verdict.alert_id not in self.ends, f"{verdict.alert_id} ended twice"
            if verdict.status is Status.PENDING:
                continue  # It waits for an opening, and says so.
            self.ends[verdict.alert_id] = verdict.status
            if self.desk.record(verdict.alert_id).alert.signal.is_exit:
                assert verdict.status is not Status.REFUSED

    def _entries_pass_every_gate(self, judged: Judged) -> None:
        """Promise 4: no order that opens is sent while halted, closed, or in question. Promise 5: only smaller."""
        for command in judged.decision.commands:
            if isinstance(command, Submit) and command.ticket.purpose is Purpose.ENTRY:
                order = judged.decision.known(command.ticket.id)
                assert order is not None
                assert order.bot_id is not None
                assert order.ticket.quantity <= SIZES[order.bot_id]
                assert not judged.facts.halt_level(None)
                assert judged.facts.hours is not None
                assert judged.facts.hours.now is not None
                assert not judged.decision.book.drift

    @invariant()
    def no_alert_trades_more_than_it_asked_for(self) -> None:
        """Promises 2 and 5: all entries of one alert together never exceed its size."""
        entered: dict[str, Decimal] = {}
        for row in self.desk.store.history.orders(EVERYTHING):
            order = row.order
            if order.ticket.purpose is Purpose.ENTRY and order.bot_id is not None:
                at_venue = self.desk.exchange.find(ACCOUNT, order.id)
                filled = at_venue.report().filled if at_venue is not None else ZERO
                entered[order.plan_id] = entered.get(order.plan_id, ZERO) + filled
                assert entered[order.plan_id] <= SIZES[order.bot_id]

    @invariant()
    def the_books_balance(self) -> None:
        """Promise 8: trades and open trades are the cash flows of the fills, to the last digit that counts."""
        book = self.desk.book()
        fills = self.desk.store.history.fills(EVERYTHING)
        trades = self.desk.store.history.trades(EVERYTHING)
        for bot in SIZES:
            flows = sum((-f.quantity * f.price * self.point for f in fills if f.bot_id == bot), ZERO)
            running = book.share(bot).trade
            ended = sum((t.gross for t in trades if t.bot_id == bot), ZERO)
            costs = sum((t.commission for t in trades if t.bot_id == bot), ZERO)
            gross = ended + (running.cash if running else ZERO)
            assert abs(gross - flows) < Decimal("0.000001")
            self._costs_balance(bot, costs + (running.commission if running else ZERO))
            held = sum((f.quantity for f in fills if f.bot_id == bot), ZERO)
            assert held == book.share(bot).quantity

    def _costs_balance(self, bot: BotId, costs: Decimal) -> None:
        """Check what a bot's trades cost: here every fill comes with its commission."""
        fills = self.desk.store.history.fills(EVERYTHING)
        assert abs(costs - sum((f.commission for f in fills if f.bot_id == bot), ZERO)) < Decimal("0.000001")

    # ---------------------------------------------------------------- the promises, when all is over

    def teardown(self) -> None:
        """End every fault, let time pass, and check what must hold without exception."""
        if not hasattr(self, "desk"):
            return
        desk = self.desk
        desk.deadly = None
        desk.faults.clear()
        desk.faults.show_orders()
        desk.faults.reconnect()
        desk.faults.deliver()
        desk.exchange.fill_in_parts(AAPL.symbol, [])
        desk.exchange.finish_cancels(AAPL.symbol)
        desk.post(ReconcileDue(why="the end"))
        desk.settle()
        # What waits for the opening has its turn then.
        desk.calendar.is_open = True
        desk.clock.advance(86_400)
        desk.price(desk.exchange_price())
        desk.settle()
        self._check_the_end()

    def _check_the_end(self) -> None:
        desk, book = self.desk, self.desk.book()
        for name in desk.alerts:
            assert desk.record(name).status is not Status.PENDING, f"promise 1: {name} vanished"
        assert book.plan is None, book.plan
        assert not book.waiting
        assert book.net == desk.net(), "promise 3: broker and book"
        assert not any(order.state in {OrderState.UNKNOWN, OrderState.INTENDED} for order in book.orders)
        for share in book.shares:
            if share.stop_price is not None:
                assert uncovered(book, share) == ZERO, "promise 6: a share without its stop"
                stops = {order.id for order in book.orders_of(share.bot_id) if order.ticket.purpose is Purpose.STOP}
                rows = desk.exchange.working(ACCOUNT, AAPL.symbol)
                covered = sum((row.left for row in rows if row.order_id in stops), ZERO)
                assert covered == abs(book.held_for_sure(share.bot_id)), "promise 6: as the venue sees it"
        at_venue = {row.order_id for row in desk.exchange.working(ACCOUNT, AAPL.symbol)}
        assert at_venue == {order.id for order in book.orders}, "working orders that nobody follows"
        # Promise 7, and proof that every exit still works: everything can be closed from here.
        desk.post(FlattenAsked(why="the end"))
        desk.settle()
        self.what_was_just_decided_keeps_the_promises()
        assert desk.net() == ZERO, "promise 7: not flat"
        assert not desk.exchange.working(ACCOUNT, AAPL.symbol)
        assert not desk.book().shares
        self.the_books_balance()


TestEngineMachine = EngineMachine.TestCase
