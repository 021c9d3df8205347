"""Visitors are known by a hash of the name in their cookie."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

LASTING = ("ahead", "somebody")


def upgrade() -> None:
    """Replaces the names that are stored, so that who reads them cannot be those visitors."""
    connection = op.get_bind()
    for table in ("dots", "nicknames"):
        for name in connection.scalars(sa.text(f"SELECT DISTINCT visitor FROM {table}")).all():
            put = sa.text(f"UPDATE {table} SET visitor = :hashed WHERE visitor = :name")
            connection.execute(put, {"hashed": _hashed(name), "name": name})
    posts = connection.execute(sa.text("SELECT server, run_id, job FROM posts")).all()
    for server, run_id, job in posts:
        put = sa.text("UPDATE posts SET job = :job WHERE server = :server AND run_id = :run_id")
        row = {"server": server, "run_id": run_id, "job": _with_hashes(job)}
        connection.execute(put, row)


def downgrade() -> None:
    """Leaves the hashes: nothing leads back."""


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _with_hashes(job: str) -> str:
    try:
        stored = json.loads(job)
        names = stored["wanted_by"]
    except (ValueError, KeyError, TypeError):
        return "{}"  # of another version: nobody reads it
    return json.dumps(
        {**stored, "wanted_by": [one if one in LASTING else _hashed(one) for one in names]}
    )
