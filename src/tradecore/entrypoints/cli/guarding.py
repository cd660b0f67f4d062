"""Take the stop and target of a bot, or of an account's template, from the command line."""

from collections.abc import Callable
from typing import Any, Final

import click
from attrs import evolve

from tradecore.domain.protection import Protection
from tradecore.entrypoints.cli.values import DISTANCE, STOP

GUARDS: Final[tuple[Callable[..., Any], ...]] = (
    click.option(
        "--stop",
        type=STOP,
        help="How far from the entry: 1%, 20 ticks, $2.50 (per unit), $50/position, or none.",
    ),
    click.option("--target", type=DISTANCE, help="The same, for the profit target."),
    click.option(
        "--stop-min", type=DISTANCE, help="How near a stop in dollars a position may come; less is traded for it."
    ),
)
GUARD_NAMES: Final = ("stop", "target", "stop_min")


def with_guards(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let *command* take a stop and a target."""
    for option in reversed(GUARDS):
        command = option(command)
    return command


def guarded(found: Protection, options: dict[str, Any]) -> Protection:
    """Return *found* with what the options say; an option that was not given changes nothing."""
    ctx, default = click.get_current_context(), click.core.ParameterSource.DEFAULT
    given = {name: options[name] for name in GUARD_NAMES if ctx.get_parameter_source(name) is not default}
    return evolve(found, **given)
