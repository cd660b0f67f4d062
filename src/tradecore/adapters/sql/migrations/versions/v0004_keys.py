"""Keep the keys to accounts at their venues, encrypted."""

from typing import Final

from alembic import op
from sqlalchemy import Column, String, Text, UniqueConstraint

from tradecore.adapters.sql.columns import Moment

revision: Final = "0004"
down_revision: Final = "0003"

_ID: Final = 80
_WORD: Final = 40


def upgrade() -> None:
    """Create the table of credentials."""
    op.create_table(
        "credentials",
        Column("account_id", String(_ID), primary_key=True), Column("venue", String(_WORD), nullable=False),
        Column("mode", String(_WORD), nullable=False), Column("number", String(_ID), nullable=False),
        Column("key_id", Text, nullable=False), Column("secret", Text, nullable=False),
        Column("saved_at", Moment, nullable=False),
        UniqueConstraint("venue", "number"),
    )  # fmt: skip
