"""How old rows are: as servers have lived through it, not by the clock alone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import sqlalchemy as sa

from dashboard.database import databases
from dashboard.database.databases import BOARD
from models import days_of_use

ROUND = "last_round"
"""The row of `BOARD` that says when ages were counted last, in Unix seconds."""

_LATEST = 32_503_680_000.0  # as `rows.Time`; what is damaged is left as it is


def count(connection: sa.Connection, tables: Sequence[sa.Table], now: float) -> None:
    """Brings the column "at" of tables up to date, before rows are erased for their age.

    Args:
        connection: Within a transaction.
        tables: With a column "at", Unix seconds.
        now: By this server's clock.
    """
    noted = connection.scalar(sa.select(BOARD.c.value).where(BOARD.c.name == ROUND))
    by = days_of_use.uncounted(_parse(noted) or _latest(connection, tables) or now, now)
    for table in tables:
        at = table.c.at
        if by:
            moved = at.between(0 if by > 0 else now, _LATEST)
            connection.execute(sa.update(table).where(moved).values(at=at + by))
        connection.execute(sa.update(table).where(at.between(now, _LATEST)).values(at=now))
    databases.put(connection, BOARD, name=ROUND, value=repr(now))


def _latest(connection: sa.Connection, tables: Sequence[sa.Table]) -> float:
    """The latest use is what is known of when a server ran, before the first round of all."""
    known = [sa.select(sa.func.max(one.c.at)).where(one.c.at <= _LATEST) for one in tables]
    return max(connection.scalar(query) or 0.0 for query in known)


def _parse(text: object) -> float:
    try:
        found = float(str(text))
    except ValueError:
        return 0.0
    return found if 0 <= found <= _LATEST and math.isfinite(found) else 0.0
