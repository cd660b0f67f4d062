"""Live a trading life from alert to alert, whoever dies on the way, and see whether anything came of the death."""

from decimal import Decimal
from typing import Final, final

from attrs import define, field, frozen

from tests.kill import inspection
from tests.kill.crossings import Fate
from tests.kill.house import House
from tests.kill.sender import Sender
from tests.kill.venue import words_of
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.signals import Signal

SYMBOL: Final = Symbol("AAPL")
PRICE: Final = Decimal(200)


@frozen
class Send:
    """An alert is sent."""

    signal: Signal


@frozen
class Move:
    """The price moves to so many parts of what it was."""

    factor: Decimal


Step = Send | Move


@final
@define(eq=False)
class Trial:
    """One account in a house, and the fate of one of its processes."""

    house: House
    account_id: AccountId
    sender: Sender
    fate: Fate = Fate()
    is_disturbed: bool = False
    crossed: list[str] = field(factory=list)
    orders: list[tuple[str, ...]] = field(factory=list)
    sent: list[inspection.Sent] = field(factory=list)
    problems: list[str] = field(factory=list)

    def live(self, steps: tuple[Step, ...]) -> None:
        """Take each step until a process has met its fate; what is wrong once all is done becomes a problem."""
        for number, step in enumerate(steps):
            match step:
                case Send(signal=signal):
                    self.send(signal, f"{signal.value}-{number}")
                case Move(factor=factor):
                    self.house.venue.price(SYMBOL, PRICE * factor)
            self.rest()
            self._see_fate()
            rows = self.house.venue.orders(self.account_id)
            self.orders.append(tuple(sorted(words_of(row) for row in rows)))
            if self.is_disturbed:
                break
        self.compare()

    def compare(self) -> None:
        """Look for what was lost or doubled; it becomes a problem."""
        rows = self.house.venue.orders(self.account_id)
        self.problems += inspection.doublings(self.house.store, self.account_id, rows)
        self.problems += inspection.bad_ends(self.house.store, self.account_id, self.sent)

    def moment(self) -> tuple[str, str]:
        """Say what lies in the database and what stands at the exchange just now."""
        rows = self.house.venue.orders(self.account_id)
        return inspection.in_hand(self.house.store, self.account_id), inspection.at_venue(rows)

    def send(self, signal: Signal, name: str) -> None:
        """Have an alert sent until it is taken."""
        sent = self.sender.send(name, signal, SYMBOL)
        self.sent.append(sent)
        if sent.alert_id is None:
            self.problems.append(f"{name} was never taken")
        # Only the sender knows of this boundary, and so whoever has its fate here meets it by the sender's hand.
        self.crossed.append(boundary := f"answer the sender of {signal.value} {SYMBOL}: sent")
        server = self.house.server
        if boundary == self.fate.at and server is not None:
            self.is_disturbed = True
            server.send(self.fate.by)

    def rest(self) -> None:
        """Wait until nothing is left to do; what still is becomes a problem."""
        self.problems += self.house.rest(self.account_id)

    def _see_fate(self) -> None:
        """Wait for a death that is under way; let a frozen process go on with what it was doing, and see no change."""
        for process in tuple(self.house.processes):
            if process.fate.at in process.crossed:
                self.is_disturbed = True
                process.wait_until_gone()
                self.rest()
            if process.state == "frozen":
                process.wake()
                self.rest()
