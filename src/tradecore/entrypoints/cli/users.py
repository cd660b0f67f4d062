"""Add, invite, list and switch off users."""

import sys
from datetime import timedelta

import click
from attrs import evolve

from tradecore.domain.parties import Role, User
from tradecore.domain.people import Registration
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import SaidError
from tradecore.entrypoints.cli.finding import user_named
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import print_json, print_table
from tradecore.entrypoints.cli.values import SPAN
from tradecore.entrypoints.runtime.halting import Scope
from tradecore.entrypoints.runtime.people import Denial, Invited
from tradecore.entrypoints.runtime.rooms import Room

_BY = "the command line"

_from_stdin = click.option(
    "--password-stdin", "from_stdin", is_flag=True, help="Read the password from the first line of the input."
)


@click.group()
def user() -> None:
    """Add, invite, list and switch off users."""


@user.command(epilog=examples("tradecore user add ada"))
@click.argument("name")
@click.option("--admin", is_flag=True, help="Let this person do everything, for everybody.")
@_from_stdin
@as_json
@with_room
def add(room: Room, /, name: str, *, admin: bool, from_stdin: bool, as_json: bool) -> None:
    """Add a person, and ask for a password."""
    from tradecore.entrypoints.web.party_present import user_view

    people = room.services.people
    if any(other.name.casefold() == name.casefold() for other in room.services.directory.users()):
        raise SaidError(Denial.NAME_TAKEN.value)  # Before a password is asked for.
    new = _let_in(people.add(name, _password(from_stdin=from_stdin), role=Role.ADMIN if admin else Role.TRADER))
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
    """Set a person's password, and sign them out everywhere."""
    found = user_named(room.services.directory, name)
    _let_in(room.services.people.set_password(found, _password(from_stdin=from_stdin)))
    click.echo(f"{found.name} has a new password.")


@user.command(epilog=examples("tradecore user invite", "tradecore user invite --admin --life 2d"))
@click.option("--admin", is_flag=True, help="Invite somebody who may do everything, for everybody.")
@click.option("--life", type=SPAN, default="7d", show_default=True, help="How long the invitation is good.")
@with_room
def invite(room: Room, /, *, admin: bool, life: timedelta) -> None:
    """Invite a new person, who chooses a name and a password. The invitation is shown once, and good once."""
    if room.services.people.registration is Registration.CLOSED:
        raise SaidError("Set TRADECORE_REGISTRATION to invitation or open first.")
    _hand_over(room.services.people.invite(_BY, life, role=Role.ADMIN if admin else Role.TRADER))


@user.command(epilog=examples("tradecore user reset ada"))
@click.argument("name")
@click.option("--life", type=SPAN, default="1d", show_default=True, help="How long it may be used.")
@with_room
def reset(room: Room, /, name: str, *, life: timedelta) -> None:
    """Let a person who has forgotten the password choose another one. What is shown is good once."""
    found = user_named(room.services.directory, name)
    _hand_over(room.services.people.invite(_BY, life, user=found))


@user.command("sign-out", epilog=examples("tradecore user sign-out ada"))
@click.argument("name")
@with_room
def sign_out(room: Room, /, name: str) -> None:
    """Sign a person out everywhere. Tokens stay as they are."""
    found = user_named(room.services.directory, name)
    count = room.services.people.access.dismiss(found.id)
    click.echo(f"{found.name} was signed in at {count} place{'s' * (count != 1)}, and is at none.")


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
    if not active:
        room.services.people.access.dismiss(found.id)
    click.echo(f"{found.name} is switched {'on' if active else 'off'}.")


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _let_in(found: User | Denial) -> User:
    if isinstance(found, Denial):
        raise SaidError(found.value)
    return found


def _hand_over(invited: Invited) -> None:
    click.echo(invited.text)
    ends = f"{invited.invitation.ends_at:%Y-%m-%d %H:%M} UTC"
    click.echo(f"It is shown this once, and is good once, until {ends}: hand it to the person alone.", err=True)
