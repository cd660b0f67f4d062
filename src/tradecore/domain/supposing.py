"""Suppose other limits than were in force: put them into the facts of a judgement that was made without them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from attrs import field, frozen

from tradecore.domain.facts import MANY, NOBODY_KNOWS, Facts
from tradecore.domain.ids import BotId
from tradecore.domain.money import ZERO, exact
from tradecore.domain.parties import Bot
from tradecore.domain.values import evolve

_BOT: Final = "bot."
_USER: Final = "user."
_AMOUNTS: Final = (
    "daily_loss", "daily_profit", "position_max",
    "bot.daily_loss", "bot.position_max", "bot.price_gap_percent", "user.daily_loss",
)  # fmt: skip
_COUNTS: Final = ("losing_streak", "positions_max", "orders_per_minute")
_SECONDS: Final = ("bot.alert_age_max", "bot.quote_age_max")

# The account's by their own names, those of its bots and of its user with a word before them.
LIMIT_NAMES: Final = tuple(sorted((*_AMOUNTS, *_COUNTS, *_SECONDS), key=lambda name: (name.count("."), name)))


def read_limit(text: str) -> tuple[str, Decimal | int]:
    """Read ``daily_loss=200``; `ValueError` names the limits there are. Zero is no limit, as everywhere."""
    name, equals, value = text.partition("=")
    name = name.strip().lower().replace("-", "_")
    if not equals:
        message = f"write NAME=VALUE, such as daily_loss=200, not {text!r}"
        raise ValueError(message)
    if name not in LIMIT_NAMES:
        message = f"there is no limit {name!r}; there is {', '.join(LIMIT_NAMES)}"
        raise ValueError(message)
    number = abs(exact(value))
    if name in _AMOUNTS:
        return name, number
    if number != int(number) or (name in _SECONDS and number == ZERO):
        message = f"{name} is a whole number{' of seconds, from 1 on' if name in _SECONDS else ''}, not {value.strip()}"
        raise ValueError(message)
    return name, int(number)


@frozen(kw_only=True)
class Supposed:
    """Limits in place of those of the time, by their names; what is not named stays as it was.

    `bot_id` is the one bot whose limits are meant; None for every bot's.
    """

    limits: Mapping[str, Decimal | int] = field(factory=dict)
    bot_id: BotId | None = None

    def put_into(self, facts: Facts) -> Facts:
        """Return the facts of a world in which these limits were in force."""
        account, user = facts.account, facts.user
        if account is not None:
            of_account = {name: value for name, value in self.limits.items() if "." not in name}
            account = evolve(account, limits=evolve(account.limits, **of_account))  # type: ignore[arg-type]  # read_limit knows them
        if user is not None:
            user = evolve(user, limits=evolve(user.limits, **self._named(_USER)))
        bots = {bot_id: self._changed(bot) for bot_id, bot in facts.bots.items()}
        return evolve(facts, account=account, user=user, bots=bots)

    def unseen(self, facts: Facts) -> dict[str, dict[str, Any]]:
        """Return the limits that *facts* cannot answer for, each with its facts as bad as they could have been.

        What only a limit asks for is looked up only where that limit was in force.
        """
        account, user = facts.account, facts.user
        if account is None:
            return {}
        limits = account.limits
        worst: dict[str, dict[str, Any]] = {}
        if not limits.losing_streak:
            worst["losing_streak"] = {"losses_in_a_row": MANY}
        if limits.positions_max is None:
            worst["positions_max"] = {"positions_open": MANY}
        if limits.orders_per_minute is None:
            worst["orders_per_minute"] = {"orders_last_minute": MANY}
        if user is not None and not user.limits.daily_loss:
            worst["user.daily_loss"] = {"user_day": NOBODY_KNOWS}
        if not (limits.daily_loss or limits.daily_profit or any(bot.limits.daily_loss for bot in facts.bots.values())):
            days = {"account_day": NOBODY_KNOWS, "days": dict.fromkeys(facts.bots, NOBODY_KNOWS)}
            worst |= dict.fromkeys(("daily_loss", "daily_profit", "bot.daily_loss"), days)
        return {name: facts_of_it for name, facts_of_it in worst.items() if self.limits.get(name)}

    def _named(self, prefix: str) -> dict[str, Any]:
        named = (name for name in self.limits if name.startswith(prefix))
        return {name.removeprefix(prefix): self.limits[name] for name in named}

    def _changed(self, bot: Bot) -> Bot:
        if self.bot_id not in {None, bot.id}:
            return bot
        return evolve(bot, limits=evolve(bot.limits, **self._named(_BOT)))
