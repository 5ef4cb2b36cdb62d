"""Alembic's entry: runs on the connection that `dsr.db.migrate` hands over."""

from alembic import context

from dsr.db.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transaction_per_migration=True,
)
context.run_migrations()
