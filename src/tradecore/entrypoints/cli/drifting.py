"""List what brokers hold that nobody can explain, and say whose it is."""

from datetime import datetime

import click

from tradecore.domain.book import Book, BookKey
from tradecore.domain.events import DriftAdopted
from tradecore.domain.ids import Symbol
from tradecore.domain.money import ZERO, plain
from tradecore.domain.reconciling import left_by_hand, seems_closed
from tradecore.entrypoints.cli.engines import runs_since
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import SaidError
from tradecore.entrypoints.cli.finding import account_named, account_names, bot_named
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import last_look, print_json, print_table
from tradecore.entrypoints.runtime.rooms import Room


@click.group()
def drift() -> None:
    """List what nobody can explain, and say whose it is.

    It is what a broker holds and no bot or known person bought, as after a trade by hand. Entries wait for it.
    """


@drift.command("list", epilog=examples("tradecore drift list"))
@as_json
@with_room
def list_drift(room: Room, /, *, as_json: bool) -> None:
    """List every instrument of which an account holds what nobody can explain."""
    from tradecore.entrypoints.web.present import drift_view

    services = room.services
    kept = [(one, services.history.books(one.id)) for one in services.directory.accounts()]
    found = [(one, book) for one, books in kept for book in books if book.drift]
    if as_json:
        print_json([drift_view(book, one.name) for one, book in found])
        return
    names = account_names(services.directory)
    rows = ((names[one.id], book.key.symbol, book.drift, book.external, book.net) for one, book in found)
    columns = ("account", "symbol", "nobody's", "held by hand", "in all")
    since = runs_since(services.settings)
    seen = [(names[one.id], [book for book in books if _is_seen(book, since)], books) for one, books in kept]
    looks = "; ".join(f"{name}: {last_look(some)}" for name, some, _ in seen if some)
    nothing = f"Brokers and books agree, as far as tradecore has seen ({looks})." if looks else "Nothing is known yet."
    print_table(columns, rows, nothing=nothing if kept else "There is no account yet.")
    for name, some, books in seen:
        if not some:
            click.echo(f"Not looked yet: {name}.")
        for book in books:
            if some and book not in some:
                click.echo(f"Not looked yet: {book.key.symbol} in {name}.")
            if book.suspicion is not None:
                odd = plain(book.suspicion.difference)
                click.echo(f"Being looked at again: {book.key.symbol} in {name}, {odd} more than the book explains.")


def _is_seen(book: Book, since: datetime | None) -> bool:
    """Tell whether the broker was asked; of an open book again by the engine that runs *since* then."""
    at = book.surveyed_at
    return at is not None and (since is None or at >= since or book.is_idle)


@drift.command(epilog=examples(
    "tradecore drift assign paper AAPL", 'tradecore drift assign paper AAPL --bot "AAPL 15 Min"'))  # fmt: skip
@click.argument("account")
@click.argument("symbol")
@click.option("--bot", "bot_name", metavar="NAME", help="The bot whose it is; held by hand otherwise.")
@click.option("--by-hand", is_flag=True, help="It is held by hand, though it looks like what a bot held.")
@with_room
def assign(room: Room, /, account: str, symbol: str, *, bot_name: str | None, by_hand: bool) -> None:
    """Say whose it is: held by hand, or a bot's at the last price; then the instrument's bots may enter again.

    SYMBOL is the instrument, as `tradecore drift list` names it.
    """
    services = room.services
    found = account_named(services.directory, account)
    key = BookKey(account_id=found.id, symbol=Symbol(symbol.upper()))
    bot = bot_named(services.directory, bot_name) if bot_name is not None else None
    instrument = services.directory.instrument(found.venue, key.symbol)
    roots = {key.symbol, instrument.root if instrument is not None else key.symbol}
    if bot is not None and (bot.account_id != found.id or bot.symbol not in roots):
        raise SaidError(f"The bot {bot.label} does not trade {key.symbol} in {found.name}.")
    book = services.ledger.book(key)
    quantity = book.drift
    if quantity == ZERO:
        raise SaidError(f"Nothing is in question: {found.name} holds no {key.symbol} that nobody can explain.")
    if bot is None and not by_hand and (closed := seems_closed(book)):
        names = " or ".join(f'--bot "{one.label}"' for one in map(services.directory.bot, closed) if one is not None)
        raise SaidError(
            f"It looks as if somebody closed what a bot holds: say {names}, and its share is booked as closed. "
            "Where it is really held by hand against that bot, say --by-hand."
        )
    adopted = DriftAdopted(
        quantity=quantity, by="the command line", bot_id=bot.id if bot is not None else None,
        request_id=services.mint.new())  # fmt: skip
    services.inbox.post(key, adopted, services.clock.now())
    whose = f"as the bot {bot.label}'s" if bot is not None else "as held by hand"
    click.echo(f"{plain(quantity)} {key.symbol} will be taken {whose}.")
    if bot is None and (warning := left_by_hand(book, quantity)):
        click.secho(f"Warning: {warning}", err=True, fg="yellow")
