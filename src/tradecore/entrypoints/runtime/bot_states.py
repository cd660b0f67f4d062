"""Find out where bots stand, and what they have won: from their books, their last alerts and their trades."""

from collections import defaultdict
from collections.abc import Sequence

from attrs import frozen

from tradecore.domain.book import Book
from tradecore.domain.ids import AccountId, BotId, Symbol
from tradecore.domain.parties import Bot
from tradecore.domain.performance import Totals
from tradecore.domain.records import AlertRecord
from tradecore.domain.statuses import BotState, state_of
from tradecore.ports.history import History


@frozen(kw_only=True)
class BotStanding:
    """A bot as people see it."""

    bot: Bot
    state: BotState
    totals: Totals
    last: AlertRecord | None


def standings(history: History, bots: Sequence[Bot]) -> tuple[BotStanding, ...]:
    """Return where each of the *bots* stands, in their order: one question an account, and two for all."""
    ids: list[BotId] = [bot.id for bot in bots]
    last, totals = history.last_alerts(ids), history.totals(ids)
    books: defaultdict[tuple[AccountId, Symbol], list[Book]] = defaultdict(list)
    for account_id in {bot.account_id for bot in bots}:
        for book in history.books(account_id):
            root = book.instrument.root if book.instrument is not None else book.key.symbol
            books[account_id, root].append(book)
    return tuple(
        BotStanding(
            bot=bot,
            state=state_of(bot, books[bot.account_id, bot.symbol], last.get(bot.id)),
            totals=totals.get(bot.id, Totals()),
            last=last.get(bot.id),
        )
        for bot in bots
    )
