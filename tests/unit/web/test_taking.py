"""Check that bodies and queries are read strictly, and that the field that is wrong is named."""

import json
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from enum import Enum

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as some

from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.giving import json_of, moment, number
from tradecore.entrypoints.web.taking import document_of, taken


class Colour(Enum):
    RED = "RED"
    PALE_BLUE = "a pale blue"


@frozen(kw_only=True)
class Leaf:
    size: Decimal = field()

    def __attrs_post_init__(self) -> None:
        if self.size <= 0:
            raise ValueError("a leaf must be larger than nothing")


@frozen(kw_only=True)
class Tree:
    name: str
    age: int = 0
    green: bool = True
    colour: Colour | None = None
    leaves: tuple[Leaf, ...] = ()
    days: frozenset[int] = frozenset()
    planted_at: datetime | None = None
    watered_at: time | None = None
    rests: timedelta = timedelta(0)


def tree(text: str) -> Tree:
    return taken(Tree, document_of(text.encode()))


def refused(text: str) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        tree(text)
    return caught.value


def test_every_kind_of_value_is_read() -> None:
    found = tree(
        """{"name": " oak ", "age": 7, "green": false, "colour": "PALE_BLUE", "days": [1, 1],
        "leaves": [{"size": 0.100000000001}, {"size": "2"}], "planted_at": "2026-01-05T10:00:00-05:00",
        "watered_at": "09:30", "rests": 90}"""
    )

    assert found == Tree(
        name="oak",
        age=7,
        green=False,
        colour=Colour.PALE_BLUE,
        leaves=(Leaf(size=Decimal("0.100000000001")), Leaf(size=Decimal(2))),
        days=frozenset({1}),
        planted_at=datetime(2026, 1, 5, 15, 0, tzinfo=UTC),
        watered_at=time(9, 30),
        rests=timedelta(seconds=90),
    )


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        ("{}", "name", "missing-field"),
        ('{"name": "oak", "wings": 2}', "wings", "unknown-field"),
        ('{"name": 7}', "name", "bad-value"),
        ('{"name": null}', "name", "bad-value"),
        ('{"name": "a\\u0000b"}', "name", "bad-value"),
        ('{"name": "\\ud800"}', "name", "bad-value"),
        ('{"name": "oak", "age": 1.5}', "age", "bad-value"),
        ('{"name": "oak", "age": true}', "age", "bad-value"),
        ('{"name": "oak", "age": 99999999999}', "age", "bad-value"),
        ('{"name": "oak", "green": "yes"}', "green", "bad-value"),
        ('{"name": "oak", "colour": "plaid"}', "colour", "unknown-value"),
        ('{"name": "oak", "leaves": {}}', "leaves", "bad-value"),
        ('{"name": "oak", "leaves": [7]}', "leaves[0]", "bad-value"),
        ('{"name": "oak", "leaves": [{"size": "many"}]}', "leaves[0].size", "not-a-number"),
        ('{"name": "oak", "leaves": [{"size": NaN}]}', "leaves[0].size", "not-a-number"),
        ('{"name": "oak", "leaves": [{"size": 1e999999}]}', "leaves[0].size", "not-a-number"),
        ('{"name": "oak", "leaves": [{"size": true}]}', "leaves[0].size", "not-a-number"),
        ('{"name": "oak", "leaves": [{"size": "0"}]}', "leaves[0]", "bad-value"),
        ('{"name": "oak", "planted_at": "yesterday"}', "planted_at", "bad-time"),
        ('{"name": "oak", "planted_at": "0001-01-01T00:00:00+14:00"}', "planted_at", "bad-time"),
        ('{"name": "oak", "watered_at": "09:30+01:00"}', "watered_at", "bad-time"),
        ('{"name": "oak", "rests": -1}', "rests", "bad-value"),
    ],
)
def test_the_field_that_is_wrong_is_named(text: str, field: str, code: str) -> None:
    error = refused(text)

    assert (error.status, error.problem.field, error.problem.code) == (422, field, code)
    assert error.problem.message.endswith(".")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"x"', "null", "{" * 100_000, '{"a": ' * 5_000])
def test_what_is_no_object_is_refused(text: str) -> None:
    assert refused(text).status == 400


words = some.text(some.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=20)
numbers = some.decimals("0.00001", 10**9, places=5)
trees = some.builds(
    Tree,
    name=words,
    age=some.integers(-(10**9), 10**9),
    green=some.booleans(),
    colour=some.none() | some.sampled_from(Colour),
    leaves=some.lists(some.builds(Leaf, size=numbers), max_size=3).map(tuple),
    days=some.frozensets(some.integers(0, 6)),
    planted_at=some.none() | some.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=some.just(UTC)),  # noqa: DTZ001 - Hypothesis adds the zone
    watered_at=some.none() | some.times(),
    rests=some.integers(0, 10_000).map(lambda seconds: timedelta(seconds=seconds)),
)


@given(trees)
def test_what_is_given_can_be_taken_again(one: Tree) -> None:
    assert tree(json.dumps(json_of(one))) == one


@given(some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.sampled_from(["name", "age", "leaves", "size"]), inner),
))  # fmt: skip
def test_whatever_is_sent_is_read_or_refused(value: object) -> None:
    with suppress(ProblemError):
        tree(json.dumps(value))


def test_numbers_are_plain_and_end() -> None:
    assert [number(Decimal(text)) for text in ("1E+3", "10.500", "-0", "0.1")] == ["1000", "10.5", "0", "0.1"]
    assert number(Decimal(1) / 3) == "0.3333333333"


def test_moments_are_utc_with_a_z() -> None:
    assert moment(datetime.fromisoformat("2026-01-05T10:00:00-05:00")) == "2026-01-05T15:00:00Z"


def test_what_has_no_form_is_a_bug() -> None:
    with pytest.raises(TypeError):
        json_of(object())
