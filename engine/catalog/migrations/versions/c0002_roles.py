"""The role of a saved connection; those that were saved before have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c0002"
down_revision = "c0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connections", sa.Column("role", sa.String(16), nullable=False, server_default="none"))
