"""Suppose other limits: read them, put them into the facts, and know what nobody had looked up."""

from decimal import Decimal

import pytest
from attrs import evolve, fields

from tests.builders import BOT, OTHER_BOT, a_bot, a_user, an_account, some_facts
from tests.desk import Desk
from tests.unit.domain.examples import BUY, CLOSE, D
from tradecore.domain.events import AlertArrived
from tradecore.domain.facts import Facts
from tradecore.domain.limits import AccountLimits, BotLimits, UserLimits
from tradecore.domain.supposing import LIMIT_NAMES, Supposed, read_limit
from tradecore.domain.timeframes import Timeframe

# What no judgement asks for: nothing watches these yet, and a drawdown is more than a number.
NOT_TO_BE_SUPPOSED = {
    "flatten_on_daily_loss", "bot.unrealised_loss_percent",
    # What they count is looked up only where they are set, and is no single number.
    "drawdown", "start_balance", "profit_target", "contracts", "consistency_percent",
}  # fmt: skip
CLASSES = {"": AccountLimits, "bot.": BotLimits, "user.": UserLimits}
# What is looked up only where a limit asks for it.
LOOKED_UP = {
    "losing_streak", "positions_max", "orders_per_minute", "daily_loss", "daily_profit", "bot.daily_loss",
    "user.daily_loss",
}  # fmt: skip


def facts_with(name: str) -> Facts:
    """Return what the engine gathers for an entry, after a loss and beside another bot's position.

    The limit *name* is in force and far away; for "" none is.
    """
    world = Supposed(limits=dict([read_limit(f"{name}=100000")] if name else [])).put_into(some_facts())
    assert world.account is not None
    assert world.user is not None
    desk = Desk(world.bots[BOT], a_bot(id=OTHER_BOT, timeframe=Timeframe(300)))
    desk.store.directory.keep(world.account)
    desk.store.directory.keep(world.user)
    for signal, bot_id, price in ((BUY, OTHER_BOT, 100), (BUY, BOT, 100), (CLOSE, BOT, 99), (BUY, BOT, 99)):
        desk.price(price)
        desk.send(signal, bot_id)
        desk.run()
    return next(one.facts for one in reversed(desk.judged) if isinstance(one.event, AlertArrived))


def test_every_limit_that_is_judged_can_be_supposed() -> None:
    all_names = {f"{prefix}{field.name}" for prefix, kind in CLASSES.items() for field in fields(kind)}

    assert set(LIMIT_NAMES) == all_names - NOT_TO_BE_SUPPOSED


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("daily_loss=200", ("daily_loss", D(200))),
        ("daily-loss = -200.50", ("daily_loss", D("200.50"))),
        ("POSITIONS_MAX=1", ("positions_max", 1)),
        ("positions_max=0", ("positions_max", 0)),
        ("bot.alert_age_max=60", ("bot.alert_age_max", 60)),
    ],
)
def test_a_limit_is_read(text: str, read: tuple[str, Decimal | int]) -> None:
    assert read_limit(text) == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("daily_loss", "write NAME=VALUE"),
        ("dayly_loss=1", "there is daily_loss, daily_profit, "),
        ("daily_loss=much", "'much' is not a number"),
        ("positions_max=1.5", "positions_max is a whole number, not 1.5"),
        ("bot.quote_age_max=0", "a whole number of seconds, from 1 on"),
    ],
)
def test_what_is_no_limit_is_refused_with_the_right_names(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_limit(text)


@pytest.mark.parametrize("name", LIMIT_NAMES)
def test_a_supposed_limit_takes_the_place_of_its_own_and_of_no_other(name: str) -> None:
    facts = some_facts(a_bot(), a_bot(id=OTHER_BOT))

    world = Supposed(limits={name: 7}).put_into(facts)

    prefix, _, field = name.rpartition(".")
    account, user = an_account(), a_user()
    changed = {field: 7}
    assert world.account == (account if prefix else evolve(account, limits=AccountLimits(**changed)))  # type: ignore[arg-type] # any field
    assert world.user == (user if prefix != "user" else evolve(user, limits=UserLimits(**changed)))  # type: ignore[arg-type] # as above
    limits = BotLimits(**changed) if prefix == "bot" else BotLimits()  # type: ignore[arg-type] # as above
    assert {bot.limits for bot in world.bots.values()} == {limits}
    assert evolve(world, account=facts.account, user=facts.user, bots=facts.bots) == facts


def test_a_bots_limits_can_be_meant_for_one_bot_alone() -> None:
    facts = some_facts(a_bot(), a_bot(id=OTHER_BOT))

    world = Supposed(limits={"bot.position_max": D(5)}, bot_id=BOT).put_into(facts)

    assert {bot_id: bot.limits.position_max for bot_id, bot in world.bots.items()} == {BOT: D(5), OTHER_BOT: None}


def test_zero_takes_a_limit_away() -> None:
    facts = some_facts(account=an_account(limits=AccountLimits(daily_loss=D(5), losing_streak=2)))

    world = Supposed(limits=dict(map(read_limit, ["daily_loss=0", "losing_streak=0"]))).put_into(facts)

    assert world.account is not None
    assert world.account.limits == AccountLimits()


@pytest.mark.parametrize("name", LIMIT_NAMES)
def test_what_the_engine_looks_up_for_a_limit_is_what_cannot_be_told_without_it(name: str) -> None:
    unlimited, limited = facts_with(""), facts_with(name)

    unseen = Supposed(limits={name: 1}).unseen(unlimited)

    assert set(unseen) == ({name} if name in LOOKED_UP else set())
    assert Supposed(limits={name: 1}).unseen(limited) == {}
    for fact in unseen.get(name, {}):
        assert getattr(unlimited, fact) == getattr(some_facts(), fact)
        assert getattr(limited, fact) != getattr(some_facts(), fact)


def test_a_limit_that_is_taken_away_asks_for_nothing() -> None:
    assert Supposed(limits={"daily_loss": D(0)}).unseen(facts_with("")) == {}


def test_facts_about_nobody_stay_as_they_are() -> None:
    nobody = some_facts(account=None, user=None, bots={})

    assert Supposed(limits={"daily_loss": D(1)}).put_into(nobody) == nobody
    assert Supposed(limits={"daily_loss": D(1)}).unseen(nobody) == {}
