"""What servers share besides runs, in a database: SQLite in a file, or PostgreSQL for a cluster.

Tables are made and changed by the migrations in `migrations/` (Alembic), when a server starts.
"""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from dashboard.database import damage
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
    """The database at an address, its tables brought up to date. A damaged file of SQLite is set
    aside for a fresh one.

    Raises:
        DatabaseError: If it does not answer, or its tables are of a later version.
    """
    engine = None
    try:
        engine = _engine(address)
        _prepare(engine)
        return engine
    except Exception as error:  # of the driver, of Alembic, of the file system
        if engine:
            engine.dispose()
        raise DatabaseError(
            f"The database {_shown(address)} cannot be used ({reason(error)}). Set "
            "AUTOENCODER_LAB_DATABASE to sqlite:///FILE or "
            "postgresql+psycopg://USER:PASSWORD@HOST/NAME, with %40 for @ and %2F for / in the "
            "password, or unset it."
        ) from None  # what came before may quote the address


def _engine(address: str) -> sa.Engine:
    try:
        place = sa.engine.make_url(address)
    except ValueError:
        raise ValueError("the port is no number") from None
    if "@" in (place.host or ""):
        raise ValueError("there is more than one @")
    file = _file(place) if place.get_backend_name() == "sqlite" else None
    waits = {} if file else {"connect_timeout": CONNECT_SECONDS}
    # Errors would quote who is looking at what; they are logged.
    engine = sa.create_engine(place, pool_pre_ping=True, hide_parameters=True, connect_args=waits)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "checkout", _follow(str(file)))
    return engine


def _file(place: sa.URL) -> Path:
    # What is in memory each connection would have for itself; a URI may say that, too.
    if not place.database or place.database == ":memory:" or "uri" in place.query:
        raise ValueError("it names no file")
    file = Path(place.database)
    if file.exists() and not file.is_file():
        raise ValueError("what it names is no file")
    return file


def _shown(address: str) -> str:
    """An address without what may be a password, wherever in it somebody has put that."""
    try:
        place = sa.engine.make_url(address)
    except ValueError:
        return "at the address that is set"
    if place.get_backend_name() == "sqlite":
        return f"sqlite:///{place.database or ''}"
    host = (place.host or "").rpartition("@")[2]
    return f"{place.drivername}://{host}/{place.database or ''}"


def reason(error: BaseException) -> str:
    """What went wrong, in the driver's own words; further lines may quote what was to be stored."""
    words = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return words.splitlines()[0]


def file_of(machine: Settings) -> Path | None:
    """The file of the database; None for PostgreSQL."""
    place = sa.engine.make_url(url(machine))
    is_file = place.get_backend_name() == "sqlite"
    return Path(place.database) if is_file and place.database else None


def damaged_files(machine: Settings) -> list[Path]:
    """Databases that were damaged and have been set aside, the latest last."""
    file = file_of(machine)
    return damage.list_aside(file) if file else []


def _prepare_sqlite(connection: sqlite3.Connection, record: object) -> None:
    # Readers do not wait for writers; writers wait for each other.
    connection.text_factory = lambda text: text.decode(errors="replace")  # damage in one row only
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten


def _follow(file: str) -> Callable[..., None]:
    """Lets a connection go where another server has put a fresh file in the place of its own."""

    def check(connection: object, record: sa.pool.ConnectionPoolEntry, proxy: object) -> None:
        with suppress(FileNotFoundError):  # somebody has deleted it: it goes on without a name
            now = os.stat(file).st_ino
            if record.info.setdefault("file", now) != now:
                raise sa.exc.DisconnectionError("another file is in its place")

    return check


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
        log.error("the database: %s", reason(error))
        if damage.is_damage(error) or damage.lacks_tables(error):
            _mend(engine)
        raise DatabaseError(
            _("The database of the wall does not answer just now; nothing else needs it.")
        ) from None  # what it says may quote what was to be stored


def _mend(engine: sa.Engine) -> None:
    """Lets who needs the database next find a whole one."""
    try:
        _prepare(engine)
    except Exception as error:  # as in `connect`
        log.error("the database cannot be mended: %s", reason(error))


def put(connection: sa.Connection, table: sa.Table, **values: object) -> None:
    """Writes a row, in place of the one with the same primary key."""
    same = (column == values[column.name] for column in table.primary_key)
    connection.execute(sa.delete(table).where(*same))
    connection.execute(table.insert().values(**values))


def _prepare(engine: sa.Engine) -> None:
    """Brings the tables up to date, while no other server does; a damaged file is replaced."""
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
            _migrate(connection)
        return
    file = Path(str(engine.url.database))
    with open(f"{file}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        engine.dispose()
        if found := damage.find_damage(engine):
            engine.dispose()
            aside = damage.set_aside(file)
            log.error("the database was damaged (%s); a fresh one replaces it: %s", found, aside)
        with engine.begin() as connection:
            _migrate(connection)


def _migrate(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
