"""Which addresses are those of a database, and what its errors tell."""

import json
import logging
from pathlib import Path

import pytest
import sqlalchemy

from dashboard.database import databases
from dashboard.database.databases import DOTS, NICKNAMES, POSTS, DatabaseError, transaction
from dashboard.jobs.job import SOMEBODY
from models.shares import hash_owner


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///file::memory:?cache=shared&uri=true",
        "sqlite:///file:wall?mode=memory&uri=true",
    ],
)
def test_an_address_of_a_database_without_a_file_says_so(address):
    with pytest.raises(databases.DatabaseError, match="it names no file"):
        databases.connect(address)


@pytest.mark.parametrize("place", ["/dev/null", "{folder}"])
def test_a_database_in_the_place_of_something_else_is_refused_and_touches_nothing(tmp_path, place):
    place = place.format(folder=tmp_path)
    with pytest.raises(databases.DatabaseError, match="what it names is no file"):
        databases.connect(f"sqlite:///{place}")
    assert not Path(f"{place}.lock").exists()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://ada:hush@127.0.0.1:1/lab",
        "postgresql+psycopg://ada:x@hush@127.0.0.1:1/lab",
        "postgresql+psycopg://127.0.0.1:1/lab?user=ada&password=hush",
        "postgresql+psycopg://ada:12@127.0.0.1:hush/lab",
        "postgresql+psycopg://ada:x#hush@127.0.0.1:hush/lab",
    ],
)
def test_no_message_tells_a_password_wherever_the_address_has_it(address):
    with pytest.raises(DatabaseError, match=r"cannot be used \(.+\)\. Set AUTO") as caught:
        databases.connect(address)
    assert "hush" not in str(caught.value)
    assert caught.value.__suppress_context__, "a traceback would quote the address"


def test_errors_tell_nothing_of_what_was_to_be_stored(engine, caplog):
    checked = "CREATE TABLE other (visitor VARCHAR, name VARCHAR CHECK (name = ''), at FLOAT)"
    with engine.begin() as connection:
        for statement in ("DROP TABLE nicknames", checked, "ALTER TABLE other RENAME TO nicknames"):
            connection.execute(sqlalchemy.text(statement))
    with pytest.raises(DatabaseError) as caught, transaction(engine) as connection:
        databases.put(connection, NICKNAMES, visitor="hush", name="hush", at=1.0)
    try:
        raise caught.value
    except DatabaseError:
        logging.getLogger("dashboard").exception("as the server does where it cannot know")
    assert "the database: " in caplog.text and "hush" not in caplog.text


def test_names_of_an_earlier_version_are_replaced_by_what_they_are_known_by_now(address):
    engine, name = databases.connect(address), "0123456789abcdef" * 2
    job = json.dumps({"wanted_by": [name, SOMEBODY], "turn": 3})
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '0002'"))
        for table, row in {
            NICKNAMES: {"visitor": name, "name": "Ada", "at": 1.0},
            DOTS: {"visitor": name, "run_id": "linear-0", "at": 1.0},
            POSTS: {"server": "a", "run_id": "linear-0", "state": "waiting", "job": job},
        }.items():
            databases.put(connection, table, **row)
    engine.dispose()
    engine, known = databases.connect(address), hash_owner(name)
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.select(NICKNAMES.c.visitor)) == known
        assert connection.scalar(sqlalchemy.select(DOTS.c.visitor)) == known
        (job,) = connection.scalars(sqlalchemy.select(POSTS.c.job))
    assert json.loads(job) == {"wanted_by": [known, SOMEBODY], "turn": 3}
    engine.dispose()
    if address.startswith("sqlite"):
        file = Path(sqlalchemy.engine.make_url(address).database)
        assert known.encode() in file.read_bytes() and name.encode() not in file.read_bytes()
