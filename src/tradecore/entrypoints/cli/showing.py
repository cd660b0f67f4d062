"""Show what a command found: tables for people, JSON for scripts, and how far it has come."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

import click

from tradecore.domain.money import plain

if TYPE_CHECKING:
    from tradecore.domain.book import Book
    from tradecore.domain.stories import Node

_T = TypeVar("_T")

# Where nobody looks at a window, lines are as long as they are: a script must find whole words.
_WIDTH_UNSEEN = 240


def print_json(value: object) -> None:
    """Print views and domain values as the API does."""
    from tradecore.entrypoints.web.giving import json_of

    click.echo(json.dumps(json_of(value), indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, nothing: str) -> None:
    """Print a table, or a sentence where there is *nothing* in it."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    if not table.row_count:
        click.echo(nothing)
        return
    Console(width=None if sys.stdout.isatty() else _WIDTH_UNSEEN, highlight=False, markup=False).print(table)


def last_look(books: "Iterable[Book]") -> str:
    """Say when tradecore last looked at what the broker holds of *books*: what it shows is no newer than that."""
    looks = [book.surveyed_at for book in books if book.surveyed_at is not None]
    return f"last look: {_cell(max(looks))}" if looks else "it has not looked yet"


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M} UTC"
        case Decimal():
            return plain(value)
        case _:
            return str(value)


def print_tree(node: "Node") -> None:
    """Print a story as a tree."""
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    def line(one: "Node") -> Text:
        style = "red" if one.title.startswith("REFUSED") else ""
        return Text.assemble((one.title, style or "bold"), (f"  {one.detail}" if one.detail else "", "default"))

    def grow(branch: Tree, one: "Node") -> None:
        for child in one.children:
            grow(branch.add(line(child)), child)

    root = Tree(line(node))
    grow(root, node)
    Console(width=None if sys.stdout.isatty() else _WIDTH_UNSEEN, highlight=False, markup=False).print(root)


def watched(rows: Iterable[_T], what: str) -> Iterator[_T]:
    """Yield *rows*, and count them on the terminal meanwhile; a file or a pipe is told nothing."""
    if not sys.stderr.isatty():
        yield from rows
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed:,} {task.description}"), TimeElapsedColumn())
    on_screen = sys.stdout.isatty()  # What is printed there meanwhile must go above the count.
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=on_screen) as progress:
        task = progress.add_task(what, total=None)
        for row in rows:
            yield row
            progress.advance(task)
