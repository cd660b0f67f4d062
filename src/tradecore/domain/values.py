"""Change a frozen value, which is to say: make another one, quickly.

A judgement makes some twenty values that differ from an older one in a field or two. `attrs.evolve` hands every field
through the class's making again. What changes often has no slots, so that its fields lie in one dictionary: copying
that, and having the copy check itself, is four times as fast.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

__all__ = ["evolve"]

_Value = TypeVar("_Value")

if TYPE_CHECKING:
    from attrs import evolve  # The type checker knows the fields that this one takes.
else:

    def evolve(value: _Value, /, **changes: Any) -> _Value:  # noqa: ANN401 - as many types as there are fields
        """Return *value* with *changes*; what its class checks is checked again."""
        kind = type(value)
        size, check = _shape(kind)
        if not size:
            return attrs.evolve(value, **changes)
        fields = value.__dict__ | changes
        if len(fields) != size:
            message = f"{kind.__name__} has no such fields: {', '.join(sorted(changes))}"
            raise TypeError(message)
        copy = object.__new__(kind)
        object.__setattr__(copy, "__dict__", fields)
        if check is not None:
            check(copy)
        return copy


@cache
def _shape(kind: type) -> tuple[int, Callable[[object], None] | None]:
    """Return how many fields a copy of *kind* has, 0 where it cannot be made of them alone, and what checks it."""
    fields = attrs.fields(kind)
    made = "__slots__" in vars(kind) or any(field.validator or field.converter for field in fields)
    return 0 if made else len(fields), getattr(kind, "__attrs_post_init__", None)
