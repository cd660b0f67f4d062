"""Write the reference pages from the code, or with --check tell which of them are out of date.

python docs/generate.py           writes them
python docs/generate.py --check   writes nothing, and fails where one differs
"""

import inspect
import io
import re
import sys
import tokenize
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import click
from api_page import api_page
from attrs import fields

from tradecore.domain import commands, events, order_states, signals
from tradecore.domain.order_states import LIFE, News, OrderState
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import INTENTIONS, Direction, Intention, Signal
from tradecore.entrypoints.cli import main as cli
from tradecore.entrypoints.runtime.settings import settings_table

FOLDER: Final = Path(__file__).parent / "reference"
NOTICE: Final = "<!-- Written by docs/generate.py: change the code, then run `make docs`. -->"
CLI_WIDTH: Final = 100


def page(title: str, about: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", NOTICE, about.strip(), *(part.strip() for part in parts)]) + "\n"


def table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def mermaid(lines: Iterator[str]) -> str:
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {line}" for line in lines), "```"])


# ---------------------------------------------------------------- refusals


def refusals_page() -> str:
    about = (
        "Every reason to refuse an entry, most urgent first.\n"
        "Where several apply, the first one here is the one reported; log, message, page and API say the same words.\n"
        "No gate stops an exit; one is refused only where nobody can take it: `no-bot` and `unknown-account`."
    )
    rows = ((str(rank), f"`{one.code}`", one.value) for rank, one in enumerate(Refusal, 1))
    return page("Refusals", about, table(("", "Code", "Sentence"), rows))


# ---------------------------------------------------------------- order states


def comments_beside(source: str, row: re.Pattern[str]) -> dict[str, str]:
    """Return what stands above, or behind, each line of *source* that *row* matches, by the line's match."""
    lines = source.splitlines()
    found: dict[str, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or token.string.endswith("fmt: skip"):
            continue
        number = token.start[0] - 1
        own_line = lines[number].strip().startswith("#")
        while own_line and lines[number].strip().startswith("#"):
            number += 1
        if match := row.search(lines[number]):
            key = match.group("key")
            found[key] = f"{found.get(key, '')} {token.string.lstrip('# ')}".strip()
    return found


def said(text: str) -> str:
    """Begin with a capital and end with a full stop, as a sentence does."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}" if text else ""


def order_states_page() -> str:
    about = (
        "The life of an order, as a table: what a venue says leads from one state to the next.\n"
        "A pair that is not in the table is a contradiction: the state stays, and the order is looked up by our id.\n"
        "What was filled counts by itself, whatever the word that came with it."
    )
    states = comments_beside(inspect.getsource(OrderState), re.compile(r"^    (?P<key>[A-Z_]+) = "))
    first = ((f"`{one.value}`", "yes" if one.is_over else "", said(states.get(one.name, ""))) for one in OrderState)
    notes = comments_beside(inspect.getsource(order_states), re.compile(r"\((?P<key>_S\.\w+, _N\.\w+)\): "))
    rows = (
        (f"`{before.value}`", news.value, f"`{after.value}`", notes.get(f"_S.{before.name}, _N.{news.name}", ""))
        for (before, news), after in LIFE.items()
        if before is not after
    )
    same = ((f"`{state.value}`", ", ".join(_without_effect(state))) for state in OrderState if _without_effect(state))
    return page(
        "Order states", about,
        "## While it is under way", mermaid(_life_lines(after_the_end=False)),
        "## What can still come after its end", mermaid(_life_lines(after_the_end=True)),
        "## The states", table(("State", "Over", "What it means"), first),
        "## What leads where", table(("State", "News", "Next", "Why"), rows),
        "## News that changes nothing", table(("State", "News"), same),
    )  # fmt: skip


def _without_effect(state: OrderState) -> list[str]:
    return [news.value for news in News if LIFE.get((state, news)) is state]


# Every state under way leads to each of these by the news of the same name, so the picture shows them as one.
ENDED: Final = (OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED)


def _life_lines(*, after_the_end: bool) -> Iterator[str]:
    words: dict[tuple[str, str], list[str]] = {}
    for (before, news), after in LIFE.items():
        ends = {LIFE.get((before, News[one.name])) for one in ENDED}
        if before is not after and before.is_over is after_the_end:
            merged = not after_the_end and after in ENDED and ends == set(ENDED)
            words.setdefault((before.name, "ENDED" if merged else after.name), []).append(news.value)
    named = {name for pair in words for name in pair}
    yield "direction LR"
    for state in OrderState:
        if state.name in named:
            yield f'state "{state.value}" as {state.name}'
    if "ENDED" in named:
        yield f'state "{" or ".join(one.value for one in ENDED)}" as ENDED'
    if not after_the_end:
        yield f"[*] --> {OrderState.INTENDED.name}"
    for (before_name, after_name), news_words in words.items():
        yield f"{before_name} --> {after_name} : {', '.join(news_words)}"


# ---------------------------------------------------------------- signals


def signals_page() -> str:
    about = (
        "What a signal means, by what the bot holds.\n"
        "What counts is the bot's own share of the book, for all but FLAT, which takes whatever the account holds.\n"
        "A bot in pyramiding or target-position mode reads BUY and SELL as its mode says."
    )
    rows = (
        (f"**{signal.value}**", *(INTENTIONS[signal, direction].value for direction in Direction)) for signal in Signal
    )
    heads = ("Signal", *(f"while {direction.value}" for direction in Direction))
    notes = comments_beside(inspect.getsource(signals), re.compile(r"\((?P<key>_S\.\w+, _D\.\w+)\): "))
    remarks = "\n".join(f"- {said(note)}" for note in dict.fromkeys(notes.values()))
    return page(
        "Signals", about, "## The table", table(heads, rows), remarks, "## The picture", mermaid(_signal_lines())
    )


_ENDS: Final[Mapping[Intention, Direction]] = {
    Intention.OPEN_LONG: Direction.LONG,
    Intention.REVERSE_TO_LONG: Direction.LONG,
    Intention.OPEN_SHORT: Direction.SHORT,
    Intention.REVERSE_TO_SHORT: Direction.SHORT,
    Intention.CLOSE: Direction.FLAT,
    Intention.CLEAR: Direction.FLAT,
}


def _signal_lines() -> Iterator[str]:
    for direction in Direction:
        yield f'state "{direction.value}" as {direction.value}_'
    yield f"[*] --> {Direction.FLAT.value}_"
    words: dict[tuple[Direction, Direction], list[str]] = {}
    for (signal, before), intention in INTENTIONS.items():
        after = _ENDS.get(intention)
        if after is not None and after is not before:
            words.setdefault((before, after), []).append(signal.value)
    for (before, after), signal_words in words.items():
        yield f"{before.value}_ --> {after.value}_ : {', '.join(signal_words)}"


# ---------------------------------------------------------------- settings, events and commands, the command line


def settings_page() -> str:
    about = (
        "Every variable that can be set, in the environment or in a file named `.env`, here or in the folder.\n"
        "The environment wins over the folder's `.env`, and that one over the one here.\n"
        "A wrong value stops the start with a sentence that names its variable.\n"
        "A secret may also be named by a file, in the variable with `_FILE` behind its name."
    )
    return page("Settings", about, settings_table())


def events_page() -> str:
    about = (
        "`decide(book, event, facts)` takes one event and returns commands with the next book.\n"
        "Both are closed unions: a new member must be answered everywhere before the types are right again.\n"
        "Each command is performed by one port call, after it was written down, and is harmless when performed again."
    )
    return page(
        "Events and commands", about,
        "## Events: what happened", *_members(events.Event),
        "## Commands: what is to be done", *_members(commands.Command),
    )  # fmt: skip


def _members(union: Any) -> Iterator[str]:  # noqa: ANN401 - a union is no type
    for member in get_args(union):
        yield f"### {member.__name__}"
        yield inspect.cleandoc(member.__doc__ or "").replace("\n\n", "\n").replace("\n", " ")
        hints = get_type_hints(member)
        rows = [(f"`{one.name}`", f"`{_type_name(hints[one.name])}`") for one in fields(member)]
        if rows:
            yield table(("Field", "Type"), iter(rows))


def _type_name(hint: Any) -> str:  # noqa: ANN401 - a hint can be anything
    if get_origin(hint) in {Union, UnionType}:
        return " | ".join(map(_type_name, get_args(hint)))
    return "None" if hint is NoneType else str(hint.__name__)


def cli_page() -> str:
    about = "What `tradecore` does from a terminal; `--help` behind any command says the same."
    return page("The command line", about, *_command(cli, "tradecore"))


def _command(command: click.Command, path: str, parent: click.Context | None = None) -> Iterator[str]:
    name = path.rpartition(" ")[2]
    width = {"max_content_width": CLI_WIDTH, "terminal_width": CLI_WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **{**command.context_settings, **width})
    yield f"{'##' if path.count(' ') <= 1 else '###'} `{path}`"
    yield f"```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for inner_name in command.list_commands(context):
            inner = command.get_command(context, inner_name)
            assert inner is not None, inner_name
            yield from _command(inner, f"{path} {inner_name}", context)


# ---------------------------------------------------------------- all of them

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "refusals.md": refusals_page,
    "order-states.md": order_states_page,
    "signals.md": signals_page,
    "settings.md": settings_page,
    "events-and-commands.md": events_page,
    "cli.md": cli_page,
    "api.md": lambda: page(*api_page()),
}


def main(arguments: list[str]) -> int:
    if set(arguments) - {"--check"}:
        print(__doc__)
        return 2
    written = {FOLDER / name: make() for name, make in PAGES.items()}
    stale = [path for path, text in written.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(FOLDER.parents[1])} is out of date: run `make docs`.")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(written[path], encoding="utf-8")
    print(f"{len(stale)} of {len(written)} pages written.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
