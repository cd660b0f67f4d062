"""Add, list, change and remove bots."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, assert_never

import click
from attrs import evolve

from tradecore.domain.ids import BotId, Symbol
from tradecore.domain.money import plain
from tradecore.domain.parties import Bot, Mode
from tradecore.domain.sizing import Dollars, PercentOfEquity, RiskDollars, RiskPercent, Sizing, Units
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import SaidError, refused
from tradecore.entrypoints.cli.finding import account_named, bot_named
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import print_json, print_table
from tradecore.entrypoints.cli.values import AMOUNT, DISTANCE, LIMIT, SPAN, SYMBOL, TIMEFRAME, WINDOW
from tradecore.entrypoints.runtime.rooms import Room

_SIZES: Final[dict[str, tuple[Callable[[Decimal], Sizing], str]]] = {
    "units": (Units, "So many shares or contracts."),
    "dollars": (Dollars, "As much as so much money buys."),
    "percent": (PercentOfEquity, "As much as so many percent of the account's equity buy."),
    "risk": (RiskDollars, "As much as loses no more than so much money at the stop."),
    "risk_percent": (RiskPercent, "As much as loses no more than so many percent of the equity at the stop."),
}

_OPTIONS: Final = (
    *(click.option(f"--{name.replace('_', '-')}", name, type=AMOUNT, help=text) for name, (_, text) in _SIZES.items()),
    click.option("--stop", type=DISTANCE, help="How far from the entry: 1%, 20 ticks, $2.50 (per unit), or none."),
    click.option("--target", type=DISTANCE, help="The same, for the profit target."),
    click.option("--max-position", type=LIMIT, help="So many units at most; 0 is no limit."),
    click.option("--daily-loss", type=LIMIT, help="Open nothing more after such a loss in a day."),
    click.option(
        "--loss-percent", type=LIMIT, help="The open loss, in percent of the entry, that is too much. Not watched yet."
    ),
    click.option("--max-age", type=SPAN, help="Refuse alerts that fired longer ago, such as 60s."),
    click.option("--price-age", type=SPAN, help="Refuse to enter on a price that is older, such as 60s."),
    click.option("--price-gap", type=LIMIT, help="Refuse to enter so many percent away from the alert's price."),
    click.option("--window", type=WINDOW, help="Enter only then: 09:30-15:45, with a zone behind it, or none."),
    click.option("--repeat-window", type=SPAN, help="For how long the same alert again is a repeat, such as 30s."),
    click.option("--mode", type=click.Choice([mode.value for mode in Mode]), help="How alerts are read."),
    click.option("--name", "label", metavar="TEXT", help="What people call it."),
)


def _with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group()
def bot() -> None:
    """Add, list, change and remove bots."""


@bot.command(
    epilog=examples(
        'tradecore bot add --symbol AAPL --timeframe "15 Min" --units 10 --stop 1%',
        'tradecore bot add --symbol MES --timeframe 5m --risk 100 --stop "20 ticks"',
    )
)
@click.option("--account", "owner", metavar="NAME", help="Where it trades; needed where there are several accounts.")
@click.option("--symbol", type=SYMBOL, required=True, help="What it trades: AAPL, MES.")
@click.option("--timeframe", type=TIMEFRAME, required=True, help="Whose alerts it takes: 15 Min, 1 Hour.")
@_with_options
@as_json
@with_room
def add(room: Room, /, *, owner: str | None, symbol: str, timeframe: Timeframe, as_json: bool, **options: Any) -> None:  # noqa: ANN401 - options have every type
    """Add a bot. Without a size it trades one unit."""
    from tradecore.entrypoints.web.party_present import bot_view

    directory = room.services.directory
    owned_by = account_named(directory, owner)
    with refused():
        new = _changed(
            Bot(
                id=BotId(room.services.mint.new()), user_id=owned_by.user_id, account_id=owned_by.id,
                symbol=Symbol(symbol), timeframe=timeframe),
            options)  # fmt: skip
        directory.keep(new)
    if as_json:
        print_json(bot_view(new))
        return
    click.echo(f"Added {new.label} ({new.id}): {_size_of(new)}. Its alerts need a token: tradecore token new")


@bot.command("list", epilog=examples("tradecore bot list"))
@click.option("--account", "owner", metavar="NAME", help="Only those of this account.")
@as_json
@with_room
def list_bots(room: Room, /, *, owner: str | None, as_json: bool) -> None:
    """List the bots."""
    from tradecore.entrypoints.web.party_present import bot_view

    directory = room.services.directory
    bots = directory.bots(account_id=account_named(directory, owner).id if owner else None)
    if as_json:
        print_json([bot_view(one) for one in bots])
        return
    accounts = {one.id: one.name for one in directory.accounts()}
    rows = (
        (one.label, accounts.get(one.account_id), _size_of(one), "on" if one.active else "OFF", one.id) for one in bots
    )
    print_table(("bot", "account", "trades", "is", "id"), rows, nothing="There is no bot yet: tradecore bot add --help")


@bot.command(epilog=examples('tradecore bot edit "AAPL 15 Min" --units 5 --stop none'))
@click.argument("name")
@_with_options
@with_room
def edit(room: Room, /, name: str, **options: Any) -> None:  # noqa: ANN401 - options have every type
    """Change a bot; what is not named stays as it is.

    NAME is its id, its name, or its symbol and timeframe.
    """
    directory = room.services.directory
    found = bot_named(directory, name)
    with refused():
        changed = _changed(found, options)
        directory.keep(changed)
    click.echo(f"{changed.label}: {_size_of(changed)}.")


@bot.command(epilog=examples('tradecore bot on "AAPL 15 Min"'))
@click.argument("name")
@with_room
def on(room: Room, /, name: str) -> None:
    """Let a bot take alerts again."""
    _switch(room, name, active=True)


@bot.command(epilog=examples('tradecore bot off "AAPL 15 Min"'))
@click.argument("name")
@with_room
def off(room: Room, /, name: str) -> None:
    """Let a bot open nothing more. What it holds stays, and can be closed."""
    _switch(room, name, active=False)


@bot.command(epilog=examples('tradecore bot remove "AAPL 5 Min"'))
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_room
def remove(room: Room, /, name: str, *, yes: bool) -> None:
    """Remove a bot that holds nothing; its history stays."""
    from tradecore.entrypoints.runtime.halting import Scope

    directory = room.services.directory
    found = bot_named(directory, name)
    busy = room.halting.still_open(Scope(bot_id=found.id))
    if busy:
        raise SaidError(f"{found.label} still trades ({'; '.join(busy)}): tradecore flatten --bot {found.id}")
    if not yes:
        click.confirm(f"Remove {found.label} ({found.id})?", abort=True)
    directory.forget_bot(found.id)
    click.echo(f"{found.label} is removed.")


def _switch(room: Room, name: str, *, active: bool) -> None:
    directory = room.services.directory
    found = bot_named(directory, name)
    with refused():
        directory.keep(evolve(found, active=active))
    click.echo(f"{found.label} is switched {'on' if active else 'off'}.")


def _changed(found: Bot, options: dict[str, Any]) -> Bot:
    """Return the bot with what the options say; an option that was not given changes nothing."""
    ctx = click.get_current_context()
    given = {name for name in options if ctx.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT}
    sizes = [name for name in _SIZES if name in given]
    if len(sizes) > 1:
        raise click.UsageError(f"--{sizes[0]} and --{sizes[1]} both say how much: keep one of them.".replace("_", "-"))
    if sizes:
        found = evolve(found, sizing=_SIZES[sizes[0]][0](options[sizes[0]]))
    protection = {name: options[name] for name in ("stop", "target") if name in given}
    limits = {
        "max_position": "position_max", "daily_loss": "daily_loss", "loss_percent": "unrealised_loss_percent",
        "price_gap": "price_gap_percent",
    }  # fmt: skip
    changes = {field: options[name] for name, field in limits.items() if name in given}
    ages = {"max_age": "alert_age_max", "price_age": "quote_age_max"}
    changes |= {field: int(options[name].total_seconds()) for name, field in ages.items() if name in given}
    found = evolve(
        found, protection=evolve(found.protection, **protection), limits=evolve(found.limits, **changes))  # fmt: skip
    own = {"window": "window", "repeat_window": "duplicate_window", "label": "name"}
    found = evolve(found, **{field: options[name] for name, field in own.items() if name in given})
    return evolve(found, mode=Mode(options["mode"])) if "mode" in given else found


def _size_of(found: Bot) -> str:
    """Say how much it trades, and how that is protected."""
    guards = (("stop", found.protection.stop), ("target", found.protection.target))
    protected = (f"{name} {plain(one.amount)} {one.unit.value}" for name, one in guards if one is not None)
    return ", ".join((_words(found.sizing), *protected))


def _words(sizing: Sizing) -> str:
    match sizing:
        case Units(quantity=quantity):
            return f"{plain(quantity)} units"
        case Dollars(amount=amount):
            return f"${plain(amount)}"
        case PercentOfEquity(percent=percent):
            return f"{plain(percent)}% of equity"
        case RiskDollars(amount=amount):
            return f"${plain(amount)} at risk"
        case RiskPercent(percent=percent):
            return f"{plain(percent)}% of equity at risk"
        case _:
            assert_never(sizing)
