"""A changed copy is as trustworthy as a value that was made anew."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from tests.builders import a_book, some_facts
from tests.unit.domain.examples import a_share, a_ticket, an_order
from tradecore.domain.values import evolve


@pytest.mark.parametrize("value", [a_book(), an_order(), some_facts()], ids=lambda value: type(value).__name__)
def test_a_changed_copy_is_what_making_it_anew_would_give(value: Any) -> None:
    name = attrs.fields(type(value))[1].name

    copy = evolve(value, **{name: "other"})

    assert copy == attrs.evolve(value, **{name: "other"})
    assert copy != value


def test_a_copy_is_as_frozen_as_its_original() -> None:
    copy = evolve(a_book(), moves=7)

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        copy.moves = 8  # type: ignore[misc]  # that is the point


def test_a_field_that_the_class_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="Book has no such fields: moved"):
        evolve(a_book(), moved=7)  # type: ignore[call-arg]  # that is the point


def test_a_change_that_a_class_refuses_is_refused_in_a_copy_as_well() -> None:
    with pytest.raises(ValueError, match="above zero"):
        evolve(a_ticket(), quantity=Decimal(0))
    with pytest.raises(AssertionError):
        evolve(a_share(5), quantity=Decimal(0))
