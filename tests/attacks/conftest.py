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
def traps(folder):
    """What another user of the computer has made before: the folder in which Dask would work, open
    to all, with links to a file of ours by names that Dask would write."""
    traps = folder / "tmp" / "dask-scratch-space"
    traps.mkdir(parents=True)
    traps.chmod(0o777)
    (folder / "precious").write_text("ours")
    for name in ("global.lock", "purge.lock"):
        (traps / name).symlink_to(folder / "precious")
    return traps


@pytest.fixture(scope="package")
def server(folder, password, traps):
    """A server for a class, with `traps` in its folder for temporary files; whoever needs other
    settings, or ends it, starts another one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(traps.parent))
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
