"""Runs on visitors' data go with their data, and only then."""

import os
import time

from models.data.uploads import parsing, storage
from models.runs import own_data
from tests.support.files import csv


def test_a_set_that_nobody_uses_goes_with_its_runs(machine, store, small):
    old, young = (
        storage.keep(parsing.parse("a.csv", csv(seed=k), machine), machine) for k in (0, 1)
    )
    runs = {}
    for name in (old, young, "arc"):
        config = {"type": "linear", "hyperparameters": {"dataset": name}}
        runs[name] = store.create(f"linear-{len(runs):016x}", config)
    runs[old].watch("somebody")
    long_ago = time.time() - machine.upload_days * 86_400 - 1
    os.utime(machine.uploads_folder / f"{old}.npz", (long_ago, long_ago))
    assert not storage.exists(old, machine)
    own_data.clean(store, machine)
    assert [run.exists for run in runs.values()] == [False, True, True]
    assert [path.stem for path in machine.uploads_folder.iterdir()] == [young]
    assert [run.id for run in own_data.find_runs(store)] == [runs[young].id]


def test_a_disk_that_is_not_there_erases_no_runs(machine, store):
    run = store.create("linear-" + "0" * 16, {"hyperparameters": {"dataset": "own-" + "0" * 16}})
    own_data.clean(store, machine)
    assert run.exists
