"""Drive the whole engine over Alpaca's adapter through any order of alerts, fills, faults and deaths.

The promises are those of test_engine_machine.py; the venue is Alpaca's exchange, with its own rules and words.
"""

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.alpaca_desk import AlpacaDesk
from tests.builders import BOT, OTHER_BOT, a_bot
from tests.integration.test_engine_machine import SIZES, EngineMachine
from tradecore.domain.parties import Mode
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.venues.alpaca.engine.words import Phase


class AdapterMachine(EngineMachine):
    """Two bots on one book of one account at Alpaca, and a world that fails in every way we know."""

    desk: AlpacaDesk  # type: ignore[mutable-override] # the same desk with another venue

    @initialize(
        crosses=st.none(), brackets=st.none(), stops=st.booleans(), holds=st.none(),
        mode=st.sampled_from([Mode.SIGNAL, Mode.PYRAMID]),
    )  # fmt: skip
    def open_the_desk(self, crosses: None, brackets: None, stops: bool, holds: None, mode: Mode) -> None:
        protection = Protection(
            stop=Distance(Decimal(2), DistanceUnit.DOLLARS) if stops else None,
            target=Distance(Decimal(3), DistanceUnit.DOLLARS) if stops else None,
        )
        self.desk = AlpacaDesk(
            a_bot(id=BOT, sizing=Units(SIZES[BOT]), protection=protection, mode=mode),
            a_bot(id=OTHER_BOT, timeframe=Timeframe(300), sizing=Units(SIZES[OTHER_BOT])),
        )
        self.seen = 0
        self.ends = {}

    @rule(is_open=st.booleans())
    def the_market_opens_or_closes(self, is_open: bool) -> None:
        self.desk.world.core.force_phase(Phase.CORE if is_open else Phase.CLOSED)

    @rule(which=st.integers(0, 3))
    def somebody_moves_a_stop_or_a_target(self, which: int) -> None:
        """Call one off, as people can in Alpaca's page; moved there it is another order, and not ours."""
        working = [order for order in self.desk.book().orders if order.broker_order_id is not None]
        if which < len(working):
            self.desk.world.core.cancel(self.desk.world.account, str(working[which].broker_order_id))
            self.desk.world.tell()

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.world.core.force_phase(Phase.CORE)
        super().teardown()


TestAdapterMachine = AdapterMachine.TestCase
