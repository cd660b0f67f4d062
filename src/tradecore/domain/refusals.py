"""List every reason to say no, most urgent first, each with the sentence a person reads.

Where several reasons apply, the first one here is the one reported; log, message, page and API say the same.
"""

from enum import Enum


class Refusal(Enum):
    """Why an alert's entry is not traded."""

    FLATTENED = "The kill switch says flatten and stay flat."
    REDUCE_ONLY = "The kill switch lets positions only shrink."
    HALTED = "The kill switch lets no new entries through."
    NO_BOT = "No bot trades this symbol and timeframe for the token's owner."
    UNKNOWN_ACCOUNT = "The alert names an account that is not configured here: `tradecore account list` has the names."
    BOT_INACTIVE = "The bot is switched off."
    TOO_OLD = "The alert is older than the bot accepts."
    FROM_THE_FUTURE = "The alert says that it fired in the future: check the sender's clock."
    WAITED_TOO_LONG = "It waited too long for its turn, or for its own close: the market has moved on."
    ACCOUNT_UNREACHABLE = "The account cannot be traded at its venue."
    MARKET_CLOSED = "The market is closed."
    OUTSIDE_WINDOW = "The bot's trading window is closed."
    GET_FLAT = "The session is about to end: the account opens nothing until the next one."
    UNKNOWN_INSTRUMENT = "The venue does not list this instrument."
    STALE_MONTH = "Nothing is opened in a contract month that is not the active one."
    NOT_TRADABLE = "The venue does not let this instrument be traded now."
    NOT_SHORTABLE = "The instrument cannot be sold short in this account."
    NO_WAY_OUT = "The position could not be closed again beside what the account holds."
    NO_STOP_BESIDE = "A stop could not rest at the venue beside an opposite position in the same instrument."
    ORDER_BY_HAND = (
        "An order by hand works on the entry's side: the venue would take its stop and exit for wash trades."
    )
    BOOK_IN_QUESTION = "The broker's position and the book disagree: entries wait until a person says whose it is."
    OVERTAKEN = "It was overtaken by a later exit before it was sent."
    REPLACED = "A later alert took its place while it waited for the market to open."
    PARTIAL_EXIT = "A sell that leaves a long open, or a buy that leaves a short open, needs target-position mode."
    NO_PRICE = "There is no price to judge the entry by."
    STALE_PRICE = "The last price is too old to judge the entry by."
    PRICE_TOO_FAR = "The price has moved too far from the alert's."
    ACCOUNT_UNKNOWN_STATE = "The broker does not say what the account is worth, and a limit or the size needs it."
    ACCOUNT_BLOCKED = "The broker does not let the account trade."
    DRAWDOWN_REACHED = "The trailing drawdown limit is reached."
    DRAWDOWN_AT_RISK = "What is open and about to open could break the trailing drawdown limit."
    DAILY_LOSS_REACHED = "The day's loss limit is reached."
    DAILY_LOSS_AT_RISK = "What is open and about to open could lose more than the day's loss limit allows."
    DAILY_PROFIT_REACHED = "The day's profit target is reached."
    PROFIT_TARGET_REACHED = "The account's profit target is reached."
    LOSING_STREAK = "Too many losing trades in a row."
    TOO_MANY_POSITIONS = "The account holds as many positions as it may."
    TOO_MANY_ORDERS = "The account has sent as many orders in the last minute as it may."
    TOO_MANY_CONTRACTS = "The account holds as many contracts as it may over all products, or is about to."
    SCALING_LEVEL_FULL = "The account holds as many contracts as its scaling plan allows today, or is about to."
    POSITION_FULL = "The position is as large as it may be."
    NO_STOP = "The size is to be found from the stop's distance, and the bot has no stop, or one by the size."
    STOP_TOO_NEAR = "Its stop would stand nearer to the price than the bot allows."
    LESS_THAN_A_SHARE = (
        "Only whole shares are sold short, or held with a stop or target, and it comes to less than one."
    )
    WORTH_TOO_LITTLE = "It is worth less than the venue trades at least."
    TOO_SMALL = "The size rounds down to nothing."
    VENUE_REFUSED = "The venue did not take the order."

    @property
    def code(self) -> str:
        """The stable name that scripts use: ``daily-loss-reached``."""
        return self.name.lower().replace("_", "-")


_URGENCY = {refusal: rank for rank, refusal in enumerate(Refusal)}


def most_urgent(refusals: tuple[Refusal, ...]) -> Refusal | None:
    """Return the one to report, or None where there is none."""
    return min(refusals, key=_URGENCY.__getitem__, default=None)
