"""The dots of the classroom wall, as its database has them.

A run is one dot, however many have asked for it. It has the nickname of whoever was the first, if
he or she has given one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Label, Select, func, select

from dashboard.database.databases import DOTS, NICKNAMES
from dashboard.database.rows import Name, RunId, Time
from dashboard.text.i18n import _
from models.runs.records import Count

MAX_DOTS = 500
"""Dots that are drawn."""


@dataclass(frozen=True)
class Dot:
    """A run on the wall.

    Attributes:
        visitor: Who was the first to ask for it, and when it came to the wall.
        nickname: Of that visitor; empty without one.
        others: How many have asked for it besides.
    """

    run_id: RunId
    visitor: Name
    nickname: Name
    at: Time
    others: Count = 0

    @property
    def people(self) -> str:
        """Whose it is, in words."""
        name = self.nickname or _("somebody")
        text = _("{name} and {count:,} more") if self.others else "{name}"
        return text.format(name=name, count=self.others)


def list_dots() -> Select:
    """For each run who was the first to ask, and how many there are besides. Where they are too
    many, everybody's latest comes before anybody's second, and strangers put out nobody's who was
    there before them."""

    def ranked(among: ColumnElement, *order: ColumnElement) -> Label:
        return func.row_number().over(partition_by=among, order_by=order).label("place")

    run_id, visitor, at = DOTS.c.run_id, DOTS.c.visitor, DOTS.c.at
    others = (func.count().over(partition_by=run_id) - 1).label("others")
    asked = select(DOTS, others, ranked(run_id, at, visitor)).subquery().c
    since = func.min(asked.at).over(partition_by=asked.visitor).label("since")
    columns = asked.run_id, asked.visitor, asked.at, asked.others, since
    first = select(*columns, ranked(asked.visitor, asked.at.desc())).where(asked.place == 1)
    dots = first.subquery().c
    nickname = func.coalesce(NICKNAMES.c.name, "").label("nickname")
    return (
        select(dots.run_id, dots.visitor, nickname, dots.at, dots.others)
        .outerjoin(NICKNAMES, NICKNAMES.c.visitor == dots.visitor)
        .order_by(dots.place, dots.since, dots.visitor)
        .limit(MAX_DOTS)
    )
