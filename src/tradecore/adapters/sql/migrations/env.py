"""Run the steps on the connection that was handed over."""

from alembic import context

from tradecore.adapters.sql.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a table only by building it anew
)
with context.begin_transaction():
    context.run_migrations()
