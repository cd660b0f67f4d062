"""Run venues of our own."""

import sys
from pathlib import Path

import click

from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import said
from tradecore.entrypoints.cli.opening import load_settings

_PORT = 5100
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


def _say(line: str) -> None:
    # Whoever waits for the line reads it through a pipe.
    click.echo(line)
    sys.stdout.flush()
