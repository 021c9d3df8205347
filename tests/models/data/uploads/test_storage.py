"""What is kept of visitors' data, for how long, and whose it is."""

import dataclasses
import json
import os
import time

import numpy as np
import pytest

from models.data.uploads import parsing, storage
from models.data.uploads.upload import UploadError
from models.hyperparameters.declaration import HyperparameterError
from models.runs import own_data
from tests.support.files import GREY, csv, let_age, npz, own_files
from tests.support.recipes import make_recipe


def test_what_is_kept_comes_back_and_can_be_erased(machine):
    upload = parsing.parse("a.csv", csv(), machine)
    name = storage.keep(upload, machine)
    assert name == storage.keep(upload, machine) == upload.name
    assert [path.name for path in machine.uploads_folder.iterdir()] == [f"{name}.npz"]
    np.testing.assert_array_equal(storage.arrays(name, machine)["values"], upload.arrays["values"])
    storage.erase(name, machine)
    assert not storage.exists(name, machine) and storage.is_erased(name, machine)
    (tombstone,) = machine.uploads_folder.iterdir()
    assert (tombstone.name, tombstone.stat().st_size) == (f"{name}.erased", 0)
    with pytest.raises(UploadError, match="not on this machine"):
        storage.arrays(name, machine)


@pytest.mark.parametrize(
    "name",
    [
        *("own-../../etc/passwd", "own-0123456789ABCDEF", "/etc/passwd", "digits"),
        *("own-0123456789abcdef\n", "own-0123456789abcdef/.."),
    ],
)
def test_nothing_but_a_name_becomes_a_path(machine, name):
    assert not storage.exists(name, machine)
    for reach in (storage.read_meta, storage.erase):
        with pytest.raises(ValueError, match="16 hexadecimal digits"):
            reach(name, machine)
    with pytest.raises(HyperparameterError, match="own data"):
        make_recipe("linear", dataset=name)


def test_the_least_recently_used_set_makes_room(machine):
    one, two, three = (
        parsing.parse("a.npz", npz(images=GREY.repeat(6, axis=0) ^ k), machine) for k in (0, 1, 2)
    )
    machine = dataclasses.replace(machine, max_uploads_megabytes=0.35)  # room for two of 0.15 MB
    for age, one_of_them in ((200, one), (100, two)):
        used = time.time() - age
        os.utime(machine.uploads_folder / f"{storage.keep(one_of_them, machine)}.npz", (used, used))
    storage.arrays(one.name, machine)
    storage.keep(three, machine)
    assert [storage.exists(one.name, machine) for one in (one, two, three)] == [True, False, True]


def test_one_visitor_cannot_erase_the_data_of_others(machine):
    machine = dataclasses.replace(machine, max_uploads_megabytes=0.35)
    small, *large = (
        parsing.parse("a.npz", npz(images=GREY.repeat(times, axis=0) ^ k), machine)
        for k, times in enumerate((1, 6, 6, 6, 6))
    )
    storage.keep(small, machine, "ada")
    for number, one in enumerate(large):
        storage.keep(one, machine, "greedy")
        used = time.time() - 100 + number
        os.utime(machine.uploads_folder / f"{one.name}.npz", (used, used))
    assert storage.list_owned("ada", machine) == [small.name]
    assert storage.list_owned("greedy", machine) == sorted([large[-2].name, large[-1].name])


def test_data_for_which_somebody_with_less_would_give_way_are_refused(machine):
    machine = dataclasses.replace(machine, max_uploads_megabytes=0.16)
    small, large = (
        parsing.parse("a.npz", npz(images=GREY.repeat(times, axis=0)), machine) for times in (1, 6)
    )
    storage.keep(small, machine, "ada")
    before = sorted(machine.uploads_folder.iterdir())
    with pytest.raises(UploadError, match=r"no room.*MB.*smaller file"):
        storage.keep(large, machine, "greedy")
    assert sorted(machine.uploads_folder.iterdir()) == before


def test_who_has_uploaded_a_set_owns_it_until_it_is_gone(machine, store):
    first, second = (parsing.parse("a.csv", csv(seed=k), machine) for k in (0, 1))
    storage.keep(first, machine)
    assert storage.list_owned("ada", machine) == []
    for kept, owner in ((first, "ada"), (first, "bob"), (second, "ada"), (second, "../ada")):
        storage.keep(kept, machine, owner)
    own_data.clean(store, machine)
    assert storage.list_owned("ada", machine) == sorted([first.name, second.name])
    assert storage.list_owned("bob", machine) == [first.name]
    assert not any("ada" in path.name for path in machine.uploads_folder.iterdir())
    storage.erase(first.name, machine)
    assert storage.list_owned("ada", machine) == [second.name] and not storage.list_owned(
        "bob", machine
    )
    let_age(machine.uploads_folder / f"{second.name}.npz", machine.upload_days * 86_400 + 1)
    own_data.clean(store, machine)
    assert storage.list_owned("ada", machine) == []
    assert own_files(machine) == {f"{one.name}.erased" for one in (first, second)}


DAMAGE = [
    {"meta": {"title": 7}},
    {"meta": {"sizes": {"values": 10**30, "labels": 40}}},
    {"meta": {"kind": "sounds"}},
    {"meta": {"class_names": ["a"]}},
    {"arrays": {"values": np.array(["text"] * 40)}},
    {"arrays": {"values": np.full((40, 5), np.nan)}},
    {"arrays": {"labels": np.full(40, -1)}},
    {"arrays": {"labels": np.zeros((40, 2), int)}},
]


@pytest.mark.parametrize("damage", DAMAGE, ids=str)
def test_a_stored_set_that_cannot_be_read_is_called_damaged(machine, damage):
    upload = parsing.parse("a.csv", csv(label=["a", "b"] * 20), machine)
    name = storage.keep(upload, machine)
    storage.arrays(name, machine)
    storage._read_arrays.cache_clear()
    storage._read_meta.cache_clear()
    meta = json.dumps(upload.meta | damage.get("meta", {}))
    arrays = {**upload.arrays, **damage.get("arrays", {})}
    np.savez(machine.uploads_folder / f"{name}.npz", meta=meta, **arrays)
    with pytest.raises(UploadError, match=r"damaged\. Upload the file again"):
        storage.arrays(name, machine)
