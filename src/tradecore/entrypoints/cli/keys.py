"""Save, list and delete the keys to accounts at their venues, and encrypt all of them anew."""

import sys
from collections.abc import Callable
from typing import Any

import click

from tradecore.domain.credentials import Credentials, KeyMode, KeysConfirmed, KeysRefused
from tradecore.domain.parties import Account
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import SaidError, refused
from tradecore.entrypoints.cli.finding import account_named
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import print_json, print_table
from tradecore.entrypoints.runtime.rooms import Room

_OPTIONS = (
    click.option("--live", is_flag=True, help="They trade real money. Paper keys otherwise."),
    click.option("--keys-stdin", "from_stdin", is_flag=True,
                 help="Read the key's id and the secret from the first two lines of the input."),
)  # fmt: skip


def with_keys(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that keys are read by."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_keys(*, live: bool, from_stdin: bool) -> Credentials:
    """Ask for keys; nothing of them is ever an argument, where other users of the machine could see it."""
    if from_stdin:
        key_id, secret = (sys.stdin.readline().strip() for _ in range(2))
    else:
        key_id = click.prompt("Key id", hide_input=True)
        secret = click.prompt("Secret", hide_input=True)
    with refused():
        return Credentials(key_id=key_id, secret=secret, mode=KeyMode.LIVE if live else KeyMode.PAPER)


def checked(room: Room, account: Account, credentials: Credentials) -> KeysConfirmed:
    """Return what the venue says of the keys; ends the command where they are not taken."""
    found = room.services.keyring.check(account, credentials)
    if isinstance(found, KeysRefused):
        raise SaidError(found.reason)
    return found


def save(room: Room, account: Account, credentials: Credentials, found: KeysConfirmed) -> None:
    """Save keys that were checked."""
    saved = room.services.keyring.save(account, credentials, found)
    if isinstance(saved, KeysRefused):
        raise SaidError(saved.reason)


@click.group()
def keys() -> None:
    """Save, list and delete brokers' keys, and encrypt all of them anew."""


@keys.command("set", epilog=examples("tradecore keys set stocks"))
@click.argument("account")
@with_keys
@with_room
def set_keys(room: Room, /, account: str, *, live: bool, from_stdin: bool) -> None:
    """Save an account's keys, in place of earlier ones, once the venue has confirmed them."""
    found = account_named(room.services.directory, account)
    credentials = read_keys(live=live, from_stdin=from_stdin)
    confirmed = checked(room, found, credentials)
    save(room, found, credentials, confirmed)
    click.echo(f"{found.name} trades {found.venue.value}'s {confirmed.number} with {credentials.mode.value} keys.")


@keys.command("list", epilog=examples("tradecore keys list"))
@as_json
@with_room
def list_keys(room: Room, /, *, as_json: bool) -> None:
    """List which accounts have keys, without what they are."""
    from tradecore.entrypoints.web.api.keys import keys_view

    kept = room.services.keyring.safe.all()
    if as_json:
        print_json([keys_view(one) for one in kept])
        return
    names = {one.id: one.name for one in room.services.directory.accounts()}
    rows = (
        (names.get(one.account_id, one.account_id), one.venue.value, one.mode.value, one.number, one.saved_at)
        for one in kept
    )
    print_table(("account", "venue", "for", "number", "saved"), rows, nothing="No account has keys.")


@keys.command(epilog=examples("tradecore keys remove stocks"))
@click.argument("account")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_room
def remove(room: Room, /, account: str, *, yes: bool) -> None:
    """Delete an account's keys. Refused while it holds anything, because nobody could close it then."""
    found = account_named(room.services.directory, account)
    keyring = room.services.keyring
    if keyring.kept(found.id) is None:
        click.echo(f"{found.name} has no keys.")
        return
    if not yes:
        click.confirm(f"Delete the keys of {found.name}?", abort=True)
    no = keyring.forget(found)
    if no is not None:
        raise SaidError(no.reason)
    click.echo(f"The keys of {found.name} are deleted.")


@keys.command(epilog=examples("tradecore keys rotate"))
@with_room
def rotate(room: Room, /) -> None:
    """Encrypt all brokers' keys anew with the first key of ENCRYPTION_KEY.

    Put a new key (`tradecore keygen`) in front of the old one, restart every process, run this, and then take the
    old one away. It may be interrupted and repeated, beside everything that runs.
    """
    done = room.services.keyring.rotate()
    for sentence in done.shut:
        click.echo(sentence, err=True)
    click.echo(f"Encrypted anew: {done.anew}. Were so already: {done.before}. Cannot be opened: {len(done.shut)}.")
    if done.shut:
        raise SaidError("Keep every key of ENCRYPTION_KEY until nothing is left over.")
