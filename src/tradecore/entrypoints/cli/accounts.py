"""Add, list, show and switch off accounts."""

from decimal import Decimal
from typing import Any

import click
from attrs import evolve

from tradecore.domain.ids import AccountId
from tradecore.domain.limits import AccountLimits
from tradecore.domain.parties import Account, Venue
from tradecore.domain.protection import Protection
from tradecore.entrypoints.cli.bot_words import guards_of
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import SaidError, refused
from tradecore.entrypoints.cli.finding import account_named, user_named
from tradecore.entrypoints.cli.firms import preset
from tradecore.entrypoints.cli.guarding import GUARD_NAMES, guarded, with_guards
from tradecore.entrypoints.cli.keys import checked, read_keys, save, with_keys
from tradecore.entrypoints.cli.limits import get_flat_of, limits_changed, limits_of, with_limits
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import last_look, print_json, print_table
from tradecore.entrypoints.runtime.rooms import Room
from tradecore.entrypoints.runtime.stakes import Stake, stakes


@click.group()
def account() -> None:
    """Add, list, show and switch off accounts."""


account.add_command(preset)


@account.command(epilog=examples("tradecore account add second --daily-loss 500"))
@click.argument("name")
@click.option("--user", "owner", metavar="NAME", help="Whose account it is; the first administrator's otherwise.")
@click.option(
    "--venue", type=click.Choice([venue.value for venue in Venue]), default=Venue.PAPER.value, show_default=True,
    help="Where it trades.")  # fmt: skip
@with_keys
@with_limits
@with_guards
@as_json
@with_room
def add(
    room: Room, /, name: str, *, owner: str | None, venue: str, live: bool, from_stdin: bool, as_json: bool,
    **options: Any,  # noqa: ANN401 - options have every type
) -> None:  # fmt: skip
    """Add an account. One on paper begins with 100,000; for one at a broker, its keys are asked for and checked.

    Its stop and target are those of every bot in it that names neither.
    """
    from tradecore.entrypoints.web.party_present import account_view

    directory = room.services.directory
    if Venue(venue) is Venue.PROJECTX:
        raise SaidError("Accounts at ProjectX are made from .env: set ACCOUNT_<NAME> to the number, and start again.")
    if Venue(venue) not in room.reachable:
        known = ", ".join(sorted(one.value for one in room.reachable))
        raise SaidError(f"This version cannot reach {venue} yet. It can reach: {known}.")
    with refused():
        new = Account(
            id=AccountId(room.services.mint.new()), user_id=user_named(directory, owner).id, name=name,
            venue=Venue(venue), limits=limits_changed(AccountLimits(), _limits(options)),
            protection=guarded(Protection(), options))  # fmt: skip
    _settle(room, new, live=live, from_stdin=from_stdin)
    if as_json:
        print_json(account_view(_stake(room, new)))
        return
    click.echo(
        f"Added {new.name} ({new.id}). Next: tradecore bot add --account {new.name} --symbol AAPL --timeframe 5m"
    )


def _settle(room: Room, new: Account, *, live: bool, from_stdin: bool) -> None:
    """Keep the account, and where its venue wants them, its keys: asked for and checked before anything is kept."""
    if not room.services.keyring.takes(new.venue):
        if live or from_stdin:
            raise SaidError(f"Accounts at {new.venue.value} have no keys.")
        with refused():
            room.services.directory.keep(new)
        return
    credentials = read_keys(live=live, from_stdin=from_stdin)
    found = checked(room, new, credentials)
    with refused():
        room.services.directory.keep(new)
    save(room, new, credentials, found)


def _limits(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in GUARD_NAMES}


@account.command("list", epilog=examples("tradecore account list"))
@as_json
@with_room
def list_accounts(room: Room, /, *, as_json: bool) -> None:
    """List every account."""
    from tradecore.entrypoints.web.party_present import account_view

    directory = room.services.directory
    told = stakes(room.services.keyring, directory.accounts())
    if as_json:
        print_json([account_view(stake) for stake in told])
        return
    owners = {one.id: one.name for one in directory.users()}
    rows = (
        (stake.account.name, owners.get(stake.account.user_id), stake.account.venue.value, _money(stake),
         "on" if stake.account.opens else "OFF", stake.account.id)
        for stake in told
    )  # fmt: skip
    print_table(("name", "user", "venue", "money", "is", "id"), rows, nothing="There is no account yet.")


def _stake(room: Room, found: Account) -> Stake:
    return stakes(room.services.keyring, (found,))[0]


def _money(stake: Stake) -> str:
    return f"{stake.money or 'none'}{' (rests)' if stake.rests else ''}"


@account.command(epilog=examples("tradecore account show paper"))
@click.argument("name")
@as_json
@with_room
def show(room: Room, /, name: str, *, as_json: bool) -> None:
    """Show an account: its limits, and each book with the bots' shares."""
    from tradecore.entrypoints.web.party_present import account_view
    from tradecore.entrypoints.web.present import book_view

    found = account_named(room.services.directory, name)
    books = room.services.history.books(found.id)
    if as_json:
        print_json({"account": account_view(_stake(room, found)), "books": [book_view(book) for book in books]})
        return
    stake = _stake(room, found)
    click.echo(f"{found.name} ({found.id}) at {found.venue.value}, switched {'on' if found.active else 'off'}")
    click.echo(f"  money: {_money(stake)}" + (f" -> {stake.rests}" if stake.rests else ""))
    for key, value in limits_of(found):
        click.echo(f"  {key}: {value}")
    for guard in guards_of(found.protection):
        click.echo(f"  for bots that name none: {guard}")
    labels = {bot.id: bot.label for bot in room.services.directory.bots(account_id=found.id)}
    rows: list[tuple[object, ...]] = [
        (book.key.symbol, labels.get(share.bot_id, share.bot_id), share.quantity,
         share.average_price(book.point_value).quantize(Decimal("0.000001")))
        for book in books for share in book.shares
    ]  # fmt: skip
    rows += [(book.key.symbol, "held by hand", book.external, None) for book in books if book.external]
    rows += [(book.key.symbol, f"orders by hand: {book.strays}", None, None) for book in books if book.strays]
    rows += [(book.key.symbol, "NOBODY KNOWS WHY", book.drift, None) for book in books if book.drift]
    nothing = f"It holds nothing, as far as tradecore has seen ({last_look(books)})."
    print_table(("symbol", "whose", "quantity", "price"), rows, nothing=nothing)


@account.command(epilog=examples("tradecore account edit paper --daily-loss 300"))
@click.argument("name")
@with_limits
@with_guards
@click.option("--get-flat", metavar="HH:MM", help="Open nothing from then on, by Chicago's clock, or none.")
@with_room
def edit(room: Room, /, name: str, *, get_flat: str | None, **options: Any) -> None:  # noqa: ANN401 - options have every type
    """Change an account's limits, 0 takes one away; and the stop and target of every bot in it that names neither."""
    directory = room.services.directory
    found = account_named(directory, name)
    with refused():
        limits = limits_changed(found.limits, _limits(options))
        changed = evolve(found, limits=limits, protection=guarded(found.protection, options))
        changed = changed if get_flat is None else evolve(changed, get_flat=get_flat_of(get_flat))
    directory.keep(changed)
    click.echo("; ".join(f"{key}: {value}" for key, value in limits_of(changed)) or "No limits.")
    if changed.protection.is_asked_for:
        click.echo(f"Bots that name no stop and no target: {', '.join(guards_of(changed.protection))}.")


@account.command(epilog=examples("tradecore account off paper"))
@click.argument("name")
@with_room
def off(room: Room, /, name: str) -> None:
    """Switch an account off: nothing is opened in it any more. What is open stays, and can be closed."""
    directory = room.services.directory
    found = account_named(directory, name)
    directory.keep(evolve(found, active=False))
    click.echo(f"{found.name} is switched off. To close what is open: tradecore flatten --account {found.name}")


@account.command(epilog=examples("tradecore account on paper"))
@click.argument("name")
@with_room
def on(room: Room, /, name: str) -> None:
    """Switch an account on again; losses in a row count from now."""
    directory = room.services.directory
    found = account_named(directory, name)
    directory.keep(evolve(found, active=True, streak_from=room.services.clock.now()))
    click.echo(f"{found.name} is switched on.")
