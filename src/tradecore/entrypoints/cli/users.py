"""Add, list and switch off users."""

import sys

import click
from attrs import evolve

from tradecore.domain.ids import UserId
from tradecore.domain.parties import Role, User
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import SaidError, refused
from tradecore.entrypoints.cli.finding import user_named
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import print_json, print_table
from tradecore.entrypoints.runtime.halting import Scope
from tradecore.entrypoints.runtime.rooms import Room

_PASSWORD_CHARACTERS_MIN = 8

_from_stdin = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from the first line of the input."
)


@click.group()
def user() -> None:
    """Add, list and switch off users."""


@user.command(epilog=examples("tradecore user add ada"))
@click.argument("name")
@click.option("--admin", is_flag=True, help="Let this person do everything, for everybody.")
@_from_stdin
@as_json
@with_room
def add(room: Room, /, name: str, *, admin: bool, from_stdin: bool, as_json: bool) -> None:
    """Add a person, and ask for a password."""
    from tradecore.entrypoints.web.party_present import user_view

    directory = room.services.directory
    if any(other.name.casefold() == name.casefold() for other in directory.users()):
        raise SaidError(f"There is a user named {name!r} already.")
    hashed = room.passwords.hash(_password(from_stdin=from_stdin))
    with refused():
        new = User(
            id=UserId(room.services.mint.new()), name=name, role=Role.ADMIN if admin else Role.TRADER,
            password_hash=hashed)  # fmt: skip
        directory.keep(new)
    if as_json:
        print_json(user_view(new))
        return
    click.echo(f"Added {new.name} ({new.id}). Next: tradecore account add NAME --user {new.name}")


@user.command("list", epilog=examples("tradecore user list"))
@as_json
@with_room
def list_users(room: Room, /, *, as_json: bool) -> None:
    """List everybody."""
    from tradecore.entrypoints.web.party_present import user_view

    users = room.services.directory.users()
    if as_json:
        print_json([user_view(one) for one in users])
        return
    rows = ((one.name, one.role.value, "on" if one.active else "OFF", one.id) for one in users)
    print_table(("name", "may", "is", "id"), rows, nothing="There is no user yet: tradecore user add NAME")


@user.command(epilog=examples("tradecore user password ada"))
@click.argument("name")
@_from_stdin
@with_room
def password(room: Room, /, name: str, *, from_stdin: bool) -> None:
    """Set a person's password."""
    directory = room.services.directory
    found = user_named(directory, name)
    directory.keep(evolve(found, password_hash=room.passwords.hash(_password(from_stdin=from_stdin))))
    click.echo(f"{found.name} has a new password.")


@user.command(epilog=examples("tradecore user off ada"))
@click.argument("name")
@with_room
def off(room: Room, /, name: str) -> None:
    """Switch a person off: none of their tokens opens anything any more. What is open stays open."""
    directory = room.services.directory
    found = user_named(directory, name)
    others = [one for one in directory.users() if one.role is Role.ADMIN and one.active and one.id != found.id]
    if found.role is Role.ADMIN and not others:
        raise SaidError(
            f"{found.name} is the last administrator who is switched on, and stays so: nobody could do anything for "
            "everybody any more. Add another one first: tradecore user add NAME --admin"
        )
    _switch(room, name, active=False)
    left = room.halting.still_open(Scope(user_id=found.id))
    for sentence in left:
        click.echo(f"Stays open: {sentence}")
    if left:
        click.echo(f"To close it: tradecore flatten --user {found.name}")


@user.command(epilog=examples("tradecore user on ada"))
@click.argument("name")
@with_room
def on(room: Room, /, name: str) -> None:
    """Switch a person on again."""
    _switch(room, name, active=True)


def _switch(room: Room, name: str, *, active: bool) -> None:
    directory = room.services.directory
    found = user_named(directory, name)
    directory.keep(evolve(found, active=active))
    click.echo(f"{found.name} is switched {'on' if active else 'off'}.")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        text = sys.stdin.readline().rstrip("\r\n")
    else:
        text = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if len(text) < _PASSWORD_CHARACTERS_MIN:
        raise SaidError(f"A password has {_PASSWORD_CHARACTERS_MIN} characters or more.")
    return str(text)
