"""Add, list, change, copy and remove bots."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import click
from attrs import evolve

from tradecore.domain.ids import BotId, Symbol
from tradecore.domain.parties import Account, Bot, Mode, WhenClosed
from tradecore.domain.sizing import Dollars, PercentOfEquity, RiskDollars, RiskPercent, Sizing, Units
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.cli.bot_words import changes, size_of
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import SaidError, refused
from tradecore.entrypoints.cli.finding import account_named, bot_named
from tradecore.entrypoints.cli.guarding import GUARDS, guarded
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import print_json, print_table
from tradecore.entrypoints.cli.values import AMOUNT, LIMIT, SPAN, SYMBOL, TIMEFRAME, WINDOW
from tradecore.entrypoints.runtime.bot_sense import NO_STOP, lacks_stop, unlisted
from tradecore.entrypoints.runtime.rooms import Room

if TYPE_CHECKING:
    from tradecore.entrypoints.web.party_views import BotView

_SIZES: Final[dict[str, tuple[Callable[[Decimal], Sizing], str]]] = {
    "units": (Units, "So many shares or contracts."),
    "dollars": (Dollars, "As much as so much money buys."),
    "percent": (PercentOfEquity, "As much as so many percent of the account's equity buy."),
    "risk": (RiskDollars, "As much as loses no more than so much money at the stop."),
    "risk_percent": (RiskPercent, "As much as loses no more than so many percent of the equity at the stop."),
}

_OPTIONS: Final = (
    *(click.option(f"--{name.replace('_', '-')}", name, type=AMOUNT, help=text) for name, (_, text) in _SIZES.items()),
    *GUARDS,
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
    click.option(
        "--when-closed",
        type=click.Choice([one.value for one in WhenClosed]),
        help="What becomes of an entry while the market is closed: refuse it, or queue it for the opening.",
    ),
    click.option("--name", "label", metavar="TEXT", help="What people call it."),
)


def _with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group()
def bot() -> None:
    """Add, list, change, copy and remove bots."""


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
    directory = room.services.directory
    owned_by = account_named(directory, owner)
    with refused():
        new = _changed(
            Bot(
                id=BotId(room.services.mint.new()), user_id=owned_by.user_id, account_id=owned_by.id,
                symbol=Symbol(symbol), timeframe=timeframe, made_at=room.services.clock.now()),
            options)  # fmt: skip
        _check_stop(new, owned_by)
        directory.keep(new)
    _warn(room, new)
    if as_json:
        print_json(_told(room, new)[0])
        return
    click.echo(f"Added {new.label} ({new.id}): {size_of(new)}. Its alerts need a token: tradecore token new")


@bot.command("list", epilog=examples("tradecore bot list"))
@click.option("--account", "owner", metavar="NAME", help="Only those of this account.")
@as_json
@with_room
def list_bots(room: Room, /, *, owner: str | None, as_json: bool) -> None:
    """List the bots, where each stands, and what it has won."""
    directory = room.services.directory
    bots = directory.bots(account_id=account_named(directory, owner).id if owner else None)
    told = _told(room, *bots)
    if as_json:
        print_json(told)
        return
    accounts = {one.id: one.name for one in directory.accounts()}
    users = {one.id: one.name for one in directory.users()}
    several = len(users) > 1
    rows = (
        (bot.label, *((users.get(bot.user_id),) if several else ()), accounts.get(bot.account_id), size_of(bot),
         "on" if bot.active else "OFF", view.state.status, " ".join(filter(None, (view.state.detail, view.warning))),
         view.totals.trades, view.totals.net, bot.id)
        for bot, view in zip(bots, told, strict=True)
    )  # fmt: skip
    columns = ("account", "trades", "is", "status", "", "done", "won", "id")
    columns = ("bot", *(("user",) if several else ()), *columns)
    print_table(columns, rows, nothing="There is no bot yet: tradecore bot add --help")


@bot.command(epilog=examples('tradecore bot edit "AAPL 15 Min" --units 5 --stop none'))
@click.argument("name")
@click.option("--timeframe", type=TIMEFRAME, help="Whose alerts it takes: 15 Min, 1 Hour.")
@_with_options
@with_room
def edit(room: Room, /, name: str, *, timeframe: Timeframe | None, **options: Any) -> None:  # noqa: ANN401 - options have every type
    """Change a bot; what is not named stays as it is.

    NAME is its id, its name, or its symbol and timeframe; ACCOUNT/NAME where several are called so.
    """
    directory = room.services.directory
    found = _staying(room, name)
    with refused():
        changed = evolve(
            _changed(found, options), timeframe=timeframe or found.timeframe, changed_at=room.services.clock.now()
        )
        account = room.services.directory.account(found.account_id)
        if account is None or not lacks_stop(found.under(account)):
            _check_stop(changed, account)
        directory.keep(changed)
    click.echo(f"{found.label}: {changes(found, changed)}.")


@bot.command(epilog=examples('tradecore bot clone "AAPL 15 Min" --name "AAPL, smaller"'))
@click.argument("name")
@click.option("--name", "label", metavar="TEXT", default="", help="What people call the new one.")
@with_room
def clone(room: Room, /, name: str, *, label: str) -> None:
    """Make a bot that is set like another one. It starts switched off: both would take the same alerts."""
    services = room.services
    found = bot_named(services.directory, name)
    with refused():
        new = found.clone(BotId(services.mint.new()), label, services.clock.now())
        services.directory.keep(new)
    click.echo(f"Added {new.label} ({new.id}), switched off: {size_of(new)}.")


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


@bot.command(epilog=examples('tradecore bot remove "AAPL 5 Min"', 'tradecore bot remove "AAPL 5 Min" --close'))
@click.argument("name")
@click.option("--close", is_flag=True, help="Close first what it holds.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_room
def remove(room: Room, /, name: str, *, close: bool, yes: bool) -> None:
    """Remove a bot; its history stays.

    With --close one that holds something is switched off and closed, and removed as soon as it is flat.
    """
    from tradecore.entrypoints.runtime.halting import Scope
    from tradecore.entrypoints.runtime.leaving import Leaving

    found = bot_named(room.services.directory, name)
    busy = room.halting.still_open(Scope(bot_id=found.id))
    if busy and not close:
        raise SaidError(f"{found.label} still trades ({'; '.join(busy)}): close it first, or say --close.")
    if not yes:
        what = f"Close and remove {found.label}" if busy else f"Remove {found.label}"
        click.confirm(f"{what} ({found.id})?", abort=True)
    leaving = Leaving.of(room.halting)
    if leaving.forget(found):
        click.echo(f"{found.label} is removed.")
        return
    if not close:
        raise SaidError(f"{found.label} has begun to trade: it stays.")
    leaving.dismiss(found)
    click.echo(f"{found.label} is switched off and being closed; it is removed as soon as it is flat.")


def _told(room: Room, *bots: Bot) -> "tuple[BotView, ...]":
    from tradecore.entrypoints.runtime.bot_states import standings
    from tradecore.entrypoints.web.party_present import bot_view

    directory = room.services.directory.view()
    return tuple(bot_view(one, unlisted(directory, one.bot)) for one in standings(room.services.history, bots))


def _check_stop(new: Bot, account: Account | None) -> None:
    if lacks_stop(new.under(account) if account is not None else new):
        raise SaidError(NO_STOP)


def _warn(room: Room, new: Bot) -> None:
    warning = unlisted(room.services.directory, new)
    if warning is not None:
        click.secho(f"Warning: {warning}", err=True, fg="yellow")


def _staying(room: Room, name: str) -> Bot:
    """Return the bot, which must not be on its way out."""
    found = bot_named(room.services.directory, name)
    if found.leaving_since is not None:
        raise SaidError(f"{found.label} is being closed, and is removed then: it changes no more.")
    return found


def _switch(room: Room, name: str, *, active: bool) -> None:
    directory = room.services.directory
    found = _staying(room, name)
    with refused():
        directory.keep(evolve(found, active=active, changed_at=room.services.clock.now()))
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
    limits = {
        "max_position": "position_max", "daily_loss": "daily_loss", "loss_percent": "unrealised_loss_percent",
        "price_gap": "price_gap_percent",
    }  # fmt: skip
    changes = {field: options[name] for name, field in limits.items() if name in given}
    ages = {"max_age": "alert_age_max", "price_age": "quote_age_max"}
    changes |= {field: int(options[name].total_seconds()) for name, field in ages.items() if name in given}
    found = evolve(
        found, protection=guarded(found.protection, options), limits=evolve(found.limits, **changes))  # fmt: skip
    own = {"window": "window", "repeat_window": "duplicate_window", "label": "name"}
    found = evolve(found, **{field: options[name] for name, field in own.items() if name in given})
    found = evolve(found, mode=Mode(options["mode"])) if "mode" in given else found
    return evolve(found, when_closed=WhenClosed(options["when_closed"])) if "when_closed" in given else found
