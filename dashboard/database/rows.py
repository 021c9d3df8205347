"""Rows of the database as typed records: what does not fit is left out, and counted."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Annotated, TypeVar

import msgspec
from sqlalchemy import Connection, Select

Record = TypeVar("Record")

RunId = Annotated[str, msgspec.Meta(pattern=r"\A[a-z_]{1,40}-[0-9a-f]{16}\Z")]
Name = Annotated[str, msgspec.Meta(max_length=100)]
Time = Annotated[float, msgspec.Meta(ge=0, le=32_503_680_000)]  # up to the year 3000

log = logging.getLogger(__name__)


def read_rows(
    connection: Connection, query: Select, record: type[Record]
) -> tuple[list[Record], int]:
    """The rows that are such records, and how many are not. SQLite keeps whatever it is given."""
    found, damaged = [], 0
    for row in connection.execute(query).mappings():
        try:
            # SQLAlchemy's names are texts of a kind of its own.
            content = {str(name): value for name, value in row.items()}
            found.append(msgspec.convert(content, record))
        except (msgspec.ValidationError, UnicodeError) as error:
            damaged += 1
            _complain(str(error))
    return found, damaged


@lru_cache(maxsize=100)  # the same rows are read twice a second
def _complain(reason: str) -> None:
    log.warning("a row of the database cannot be read: %s", reason)
