"""Hold the library to what it says of itself: few needs, and a fixed set of words."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tradecore
from tradecore import domain

SOURCE = Path(tradecore.__file__).parent
WORDS_MAX = 70

# What `import tradecore` may need. Everything else that is not Python's own is kept from being found.
WANTED = """
import sys
from importlib.abc import MetaPathFinder

OURS = {"tradecore", "attr", "attrs", "cattr", "cattrs", "typing_extensions", "exceptiongroup"}


class Wall(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in OURS or top in sys.stdlib_module_names or top.startswith("_"):
            return None
        raise ImportError(f"{name} is not needed here")


sys.meta_path.insert(0, Wall())
"""


def run_behind_the_wall(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", f"{WANTED}\n{code}"], capture_output=True, text=True, check=False, timeout=60
    )


def modules_of(package: str) -> list[str]:
    return [f"tradecore.{package}.{path.stem}" for path in sorted((SOURCE / package).glob("[!_]*.py"))]


@pytest.mark.parametrize(
    "names",
    [["tradecore"], ["tradecore.domain.deciding"], ["tradecore.domain", *modules_of("domain")], modules_of("ports")],
    ids=["tradecore", "decide", "domain", "ports"],
)
def test_the_library_needs_attrs_and_cattrs_alone(names: list[str]) -> None:
    code = "\n".join(f"import {name}" for name in names)

    done = run_behind_the_wall(code)

    assert done.returncode == 0, done.stderr


def test_the_wall_keeps_others_out() -> None:
    done = run_behind_the_wall("import sqlalchemy")

    assert done.returncode != 0
    assert "sqlalchemy is not needed here" in done.stderr


def test_every_public_word_is_there_once_and_in_order() -> None:
    words = domain.__all__

    assert words == sorted(set(words))
    assert len(words) <= WORDS_MAX
    assert all(hasattr(domain, word) for word in words)


def test_what_the_domain_takes_in_is_what_it_hands_out() -> None:
    tree = ast.parse((SOURCE / "domain" / "__init__.py").read_text())
    taken = [alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names]

    assert sorted(taken) == domain.__all__


def test_no_module_of_the_domain_leans_on_the_words_of_the_package() -> None:
    """The shelf is read from the bottom up; a module that took the package's words would need all of it."""
    for path in sorted((SOURCE / "domain").glob("[!_]*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.ImportFrom) and node.module == "tradecore.domain"), path.name


def test_the_types_are_public() -> None:
    assert (SOURCE / "py.typed").exists()
