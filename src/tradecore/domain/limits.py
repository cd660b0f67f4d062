"""Judge the risk limits: which one is reached, by how much, and how far away the others are.

A limit is a positive amount; the old bots' negative ones (``MAX_DAILY_LOSS=-500``) mean the same. Reached means
at the limit or beyond it. Nothing here enlarges anything: a limit refuses, or leaves less.
"""

from decimal import Decimal
from enum import Enum

from attrs import field, frozen

from tradecore.domain.ceilings import ContractLimit
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

    `start` is the balance the account began with, in money. `paid_out` says that the floor stands at `stops_at` for
    good, whatever the high was, as some firms put it after a first payout.
    """

    amount: Decimal
    start: Decimal
    form: DrawdownForm = DrawdownForm.END_OF_DAY
    stops_at: Decimal | None = None
    paid_out: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse a floor that nobody can find."""
        if self.paid_out and self.stops_at is None:
            message = "after a payout the floor stands at stops_at, which is missing"
            raise ValueError(message)

    def floor(self, high: Decimal) -> Decimal:
        """Return the equity at which the account is lost, given its *high*."""
        floor = max(high, self.start) - abs(self.amount)
        if self.stops_at is None:
            return floor
        return self.stops_at if self.paid_out else min(floor, self.stops_at)

    def distance(self, equity: Decimal, noted: Decimal | None) -> Decimal:
        """Return how far *equity* is above the floor; *noted* is the highest that was seen, None where none was.

        Only the intraday form lets the equity of this moment raise the floor.
        """
        high = self.start if noted is None else noted
        return equity - self.floor(max(high, equity) if self.form is DrawdownForm.INTRADAY else high)


@frozen(kw_only=True)
class AccountLimits:
    """What one account may do and lose. Money in its currency, None (or zero) for no limit.

    `profit_target` is what the whole account is to win from `start_balance` on, as a prop firm asks it of an
    evaluation. `contracts` counts all products together. `consistency_percent` is the most of the whole profit that
    one day may have won: it is told, and refuses nothing.
    """

    daily_loss: Decimal | None = field(default=None, converter=_positive)
    daily_profit: Decimal | None = field(default=None, converter=_positive)
    losing_streak: int = field(default=0, converter=_unsigned)
    position_max: Decimal | None = field(default=None, converter=_positive)
    positions_max: int | None = field(default=None, converter=_counted)
    orders_per_minute: int | None = field(default=None, converter=_counted)
    drawdown: TrailingDrawdown | None = None
    flatten_on_daily_loss: bool = False
    start_balance: Decimal | None = None
    profit_target: Decimal | None = field(default=None, converter=_positive)
    contracts: ContractLimit | None = None
    consistency_percent: Decimal | None = field(default=None, converter=_positive)

    def __attrs_post_init__(self) -> None:
        """Refuse what counts a profit without saying from where."""
        if self.start_balance is None and (self.profit_target or (self.contracts and self.contracts.scaling)):
            message = "a profit target and a scaling plan count from start_balance, which is missing"
            raise ValueError(message)

    @property
    def follow_equity(self) -> bool:
        """Whether any of them counts what the account is worth, at this moment or at the days' ends."""
        scaled = self.contracts is not None and self.contracts.scaling
        return bool(self.drawdown or self.profit_target or self.consistency_percent or scaled)

    def profit(self, equity: Decimal | None) -> Decimal | None:
        """Return what the account has won since its beginning; None where nobody knows."""
        return None if equity is None or self.start_balance is None else equity - self.start_balance


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


def _no_equity(name: str) -> Judgement:
    return Judgement(name, "the equity is not known", Refusal.ACCOUNT_UNKNOWN_STATE)


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
        return (_no_equity(name),)
    distance = limit.distance(equity, high)
    words = f"{money(distance)} above the floor"
    return (Judgement(name, words, Refusal.DRAWDOWN_REACHED if distance <= ZERO else None),)


def judge_drawdown_risk(
    limit: TrailingDrawdown | None, equity: Decimal | None, high: Decimal | None, day: Day, *, new_risk: Decimal
) -> tuple[Judgement, ...]:
    """Judge whether what the stops of *day* and of an entry, *new_risk*, would lose from here would touch the floor."""
    if limit is None or equity is None:
        return ()
    name = "open risk (drawdown)"
    if not day.known:
        return (_no_price(name),)
    distance, worst = limit.distance(equity, high), day.at_risk + new_risk
    words = f"could lose {money(worst)} of the {money(distance)} above the floor if every stop is hit"
    # On the floor the account is lost, while a daily loss may just be reached.
    return (Judgement(name, words, Refusal.DRAWDOWN_AT_RISK if worst and worst >= distance else None),)


def judge_profit_target(limits: AccountLimits, equity: Decimal | None) -> tuple[Judgement, ...]:
    """Judge whether the account has won what it was to win in all, its open result included."""
    if limits.profit_target is None:
        return ()
    profit = limits.profit(equity)
    if profit is None:
        return (_no_equity("profit target"),)
    words = f"won {money(profit)} of {money(limits.profit_target)} in all"
    return (
        Judgement("profit target", words, Refusal.PROFIT_TARGET_REACHED if profit >= limits.profit_target else None),
    )


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
