"""Keep who has signed in, who was invited, and the keys to accounts at their venues, encrypted."""

from typing import Any, Final

from alembic import op
from sqlalchemy import BigInteger, Column, Index, Integer, String, Text, UniqueConstraint

from tradecore.adapters.sql.columns import Moment

revision: Final = "0005"
down_revision: Final = "0004"

_ID: Final = 80
_WORD: Final = 40
_HASH: Final = 200


def upgrade() -> None:
    """Create the tables."""
    _counted(
        "sign_ins", _word("user_id"), _word("hash", _HASH, unique=True),
        *(Column(name, Moment, nullable=False) for name in ("at", "seen_at", "ends_at")), _word("source", _HASH),
        Index(None, "user_id"), Index(None, "ends_at"),
    )  # fmt: skip
    _counted(
        "invitations", _word("hash", _HASH, unique=True), _word("by"), _word("role"),
        *(Column(name, Moment, nullable=False) for name in ("made_at", "ends_at")),
        Column("user_id", String(_ID), nullable=True), Column("used_at", Moment),
    )  # fmt: skip
    op.create_table(
        "credentials",
        Column("account_id", String(_ID), primary_key=True), _word("venue", _WORD), _word("mode", _WORD),
        _word("number"), Column("key_id", Text, nullable=False), Column("secret", Text, nullable=False),
        Column("saved_at", Moment, nullable=False),
        UniqueConstraint("venue", "number"),
    )  # fmt: skip


def _counted(name: str, *parts: Any) -> None:  # noqa: ANN401 - columns and indexes
    seq = Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    op.create_table(name, seq, _word("id", unique=True), *parts, sqlite_autoincrement=True)


def _word(name: str, length: int = _ID, *, unique: bool | None = None) -> Column[str]:
    return Column(name, String(length), nullable=False, unique=unique)
