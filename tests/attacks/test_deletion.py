"""A server that is started wrongly, or whose disk fails, loses nothing of others."""

import asyncio
import contextlib
import os
import sqlite3
import time

import pytest
import requests

from benchmarks.visiting import TRAINED, Server, Visitor
from dashboard.database import damage
from models.data.uploads import ages, parsing, storage
from models.runs.store import RunStore
from models.settings import Settings
from tests.support.files import csv
from tests.support.pages import wait

pytestmark = [pytest.mark.training, pytest.mark.soak]


def run_on(store, number, dataset):
    config = {"type": "linear", "hyperparameters": {"dataset": dataset}}
    return store.create(f"linear-{number:016x}", config)


def test_a_second_server_with_other_uploads_and_another_clock_deletes_nothing_of_others(tmp_path):
    store = RunStore(tmp_path / "runs", 10**9)
    here, there = (Settings(uploads_folder=tmp_path / name) for name in ("here", "there"))
    kept, erased, used = (parsing.parse("a.csv", csv(seed=k), here) for k in (1, 2, 3))
    storage.keep(kept, here)
    storage.keep(erased, there)
    storage.erase(erased.name, there)
    storage.keep(used, there)  # on the last day: with a clock 40 days ahead all looks like this
    for name in (f"{used.name}.npz", ages.ROUND_FILE):
        (file := there.uploads_folder / name).touch()
        os.utime(file, (time.time() - 40 * 86_400,) * 2)
    victim, sign = run_on(store, 1, kept.name), run_on(store, 2, erased.name)
    os.utime(sign.folder / "config.json", (1, 1))  # looked at last
    other = Server(
        store.root,
        TRAIN_AHEAD="0",
        UPLOADS=str(there.uploads_folder),
    )
    try:
        other.wait_until_open()
        wait(lambda: not sign.exists)
        assert victim.exists and storage.exists(used.name, there)
    finally:
        other.close()


@pytest.fixture
def spoiled(tmp_path):
    """A server whose database is damaged before it starts."""
    file = tmp_path / "classroom.sqlite"
    file.write_bytes(b"all that the class has done " * 1000)
    server = Server(tmp_path / "runs", TRAIN_AHEAD="0", LOG=str(tmp_path / "journal.jsonl"))
    server.wait_until_open()
    yield server, file
    server.close()


def test_a_server_starts_and_goes_on_with_a_damaged_database(spoiled, tmp_path):
    server, file = spoiled
    (aside,) = damage.list_aside(file)
    assert aside.read_bytes() == b"all that the class has done " * 1000
    assert str(aside) in server.log.read_text(), "the terminal tells"
    # What another connection commits lets the server read again what it has in its memory.
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("INSERT INTO shown VALUES ('linear-0', 0)")
        for path in (file, file.with_name(f"{file.name}-wal")):
            with path.open("r+b") as content:  # in place, as a disk fails
                content.seek(40)
                content.write(b"\xff" * (path.stat().st_size - 40))
        other.commit()
    wait(lambda: len(damage.list_aside(file)) == 2)
    aside = damage.list_aside(file)[-1]
    wait(lambda: str(aside) in (tmp_path / "journal.jsonl").read_text())
    assert requests.get(f"{server.address}/healthz", timeout=10).ok

    async def train():
        visitor = Visitor(server.address)
        await visitor.open("linear", {"epochs": "2", "num_train": "300"})
        await visitor.press("train")
        await visitor.wait_until(lambda: visitor.shows(TRAINED), 120)
        await visitor.close()
        assert not visitor.errors

    asyncio.run(train())
    assert len(damage.list_aside(file)) == 2, "the fresh one is whole"
