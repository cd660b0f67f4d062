"""List the commands; each is imported when it is called, so that help comes at once."""

import os
from importlib import import_module
from typing import Final

import click

from tradecore.entrypoints.cli.exits import EXIT_CODES

# Where each command lives, and its line in the list; a test holds the lines to the commands' own help.
_COMMANDS: Final = {
    "run": ("running:run", "Start the whole service in this process."),
    "web": ("running:web", "Start the web service alone, beside workers on the same PostgreSQL database."),
    "worker": ("running:worker", "Trade, beside web services and other workers on the same PostgreSQL database."),
    "migrate": ("keeping:migrate", "Make the database, or bring it up to date."),
    "doctor": ("doctoring:doctor", "Check that everything is as it should be, and say what to do."),
    "keygen": ("keeping:keygen", "Print a new ENCRYPTION_KEY."),
    "user": ("users:user", "Add, invite, list and switch off users."),
    "account": ("accounts:account", "Add, list, show and switch off accounts."),
    "keys": ("keys:keys", "Save, list and delete brokers' keys, and encrypt all of them anew."),
    "drift": ("drifting:drift", "List what nobody can explain, and say whose it is."),
    "bot": ("bots:bot", "Add, list, change, copy and remove bots."),
    "token": ("tokens:token", "Make, list, rotate and revoke tokens."),
    "explain": ("explaining:explain", "Tell what became of an alert, and why."),
    "replay": ("replaying:replay", "Judge the past again: by today's code, or by other limits."),
    "halt": ("halting:halt", "Press the kill switch, or list where it is pressed."),
    "resume": ("halting:resume", "Lift the kill switch."),
    "flatten": ("halting:flatten", "Close everything in a scope, once."),
    "venue": ("venues:venue", "Run a venue of our own, to trade at without an account anywhere."),
    "calendar": ("calendars:calendar", "Show when a market trades."),
}


class _Commands(click.Group):
    """The commands, of which only the one that is called is imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click has it
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, name = place[0].partition(":")
        command: click.Command = getattr(import_module(f"tradecore.entrypoints.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as click has it
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(cls=_Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--folder", metavar="PATH", help="Work on this folder instead of TRADECORE_FOLDER.")
@click.version_option(package_name="tradecore", message="tradecore %(version)s")
def main(folder: str | None) -> None:  # noqa: ARG001 - the commands ask the context for it
    """Turn TradingView alerts into broker orders.

    Begin with `tradecore run`: it makes a demo on paper, and prints a line that makes a trade.
    """
    # Whatever a command makes, the database with its hashes and the log included, is its owner's alone.
    os.umask(0o077)
