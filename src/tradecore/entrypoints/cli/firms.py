"""Put a prop firm's rules on an account."""

import click

from tradecore.domain.firms import PRESETS, FirmPreset
from tradecore.domain.parties import Account
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.finding import account_named
from tradecore.entrypoints.cli.limits import limits_of
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import print_json
from tradecore.entrypoints.runtime.rooms import Room


@click.command(epilog=examples(
    "tradecore account preset topstepx-combine-50k --account eval --dry-run",
    "tradecore account preset topstepx-express-150k --account funded"))  # fmt: skip
@click.argument("name", type=click.Choice(list(PRESETS)), metavar="NAME")
@click.option("--account", "whose", metavar="NAME", required=True, help="Which account.")
@click.option("--dry-run", is_flag=True, help="Say what it would set, and set nothing.")
@as_json
@with_room
def preset(room: Room, /, name: str, *, whose: str, dry_run: bool, as_json: bool) -> None:
    directory = room.services.directory
    found = PRESETS[name]
    account = account_named(directory, whose)
    changed = found.put_on(account)
    if not dry_run:
        directory.keep(changed)
    if as_json:
        print_json({"account": changed.name, "set": not dry_run, "preset": found})
        return
    _say(found, account, changed, dry_run=dry_run)


preset.help = (
    "Put the rules of a prop firm's account on an account, as its limits. Every value can be changed afterwards with "
    f"tradecore account edit.\n\nNAME is one of: {', '.join(PRESETS)}."
)


def _say(found: FirmPreset, account: Account, changed: Account, *, dry_run: bool) -> None:
    click.echo(f"{found.title}: {'would be set' if dry_run else 'set'} on {account.name}.")
    before = dict(limits_of(account))
    for key, value in limits_of(changed):
        was = before.get(key)
        click.echo(f"  {key}: {value}" + ("" if was == value else f" (was {was or 'none'})"))
    click.echo(f"As of {found.as_of.isoformat()}, from {found.source}.")
    for note in found.notes:
        click.echo(f"- {note}")
