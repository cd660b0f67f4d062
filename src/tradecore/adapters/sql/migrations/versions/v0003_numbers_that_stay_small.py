"""Find without a search what other books are about to open, a day's newest results, and a user's bots on a symbol."""

from typing import Final

from alembic import op
from sqlalchemy import Boolean, Column, false, text

revision: Final = "0003"
down_revision: Final = "0002"


def upgrade() -> None:
    """Mark the books in which an entry is under way, and add the indexes."""
    op.add_column("books", Column("entering", Boolean, nullable=False, server_default=false()))
    # Too many at first: whoever asks looks into each, and it is put right when the book is next written.
    op.execute("UPDATE books SET entering = open")
    op.create_index(
        "ix_books_entering", "books", ["account_id", "symbol"],
        sqlite_where=text("entering = 1"), postgresql_where=text("entering"),
    )  # fmt: skip
    op.create_index("ix_results_account_id_seq", "results", ["account_id", "seq"])
    op.create_index("ix_bots_user_id_symbol", "bots", ["user_id", "symbol"])
    op.drop_index("ix_bots_user_id", "bots")
