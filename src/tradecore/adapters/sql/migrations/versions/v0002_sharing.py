"""Let many processes share the accounts out among themselves, and know when what they have read has changed."""

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, String

from tradecore.adapters.sql.columns import Moment

revision: Final = "0002"
down_revision: Final = "0001"

_ID: Final = 80
_WORD: Final = 40


def upgrade() -> None:
    """Create the tables of changes, workers and leases."""
    op.create_table(
        "changes", Column("of", String(_WORD), primary_key=True), Column("count", BigInteger, nullable=False),
    )  # fmt: skip
    op.create_table(
        "workers", Column("id", String(_ID), primary_key=True), Column("lives_until", Moment, nullable=False),
    )  # fmt: skip
    op.create_table(
        "leases", Column("account_id", String(_ID), primary_key=True),
        Column("holder", String(_ID), nullable=False, index=True),
    )  # fmt: skip
