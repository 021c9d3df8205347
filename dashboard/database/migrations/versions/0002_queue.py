"""The queues of several servers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes the tables that servers tell each other of their queues with."""
    op.create_table(
        "servers",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
    )
    op.create_table(
        "posts",
        sa.Column("server", sa.String(40), primary_key=True),
        sa.Column("run_id", sa.String(60), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("job", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drops them."""
    for name in ("posts", "servers"):
        op.drop_table(name)
