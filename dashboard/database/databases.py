"""What servers share besides runs, in a database: SQLite in a file, or PostgreSQL for a cluster.

Tables are made and changed by the migrations in `migrations/` (Alembic), when a server starts.
"""

from __future__ import annotations

import fcntl
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from dashboard.text.i18n import _
from models.settings import Settings

METADATA = sa.MetaData()

BOARD = sa.Table(
    "board",
    METADATA,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("value", sa.String(100), nullable=False),
)
"""What the teacher has chosen for the classroom wall."""

DOTS = sa.Table(
    "dots",
    METADATA,
    sa.Column("run_id", sa.String(60), primary_key=True),
    sa.Column("visitor", sa.String(40), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)
"""Which visitors' runs have ended while the wall was open, and when (Unix seconds)."""

NICKNAMES = sa.Table(
    "nicknames",
    METADATA,
    sa.Column("visitor", sa.String(40), primary_key=True),
    sa.Column("name", sa.String(24), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
"""How visitors want to be called; when they last said so."""

SHOWN = sa.Table(
    "shown",
    METADATA,
    sa.Column("run_id", sa.String(60), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)
"""Runs that the teacher has pinned to the wall."""

SERVERS = sa.Table(
    "servers",
    METADATA,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
)
"""The web servers, when each was last there (Unix seconds), and the latest turn begun there."""

POSTS = sa.Table(
    "posts",
    METADATA,
    sa.Column("server", sa.String(40), primary_key=True),
    sa.Column("run_id", sa.String(60), primary_key=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("job", sa.Text, nullable=False),
)
"""What visitors of each server wait for; `dashboard.jobs.exchange` says how."""

CONNECT_SECONDS = 5
"""How long a PostgreSQL server may take to answer at all."""

log = logging.getLogger(__name__)

_MIGRATING = 0x1AB  # names the lock under which one server at a time changes tables


class DatabaseError(Exception):
    """The database cannot be used; the message says what to do."""


def url(machine: Settings) -> str:
    """Where the database is: as set, or a file beside the run store."""
    return machine.database or f"sqlite:///{machine.runs_folder.parent / 'classroom.sqlite'}"


def connect(address: str) -> sa.Engine:
    """The database at an address, its tables brought up to date.

    Raises:
        DatabaseError: If it does not answer, or its tables are of a later version.
    """
    engine = None
    try:
        waits = {"connect_timeout": CONNECT_SECONDS} if address.startswith("postgresql") else {}
        engine = sa.create_engine(address, pool_pre_ping=True, connect_args=waits)
        if engine.dialect.name == "sqlite":
            if not engine.url.database:
                raise ValueError("it names no file")
            Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
            sa.event.listen(engine, "connect", _prepare_sqlite)
        with _alone(engine) as connection:
            _migrate(connection)
        return engine
    except Exception as error:  # of the driver, of Alembic, of the file system
        if engine:
            engine.dispose()
        name = sa.engine.make_url(address).render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise DatabaseError(
            f"The database {name} cannot be used ({reason}). Set AUTOENCODER_LAB_DATABASE to "
            "sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME, or unset it."
        ) from error


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    # Readers do not wait for writers; writers wait for each other.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA busy_timeout = 10000")


@contextmanager
def transaction(engine: sa.Engine) -> Iterator[sa.Connection]:
    """All or nothing of what is done with the connection.

    Raises:
        DatabaseError: If the database does not answer; for whoever looks at a page.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except sa.exc.SQLAlchemyError as error:
        log.error("the database: %s", error)
        raise DatabaseError(
            _("The database of the wall does not answer just now; nothing else needs it.")
        ) from error


def put(connection: sa.Connection, table: sa.Table, **values: object) -> None:
    """Writes a row, in place of the one with the same primary key."""
    same = (column == values[column.name] for column in table.primary_key)
    connection.execute(sa.delete(table).where(*same))
    connection.execute(table.insert().values(**values))


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction while no other server migrates."""
    if engine.dialect.name == "sqlite":
        with open(f"{engine.url.database}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with engine.begin() as connection:
                yield connection
        return
    with engine.begin() as connection:
        connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
        yield connection


def _migrate(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
