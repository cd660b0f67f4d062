"""Open the database for a command, beside whatever process trades on it."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import click

from tradecore.entrypoints.cli.exits import said
from tradecore.entrypoints.runtime.rooms import Room

if TYPE_CHECKING:
    from tradecore.entrypoints.runtime.settings import Settings

_P = ParamSpec("_P")
_R = TypeVar("_R")


def load_settings() -> "Settings":
    """Return what is set, on the folder that the command line names, if it names one."""
    from tradecore.entrypoints.runtime.environment import FOLDER
    from tradecore.entrypoints.runtime.settings import Settings

    folder = click.get_current_context().find_root().params.get("folder")
    return Settings.load({**os.environ, FOLDER: folder} if folder else None)


@contextmanager
def opened() -> Iterator[Room]:
    """Lend a room over the database; says in a sentence where there is none."""
    from tradecore.entrypoints.runtime import logs, wiring
    from tradecore.entrypoints.runtime.starting import check_database

    with said():
        settings = load_settings()
        check_database(settings.database_path)
        logs.set_up_beside(settings.folder, settings.log_level)
        logs.redactor.learn(settings.secrets)
        with ExitStack() as leaving:
            leaving.callback(logs.take_down)
            room = wiring.beside(settings)
            leaving.callback(room.store.close)
            room.store.ping()
            yield room


def with_room(command: Callable[Concatenate[Room, _P], _R]) -> Callable[_P, _R]:
    """Give a command the room as its first argument."""

    @wraps(command)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with opened() as room:
            return command(room, *args, **kwargs)

    return run


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
