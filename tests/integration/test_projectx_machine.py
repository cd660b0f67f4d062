"""Drive the whole engine over ProjectX's adapter through any order of alerts, fills, faults and deaths.

The promises are those of test_engine_machine.py; the venue is the ProjectX exchange, with its own rules and words. It
takes one thing more from us: nothing there keeps an exit from opening a position, so the adapter must.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from tests.builders import BOT, MES, OTHER_BOT, a_bot
from tests.integration.test_engine_machine import EVERYTHING, SIZES, EngineMachine
from tests.projectx_desk import ProjectXDesk
from tradecore.adapters.memory.exchange import Call
from tradecore.adapters.projectx.roster import is_ours
from tradecore.domain.ids import BotId
from tradecore.domain.parties import Mode, Venue
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.venues.faults import Fault
from tradecore.entrypoints.venues.projectx.engine.words import Change, Place, Status

FAULT_SWITCHES: Mapping[str, Callable[[ProjectXDesk], object]] = {
    "the answer to an order is lost": lambda desk: desk.world.lose_answers(Call.SUBMIT),
    "the answer to a cancel is lost": lambda desk: desk.world.lose_answers(Call.CANCEL),
    "an order is lost on its way": lambda desk: desk.world.lose_requests(Call.SUBMIT),
    "a cancel is lost on its way": lambda desk: desk.world.lose_requests(Call.CANCEL),
    "a page of HTML comes, and the order is placed": lambda desk: desk.world.turn(
        Fault.SERVER_ERROR_AFTER, Call.SUBMIT
    ),
    "a page of HTML comes": lambda desk: desk.world.turn(Fault.SERVER_ERROR, times=2),
    "the Gateway does not know what became of an order": lambda desk: desk.world.refuse(
        Place.UNKNOWN_ERROR, Call.SUBMIT, is_done=True
    ),
    "the Gateway does not know what became of a cancel": lambda desk: desk.world.refuse(
        Change.UNKNOWN_ERROR, Call.CANCEL, is_done=True
    ),
    "an order is said to be pending": lambda desk: desk.world.refuse(Place.ORDER_PENDING, Call.SUBMIT, is_done=True),
    "an answer cannot be read": lambda desk: desk.world.talk_nonsense(),
    "the Gateway is not reached with an order": lambda desk: desk.world.be_unreachable(Call.SUBMIT),
    "the Gateway is not reached with a cancel": lambda desk: desk.world.be_unreachable(Call.CANCEL),
    "the Gateway cannot be asked": lambda desk: desk.world.be_unreachable(Call.FIND, Call.SURVEY, times=2),
    "the Gateway limits the rate": lambda desk: desk.world.limit_rate(Call.SUBMIT, 3),
    "the tokens count no more": lambda desk: desk.world.venue.tokens.revoke(),
    "the Gateway rejects an order": lambda desk: desk.world.refuse(Place.ORDER_REJECTED, Call.SUBMIT, is_done=False),
    "a cancel comes too late": lambda desk: desk.world.race_cancels(),
    "the hub stutters": lambda desk: desk.world.double_changes(3),
    "the hub reorders": lambda desk: desk.world.reverse_changes(3),
    "the hub says what nobody knows": lambda desk: desk.world.say_the_unknown(),
    "the hub is late": lambda desk: desk.world.delay_changes(),
    "the hub catches up": lambda desk: desk.world.deliver(),
    "the hub breaks": lambda desk: desk.world.disconnect(),
    "the hub comes back": lambda desk: desk.world.reconnect(),
}  # fmt: skip
FAULTS = sorted(FAULT_SWITCHES)


class Accident(Enum):
    """What keeps most entries from the market once it has happened: one of them at most in a run."""

    ROLL = "the month rolls away"
    LOCK = "the firm locks the account"
    CLOCK = "our clock is behind the venue's"
    BRACKET_MODE = "the account takes no brackets"


class ProjectXMachine(EngineMachine):
    """Two bots on one contract of one account at ProjectX, and a world that fails in every way we know."""

    desk: ProjectXDesk  # type: ignore[mutable-override] # the same desk with another venue
    point = MES.tick_value / MES.tick_size

    @initialize(
        crosses=st.none(), brackets=st.none(), stops=st.booleans(), holds=st.none(),
        mode=st.sampled_from([Mode.SIGNAL, Mode.PYRAMID]), closed=st.none(),
        accident=st.sampled_from([None, *Accident]),
    )  # fmt: skip
    def open_the_desk(
        self,
        crosses: None,
        brackets: None,
        stops: bool,
        holds: None,
        mode: Mode,
        closed: None,
        accident: Accident | None,
    ) -> None:
        protection = Protection(
            stop=Distance(Decimal(2), DistanceUnit.DOLLARS) if stops else None,
            target=Distance(Decimal(3), DistanceUnit.DOLLARS) if stops else None,
        )
        self.desk = ProjectXDesk(
            a_bot(id=BOT, symbol=MES.root, sizing=Units(SIZES[BOT]), protection=protection, mode=mode),
            a_bot(id=OTHER_BOT, symbol=MES.root, timeframe=Timeframe(300), sizing=Units(SIZES[OTHER_BOT])),
        )
        self.seen = 0
        self.ends = {}
        self.checked = 0
        self.costs: dict[BotId, Decimal] = {}
        self.accident, self.has_rolled = accident, False

    @rule(is_open=st.booleans())
    def the_market_opens_or_closes(self, is_open: bool) -> None:
        self.desk.world.core.force_session(is_open=is_open)
        self.desk.world.tell()

    @rule(fault=st.sampled_from(FAULTS))
    def something_goes_wrong(self, fault: str) -> None:
        FAULT_SWITCHES[fault](self.desk)

    @rule(fault=st.sampled_from(FAULTS), signal=st.sampled_from(Signal), bot=st.sampled_from([BOT, OTHER_BOT]))
    def something_goes_wrong_just_then(self, fault: str, signal: Signal, bot: BotId) -> None:
        FAULT_SWITCHES[fault](self.desk)
        self.desk.send(signal, bot)
        self.desk.run()

    @rule(seconds=st.sampled_from([2, 90, 3600]))
    @precondition(lambda self: self.accident is Accident.CLOCK)
    def the_clock_is_set_back(self, seconds: int) -> None:
        super().the_clock_is_set_back(seconds)

    # ---------------------------------------------------------------- what the firm and the platform do

    @rule(allows=st.booleans())
    @precondition(lambda self: self.accident is Accident.BRACKET_MODE)
    def somebody_changes_the_bracket_mode(self, allows: bool) -> None:
        self.desk.world.account.order_brackets = allows

    @rule(slippage=st.integers(0, 3), sibling=st.booleans())
    def the_exchange_has_other_manners(self, slippage: int, sibling: bool) -> None:
        manners = self.desk.world.core.floor.manners
        manners.slippage_ticks, manners.cancel_ends_sibling = slippage, sibling

    @rule()
    def somebody_closes_everything(self) -> None:
        self.desk.world.close_by_hand()

    @rule()
    @precondition(lambda self: self.accident is Accident.LOCK)
    def the_firm_locks_the_account(self) -> None:
        self.desk.world.core.break_rule(self.desk.world.account)
        self.desk.world.tell()

    @rule()
    @precondition(lambda self: self.accident is Accident.LOCK)
    def the_firm_unlocks_the_account(self) -> None:
        self.desk.world.account.locked, self.desk.world.account.can_trade = False, True

    @rule(is_known=st.booleans())
    @precondition(lambda self: self.accident is Accident.ROLL and not self.has_rolled)
    def the_month_rolls(self, is_known: bool) -> None:
        self.has_rolled = True
        self.desk.world.core.roll(self.desk.world.contract)
        if is_known:
            past = evolve(MES, active=False, tradable=False)
            self.desk.store.directory.list_instruments(Venue.PAPER, (past,))

    # ---------------------------------------------------------------- the promises, after each step

    @invariant()
    def no_order_was_taken_twice(self) -> None:
        """Promise 2, as the venue sees it: a repeat is refused, whatever was lost on the way."""
        taken = Counter(one.tag for one in self.desk.world.orders() if one.status is not Status.REJECTED and one.tag)
        assert not [tag for tag, times in taken.items() if times > 1 and is_ours(tag)]

    @invariant()
    def no_exit_came_that_would_have_opened(self) -> None:
        """Promise 7, which nothing but the adapter keeps here; what closes a share against others' may cross zero."""
        placed = self.desk.world.placed[self.checked :]
        self.checked += len(placed)
        orders = self.desk.store.history.orders(EVERYTHING) if placed else ()
        closing = {row.order.id for row in orders if row.order.ticket.reduce_only}
        for one in placed:
            assert one.tag not in closing or one.size <= one.held * (1 if one.side else -1), one

    def _costs_balance(self, bot: BotId, costs: Decimal) -> None:
        """Check that no fee is booked twice; one that is told when its trade has ended is in no trade."""
        self.costs[bot] = costs
        tags = {one.id: one.tag for one in self.desk.world.orders()}
        trades = (one for one in self.desk.world.core.floor.trades if is_ours(tags[one.order_id]))
        assert sum(self.costs.values()) <= sum(one.fees + one.commissions for one in trades)

    # ---------------------------------------------------------------- the promises, when all is over

    def teardown(self) -> None:
        """Open the market and the account; what is held of a month that has rolled away only a person can close."""
        if hasattr(self, "desk"):
            world = self.desk.world
            world.core.force_session(is_open=True)
            world.account.locked, world.account.can_trade, world.account.order_brackets = False, True, True
            if self.has_rolled:
                self.desk.settle()
                world.close_by_hand()
        super().teardown()


TestProjectXMachine = ProjectXMachine.TestCase
