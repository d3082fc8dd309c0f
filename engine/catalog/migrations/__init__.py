"""Alembic's steps from one shape of the catalog to the next; `engine.catalog.store` runs them when it opens one."""
