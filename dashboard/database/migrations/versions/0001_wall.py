"""The classroom wall."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables of the wall."""
    op.create_table(
        "board",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("value", sa.String(100), nullable=False),
    )
    op.create_table(
        "dots",
        sa.Column("run_id", sa.String(60), primary_key=True),
        sa.Column("visitor", sa.String(40), primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_table(
        "nicknames",
        sa.Column("visitor", sa.String(40), primary_key=True),
        sa.Column("name", sa.String(24), nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_table(
        "shown",
        sa.Column("run_id", sa.String(60), primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
    )


def downgrade() -> None:
    """Drops them."""
    for name in ("shown", "nicknames", "dots", "board"):
        op.drop_table(name)
