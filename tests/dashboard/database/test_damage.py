"""A damaged SQLite file is set aside whole, and a fresh one takes its place; nothing else is."""

import os
import sqlite3

import pytest
import sqlalchemy as sa

from dashboard.database import damage, databases
from dashboard.database.databases import BOARD, DatabaseError, transaction


def zero_the_tables(content):
    return content[:4096] + bytes(len(content) - 4096)


DAMAGES = {
    "no header": lambda content: b"\xff" * 100 + content[100:],
    "no database": lambda content: b"notes of a lesson " * 500,
    "pages of zeros": zero_the_tables,
    "half a file": lambda content: content[: len(content) // 2],
}


@pytest.fixture
def file(tmp_path):
    """A database with a row, which nobody has open."""
    path = tmp_path / "lab.sqlite"
    engine = databases.connect(f"sqlite:///{path}")
    write(engine, "before")
    engine.dispose()
    return path


def write(engine, value):
    with transaction(engine) as connection:
        databases.put(connection, BOARD, name="x", value=value)


def read(engine):
    with transaction(engine) as connection:
        return connection.scalar(sa.select(BOARD.c.value))


def spoil(path, how):
    content = how(path.read_bytes())
    path.write_bytes(content)  # into the same file, as a disk does
    return content


@pytest.mark.parametrize("how", DAMAGES.values(), ids=DAMAGES)
def test_a_server_starts_with_a_fresh_database_beside_the_damaged_one(file, how, caplog):
    content = spoil(file, how)
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).write_bytes(b"left by a crash")
    engine = databases.connect(f"sqlite:///{file}")
    write(engine, "after")
    (aside,) = damage.list_aside(file)
    assert aside.read_bytes() == content and str(aside) in caplog.text
    assert {path.name for path in file.parent.glob("*.damaged-*")} >= {aside.name}
    engine.dispose()
    assert read(databases.connect(f"sqlite:///{file}")) == "after"
    assert len(damage.list_aside(file)) == 1


def test_journals_go_where_their_database_goes(tmp_path):
    file = tmp_path / "lab.sqlite"
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).write_text(ending)
    aside = damage.set_aside(file)
    for ending in ("", "-wal", "-shm"):
        assert aside.with_name(aside.name + ending).read_text() == ending
    assert list(tmp_path.iterdir()) and not list(tmp_path.glob("lab.sqlite*wal.damaged*"))
    assert damage.list_aside(file) == [aside]


def test_damage_that_shows_at_run_time_is_over_at_the_next_question(file):
    engine = databases.connect(f"sqlite:///{file}")
    engine.dispose()  # no connection has the whole file in its memory
    content = spoil(file, zero_the_tables)
    with pytest.raises(DatabaseError, match="does not answer just now"):
        read(engine)
    assert read(engine) is None
    (aside,) = damage.list_aside(file)
    assert aside.read_bytes() == content


def test_servers_that_share_a_file_go_on_with_the_same_fresh_one(file):
    here, there = (databases.connect(f"sqlite:///{file}") for _ in range(2))
    assert read(there) == read(here) == "before"
    here.dispose()
    spoil(file, zero_the_tables)
    with pytest.raises(DatabaseError):
        read(here)
    write(here, "after")
    assert read(there) == "after"
    assert len(damage.list_aside(file)) == 1


def test_a_file_that_somebody_has_deleted_is_made_again(file):
    engine = databases.connect(f"sqlite:///{file}")
    file.unlink()
    engine.dispose()
    with pytest.raises(DatabaseError):
        write(engine, "after")
    write(engine, "after")
    assert read(engine) == "after" and not damage.list_aside(file)


def error_of(deed):
    with pytest.raises(sqlite3.Error) as caught:
        deed()
    return caught.value


def test_what_is_locked_full_read_only_or_out_of_reach_is_not_damaged(file, tmp_path):
    holder = sqlite3.connect(file)
    holder.execute("BEGIN IMMEDIATE")
    late = sqlite3.connect(file, timeout=0)
    full = sqlite3.connect(tmp_path / "full.sqlite")
    full.execute("PRAGMA max_page_count = 1")
    only_read = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    errors = {
        "locked": error_of(lambda: late.execute("BEGIN IMMEDIATE")),
        "full": error_of(lambda: full.execute("CREATE TABLE t (x)")),
        "readonly": error_of(lambda: only_read.execute("DELETE FROM board")),
        "unable to open": error_of(lambda: sqlite3.connect(tmp_path).execute("SELECT 1")),
    }
    for words, error in errors.items():
        assert words in str(error) and not damage.is_damage(error)
        assert not damage.lacks_tables(error)
    assert not damage.is_damage(sa.exc.OperationalError("", {}, OSError("of PostgreSQL")))
    holder.close()


def test_a_disk_that_damages_every_file_does_not_fill_itself_with_them(file):
    for _ in range(damage.MOST_ASIDE):
        damage.set_aside(file)
        file.touch()
    spoil(file, DAMAGES["no database"])
    with pytest.raises(DatabaseError, match="look at the disk"):
        databases.connect(f"sqlite:///{file}")
    assert os.path.getsize(file)
