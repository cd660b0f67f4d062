"""Take domain values apart into what JSON knows, and put them together again, strictly.

Members of a union carry their class as `kind`, enums are written by name (their values are words, and words get
better), numbers and moments as text. What is nothing by default (None, empty, zero, False) and is nothing is left out;
every other default is written, so that it may become another without changing what old rows say. A key that is missing
is read as its field's default, so that rows outlive new fields; one that nobody knows is refused.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

from attrs import NOTHING, fields, has
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn, override

# What JSON holds, and what a type hint is, can be anything; the hooks find out.
_Json = Any
_Type = Any
_Reader = Callable[[_Json, _Type], Any]
_Writer = Callable[[Any], _Json]

_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-][0-9]{1,3})?", re.ASCII)
_NUMBER_CHARACTERS_MAX: Final = 100
_MICROSECOND: Final = timedelta(microseconds=1)


def strict_converter() -> Converter:
    """Return the converter between domain values and what JSON knows."""
    converter = Converter(forbid_extra_keys=True, detailed_validation=False)
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _as_it_is(kind))
    converter.register_structure_hook(Decimal, lambda value, _: _read_number(value))
    converter.register_structure_hook(datetime, lambda value, _: _read_moment(value))
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(_text(value, str)))
    converter.register_structure_hook(time, lambda value, _: time.fromisoformat(_text(value, str)))
    converter.register_structure_hook(timedelta, _read_span)
    converter.register_structure_hook_factory(_is_enum, _read_members)
    converter.register_structure_hook_factory(lambda of: _origin(of) is tuple, _many(converter, tuple))
    converter.register_structure_hook_factory(lambda of: _origin(of) is frozenset, _many(converter, frozenset))
    converter.register_structure_hook_factory(lambda of: _origin(of) is Mapping, _named(converter))
    converter.register_structure_hook_factory(_is_tagged, _read_tagged(converter))

    converter.register_unstructure_hook(Decimal, str)
    converter.register_unstructure_hook(datetime, _write_moment)
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_unstructure_hook(time, time.isoformat)
    converter.register_unstructure_hook(timedelta, lambda span: span // _MICROSECOND)
    converter.register_unstructure_hook_factory(_is_enum, _write_members)
    converter.register_unstructure_hook_factory(has, _write_fields(converter))
    converter.register_unstructure_hook_factory(lambda of: _origin(of) is frozenset, _write_sorted(converter))
    converter.register_unstructure_hook_factory(_is_tagged, _write_tagged(converter))
    return converter


def _as_it_is(kind: type) -> _Reader:
    """Take a value only if it is exactly of *kind*: a bool is no int, and 7 is no text."""

    def check(value: _Json, _: _Type) -> _Json:
        if type(value) is not kind:
            message = f"{value!r} is no {kind.__name__}"
            raise TypeError(message)
        return value

    return check


_text: Final = _as_it_is(str)
_count: Final = _as_it_is(int)
_list: Final = _as_it_is(list)
_dict: Final = _as_it_is(dict)


# The same few numbers and moments stand at every order of a book.
@lru_cache(maxsize=1024)
def _read_number(value: _Json) -> Decimal:
    text = _text(value, str)
    if len(text) > _NUMBER_CHARACTERS_MAX or not _NUMBER.fullmatch(text):
        message = f"{text!r} is no number"
        raise ValueError(message)
    return Decimal(text)


@lru_cache(maxsize=1024)
def _read_moment(value: _Json) -> datetime:
    moment = datetime.fromisoformat(_text(value, str))
    if moment.tzinfo is None:
        message = f"{value!r} has no zone"
        raise ValueError(message)
    return moment.astimezone(UTC)


@lru_cache(maxsize=1024)
def _write_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read_span(value: _Json, _: _Type) -> timedelta:
    microseconds: int = _count(value, int)
    return microseconds * _MICROSECOND


def _read_members(of: type[Enum]) -> _Reader:
    members = dict(of.__members__)
    return lambda name, _: members[name]


def _write_members(of: type[Enum]) -> _Writer:
    return {member: member.name for member in of}.__getitem__


def _write_fields(converter: Converter) -> Callable[[Any], _Writer]:
    """Return a factory of hooks that leave out what is nothing, where it is nothing by default."""

    def factory(of: _Type) -> _Writer:
        left_out: Any = {one.name: override(omit_if_default=True) for one in fields(of) if _is_nothing(one.default)}
        return make_dict_unstructure_fn(of, converter, **left_out)

    return factory


def _is_nothing(default: object) -> bool:
    """Tell whether a field's *default* is None, empty, zero or False."""
    make = getattr(default, "factory", lambda: default)
    return default is not NOTHING and not make()


def _many(converter: Converter, into: Callable[[list[Any]], Any]) -> Callable[[Any], _Reader]:
    """Return a factory of hooks for collections of one kind of thing."""

    def factory(of: _Type) -> _Reader:
        kind = get_args(of)[0]
        read_one = converter.get_structure_hook(kind)

        def read(value: _Json, _: _Type) -> _Json:
            return into([read_one(one, kind) for one in _list(value, list)])

        return read

    return factory


def _named(converter: Converter) -> Callable[[Any], _Reader]:
    """Return a factory of hooks for things by name."""

    def factory(of: _Type) -> _Reader:
        kind = get_args(of)[1]
        read_one = converter.get_structure_hook(kind)

        def read(value: _Json, _: _Type) -> _Json:
            return {name: read_one(one, kind) for name, one in _dict(value, dict).items()}

        return read

    return factory


def _origin(of: _Type) -> object:
    return get_origin(of)


def _is_enum(of: _Type) -> bool:
    return isinstance(of, type) and issubclass(of, Enum)


def _is_tagged(of: _Type) -> bool:
    """Tell whether *of* is a union of several of our classes, and perhaps None."""
    if _origin(of) not in {Union, UnionType}:
        return False
    members = [member for member in get_args(of) if member is not NoneType]
    return len(members) > 1 and all(has(member) for member in members)


def _tagged(of: _Type) -> dict[str, Any]:
    return {member.__name__: member for member in get_args(of) if member is not NoneType}


def _write_tagged(converter: Converter) -> Callable[[Any], _Writer]:
    def factory(of: _Type) -> _Writer:
        hooks = {member: (name, converter.get_unstructure_hook(member)) for name, member in _tagged(of).items()}

        def write(value: _Json) -> _Json:
            if value is None:
                return None
            name, hook = hooks[type(value)]
            return {"kind": name, **hook(value)}

        return write

    return factory


def _read_tagged(converter: Converter) -> Callable[[Any], _Reader]:
    def factory(of: _Type) -> _Reader:
        members = _tagged(of)
        hooks = {name: converter.get_structure_hook(member) for name, member in members.items()}
        optional = NoneType in get_args(of)

        def read(value: _Json, _: _Type) -> _Json:
            if value is None and optional:
                return None
            fields = dict(_dict(value, dict))
            name = fields.pop("kind")
            return hooks[name](fields, members[name])

        return read

    return factory


def _write_sorted(converter: Converter) -> Callable[[Any], _Writer]:
    def factory(of: _Type) -> _Writer:
        write_one = converter.get_unstructure_hook(get_args(of)[0])
        return lambda values: sorted(write_one(value) for value in values)

    return factory
