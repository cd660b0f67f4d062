"""Test that help is there for every command, says how it is used, and comes at once."""

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from tests.unit.cli.terminal import Terminal
from tradecore.entrypoints.cli import main
from tradecore.entrypoints.cli.commands import _COMMANDS


def commands() -> Iterator[tuple[str, ...]]:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        yield (name,)
        if isinstance(command, click.Group):
            yield from ((name, inner) for inner in command.commands)


@pytest.mark.parametrize("path", tuple(commands()), ids=" ".join)
def test_every_command_has_a_help_for_people(path: tuple[str, ...], bare: Terminal) -> None:
    text = bare.run(*path, "--help")

    assert text.startswith(f"Usage: tradecore {' '.join(path)}")
    is_group = "COMMAND [ARGS]" in text
    assert is_group or f"tradecore {' '.join(path)}" in text.partition("Example")[2], "it has no example"


def test_every_option_says_what_it_does() -> None:
    context = click.Context(main)
    for path in commands():
        command = main.get_command(context, path[0])
        if isinstance(command, click.Group) and len(path) > 1:
            command = command.commands[path[1]]
        assert command is not None
        options = [one for one in command.params if isinstance(one, click.Option)]
        assert [one.name for one in options if not one.help] == [], path


def test_the_list_says_of_each_command_what_its_own_help_says() -> None:
    context = click.Context(main)

    for name, (_, line) in _COMMANDS.items():
        command = main.get_command(context, name)
        assert command is not None
        assert (command.help or "").startswith(line.removesuffix(".")), name


def test_help_imports_nothing_that_takes_long() -> None:
    code = (
        "import sys\n"
        "from tradecore.entrypoints.cli import main\n"
        "try:\n    main(['--help'], prog_name='tradecore')\nexcept SystemExit:\n    pass\n"
        "heavy = {'sqlalchemy', 'flask', 'rich', 'structlog', 'attrs', 'attr', 'injector', 'uvicorn', 'alembic'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_a_command_that_does_not_exist_is_said_so(bare: Terminal) -> None:
    assert "No such command 'expain'" in bare.run("expain", code=2)


def test_the_version_is_told(bare: Terminal) -> None:
    assert bare.run("--version").startswith("tradecore ")
