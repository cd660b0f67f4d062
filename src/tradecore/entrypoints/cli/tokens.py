"""Make, list, rotate and revoke tokens."""

from datetime import datetime, timedelta
from typing import Any, Final

import click
from attrs import evolve

from tradecore.domain.ids import Symbol
from tradecore.domain.parties import Power, Token
from tradecore.domain.signals import Signal
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import SaidError, refused
from tradecore.entrypoints.cli.finding import account_named, bot_named, user_named
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import print_json, print_table
from tradecore.entrypoints.cli.values import EXPIRY, SPAN, SYMBOL, Word
from tradecore.entrypoints.runtime.rooms import Room
from tradecore.entrypoints.runtime.tokens import Issued, issue, rotate

_POWERS: Final = {"alerts": Power.SUBMIT, "read": Power.READ, "api": Power.API}


@click.group()
def token() -> None:
    """Make, list, rotate and revoke tokens."""


@token.command(
    epilog=examples(
        "tradecore token new --account paper --name TradingView", "tradecore token new --for api --expires 90d"
    )
)
@click.option(
    "--for", "power", type=Word(_POWERS, {"submit": "alerts"}), default="alerts", show_default=True,
    help="What its bearer may do: send alerts, read positions, or use the API.")  # fmt: skip
@click.option("--user", "owner", metavar="NAME", help="Whose token it is; the first administrator's otherwise.")
@click.option("--account", metavar="NAME", help="Only for this account; needed for FLAT alerts.")
@click.option("--bot", metavar="NAME", help="Only for this bot.")
@click.option("--symbol", "symbols", type=SYMBOL, multiple=True, help="Only for this symbol; may be repeated.")
@click.option(
    "--signal", "signals", type=click.Choice([one.value for one in Signal], case_sensitive=False), multiple=True,
    help="Only for this signal; may be repeated.")  # fmt: skip
@click.option("--expires", type=EXPIRY, help="When it ends: 30d, or a day such as 2027-01-31.")
@click.option("--name", default="", help="What it is for, so that it can be told from others.")
@as_json
@with_room
def new(  # noqa: PLR0913 - a token has as many sides
    room: Room, /, *, power: str, owner: str | None, account: str | None, bot: str | None, symbols: tuple[str, ...],
    signals: tuple[str, ...], expires: timedelta | datetime | None, name: str, as_json: bool,
) -> None:  # fmt: skip
    """Make a token. It is shown once, and cannot be shown again."""
    services = room.services
    now = services.clock.now()
    person = user_named(services.directory, owner)
    issued = issue(services.mint, user_id=person.id, power=_POWERS[power], now=now, name=name)
    # As Any, because mypy does not see through the converter of these fields.
    only_symbols: Any = [Symbol(symbol) for symbol in symbols]
    only_signals: Any = [Signal(signal) for signal in signals]
    narrowed = evolve(
        issued.token,
        account_id=account_named(services.directory, account, person).id if account else None,
        bot_id=bot_named(services.directory, bot).id if bot else None,
        symbols=only_symbols,
        signals=only_signals,
        expires_at=now + expires if isinstance(expires, timedelta) else expires,
    )
    services.directory.keep(narrowed)
    _show(Issued(narrowed, issued.text), as_json=as_json)


@token.command("rotate", epilog=examples("tradecore token rotate 01K5ZJ7M3X2Q8V4N6B9C1D0EFG --overlap 2h"))
@click.argument("token_id")
@click.option("--overlap", type=SPAN, default="24h", show_default=True, help="How long the old one stays good.")
@as_json
@with_room
def rotate_token(room: Room, /, token_id: str, *, overlap: timedelta, as_json: bool) -> None:
    """Make a token in the place of another one, which stays good for a while. It is shown once.

    TOKEN_ID is as `tradecore token list` shows it. The new one may do the same, and has the same name.
    """
    services = room.services
    old = _token_of(room, token_id)
    with refused():
        rotated = rotate(services.mint, old, services.clock.now(), overlap)
    services.directory.keep(rotated.new.token)
    services.directory.keep(rotated.old)
    _show(rotated.new, as_json=as_json)
    if not as_json:
        click.echo(f"The old one is good until {rotated.old.expires_at:%Y-%m-%d %H:%M} UTC.", err=True)


def _show(issued: Issued, *, as_json: bool) -> None:
    if as_json:
        power = next(name for name, power in _POWERS.items() if power is issued.token.power)
        print_json({
            "token_id": issued.token.id, "power": power, "token": issued.text, "expires_at": issued.token.expires_at,
        })  # fmt: skip
        return
    click.echo(issued.text)
    click.echo("It is shown this once: keep it where it is needed, and nowhere else.", err=True)
    if issued.token.power is Power.SUBMIT:
        click.echo(f"The webhook's address: <your address>/webhook?token={issued.text}", err=True)


@token.command("list", epilog=examples("tradecore token list"))
@click.option("--user", "owner", metavar="NAME", help="Only this person's.")
@as_json
@with_room
def list_tokens(room: Room, /, *, owner: str | None, as_json: bool) -> None:
    """List the tokens, without what they are."""
    from tradecore.entrypoints.web.party_present import token_view

    now = room.services.clock.now()
    tokens = _tokens(room, owner)
    if as_json:
        print_json([token_view(one, now) for one in tokens])
        return
    rows = ((one.id, one.name or "-", one.power.value, _ends(one), _state_of(one, now)) for one in tokens)
    print_table(("id", "name", "lets its bearer", "ends", "is"), rows, nothing="There is no token yet.")


def _tokens(room: Room, owner: str | None) -> tuple[Token, ...]:
    directory = room.services.directory
    people = directory.users() if owner is None else (user_named(directory, owner),)
    return tuple(one for person in people for one in directory.tokens(person.id))


def _token_of(room: Room, token_id: str) -> Token:
    found = next((one for one in _tokens(room, None) if one.id == token_id.upper()), None)
    if found is None:
        raise SaidError(f"There is no token {token_id}: look at `tradecore token list`.")
    return found


def _state_of(one: Token, now: datetime) -> str:
    if not one.good(now):
        return "ENDED"
    return "rotated" if one.replaced_by is not None else "good"


def _ends(one: Token) -> datetime | str:
    ends = [end for end in (one.expires_at, one.revoked_at) if end is not None]
    return min(ends) if ends else "never"


@token.command(epilog=examples("tradecore token revoke 01K5ZJ7M3X2Q8V4N6B9C1D0EFG"))
@click.argument("token_id")
@with_room
def revoke(room: Room, /, token_id: str) -> None:
    """Let a token open nothing any more, from now on.

    TOKEN_ID is as `tradecore token list` shows it.
    """
    found = _token_of(room, token_id)
    if found.revoked_at is None:
        room.services.directory.keep(evolve(found, revoked_at=room.services.clock.now()))
    click.echo(f"The token {found.name or found.id} is revoked.")
