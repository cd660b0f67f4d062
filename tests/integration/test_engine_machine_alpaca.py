"""Drive the whole engine under the venue's rules as Alpaca's, and hold it to the same promises, and to three more.

No order of ours is refused as a wash trade against another of ours; none crosses zero; and a share that asks for a
stop is covered in the end, or closed.
"""

import re
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.builders import AAPL, ACCOUNT, BOT, OTHER_BOT, a_bot
from tests.desk import Desk
from tests.integration.test_engine_machine import SIZES, EngineMachine
from tradecore.domain.commands import Submit
from tradecore.domain.events import DriftAdopted
from tradecore.domain.ids import BotId, BrokerOrderId, parent_of
from tradecore.domain.money import ZERO
from tradecore.domain.orders import News, OrderType, Side
from tradecore.domain.parties import Mode
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.records import Judged
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.venues import VenueRules

BLOCKER = re.compile(r"wash trade.*existing_order_id: (\w+)")
STOP = Distance(Decimal(2), DistanceUnit.DOLLARS)
TARGET = Distance(Decimal(3), DistanceUnit.DOLLARS)


class AlpacaMachine(EngineMachine):
    """Two bots on one symbol at a venue that holds shares, takes no wash trades, and lets no order cross zero."""

    @initialize(
        brackets=st.booleans(),
        exempt=st.booleans(),
        stops=st.sampled_from([(True, True), (True, False), (False, True), (False, False)]),
        both=st.booleans(),
        mode=st.sampled_from([Mode.SIGNAL, Mode.PYRAMID]),
    )
    def open_the_desk(self, brackets: bool, exempt: bool, stops: tuple[bool, bool], both: bool, mode: Mode) -> None:
        first, second = (Protection(stop=STOP if stop else None, target=TARGET if both else None) for stop in stops)
        bots = (
            a_bot(id=BOT, sizing=Units(SIZES[BOT]), protection=first, mode=mode),
            a_bot(id=OTHER_BOT, timeframe=Timeframe(300), sizing=Units(SIZES[OTHER_BOT]), protection=second, mode=mode),
        )
        rules = VenueRules(
            crosses_zero=False, brackets=brackets, brackets_from_flat=True,
            reduce_only=True, holds_shares=True, refuses_wash_trades=True)  # fmt: skip
        self.exempt = exempt
        self.desk = Desk(*bots, rules=rules, legs_are_exempt=exempt, commission_per_unit=Decimal("0.01"))
        self.seen = 0
        self.ends = {}
        self.requests = 0

    @rule(side=st.sampled_from(Side), quantity=st.integers(1, 5))
    def somebody_leaves_an_order_to_rest(self, side: Side, quantity: int) -> None:
        price = Decimal(50 if side is Side.BUY else 150)
        self.desk.exchange.place_by_hand(
            ACCOUNT, AAPL.symbol, side, Decimal(quantity), OrderType.LIMIT, limit_price=price)  # fmt: skip

    @rule()
    def people_call_their_orders_off(self) -> None:
        for row in self.desk.exchange.working(ACCOUNT, AAPL.symbol):
            if row.order_id is None:
                self.desk.exchange.cancel(ACCOUNT, row.id)

    @rule()
    def somebody_calls_one_of_our_orders_off(self) -> None:
        ours = [row for row in self.desk.exchange.working(ACCOUNT, AAPL.symbol) if row.order_id is not None]
        if ours:
            self.desk.exchange.cancel(ACCOUNT, ours[0].id)

    @rule(bot_id=st.sampled_from([None, BOT, OTHER_BOT]))
    def somebody_says_whose_the_drift_is(self, bot_id: BotId | None) -> None:
        self.requests += 1
        adopted = DriftAdopted(quantity=self.desk.book().drift, by="ada", bot_id=bot_id, request_id=f"R{self.requests}")
        for _ in range(2):
            self.desk.post(adopted)

    def teardown(self) -> None:
        """End what people have left resting, too: against it nothing of ours can rest, or close."""
        if hasattr(self, "desk"):
            self.people_call_their_orders_off()
        super().teardown()

    @invariant()
    def no_order_of_ours_meets_another_of_ours(self) -> None:
        """But for a leg, where the venue's guard takes legs for what they are not exempt from."""
        rows = {row.id: row for row in self.desk.exchange.orders(ACCOUNT)}
        for row in rows.values():
            found = BLOCKER.search(row.reason) if row.order_id is not None and row.news is News.REJECTED else None
            if found is not None:
                blocker = rows[BrokerOrderId(found[1])]
                is_leg = blocker.order_id is not None and parent_of(blocker.order_id) is not None
                assert blocker.order_id is None or (is_leg and not self.exempt), (row, blocker)

    def _entries_pass_every_gate(self, judged: Judged) -> None:
        super()._entries_pass_every_gate(judged)
        self._nothing_crosses_zero(judged)

    def _nothing_crosses_zero(self, judged: Judged) -> None:
        known = {order.id for order in judged.before.orders}
        for command in judged.decision.commands:
            if isinstance(command, Submit) and command.ticket.id not in known:
                net, after = judged.decision.book.net, judged.decision.book.net + command.ticket.signed
                assert net * after >= ZERO, command.ticket


TestAlpacaMachine = AlpacaMachine.TestCase
