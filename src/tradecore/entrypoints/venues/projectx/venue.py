"""Hold together what the doors of the ProjectX exchange share."""

from typing import final

from attrs import define, field, frozen

from tradecore.entrypoints.venues.faults import Fault, Faults
from tradecore.entrypoints.venues.projectx.engine.exchange import ProjectXExchange
from tradecore.entrypoints.venues.projectx.pace import Pace
from tradecore.entrypoints.venues.projectx.tape import Tape
from tradecore.entrypoints.venues.projectx.tokens import Tokens


@frozen
class Login:
    """The one user there is. All accounts are theirs."""

    user: str
    key: str


@frozen
class Envelope:
    """A code that a request is answered with, whatever came of it; and whether it is carried out all the same."""

    code: int
    message: str | None
    is_done: bool


@final
@define
class Venue:
    """The exchange, who may use it, and what goes wrong with it."""

    exchange: ProjectXExchange
    login: Login
    tokens: Tokens
    pace: Pace
    faults: Faults[Fault]
    envelopes: Faults[Envelope]
    tape: Tape = field(factory=Tape, init=False)

    def __attrs_post_init__(self) -> None:
        """Let the tape see every price, those of the beginning too."""
        for quote in self.exchange.floor.quotes.values():
            self.tape.note(quote)
        self.exchange.watch(self.tape.note)
