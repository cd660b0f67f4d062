"""Start the service."""

import sys
from typing import TYPE_CHECKING

import click

from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import said
from tradecore.entrypoints.cli.opening import load_settings

if TYPE_CHECKING:
    from tradecore.entrypoints.runtime.settings import Settings


@click.command(epilog=examples("tradecore run --port 8080"))
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of TV_PORT; 0 takes any free one.")
@click.option("--host", metavar="ADDRESS", help="Instead of TV_HOST.")
def run(port: int | None, host: str | None) -> None:
    """Start the whole service in this process.

    In an empty folder it makes a demo first: a user, a paper account with three bots, prices that move, and
    `first-run.json` with everything a script needs. Everything survives a restart.
    """
    from tradecore.entrypoints.runtime import process
    from tradecore.entrypoints.web.app import create_door

    with said():
        process.run(_settings(port, host), create_door, say=_say)


@click.command(epilog=examples("tradecore web --port 8081"))
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of TV_PORT; 0 takes any free one.")
@click.option("--host", metavar="ADDRESS", help="Instead of TV_HOST.")
def web(port: int | None, host: str | None) -> None:
    """Start the web service alone, beside workers on the same PostgreSQL database.

    It takes alerts and answers questions; what it takes waits for `tradecore worker`. Any number of them may run. Most
    people want `tradecore run`.
    """
    from tradecore.entrypoints.runtime import process
    from tradecore.entrypoints.web.app import create_door

    with said():
        process.run_web(_settings(port, host), create_door, say=_say)


@click.command(epilog=examples("tradecore worker"))
def worker() -> None:
    """Trade, beside web services and other workers on the same PostgreSQL database.

    Any number of them share the accounts out among themselves; when one dies, the others take its accounts over.
    """
    from tradecore.entrypoints.runtime import process

    with said():
        process.run_worker(load_settings(), say=_say)


def _settings(port: int | None, host: str | None) -> "Settings":
    from attrs import evolve

    settings = load_settings()
    if port is not None:
        settings = evolve(settings, port=port)
    return settings if host is None else evolve(settings, host=host)


def _say(line: str) -> None:
    # Whoever waits for the line reads it through a pipe.
    click.echo(line)
    sys.stdout.flush()
