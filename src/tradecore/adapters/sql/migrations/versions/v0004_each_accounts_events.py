"""Find an account's next event without a walk past everybody else's."""

from typing import Final

from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_events_account_id_due_seq", "events", ["account_id", "due", "seq"])
