"""Run venues of our own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import SaidError, said
from tradecore.entrypoints.cli.opening import load_settings

_PORT = 5100
_ALPACA_PORT = 5200
_PROJECTX_PORT = 5300
_FOLDER_NAME = "exchange"


@click.group()
def venue() -> None:
    """Run a venue of our own, to trade at without an account anywhere."""


@venue.command(epilog=examples("tradecore venue paper", "tradecore venue paper --port 0 --still"))
@click.option("--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0 takes any free one.")
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--folder", metavar="PATH", help=f"Where its journal is kept; without it, in {_FOLDER_NAME} in TRADECORE_FOLDER."
)
@click.option("--still", is_flag=True, help="Let prices stand still until they are set.")
def paper(port: int, host: str, folder: str | None, *, still: bool) -> None:
    """Run the paper exchange in a process of its own.

    Every tradecore with its address in TRADECORE_PAPER_URL trades there, and none of them takes it along when it
    stops. It asks nobody who they are: keep it on this machine. Once it answers, it prints one line of JSON.
    """
    from tradecore.entrypoints.venues.process import run_paper

    with said():
        own = Path(folder) if folder else load_settings().folder / _FOLDER_NAME
        run_paper(own, host, port, still=still, say=_say)


@venue.command(
    epilog=examples("tradecore venue alpaca", "tradecore venue alpaca --port 0 --stream-port 0 --accounts 2")
)
@click.option("--port", type=click.IntRange(0, 65535), default=_ALPACA_PORT, show_default=True, help="0 takes any.")
@click.option(
    "--stream-port", type=click.IntRange(0, 65535), default=_ALPACA_PORT + 1, show_default=True, help="0 takes any."
)
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--accounts", type=click.IntRange(1, 100), default=1, show_default=True, help="How many, with new keys.")
@click.option(
    "--rate-limit", type=click.IntRange(0), default=200, show_default=True, help="Requests a minute; 0 is any number."
)
@click.option("--walk", is_flag=True, help="Let prices move by themselves.")
@click.option("--hours", is_flag=True, help="Keep New York's hours; the market is always open otherwise.")
@click.option("--seed", type=int, default=0, show_default=True, help="How prices walk.")
def alpaca(**options: Any) -> None:  # noqa: ANN401 - as click hands them over
    """Run an exchange that speaks as Alpaca does, for Alpaca's own clients.

    It keeps nothing when it stops, and its switches ask nobody who they are: keep it on this machine. Once it answers,
    it prints one line of JSON with its addresses and the keys of its accounts.
    """
    with _extra_wanted():
        from tradecore.entrypoints.venues.alpaca.process import Options, run_alpaca

    with said():
        run_alpaca(Options(walks=options.pop("walk"), keeps_hours=options.pop("hours"), **options), _say)


@venue.command(
    epilog=examples("tradecore venue projectx", "tradecore venue projectx --port 0 --hub-port 0 --accounts 2")
)
@click.option("--port", type=click.IntRange(0, 65535), default=_PROJECTX_PORT, show_default=True, help="0 takes any.")
@click.option(
    "--hub-port", type=click.IntRange(0, 65535), default=_PROJECTX_PORT + 1, show_default=True, help="0 takes any."
)
@click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--accounts", type=click.IntRange(1, 100), default=1, show_default=True, help="How many the user has.")
@click.option("--no-rate-limits", is_flag=True, help="Take any number of requests.")
@click.option("--walk", is_flag=True, help="Let prices move by themselves.")
@click.option("--hours", is_flag=True, help="Keep CME's hours and the firm's; the market is always open otherwise.")
@click.option("--seed", type=int, default=0, show_default=True, help="How prices walk.")
def projectx(**options: Any) -> None:  # noqa: ANN401 - as click hands them over
    """Run an exchange that speaks as the ProjectX Gateway does, for its clients.

    It keeps nothing when it stops, and its switches ask nobody who they are: keep it on this machine. Once it answers,
    it prints one line of JSON with its addresses, its user with their key, and the accounts.
    """
    with _extra_wanted():
        from tradecore.entrypoints.venues.projectx.process import Options, run_projectx

    own = {"walks": options.pop("walk"), "keeps_hours": options.pop("hours")}
    with said():
        run_projectx(Options(rate_limits=not options.pop("no_rate_limits"), **own, **options), _say)


@contextmanager
def _extra_wanted() -> Iterator[None]:
    """Say what to install where it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"{error.name} is missing: install tradecore with its extra, as in pip install 'tradecore[alpaca]'."
        raise SaidError(message) from error


def _say(line: str) -> None:
    # Whoever waits for the line reads it through a pipe.
    click.echo(line)
    sys.stdout.flush()
