"""Store numbers exactly and moments sortably, on every database.

SQLite would keep a Decimal as a float and drop a moment's zone, without a word.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, final

from sqlalchemy import String, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_NUMBER_CHARACTERS_MAX: Final = 100
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_MOMENT_CHARACTERS: Final = 32  # 2026-01-05T15:00:00.000000+00:00


@final
class Number(TypeDecorator[Decimal]):
    """A Decimal as the text of its digits."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = String(_NUMBER_CHARACTERS_MAX)
    cache_ok: bool | None = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:  # noqa: ANN401 - SQLAlchemy's
        return None if value is None else Decimal(value)


@final
class Prose(TypeDecorator[str]):
    """A text of any length; what no database takes for one is shown as such."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return _UNSTORABLE.sub("\ufffd", value)


@final
class Moment(TypeDecorator[datetime]):
    """An aware moment: a timestamp where the database knows zones, else text of one width, which sorts as time does."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = String(_MOMENT_CHARACTERS)
    cache_ok: bool | None = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(String(_MOMENT_CHARACTERS))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value} has no zone, so nobody knows when it is"
            raise ValueError(message)
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.isoformat(timespec="microseconds")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - SQLAlchemy's
        if value is None:
            return None
        moment: datetime = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(UTC)
