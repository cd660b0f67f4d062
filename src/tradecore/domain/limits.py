"""Judge the risk limits: which one is reached, by how much, and how far away the others are.

A limit is a positive amount; the old bots' negative ones (``MAX_DAILY_LOSS=-500``) mean the same. Reached means
at the limit or beyond it. Nothing here enlarges anything: a limit refuses, or leaves less.
"""

from decimal import Decimal
from enum import Enum

from attrs import field, frozen

from tradecore.domain.money import HUNDRED, ZERO, money, plain
from tradecore.domain.refusals import Refusal


def _positive(value: Decimal | None) -> Decimal | None:
    """Take a limit's size without its sign; zero means that there is no limit."""
    return abs(value) if value else None


def _unsigned(value: int) -> int:
    """Take a count without its sign; zero means that there is no limit."""
    return abs(value)


def _counted(value: int | None) -> int | None:
    """Take a count as a limit; zero means that there is none."""
    return abs(value) if value else None


@frozen(kw_only=True)
class BotLimits:
    """What one bot may do and lose. Money in the account's currency, ages in seconds, None for no limit.

    `unrealised_loss_percent` is of the entry's value. A quote older than `quote_age_max` is no price.
    """

    unrealised_loss_percent: Decimal | None = field(default=None, converter=_positive)
    daily_loss: Decimal | None = field(default=None, converter=_positive)
    position_max: Decimal | None = field(default=None, converter=_positive)
    alert_age_max: int | None = None
    quote_age_max: int = 60
    price_gap_percent: Decimal | None = field(default=None, converter=_positive)


class DrawdownForm(Enum):
    """From which high a trailing drawdown counts."""

    INTRADAY = "intraday"  # the highest equity at any moment
    END_OF_DAY = "end of day"  # the highest equity at a day's end


@frozen(kw_only=True)
class TrailingDrawdown:
    """A prop firm's maximum loss limit: the floor trails the high by `amount`, and never rises above `stops_at`.

    `start` is the balance the account began with, in money.
    """

    amount: Decimal
    start: Decimal
    form: DrawdownForm = DrawdownForm.END_OF_DAY
    stops_at: Decimal | None = None

    def floor(self, high: Decimal) -> Decimal:
        """Return the equity at which the account is lost, given its *high*."""
        floor = max(high, self.start) - abs(self.amount)
        return floor if self.stops_at is None else min(floor, self.stops_at)


@frozen(kw_only=True)
class AccountLimits:
    """What one account may do and lose. Money in its currency, None (or zero) for no limit."""

    daily_loss: Decimal | None = field(default=None, converter=_positive)
    daily_profit: Decimal | None = field(default=None, converter=_positive)
    losing_streak: int = field(default=0, converter=_unsigned)
    position_max: Decimal | None = field(default=None, converter=_positive)
    positions_max: int | None = field(default=None, converter=_counted)
    orders_per_minute: int | None = field(default=None, converter=_counted)
    drawdown: TrailingDrawdown | None = None
    flatten_on_daily_loss: bool = False


@frozen(kw_only=True)
class UserLimits:
    """What all of a user's accounts may lose together in a day."""

    daily_loss: Decimal | None = field(default=None, converter=_positive)


@frozen(kw_only=True)
class Day:
    """What a bot, an account or a user has won since the trading day began, net, and has open now; in money.

    `at_risk` is what the stops of the open positions would still lose from here; a position without one adds nothing.
    `known` is False where something held has no price: then nobody can say.
    """

    realised: Decimal = ZERO
    unrealised: Decimal = ZERO
    at_risk: Decimal = ZERO
    known: bool = True

    @property
    def result(self) -> Decimal:
        """Realised and open result together."""
        return self.realised + self.unrealised

    def __add__(self, other: "Day") -> "Day":
        """Return the day of both together."""
        return Day(
            realised=self.realised + other.realised, unrealised=self.unrealised + other.unrealised,
            at_risk=self.at_risk + other.at_risk, known=self.known and other.known)  # fmt: skip


@frozen
class Judgement:
    """What one gate or limit says, in words with the values that were compared; without a refusal it lets pass."""

    name: str
    detail: str
    refusal: Refusal | None = None


def _no_price(name: str) -> Judgement:
    return Judgement(name, "something that is held has no price", Refusal.ACCOUNT_UNKNOWN_STATE)


def unrealised_loss_reached(limit_percent: Decimal, *, unrealised: Decimal, entry_value: Decimal) -> bool:
    """Tell whether an open position has lost *limit_percent* of its *entry_value*; both amounts in money."""
    return unrealised < ZERO and abs(unrealised) * HUNDRED >= limit_percent * abs(entry_value)


def judge_daily_loss(whose: str, limit: Decimal | None, day: Day, *, new_risk: Decimal = ZERO) -> tuple[Judgement, ...]:
    """Judge a day's loss, as it is and as it could become when every stop is hit. *new_risk* is the entry's own."""
    if limit is None:
        return ()
    if not day.known:
        return (_no_price(f"daily loss ({whose})"),)
    result = day.result
    lost = max(ZERO, -result)
    worst = max(ZERO, day.at_risk + new_risk - result)
    most = money(limit)
    return (
        Judgement(f"daily loss ({whose})", f"lost {money(lost)} of {most} today",
                  Refusal.DAILY_LOSS_REACHED if lost >= limit else None),
        Judgement(f"open risk ({whose})", f"could lose {money(worst)} of {most} if every stop is hit",
                  Refusal.DAILY_LOSS_AT_RISK if worst > limit else None),
    )  # fmt: skip


def judge_daily_profit(limit: Decimal | None, day: Day) -> tuple[Judgement, ...]:
    """Judge whether the day's target is earned."""
    if limit is None:
        return ()
    if not day.known:
        return (_no_price("daily profit target"),)
    words = f"won {money(day.result)} of {money(limit)} today"
    return (Judgement("daily profit target", words, Refusal.DAILY_PROFIT_REACHED if day.result >= limit else None),)


def judge_streak(limit: int, losses: int) -> tuple[Judgement, ...]:
    """Judge how many trades in a row were lost today, by round trips and not by fills."""
    if limit <= 0:
        return ()
    words = f"{losses} in a row, of {limit} allowed"
    return (Judgement("consecutive losses", words, Refusal.LOSING_STREAK if losses >= limit else None),)


def judge_drawdown(
    limit: TrailingDrawdown | None, equity: Decimal | None, high: Decimal | None
) -> tuple[Judgement, ...]:
    """Judge the distance of *equity* to the trailing floor; both in money, None where nobody knows."""
    if limit is None:
        return ()
    name = f"trailing drawdown ({limit.form.value})"
    if equity is None:
        return (Judgement(name, "the equity is not known", Refusal.ACCOUNT_UNKNOWN_STATE),)
    # Only the intraday form lets today's equity raise the floor.
    if high is None or limit.form is DrawdownForm.INTRADAY:
        high = max(equity if limit.form is DrawdownForm.INTRADAY else limit.start, high or limit.start)
    distance = equity - limit.floor(high)
    words = f"{money(distance)} above the floor"
    return (Judgement(name, words, Refusal.DRAWDOWN_REACHED if distance <= ZERO else None),)


def judge_count(name: str, refusal: Refusal, limit: int | None, count: int) -> tuple[Judgement, ...]:
    """Judge a *count* that may be *limit* at most, when one more is about to come."""
    if limit is None:
        return ()
    return (Judgement(name, f"{count} of {limit}", refusal if count >= limit else None),)


def clip(wanted: Decimal, *, held: Decimal, position_max: Decimal | None) -> Decimal | Refusal:
    """Return what of *wanted* units still fits beside *held* ones, both positive; refuse where nothing does."""
    if position_max is None:
        return wanted
    room = position_max - held
    return min(wanted, room) if room > ZERO else Refusal.POSITION_FULL


def clipped_words(wanted: Decimal, left: Decimal) -> str:
    """Say what a limit left."""
    return plain(left) if left == wanted else f"{plain(left)} of the {plain(wanted)} wanted"
