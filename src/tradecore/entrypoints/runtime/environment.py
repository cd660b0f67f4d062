"""Collect what is set: in the environment, and in the files named ``.env``."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from attrs import Factory, define
from dotenv.parser import parse_stream

DEFAULT_FOLDER: Final = Path("var")
FOLDER: Final = "TRADECORE_FOLDER"


@define
class Environment:
    """What is set, by name, with what could not be read on the way; a text of nothing counts as not set."""

    values: dict[str, str] = Factory(dict)
    problems: list[str] = Factory(list)

    def take(self, values: Mapping[str, str]) -> None:
        """Set *values*, in place of those of the same names."""
        self.values |= {name: value for name, value in values.items() if value.strip()}

    def take_file(self, path: Path) -> None:
        """Set what the file at *path* sets, if there is one."""
        try:
            # UTF-8 with or without the mark that some editors put in front.
            with path.open(encoding="utf-8-sig") as file:
                bindings = list(parse_stream(file))
        except FileNotFoundError:
            return
        except (OSError, UnicodeError) as error:
            self.problems.append(f"{path} cannot be read: {error}.")
            return
        for binding in bindings:
            if binding.error:
                self.problems.append(f"{path}, line {binding.original.line}: write NAME=value.")
            elif binding.key is not None and binding.value is not None:
                self.take({binding.key: binding.value})


def collect(environ: Mapping[str, str] | None = None, here: Path | None = None) -> Environment:
    """Return what is set: by the ``.env`` *here*, above it by that of the folder, and above both by *environ*."""
    environ = os.environ if environ is None else environ
    here = Path.cwd() if here is None else here
    found = Environment()
    found.take_file(here / ".env")
    folder = environ.get(FOLDER, "").strip() or found.values.get(FOLDER) or str(DEFAULT_FOLDER)
    path = here / Path(folder).expanduser() / ".env"
    if path.resolve() != (here / ".env").resolve():
        inner = Environment()
        inner.take_file(path)
        if FOLDER in inner.values:
            inner.problems.append(f"{FOLDER} is set in {path}, which is found by it: set it outside.")
            del inner.values[FOLDER]
        found.take(inner.values)
        found.problems += inner.problems
    found.take(environ)
    return found
