"""Describe views and drafts as JSON Schema."""

import inspect
import types
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from attrs import NOTHING, define, field, fields, has

from tradecore.entrypoints.web.giving import Json, json_of, word_of

# What a type hint is, can be anything: this file finds out.
_Type = Any
Schema = dict[str, Json]

_PLAIN: Final[Mapping[_Type, Schema]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "description": "a number, as text"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "description": "a time of day such as 09:30"},
    timedelta: {"type": "integer", "minimum": 0, "description": "in seconds"},
}


@define
class Shelf:
    """The schemas of classes, by name, as they are needed."""

    found: dict[str, Json] = field(factory=dict)

    def schema(self, hint: _Type) -> Schema:
        """Return the schema of the type *hint*; a class is put on the shelf, and referred to."""
        of: _Type = getattr(hint, "__supertype__", hint)
        origin: _Type = get_origin(of)
        inner = get_args(of)
        if origin in {Union, types.UnionType}:
            return {"anyOf": [self.schema(one) for one in inner]}
        if of is types.NoneType:
            return {"type": "null"}
        if origin in {tuple, frozenset}:
            return {"type": "array", "items": self.schema(inner[0])}
        if inspect.isclass(origin) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.schema(inner[1])}
        if inspect.isclass(of) and issubclass(of, Enum):
            return {"type": "string", "enum": [word_of(member) for member in of]}
        return self._of_class(of) if has(of) else dict(_PLAIN[of])

    def _of_class(self, of: type, *, partial: bool = False) -> Schema:
        name = f"{of.__name__}Change" if partial else of.__name__
        if name not in self.found:
            self.found[name] = {}  # A class may refer to itself.
            self.found[name] = self._object(of, partial=partial)
        return {"$ref": f"#/components/schemas/{name}"}

    def partial(self, of: type) -> Schema:
        """Return the schema of a body that names some fields of the class *of*."""
        return self._of_class(of, partial=True)

    def _object(self, of: type, *, partial: bool) -> Schema:
        hints = get_type_hints(of)
        properties: dict[str, Json] = {}
        required: list[Json] = []
        for one in fields(of):
            schema = self.schema(hints[one.name])
            if one.default is NOTHING:
                required.append(one.name)
            elif not partial and not callable(getattr(one.default, "factory", None)):
                schema = self._with_default(schema, one.default)
            properties[one.name] = schema
        described: Schema = {
            "type": "object",
            "description": inspect.getdoc(of) or "",
            "properties": properties,
            "additionalProperties": False,
        }
        return described if partial or not required else {**described, "required": required}

    @staticmethod
    def _with_default(schema: Schema, default: object) -> Schema:
        return schema if "$ref" in schema else {**schema, "default": json_of(default)}
