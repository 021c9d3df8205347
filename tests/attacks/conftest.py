"""One server that all files of this folder attack."""

import pytest

from benchmarks.visiting import Server

PASSWORD = "correct horse battery"
"""The teacher's, which no attacker may come to know."""


@pytest.fixture(scope="package")
def folder(tmp_path_factory):
    """All that the server writes lies below it: runs, uploads, cache, database, journal, log."""
    return tmp_path_factory.mktemp("attacked")


@pytest.fixture(scope="package")
def password():
    """The teacher's."""
    return PASSWORD


@pytest.fixture(scope="package")
def server(folder, password):
    """A server for a class; whoever needs other settings, or ends it, starts another one."""
    server = Server(
        folder / "runs",
        TRAIN_AHEAD="0",
        TEACHER_PASSWORD=password,
        UPLOADS=str(folder / "uploads"),
        CACHE=str(folder / "cache"),
        LOG=str(folder / "journal.jsonl"),
        DATABASE=f"sqlite:///{folder / 'classroom.sqlite'}",
    )
    server.wait_until_open()
    yield server
    server.close()
