"""Alembic's entry: migrate over the connection, and inside the transaction, that the catalog hands in."""

from alembic import context

from engine.catalog.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
