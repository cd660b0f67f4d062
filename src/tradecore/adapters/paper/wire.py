"""Say how questions and answers are written between the paper exchange and those who trade there."""

from typing import Final

from attrs import frozen

from tradecore.adapters.encoding.codec import Form
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.orders import Report, Ticket
from tradecore.domain.venues import AccountState, Position, Quote, Survey, VenueRules

# The one failure that only the exchange itself can know of: it says so, or nobody does.
NOTHING_DONE: Final = "nothing-done"


@frozen(kw_only=True)
class Told:
    """Something that happened in an account; without a report, that something may have been missed there."""

    account_id: AccountId
    report: Report | None = None


@frozen(kw_only=True)
class Page:
    """What happened after the number that was asked for.

    `epoch` names one life of the exchange's process; numbers count within it. `last` is where to go on from.
    With `missed`, what happened until then is not kept any more, in this life or since another one.
    """

    epoch: str
    last: int
    missed: bool = False
    told: tuple[Told, ...] = ()


@frozen(kw_only=True)
class Problem:
    """Why there is no answer. `error` is stable, `message` is for people."""

    error: str
    message: str


TICKET: Final[Form[Ticket]] = Form(Ticket)
REPORT: Final[Form[Report]] = Form(Report)
FOUND: Final[Form[Report | None]] = Form(Report | None)
DONE: Final[Form[str]] = Form(str)
RULES: Final[Form[VenueRules]] = Form(VenueRules)
SURVEY: Final[Form[Survey]] = Form(Survey)
POSITIONS: Final[Form[tuple[Position, ...]]] = Form(tuple[Position, ...])
SYMBOLS: Final[Form[frozenset[Symbol]]] = Form(frozenset[Symbol])
STATE: Final[Form[AccountState]] = Form(AccountState)
INSTRUMENTS: Final[Form[tuple[Instrument, ...]]] = Form(tuple[Instrument, ...])
QUOTE: Final[Form[Quote | None]] = Form(Quote | None)
PAGE: Final[Form[Page]] = Form(Page)
PROBLEM: Final[Form[Problem]] = Form(Problem)
