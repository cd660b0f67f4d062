"""Turn whatever goes wrong into a sentence and an exit code that scripts can tell apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import IO, Any

import click


class Exit(IntEnum):
    """What a command's exit code means."""

    DONE = 0
    NO = 1  # what was asked for could not be done, or a check failed
    USAGE = 2  # the command line makes no sense (click's own)
    RUNNING = 3  # another tradecore runs on this folder
    PORT = 4  # the port cannot be had
    SETTINGS = 5  # a variable is wrong
    AWAY = 6  # the folder, the database or a broker cannot be had
    NOT_FLAT = 7  # asked to get flat, and not flat yet


EXIT_CODES = """Exit codes: 0 done, 1 no, 2 wrong usage, 3 already running, 4 port taken,
5 wrong settings, 6 database or broker away, 7 not flat yet."""


class SaidError(click.ClickException):
    """Something that the person is told in one sentence."""

    def __init__(self, message: str, code: Exit = Exit.NO) -> None:
        super().__init__(message)
        self.exit_code = code  # type: ignore[misc]  # Click reads it from here.

    def show(self, file: IO[Any] | None = None) -> None:
        """Write it for people, without a traceback."""
        click.secho(self.format_message(), file=file, err=True, fg="red")


@contextmanager
def said() -> Iterator[None]:
    """Say in a sentence what the service raises on purpose."""
    from tradecore.domain.errors import WorldError
    from tradecore.entrypoints.runtime.settings import SettingsError
    from tradecore.entrypoints.runtime.starting import AlreadyRunningError, PortTakenError, StartError

    try:
        yield
    except SettingsError as error:
        raise SaidError("\n".join(error.problems), Exit.SETTINGS) from error
    except AlreadyRunningError as error:
        raise SaidError(str(error), Exit.RUNNING) from error
    except PortTakenError as error:
        raise SaidError(str(error), Exit.PORT) from error
    except (StartError, WorldError) as error:
        raise SaidError(str(error), Exit.AWAY) from error


@contextmanager
def refused() -> Iterator[None]:
    """Say in a sentence why a value or a wish is refused."""
    try:
        yield
    except ValueError as error:
        text = str(error)
        raise SaidError(text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")) from error
