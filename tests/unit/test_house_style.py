"""Hold the code to the house style where a machine can judge it."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "tradecore"
DOMAIN = SOURCE / "domain"

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 40
EMPTY_NAMES = {"base", "common", "helpers", "manager", "service", "utils"}
BARE_COMMENT = re.compile(r"#\s*(type:\s*ignore(?!\[)|noqa(?!:\s*[A-Z]+[0-9]+))")

Rule = Callable[[Path, str], Iterator[str]]


def find_long_files(path: Path, text: str) -> Iterator[str]:
    lines = len(text.splitlines())
    if lines > FILE_LINES_MAX:
        yield f"{path}:{FILE_LINES_MAX + 1}: the file has {lines} lines, {FILE_LINES_MAX} are allowed"


def find_long_functions(path: Path, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        if lines > FUNCTION_LINES_MAX:
            yield f"{path}:{node.lineno}: {node.name} has {lines} lines, {FUNCTION_LINES_MAX} are allowed"


def find_empty_names(path: Path, _text: str) -> Iterator[str]:
    name = path.parent.name if path.stem == "__init__" else path.stem
    if name in EMPTY_NAMES:
        yield f"{path}:1: the name {name} does not say what the module holds"


def find_missing_openings(path: Path, text: str) -> Iterator[str]:
    docstring = ast.get_docstring(ast.parse(text))
    if docstring is None:
        yield f"{path}:1: the file does not open with a docstring"
    elif not docstring.split("\n\n")[0].rstrip().endswith("."):
        yield f"{path}:1: the opening sentence does not end with a full stop"


def find_bare_exemptions(path: Path, text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and BARE_COMMENT.search(token.string):
            yield f"{path}:{token.start[0]}: an exemption names its code, as in noqa: X123"


def find_floats(path: Path, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Constant(value=float() as value):
                yield f"{path}:{node.lineno}: {value} is a float, and money is exact"
            case ast.Name(id="float"):
                yield f"{path}:{node.lineno}: the domain does not know float, and money is exact"
            case _:
                pass


def gather(rule: Rule, folder: Path) -> list[str]:
    files = sorted(folder.rglob("*.py"))
    assert files, f"{folder} holds no Python file, so nothing was judged"
    return [problem for path in files for problem in rule(path.relative_to(SOURCE.parents[1]), path.read_text())]


@pytest.mark.parametrize(
    "rule",
    [find_long_files, find_long_functions, find_empty_names, find_missing_openings, find_bare_exemptions],
)
def test_the_code_keeps_the_house_style(rule: Rule) -> None:
    problems = gather(rule, SOURCE)

    assert not problems, "\n".join(problems)


def test_the_domain_counts_without_floats() -> None:
    problems = gather(find_floats, DOMAIN)

    assert not problems, "\n".join(problems)


def a_function(lines: int, docstring: str = "") -> str:
    return f"def judge():\n{docstring}" + "    step()\n" * lines


BAD = [
    (find_long_files, "a.py", "x = 1\n" * 301, 301),
    (find_long_functions, "a.py", "x = 1\n" + a_function(41), 2),
    (find_long_functions, "a.py", "async " + a_function(41), 1),
    (find_long_functions, "a.py", "class A:\n    def b(self):\n" + "        step()\n" * 41, 2),
    (find_empty_names, "utils.py", "", 1),
    (find_empty_names, "helpers/__init__.py", "", 1),
    (find_missing_openings, "a.py", "", 1),
    (find_missing_openings, "a.py", '"""Hold money exactly"""', 1),
    (find_missing_openings, "a.py", '"""Hold money exactly\n\nAnd more."""', 1),
    (find_bare_exemptions, "a.py", "x = 1\ny = x  # type: ignore", 2),
    (find_bare_exemptions, "a.py", "x = 1  # noqa", 1),
    (find_bare_exemptions, "a.py", "x = 1  # noqa: because", 1),
    (find_floats, "a.py", "\n\nprice = 1.5", 3),
    (find_floats, "a.py", "def f(x: float): ...", 1),
    (find_floats, "a.py", "y = float(x)", 1),
]

GOOD = [
    (find_long_files, "a.py", "x = 1\n" * 300),
    (find_long_functions, "a.py", a_function(40)),
    (find_long_functions, "a.py", a_function(40, '    """Judge.\n\n    At length.\n    """\n')),
    (find_long_functions, "a.py", 'def judge():\n    """Judge."""'),
    (find_empty_names, "sizing.py", ""),
    (find_empty_names, "sizing/__init__.py", ""),
    (find_missing_openings, "a.py", '"""Hold money\nexactly.\n\nAnd more"""'),
    (find_bare_exemptions, "a.py", "x = 1  # noqa: S105  It is no secret."),
    (find_bare_exemptions, "a.py", "x = 1  # type: ignore[misc]"),
    (find_bare_exemptions, "a.py", "x = '# noqa'"),
    (find_floats, "a.py", "price = Decimal('1.5') * 2"),
]


@pytest.mark.parametrize(("rule", "name", "text", "line"), BAD)
def test_a_rule_names_the_file_and_line_of_what_breaks_it(rule: Rule, name: str, text: str, line: int) -> None:
    problems = list(rule(Path(name), text))

    assert len(problems) == 1
    assert problems[0].startswith(f"{name}:{line}: ")


@pytest.mark.parametrize(("rule", "name", "text"), GOOD)
def test_a_rule_leaves_in_peace_what_keeps_it(rule: Rule, name: str, text: str) -> None:
    assert not list(rule(Path(name), text))
