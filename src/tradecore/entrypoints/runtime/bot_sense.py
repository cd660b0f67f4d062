"""Find bots that can never trade, so that a person hears of it before the first alert is refused."""

from typing import Final

from tradecore.domain.ids import Symbol
from tradecore.domain.parties import Bot, Venue
from tradecore.domain.sizing import RiskDollars, RiskPercent
from tradecore.ports.directory import Directory

NO_STOP: Final = (
    "The size is to be found from the stop's distance, and the bot has no stop: give it one that does not depend on "
    "the size, or another size."
)
# What each venue lists whenever it has listed anything: where it is missing, nobody has asked the venue yet.
_LISTED_FIRST: Final = {Venue.PAPER: Symbol("AAPL"), Venue.ALPACA: Symbol("AAPL"), Venue.PROJECTX: Symbol("MES")}


def lacks_stop(bot: Bot) -> bool:
    """Tell whether the bot's own size can never be found; what its account lends it is to be in *bot* already."""
    stop = bot.protection.stop
    return isinstance(bot.sizing, RiskDollars | RiskPercent) and (stop is None or stop.needs_size)


def unlisted(directory: Directory, bot: Bot) -> str | None:
    """Return a sentence where the bot's venue has listed its instruments, and not this one; a new one may yet come."""
    account = directory.account(bot.account_id)
    if account is None or directory.instrument(account.venue, bot.symbol) is not None:
        return None
    if directory.instrument(account.venue, _LISTED_FIRST[account.venue]) is None:
        return None
    return (
        f"{account.venue.value} lists no {bot.symbol}: the bot's alerts are refused until it does. "
        "tradecore looks for new ones once an hour."
    )
