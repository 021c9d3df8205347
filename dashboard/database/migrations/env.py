"""Alembic runs this for each command; `dashboard.database.databases` gives it the connection."""

from alembic import context

from dashboard.database.databases import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a column by copying its table
)
with context.begin_transaction():
    context.run_migrations()
