"""Change a frozen value, which is to say: make another one, quickly.

A judgement makes some twenty values that differ from an older one in a field or two. `attrs.evolve` hands every field
through the class's making again. What changes often has no slots, so that its fields lie in one dictionary; where its
class checks nothing either, copying that is four times as fast.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

__all__ = ["evolve"]

_Value = TypeVar("_Value")

if TYPE_CHECKING:
    from attrs import evolve  # The type checker knows the fields that this one takes.
else:

    def evolve(value: _Value, /, **changes: Any) -> _Value:  # noqa: ANN401 - as many types as there are fields
        """Return *value* with *changes*; where its class checks anything, all of it is checked again."""
        kind = type(value)
        size = _size_if_copied(kind)
        if not size:
            return attrs.evolve(value, **changes)
        fields = value.__dict__ | changes
        if len(fields) != size:
            message = f"{kind.__name__} has no such fields: {', '.join(sorted(changes))}"
            raise TypeError(message)
        copy = object.__new__(kind)
        object.__setattr__(copy, "__dict__", fields)
        return copy


@cache
def _size_if_copied(kind: type) -> int:
    """Return how many fields a value of *kind* has; 0 where it has slots, or checks or converts what it is given."""
    fields = attrs.fields(kind)
    checks = hasattr(kind, "__attrs_post_init__") or any(field.validator or field.converter for field in fields)
    return 0 if checks or "__slots__" in vars(kind) else len(fields)
