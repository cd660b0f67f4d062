"""Make what must be there before anything can be kept: the database, and the key."""

import click

from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import said
from tradecore.entrypoints.cli.opening import load_settings


@click.command(epilog=examples("tradecore migrate"))
def migrate() -> None:
    """Make the database, or bring it up to date.

    `tradecore run` does it by itself. Repeating it does no harm.
    """
    from tradecore.entrypoints.runtime import premises

    with said():
        settings = load_settings()
        premises.make_folders(settings)
        premises.migrate(settings)
    click.echo(f"The database {premises.shown(settings)} is up to date.")


@click.command(epilog=examples('echo "ENCRYPTION_KEY=$(tradecore keygen)" >> .env'))
def keygen() -> None:
    """Print a new ENCRYPTION_KEY.

    Keep it where the database is not: whoever has both can read the brokers' keys, and without it nobody can.
    """
    from tradecore.entrypoints.runtime import wiring

    click.echo(wiring.new_key())
