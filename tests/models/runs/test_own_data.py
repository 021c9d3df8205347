"""Runs on visitors' data go with their data, and only then."""

import dataclasses
import os

import pytest

from models.data.uploads import parsing, storage
from models.runs import own_data
from models.runs.store import RunStore
from tests.support.files import csv, let_age, own_files


def test_a_set_that_nobody_uses_goes_with_its_runs(machine, store, small):
    old, young = (
        storage.keep(parsing.parse("a.csv", csv(seed=k), machine), machine) for k in (0, 1)
    )
    runs = {}
    for name in (old, young, "arc"):
        config = {"type": "linear", "hyperparameters": {"dataset": name}}
        runs[name] = store.create(f"linear-{len(runs):016x}", config)
    runs[old].watch("somebody")
    let_age(machine.uploads_folder / f"{old}.npz", machine.upload_days * 86_400 + 1)
    own_data.clean(store, machine)
    assert [run.exists for run in runs.values()] == [False, True, True]
    assert own_files(machine) == {f"{young}.npz", f"{old}.erased"}
    assert [run.id for run in own_data.find_runs(store)] == [runs[young].id]


@pytest.fixture
def run(machine, store):
    """A run on a set that is stored."""
    name = storage.keep(parsing.parse("a.csv", csv(), machine), machine, "ada")
    config = {"type": "linear", "hyperparameters": {"dataset": name}}
    return store.create("linear-" + "0" * 16, config)


def name_of(run):
    return run.config["hyperparameters"]["dataset"]


def test_a_server_with_another_folder_of_uploads_erases_no_runs(machine, store, run, tmp_path):
    elsewhere = dataclasses.replace(machine, uploads_folder=tmp_path / "elsewhere")
    storage.keep(parsing.parse("a.csv", csv(seed=9), machine), elsewhere)
    own_data.clean(store, elsewhere)
    assert run.exists and storage.exists(name_of(run), machine)


def test_data_that_somebody_has_moved_away_erase_neither_runs_nor_whose_they_are(
    machine, store, run, tmp_path
):
    file = machine.uploads_folder / f"{name_of(run)}.npz"
    file.rename(tmp_path / "backup.npz")
    own_data.clean(store, machine)
    assert run.exists
    (tmp_path / "backup.npz").rename(file)
    assert storage.list_owned("ada", machine) == [name_of(run)]


def test_what_one_server_has_erased_takes_the_runs_of_all_with_it(machine, store, run, tmp_path):
    other = RunStore(tmp_path / "other", 10**9)
    there = other.create(run.id, run.config)
    storage.erase(name_of(run), machine)
    own_data.clean(store, machine)
    assert not run.exists and there.exists
    own_data.clean(other, machine)
    assert not there.exists


def test_data_that_are_uploaded_again_are_no_longer_erased(machine, store, run):
    storage.erase(name_of(run), machine)
    storage.keep(parsing.parse("a.csv", csv(), machine), machine)
    own_data.clean(store, machine)
    assert run.exists and not storage.is_erased(name_of(run), machine)


def test_what_a_server_has_begun_to_erase_the_next_round_erases(machine, store, run):
    file = machine.uploads_folder / f"{name_of(run)}.npz"
    file.rename(file.with_suffix(".erased"))  # there it was killed
    own_data.clean(store, machine)
    assert not run.exists
    (sign,) = own_files(machine)
    assert (machine.uploads_folder / sign).stat().st_size == 0


def test_it_is_forgotten_after_a_year_that_something_was_erased(machine, store, run):
    storage.erase(name_of(run), machine)
    sign = machine.uploads_folder / f"{name_of(run)}.erased"
    let_age(sign, storage.ERASED_DAYS * 86_400 + 1)
    own_data.clean(store, machine)
    assert not own_files(machine) and run.exists


def test_files_of_somebody_else_are_left_alone(machine, store, run):
    for name in ("own-notes.txt", "own-photo.npz", "own-photo.tmp"):
        (file := machine.uploads_folder / name).touch()
        os.utime(file, (0, 0))
    own_data.clean(store, machine)
    assert len(list(machine.uploads_folder.glob("own-[np]*o*.*"))) == 3


def test_a_disk_that_is_not_there_erases_no_runs(machine, store):
    run = store.create("linear-" + "0" * 16, {"hyperparameters": {"dataset": "own-" + "0" * 16}})
    own_data.clean(store, machine)
    assert run.exists
