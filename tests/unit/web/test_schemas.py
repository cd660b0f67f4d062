"""Check that views are described as what they are."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import frozen

from tradecore.domain.parties import HaltLevel
from tradecore.domain.signals import Signal
from tradecore.entrypoints.web.schemas import Shelf


@frozen(kw_only=True)
class Branch:
    """One branch."""

    inner: "tuple[Branch, ...]"
    length: Decimal | None = None


@frozen(kw_only=True)
class Whole:
    """A whole."""

    root: Branch
    by_name: Mapping[str, Branch]
    signals: frozenset[Signal] = frozenset()
    level: HaltLevel = HaltLevel.NO_ENTRIES
    at: datetime | None = None


def test_a_class_that_holds_itself_is_described_once() -> None:
    shelf = Shelf()

    schema = shelf.schema(Branch)

    assert schema == {"$ref": "#/components/schemas/Branch"}
    branch = shelf.found["Branch"]
    assert isinstance(branch, dict)
    assert branch["required"] == ["inner"]
    assert branch["properties"]["inner"] == {"type": "array", "items": schema}  # type: ignore[index, call-overload] # it is an object


def test_words_are_listed_and_defaults_told() -> None:
    shelf = Shelf()
    shelf.schema(Whole)

    whole = shelf.found["Whole"]

    assert isinstance(whole, dict)
    properties = whole["properties"]
    assert isinstance(properties, dict)
    assert properties["level"] == {
        "type": "string",
        "enum": ["no_entries", "reduce_only", "flatten"],
        "default": "no_entries",
    }
    assert properties["at"] == {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}], "default": None}
    assert properties["by_name"] == {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Branch"}}


def test_a_change_names_only_what_changes() -> None:
    shelf = Shelf()

    schema = shelf.partial(Whole)

    assert schema == {"$ref": "#/components/schemas/WholeChange"}
    change = shelf.found["WholeChange"]
    assert isinstance(change, dict)
    assert "required" not in change
