"""Press and lift the kill switch, and close everything in a scope."""

from collections.abc import Callable
from threading import Event
from time import monotonic
from typing import Any, Final

import click
from attrs import frozen
from click.core import ParameterSource

from tradecore.domain.parties import Halt, HaltLevel
from tradecore.entrypoints.cli.engines import engine_runs
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import Exit, SaidError, refused
from tradecore.entrypoints.cli.finding import account_named, account_names, bot_named, name_of_bot, user_named
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import print_json, print_table
from tradecore.entrypoints.cli.values import Word
from tradecore.entrypoints.runtime.halting import VENUES_SECONDS, Flattening, Scope
from tradecore.entrypoints.runtime.rooms import Room
from tradecore.ports.directory import Directory

_LEVELS: Final = {
    "no-entries": HaltLevel.NO_ENTRIES,
    "reduce-only": HaltLevel.REDUCE_ONLY,
    "flatten": HaltLevel.FLATTEN,
}
_API_LEVELS: Final = {level.name.lower(): name for name, level in _LEVELS.items()}
_BY: Final = "the command line"
_LOOK_SECONDS: Final = 0.2
_ANSWER_SECONDS_MIN: Final = 1.0  # what a broker is given to answer, though the wait ends a little later by it
_BEGINS_LATER: Final = "No tradecore runs on this folder: it begins at the next `tradecore run`."
_MAY_HOLD_MORE: Final = "It may hold more than tradecore knows"
_ONE_SCOPE: Final = "Name one scope: --bot, --account, --user or --all."

_SCOPES: Final = (
    click.option("--bot", metavar="NAME", help="One bot, as [[USER/]ACCOUNT/]NAME, or by its id."),
    click.option("--account", metavar="NAME", help="One account, as [USER/]NAME, or by its id."),
    click.option("--user", metavar="NAME", help="Everything of one person."),
    click.option("--all", "everything", is_flag=True, help="Everything."),
)
_yes = click.option("--yes", is_flag=True, help="Do not ask for the name to be typed.")
_wait = click.option(
    "--wait", "seconds", type=click.IntRange(1), metavar="SECONDS",
    help="Wait so long until the broker confirms that all is flat; exit code 7 where it does not.")  # fmt: skip


def _with_scope(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_SCOPES):
        command = option(command)
    return command


@frozen
class _Target:
    """A scope, and what a person calls it."""

    scope: Scope
    name: str


@click.command(
    epilog=examples("tradecore halt", 'tradecore halt --account paper --level flatten --reason "news" --wait 30')
)
@_with_scope
@click.option(
    "--level", type=Word(_LEVELS, _API_LEVELS), default="no-entries", show_default=True,
    help="Open nothing; only let positions shrink; or close everything and stay flat.")  # fmt: skip
@click.option("--reason", default="", help="Why, for those who find it pressed.")
@_yes
@_wait
@as_json
@with_room
def halt(
    room: Room,
    /,
    *,
    level: str,
    reason: str,
    yes: bool,
    seconds: int | None,
    as_json: bool,
    **named: Any,  # noqa: ANN401 - options have every type
) -> None:
    """Press the kill switch, or list where it is pressed.

    Without any option it lists. It holds through restarts until a person lifts it. Exits are never halted.
    """
    target = _target(room.services.directory, named)
    if target is None:
        if _is_pressing():
            raise click.UsageError(_ONE_SCOPE)
        _list_halts(room, as_json=as_json)
        return
    _confirm(target, f"press the kill switch ({level})", yes=yes)
    until = _end_of(seconds)
    pressed = room.halting.halt(_LEVELS[level], target.scope, reason=reason, by=_BY, seconds=_patience(until, share=2))
    if as_json:
        from tradecore.entrypoints.web.present import halt_view

        print_json(halt_view(pressed.halt))
    else:
        click.echo(f"Halted: {target.name}, {_LEVELS[level].value} ({pressed.halt.id}).")
    if pressed.halt.level is HaltLevel.FLATTEN:
        _follow(room, target, pressed.flattening, until, stays=True)


@click.command(epilog=examples("tradecore resume --account paper"))
@click.argument("halt_id", required=False)
@_with_scope
@_yes
@with_room
def resume(room: Room, /, *, halt_id: str | None, yes: bool, **named: Any) -> None:  # noqa: ANN401 - options have every type
    """Lift the kill switch: one by its id, or every one that was pressed for exactly this scope.

    One that said to flatten can be lifted once the broker has confirmed that all is flat.
    """
    directory = room.services.directory
    target = _target(directory, named)
    if (halt_id is None) == (target is None):
        message = "Name one halt by its id (tradecore halt lists them), or one scope."
        raise click.UsageError(message)
    in_force = directory.halts()
    if halt_id is not None:
        found = [one for one in in_force if one.id == halt_id.upper()]
    else:
        assert target is not None
        found = [one for one in in_force if _scope_of(one) == target.scope]
    if not found:
        raise SaidError("Nothing of that is halted. Look at: tradecore halt")
    _confirm(target or _Target(_scope_of(found[0]), found[0].id), "lift the kill switch", yes=yes)
    for one in found:
        with refused():
            room.halting.lift(one.id, by=_BY)
        click.echo(f"Lifted: {one.level.value} ({one.id}).")


@click.command(epilog=examples('tradecore flatten --bot "AAPL 15 Min" --wait 30'))
@_with_scope
@_yes
@_wait
@with_room
def flatten(room: Room, /, *, yes: bool, seconds: int | None, **named: Any) -> None:  # noqa: ANN401 - options have every type
    """Close everything in a scope, once; what comes after may open again.

    For an account that is everything it holds, what people opened by hand included; for a bot its own share.
    To keep it closed: tradecore halt --level flatten.
    """
    target = _target(room.services.directory, named)
    if target is None:
        raise click.UsageError("Say what: --bot, --account, --user or --all.")
    _confirm(target, "close everything", yes=yes)
    until = _end_of(seconds)
    flattening = room.halting.flatten(target.scope, why=f"asked for on {_BY}", seconds=_patience(until, share=2))
    _follow(room, target, flattening, until, stays=False)


def _is_pressing() -> bool:
    """Tell whether anything was typed that only makes sense where the switch is to be pressed; an empty scope, too."""
    context = click.get_current_context()
    typed = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    return bool(typed - {"as_json"})


def _target(directory: Directory, named: dict[str, Any]) -> _Target | None:
    """Return the one scope that was named; None where there is none."""
    given = [name for name, value in named.items() if value]
    if len(given) > 1:
        raise click.UsageError(_ONE_SCOPE)
    match given:
        case ["bot"]:
            bot = bot_named(directory, named["bot"])
            return _Target(
                Scope(user_id=bot.user_id, account_id=bot.account_id, bot_id=bot.id), name_of_bot(directory, bot)
            )
        case ["account"]:
            account = account_named(directory, named["account"])
            return _Target(Scope(user_id=account.user_id, account_id=account.id), account_names(directory)[account.id])
        case ["user"]:
            user = user_named(directory, named["user"])
            return _Target(Scope(user_id=user.id), user.name)
        case ["everything"]:
            return _Target(Scope(), "everything")
        case _:
            return None


def _scope_of(one: Halt) -> Scope:
    return Scope(user_id=one.user_id, account_id=one.account_id, bot_id=one.bot_id)


def _confirm(target: _Target, what: str, *, yes: bool) -> None:
    """Let the person type the name, so that nobody does it by a slip of the hand."""
    if yes:
        return
    typed = click.prompt(
        f"This will {what} for {target.name}. Type {target.name} to go on", default="", show_default=False
    )
    if typed.strip().casefold() != target.name.casefold():
        raise SaidError("That was not the name: nothing was done.")


def _end_of(seconds: int | None) -> float | None:
    return None if seconds is None else monotonic() + seconds


def _patience(until: float | None, *, share: int = 1) -> float:
    """Return for how many seconds the brokers may be asked: a *share* of what is left, so that they are asked again."""
    if until is None:
        return VENUES_SECONDS
    return min(VENUES_SECONDS, max(_ANSWER_SECONDS_MIN, (until - monotonic()) / share))


def _follow(room: Room, target: _Target, flattening: Flattening, until: float | None, *, stays: bool) -> None:
    """Say what was asked to get flat; where there is an *until*, wait so long for the broker to confirm it.

    A switch that *stays* pressed asks again by itself; a flatten asks once, and only books that are known.
    """
    then = "the switch asks again until it answers" if stays else "run this again when it answers"
    for sentence in flattening.unreachable:
        click.secho(f"{sentence}. {_MAY_HOLD_MORE}: {then}.", err=True, fg="yellow")
    for key in flattening.keys:
        click.echo(f"Asked to get flat: {key.symbol}", err=True)
    if not flattening.keys and not flattening.unreachable:
        click.echo("Nothing is open there.", err=True)
    is_idle = engine_runs(room.services.settings) is False
    if is_idle and flattening.keys:
        click.secho(_BEGINS_LATER, err=True, fg="yellow")
    if until is not None:
        _wait_until_flat(room, target, until, is_idle=is_idle, is_asked=stays or bool(flattening.keys))


def _wait_until_flat(room: Room, target: _Target, until: float, *, is_idle: bool, is_asked: bool) -> None:
    left = room.halting.still_open(target.scope, seconds=_patience(until))
    pause = Event()
    while left and not is_idle and until - monotonic() > _LOOK_SECONDS:
        pause.wait(_LOOK_SECONDS)
        left = room.halting.still_open(target.scope, seconds=_patience(until))
    if left:
        hint = ("What was asked for stays asked for: `tradecore run` goes on trying.",) if is_asked else ()
        raise SaidError("\n".join(("Not flat yet:", *left, *hint)), Exit.NOT_FLAT)
    said = "Flat: the broker confirms that nothing is held and nothing works."
    if target.scope.bot_id is not None:
        said = f"{target.name} holds and works nothing any more; what others of the account hold stays."
    click.echo(said, err=True)


def _list_halts(room: Room, *, as_json: bool) -> None:
    from tradecore.entrypoints.web.present import halt_view

    halts = room.services.directory.halts()
    if as_json:
        print_json([halt_view(one) for one in halts])
        return
    rows = (
        (one.id, _name_of(room.services.directory, one), one.level.value, one.at, one.by, one.reason, _flat(one))
        for one in halts
    )
    columns = ("id", "for", "level", "since", "by", "reason", "flat")
    print_table(columns, rows, nothing="Nothing is halted.")


def _flat(one: Halt) -> str:
    if one.level is not HaltLevel.FLATTEN:
        return "-"
    return f"{one.flat_at:%H:%M:%S}" if one.flat_at is not None else "NOT YET"


def _name_of(directory: Directory, one: Halt) -> str:
    if one.bot_id is not None:
        bot = directory.bot(one.bot_id)
        return f"bot {name_of_bot(directory, bot) if bot else one.bot_id}"
    if one.account_id is not None:
        return f"account {account_names(directory).get(one.account_id, one.account_id)}"
    if one.user_id is not None:
        user = directory.user(one.user_id)
        return f"user {user.name if user else one.user_id}"
    return "everything"
