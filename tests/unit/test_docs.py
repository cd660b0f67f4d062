"""Hold the documentation to the code: generated, linked, executed, and true."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from tradecore.domain.refusals import Refusal
from tradecore.entrypoints.runtime.variables import VARIABLES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
EXECUTED = [ROOT / "README.md", *sorted((DOCS / "how-to").glob("*.md"))]  # The tutorial has a test of its own.
ARCHITECTURE_LINES_MAX = 150
DECISION_LINES_MAX = 25

FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<words>.+)$", re.MULTILINE)
NAMED_TEST = re.compile(r"`(?P<path>tests/[\w/]+\.py)::(?P<name>[\w:]+)`")
NUMBERED = re.compile(r"^## (?P<number>[0-9]+)\. ", re.MULTILINE)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks_of(page: Path) -> Iterator[CodeType]:
    """Yield the page's Python examples, each at its own line of the page."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        if found["language"] == "python":
            line = text.count("\n", 0, found.start("code"))
            yield compile("\n" * line + found["code"], name_of(page), "exec")


def without_code(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors_of(page: Path) -> set[str]:
    """Return the names that GitHub gives the page's headings."""
    anchors: set[str] = set()
    for words in HEADING.findall(without_code(page)):
        plain = LINK.sub(lambda link: link[0].partition("]")[0].lstrip("!["), words)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        anchors.add(slug)
    return anchors


def run_from_root(*command: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_generated_pages_are_up_to_date() -> None:
    done = run_from_root("docs/generate.py", "--check")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("refusal", Refusal, ids=lambda refusal: refusal.code)
def test_every_refusal_is_documented_with_its_sentence(refusal: Refusal) -> None:
    page = (DOCS / "reference" / "refusals.md").read_text(encoding="utf-8")

    assert f"`{refusal.code}` | {refusal.value} |" in page


def test_every_setting_is_documented() -> None:
    page = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")

    assert [one.name for one in VARIABLES if f"`{one.name}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for found in LINK.finditer(without_code(page)):
        target, _, anchor = found["target"].partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (anchor and anchor not in anchors_of(path)):
            broken.append(found["target"])

    assert broken == []


def test_every_page_can_be_reached_from_the_first() -> None:
    reached, todo = set[Path](), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        links = (found["target"].partition("#")[0] for found in LINK.finditer(without_code(page)))
        todo += [(page.parent / target).resolve() for target in links if target]

    assert [name_of(page) for page in PAGES if page not in reached] == []


@pytest.mark.parametrize("page", EXECUTED, ids=name_of)
def test_the_examples_of_a_page_run_from_top_to_bottom(page: Path) -> None:
    names: dict[str, object] = {"__name__": "a_page"}

    for block in blocks_of(page):
        exec(block, names)  # noqa: S102 - the page's own code is what is to be run


def test_the_broker_of_the_how_to_keeps_the_promises(tmp_path: Path) -> None:
    text = (DOCS / "how-to" / "own-broker.md").read_text(encoding="utf-8")
    code = [found["code"] for found in FENCE.finditer(text) if found["language"] == "python"]
    path = tmp_path / "test_own_broker.py"
    path.write_text("\n".join(code), encoding="utf-8")

    options = ("-p", "no:cacheprovider", "-c", "pyproject.toml", "-o", "addopts=")
    done = run_from_root("-m", "pytest", *options, str(path))

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b[2-9][0-9] passed", done.stdout), done.stdout


def test_the_architecture_is_one_sitting() -> None:
    lines = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()

    assert len(lines) < ARCHITECTURE_LINES_MAX


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("*.md")), ids=name_of)
def test_a_decision_is_short_dated_and_says_why(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert re.fullmatch(r"[0-9]{4}-[a-z0-9-]+\.md", page.name)
    assert text.startswith(f"# {int(page.name[:4])}. ")
    assert re.search(r"^Date: 20[0-9]{2}-[0-9]{2}-[0-9]{2}$", text, re.MULTILINE)
    assert [heading for heading in HEADING.findall(text) if heading in {"Context", "Decision", "Consequences"}] == [
        "Context", "Decision", "Consequences",
    ]  # fmt: skip
    assert len(text.splitlines()) <= DECISION_LINES_MAX


def test_every_domain_module_is_in_the_reading_order_of_the_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    part = text.partition("## The domain, in reading order")[2].partition("## ")[0]
    modules = {path.stem for path in (ROOT / "src" / "tradecore" / "domain").glob("[!_]*.py")}

    assert modules - set(re.findall(r"`(\w+)`", part)) == set()


def test_every_path_that_the_architecture_names_exists() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = {path for path in re.findall(r"`([\w/]+(?:/|\.py|\.toml))`", text) if path != "decide/"}
    roots = [ROOT, ROOT / "src" / "tradecore", ROOT / "src" / "tradecore" / "entrypoints" / "runtime"]

    assert [path for path in sorted(named) if not any((root / path).exists() for root in roots)] == []


def names_in(path: Path) -> set[str]:
    """Return what a test can be called by: functions, classes, their methods, and names that are assigned."""
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name, body=body):
                names |= {name, *(f"{name}::{inner.name}" for inner in body if isinstance(inner, ast.FunctionDef))}
            case ast.Assign(targets=[ast.Name(id=name)]):
                names.add(name)
            case _:
                pass
    return names


@pytest.mark.parametrize("page", ["promises.md", "explanation/once-and-only-once.md"])
def test_a_page_names_tests_that_exist(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    named = [(found["path"], found["name"]) for found in NAMED_TEST.finditer(text)]

    assert named
    assert [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).exists() or name not in names_in(ROOT / path)
    ] == []  # fmt: skip


def test_all_ten_promises_have_a_test() -> None:
    text = (DOCS / "promises.md").read_text(encoding="utf-8")
    parts = NUMBERED.split(text)[1:]
    promises = dict(zip(map(int, parts[::2]), parts[1::2], strict=True))

    assert list(promises) == list(range(1, 11))
    assert [number for number, part in promises.items() if not NAMED_TEST.search(part)] == []


def test_every_decision_is_listed() -> None:
    index = DOCS / "index.md"
    listed = {link["target"] for link in LINK.finditer(index.read_text(encoding="utf-8"))}

    assert {page.relative_to(DOCS).as_posix() for page in (DOCS / "decisions").glob("*.md")} <= listed
