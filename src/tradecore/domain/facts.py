"""Carry everything that a decision may know, gathered once."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import field, frozen

from tradecore.domain.book import Book
from tradecore.domain.ids import BotId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.limits import Day
from tradecore.domain.money import ZERO
from tradecore.domain.orders import Order
from tradecore.domain.parties import Account, Bot, Halt, HaltLevel, User
from tradecore.domain.sessions import Hours
from tradecore.domain.trades import Share
from tradecore.domain.values import evolve
from tradecore.domain.venues import AccountState, Quote, VenueRules

# A count that reaches every limit, and a day whose result nobody knows: no entry passes these.
MANY: Final = 10**9
NOBODY_KNOWS: Final = Day(known=False)


@frozen(kw_only=True, slots=False)
class Facts:
    """The world as it was seen for one decision. What nobody could tell is None, and is refused where it counts.

    `new_id` is an id that nobody has had, for what the decision itself may begin. `bots` are all that the book
    or the event speaks of. `halts` are those in force that touch the account. `order` is the order that the event
    speaks of, where the book no longer follows it. Since `heard_since` nothing that the broker says has been missed;
    None where nobody listens here. `counted` is what the book's bots held when all this was gathered, which `decide`
    sees to: what one event fills before it comes to the next entry, no limit has counted. `active_month`
    is the one that has the place of the book's own month, where that is not active. `equity_ended`
    is what the account was worth when the last day ended. `contracts_elsewhere` is what it holds or is about to in
    other instruments, in minis. `shut` is why the account cannot be traded at all until a person mends it,
    where that is so.
    """

    now: datetime
    new_id: str
    rules: VenueRules = VenueRules()
    account: Account | None = None
    user: User | None = None
    bots: Mapping[BotId, Bot] = field(factory=dict)
    halts: tuple[Halt, ...] = ()
    instrument: Instrument | None = None
    hours: Hours | None = None
    quote: Quote | None = None
    state: AccountState | None = None
    equity_high: Decimal | None = None
    equity_ended: Decimal | None = None
    contracts_elsewhere: Decimal | None = None
    days: Mapping[BotId, Day] = field(factory=dict)
    account_day: Day = Day()
    user_day: Day = Day()
    losses_in_a_row: int = 0
    positions_open: int = 0
    orders_last_minute: int = 0
    order: Order | None = None
    heard_since: datetime | None = None
    unknown: tuple[str, ...] = ()
    counted: tuple[Share, ...] = ()
    active_month: Symbol | None = None
    shut: str = ""

    def bot(self, bot_id: BotId | None) -> Bot | None:
        """Return the bot with *bot_id*, if it still is configured, with what its account lends it."""
        bot = self.bots.get(bot_id) if bot_id is not None else None
        return bot.under(self.account) if bot is not None and self.account is not None else bot

    def opened_since(self, book: Book) -> frozenset[BotId]:
        """Return whose positions in *book* are open or about to be, and not in `positions_open`."""
        coming = {order.bot_id for order in book.entries if order.bot_id is not None}
        return (frozenset(share.bot_id for share in book.shares) | coming) - {share.bot_id for share in self.counted}

    def risked_since(self, book: Book, price: Decimal, bot_id: BotId | None = None) -> Day:
        """Return what the stops in *book* would lose more than the days have counted; the bot's alone where named."""
        before = {share.bot_id: share.at_risk(price, book.point_value) for share in self.counted}
        more = [
            share.at_risk(price, book.point_value) - before.get(share.bot_id, ZERO)
            for share in book.shares if bot_id in {None, share.bot_id}
        ]  # fmt: skip
        return Day(at_risk=sum((each for each in more if each > ZERO), ZERO))

    def halt_level(self, bot: Bot | None) -> HaltLevel | None:
        """Return how hard the kill switch is pressed for *bot*; None where it is not."""
        if self.account is None:
            return None
        levels = [halt.level for halt in self.halts if halt.covers(bot, self.account)]
        return max(levels, key=list(HaltLevel).index) if levels else None


def unasked(facts: Facts) -> Facts:
    """Return *facts* for a judgement that needs no limit, as bad as they can be: should it come to one, it refuses."""
    return evolve(
        facts, state=None, account_day=NOBODY_KNOWS, user_day=NOBODY_KNOWS,
        days=dict.fromkeys(facts.bots, NOBODY_KNOWS), losses_in_a_row=MANY, positions_open=MANY,
        orders_last_minute=MANY, contracts_elsewhere=None)  # fmt: skip
