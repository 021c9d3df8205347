"""A SQLite file that is damaged: how it is known, and how it is set aside so that nothing is lost.

A file that is locked, full, read-only or out of reach is whole; so is whatever PostgreSQL says.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

MOST_ASIDE = 10
"""So many damaged files are kept beside each other; then the disk itself has to be looked at."""

_MARK = ".damaged-"
_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class TooOften(Exception):
    """As many files as may be have been set aside already; the message says what to do."""


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says by this error that its file is damaged, or no database at all."""
    return _code(error) in _CODES


def lacks_tables(error: BaseException) -> bool:
    """Whether a file of SQLite does not hold what it should: somebody has deleted it, and an empty
    one was made."""
    return _code(error) == sqlite3.SQLITE_ERROR


def _code(error: BaseException) -> int:
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
    return code & 0xFF  # above are details


def find_damage(engine: sa.Engine) -> str | None:
    """Reads the whole file; what is wrong with it, in SQLite's words, None if nothing."""
    try:
        with engine.connect() as connection:
            told = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
    except sa.exc.DBAPIError as error:
        if is_damage(error):
            return str(error.orig)
        raise
    return None if told == "ok" else str(told)


def set_aside(file: Path) -> Path:
    """Gives a database and what belongs to it another name, which says when; returns that.

    Raises:
        TooOften: If so many are there that another one would not help.
        OSError: If the folder cannot be written.
    """
    if len(list_aside(file)) >= MOST_ASIDE:
        raise TooOften(
            f"{MOST_ASIDE} damaged files lie beside it already: look at the disk, then move them "
            "elsewhere"
        )
    aside = file.with_name(f"{file.name}{_MARK}{datetime.now(UTC):%Y-%m-%dT%H-%M-%S.%fZ}")
    for ending in ("-wal", "-shm", ""):  # a file without its journal is worth more than the reverse
        with suppress(FileNotFoundError):
            os.rename(f"{file}{ending}", f"{aside}{ending}")
    return aside


def list_aside(file: Path) -> list[Path]:
    """The damaged files that have been set aside, the latest last, until somebody moves them."""
    found = (path for path in file.parent.glob(f"{file.name}{_MARK}*"))
    return sorted(path for path in found if not path.name.endswith(("-wal", "-shm")))
