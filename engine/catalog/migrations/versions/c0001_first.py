"""Runs, connections, the hash chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("plan_fingerprint", sa.String(64), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("started", sa.String(40), nullable=False),
        sa.Column("finished", sa.String(40)),
        sa.Column("seconds", sa.Float),
        sa.Column("evidence", sa.Text),
        sa.Column("digest", sa.String(64)),
    )
    op.create_table(
        "connections",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("added", sa.String(40), nullable=False),
    )
    op.create_table(
        "chain",
        sa.Column("chain", sa.String(200), primary_key=True),
        sa.Column("ordinal", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "chain_head",
        sa.Column("chain", sa.String(200), primary_key=True),
        sa.Column("ordinal", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
