"""Visitors' own data: what is refused, what is kept, and what a network makes of it."""

import dataclasses
import io
import os
import struct
import time
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image

from models.autoencoders import registry
from models.data import datasets, loading
from models.data.uploads import parsing, storage, upload
from models.data.uploads.upload import UploadError
from models.evaluation import pca
from models.export.scripts import script_obstacle
from models.hyperparameters.declaration import HyperparameterError
from models.runs import own_data
from models.runs.recipe import Recipe
from models.settings import current
from tests.support.files import GREY, VALID, archive, csv, drawings, npz, png

MACHINE = dataclasses.replace(
    current(), max_upload_megabytes=1, max_unpacked_megabytes=2, max_upload_examples=200
)


def header(shape, dtype="|u1"):
    """An .npy that says what it is and holds nothing of it."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


LARGE = np.zeros((30, 300, 300), np.uint8)
LARGE[0] = 1

FLAT = [png((1000, 400), flat=k) for k in range(6)]

REFUSED = {
    "another ending": ("a.exe", b"MZ", "Only .csv"),
    "no ending": ("table", csv(), "Only .csv"),
    "too large a file": ("a.csv", b"1" * 1_000_001, r"1 MB are allowed.*MAX_UPLOAD_MB"),
    "nothing": ("a.csv", b"", "empty"),
    "one column": ("a.csv", csv(columns=1), "1 column of numbers; from 2 to 50"),
    "51 columns": ("a.csv", csv(columns=51), "51 columns of numbers; from 2 to 50"),
    "a thousand columns": ("a.csv", csv(columns=1000), "1000 columns"),
    "few rows": ("a.csv", csv(rows=19), "19 rows; from 20 to 200"),
    "many rows": ("a.csv", csv(rows=201), r"201 rows.*MAX_UPLOAD_EXAMPLES"),
    "very many rows": ("a.csv", b"\n".join([b"1,2"] * 9_000), "lines; from 20 to 200"),
    "no value": ("a.csv", csv(c1=[""] + [1] * 39), "“c1” has no value in row 1"),
    "NaN": ("a.csv", csv(c1=[1, "NaN"] + [2] * 38), "“c1” has no value in row 2"),
    "infinite": ("a.csv", csv(c1=["inf"] + [2] * 39), "“c1” holds “inf” in row 1"),
    "constant": ("a.csv", csv(c2=[7] * 40), "“c2” has the same value in all rows"),
    "text": ("a.csv", csv(c2=["red", "blue"] * 20), "“c2” holds “red” in row 1.*call it label"),
    "ragged": ("a.csv", csv() + b"\n1,2,3,4,5,6", "saw 6"),
    "nameless": ("a.csv", b"a,b\n" + b"1,2,3\n2,3,5\n" * 20, "more cells than the heading"),
    "many classes": ("a.csv", csv(label=list(range(40))), "40 classes; at most 26"),
    "no text": ("a.csv", b"\0\1\2", "no text"),
    "no archive": ("a.zip", b"PK but no zip", "damaged"),
    "no images": ("a.zip", archive({"a.txt": b"x"}), "0 images"),
    "no image": ("a.zip", archive({f"{i}.png": b"x" for i in range(30)}), "“0 png” is damaged"),
    "a way out": ("a.zip", archive({"../../etc/passwd.png": png()}), "leads out of it"),
    "an absolute path": ("a.zip", archive({"/etc/passwd.png": png()}), "leads out of it"),
    "a bomb": ("a.zip", archive({"a.png": b"0" * 3_000_000}), r"larger than 2 MB.*MAX_UNPACKED"),
    "a bzip2 bomb": (
        *("a.zip", archive({"a.png": b"0" * 10_000}, zipfile.ZIP_BZIP2)),
        "compressed in an unusual way",
    ),
    "a million files": ("a.zip", b"PK\x01\x02" * 1_000, "too many files"),
    "huge images": ("a.zip", archive({f"{i}.png": np_png for i, np_png in enumerate(FLAT)}
                                     | drawings()), "larger than 2 MB"),
    "a long image": ("a.zip", archive({f"{i}.png": png((5000, 1)) for i in range(20)}), "5000 x 1"),
    "few of a class": ("a.zip", archive(drawings() | {"z/a.png": png()}), "“z” has 1 images"),
    "equal images": ("a.zip", archive({f"{i}.png": png() for i in range(20)}), "are the same"),
    "no array images": ("a.npz", npz(x=GREY), "no array “images”"),
    "pickled": ("a.npz", npz(images=np.array([{}] * 30, object)), "pickled"),
    "pickled labels": ("a.npz", npz(images=GREY, labels=np.array([{}] * 30)), "pickled"),
    "flat": ("a.npz", npz(images=GREY.reshape(30, -1)), r"shape \(30, 480\)"),
    "too wide": ("a.npz", npz(images=np.zeros((30, 5000, 1), np.uint8)), r"shape \(30, 5000, 1\)"),
    "texts": ("a.npz", npz(images=np.full((30, 2, 2), "a")), "numbers are needed"),
    "NaN in images": ("a.npz", npz(images=np.full((30, 2, 2), np.nan)), "without NaN"),
    "beyond white": ("a.npz", npz(images=GREY.astype(np.int64) + 256), "from 0"),
    "unpacked": ("a.npz", npz(images=LARGE), "larger than 2 MB"),
    "promised": ("a.npz", archive({"images.npy": header((100, 4000, 4000))}), "larger than 2 MB"),
    "not kept": ("a.npz", archive({"images.npy": header((100, 9, 9))}), "not complete"),
    "other labels": ("a.npz", npz(images=GREY, labels=np.zeros(29, int)), r"\(29,\)"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(name, content, words):
    with pytest.raises(UploadError, match=words) as refused:
        parsing.parse(name, content, MACHINE)
    assert "\n" not in str(refused.value)


def test_an_archive_that_lies_about_its_sizes_is_read_no_further():
    packed = archive({"a.png": b"0" * 3_000_000})
    small = packed.replace(struct.pack("<I", 3_000_000), struct.pack("<I", 10))
    assert small != packed
    with pytest.raises(UploadError):
        parsing.parse("a.zip", small, MACHINE)


ENDINGS = st.sampled_from(["a.csv", "a.zip", "a.npz"])


@given(name=ENDINGS, content=st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
@examples(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_uploaded_there_is_data_or_a_sentence(name, content):
    with pytest.raises(UploadError):
        parsing.parse(name, content, MACHINE)


@given(which=st.sampled_from(VALID), seeds=st.lists(st.integers(0, 2**31), min_size=1, max_size=4),
       cut=st.floats(0, 1))  # fmt: skip
@examples(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_file_is_refused_or_gives_whole_data(which, seeds, cut):
    name, content = which[0], bytearray(which[1])
    for seed in seeds:
        content[seed % len(content)] = seed >> 8 & 255
    for broken in (bytes(content), bytes(content[: int(cut * len(content))])):
        try:
            found = parsing.parse(name, broken, MACHINE)
        except UploadError as error:
            assert "\n" not in str(error)
        else:
            assert upload.is_name(found.name)
            assert all(np.isfinite(array).all() for array in found.arrays.values())


# What is understood


def test_tables_as_spreadsheets_write_them():
    plain = parsing.parse("my_table.csv", csv(), MACHINE)
    german = csv().replace(b",", b";").replace(b".", b",")
    np.testing.assert_array_equal(
        plain.arrays["values"], parsing.parse("x.csv", german, MACHINE).arrays["values"]
    )
    bare = parsing.parse("x.csv", csv().partition(b"\n")[2], MACHINE)
    assert bare.column_names == tuple(f"column {i}" for i in range(1, 6))
    np.testing.assert_array_equal(plain.arrays["values"], bare.arrays["values"])
    assert plain.title == "my table" and not plain.class_names


def test_a_column_of_labels_names_classes_and_is_no_number():
    found = parsing.parse("a.csv", csv(Class=[10, 9, 100, 9] * 10), MACHINE)
    assert found.class_names == ("9", "10", "100") and len(found.column_names) == 5
    assert found.arrays["labels"][:4].tolist() == [1, 0, 2, 0]


def test_names_from_outside_become_harmless():
    found = parsing.parse("../<b>x</b>.csv", csv(label=["](http://a)", "**b**"] * 20), MACHINE)
    assert found.title == "b x b" and found.class_names == ("b", "http a")


def test_images_of_an_archive_are_fitted_and_split_by_class():
    files = drawings() | {
        "mine/cats/wide.jpg": png((56, 14), 50, "RGB", "JPEG"),
        "mine/dogs/clear.png": png((9, 9), 51, "LA"),
        "__MACOSX/mine/cats/._0.png": b"not an image",
        "mine/readme.txt": b"not an image",
    }
    found = parsing.parse("a.zip", archive(files), MACHINE)
    train, held_out = found.arrays["train"], found.arrays["held_out"]
    assert train.shape[1] == held_out.shape[1] == 784 and train.dtype == np.uint8
    assert found.class_names == ("cats", "dogs") and len(train) + len(held_out) == 26
    assert np.bincount(found.arrays["held_out_labels"]).tolist() == [2, 2]
    # Every image is in one of the two parts, and those of the right size are as they were.
    original = {np.asarray(Image.open(io.BytesIO(png(seed=i)))).tobytes() for i in range(24)}
    kept = {row.tobytes() for row in np.concatenate([train, held_out])}
    assert len(original & kept) == 24 and len(kept) == 26


def test_images_of_an_array_keep_their_shape_and_may_be_fractions():
    found = parsing.parse(
        "a.npz", npz(images=GREY, labels=[f"k{i % 2}" for i in range(30)]), MACHINE
    )
    fractions = npz(images=GREY[..., None] / 255, labels=[f"k{i % 2}" for i in range(30)])
    same = parsing.parse("a.npz", fractions, MACHINE)
    assert found.name == same.name and found.class_names == ("k0", "k1")
    bars = np.zeros((30, 10, 20), np.uint8)
    bars[:, 3:7, :] = np.arange(100, 130)[:, None, None]
    image = parsing.parse("a.npz", npz(images=bars), MACHINE).arrays["train"][0].reshape(28, 28)
    assert not image[:8].any() and not image[-8:].any() and image[14].min() >= 100


# What is kept


@pytest.fixture
def machine(tmp_path):
    return dataclasses.replace(MACHINE, uploads_folder=tmp_path / "own", max_uploads_megabytes=1)


def test_what_is_kept_comes_back_and_can_be_erased(machine):
    upload = parsing.parse("a.csv", csv(), machine)
    name = storage.keep(upload, machine)
    assert name == storage.keep(upload, machine) == upload.name
    assert [path.name for path in machine.uploads_folder.iterdir()] == [f"{name}.npz"]
    np.testing.assert_array_equal(storage.arrays(name, machine)["values"], upload.arrays["values"])
    storage.erase(name, machine)
    assert not storage.exists(name, machine) and not any(machine.uploads_folder.iterdir())
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
    for reach in (storage.described, storage.erase):
        with pytest.raises(ValueError, match="16 hexadecimal digits"):
            reach(name, machine)
    with pytest.raises(HyperparameterError, match="own data"):
        registry.by_name("linear").preset("ours").parse({"dataset": name})


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


def test_who_has_uploaded_a_set_owns_it_until_it_is_gone(machine, store):
    first, second = (parsing.parse("a.csv", csv(seed=k), machine) for k in (0, 1))
    storage.keep(first, machine)
    assert storage.owned_by("ada", machine) == []
    for kept, owner in ((first, "ada"), (first, "bob"), (second, "ada"), (second, "../ada")):
        storage.keep(kept, machine, owner)
    own_data.clean(store, machine)
    assert storage.owned_by("ada", machine) == sorted([first.name, second.name])
    assert storage.owned_by("bob", machine) == [first.name]
    assert not any("ada" in path.name for path in machine.uploads_folder.iterdir())
    storage.erase(first.name, machine)
    assert storage.owned_by("ada", machine) == [second.name] and not storage.owned_by(
        "bob", machine
    )
    long_ago = time.time() - machine.upload_days * 86_400 - 1
    os.utime(machine.uploads_folder / f"{second.name}.npz", (long_ago, long_ago))
    assert storage.owned_by("ada", machine) == []
    own_data.clean(store, machine)
    assert not list(machine.uploads_folder.iterdir())


def test_a_disk_that_is_not_there_erases_no_runs(machine, store):
    run = store.create("linear-" + "0" * 16, {"hyperparameters": {"dataset": "own-" + "0" * 16}})
    own_data.clean(store, machine)
    assert run.exists


# What lessons make of it


@pytest.fixture(scope="module")
def table():
    return storage.keep(parsing.parse("table.csv", csv(100, 8, label=["a", "b"] * 50)))


def test_a_recipe_names_a_set_and_takes_its_size_from_it(table):
    h = registry.by_name("linear").preset("ours").parse({"dataset": table, "num_train": "80"})
    assert h.input_dim == 8 and h.encoder_plan[0].weight_shapes[0] == (8, 2)
    recipe = Recipe(registry.by_name("linear"), h)
    assert Recipe.from_dict(recipe.as_dict()).run_id() == recipe.run_id()
    assert "own data" in script_obstacle(recipe, {"status": "completed"})
    with pytest.raises(HyperparameterError, match="has 80 training examples"):
        h.replace(num_train=81)
    with pytest.raises(HyperparameterError, match="needs images"):
        registry.by_name("stacked").preset("ours").parse({"dataset": table})


def test_two_columns_leave_no_room_for_three_numbers():
    name = storage.keep(parsing.parse("two.csv", csv(columns=2)))
    h = registry.by_name("linear").preset("ours").parse({"dataset": name, "num_train": "20"})
    with pytest.raises(HyperparameterError, match="only 2 columns"):
        h.replace(latent_dim=3)


def test_rows_are_held_out_whatever_is_learned_from(table):
    few, many, other = (
        loading.load(table, count, data_seed=seed) for count, seed in ((10, 1), (80, 1), (80, 2))
    )
    whole = [one.held_out * one.scale + one.mean for one in (few, many, other)]
    np.testing.assert_allclose(whole[0], whole[1], rtol=1e-4, atol=1e-5)
    assert not np.allclose(whole[1], whole[2])
    np.testing.assert_allclose(many.train.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(many.train.std(axis=0), 1, atol=1e-5)
    assert len(many.held_out) == 20 and set(many.train_labels.tolist()) == {0, 1}
    rows = np.concatenate([many.train, many.held_out]) * many.scale + many.mean
    expected = storage.arrays(table)["values"]
    for found, column in zip(rows.T, expected.T, strict=True):
        np.testing.assert_allclose(np.sort(found), np.sort(column), atol=1e-3)


def test_a_class_can_be_left_out_of_own_images():
    files = drawings(60, ("a", "b", "c"))
    name = storage.keep(parsing.parse("a.zip", archive(files), MACHINE))
    h = (
        registry.by_name("stacked")
        .preset("ours")
        .parse({"dataset": name, "num_train": "48", "excluded_classes": "1"})
    )
    found = loading.load(**h.data_arguments)
    assert h.num_examples == len(found.train) == 32 and len(found.held_out) == 8
    assert set(found.train_labels.tolist()) == set(found.held_out_labels.tolist()) == {0, 2}
    assert found.train.max() <= 1 and found.dataset.label_names == ("a", "b", "c")


def test_an_erased_set_is_named_wherever_it_is_asked_for():
    name = storage.keep(parsing.parse("gone.csv", csv(seed=9)))
    h = registry.by_name("linear").preset("ours").parse({"dataset": name, "num_train": "30"})
    storage.erase(name)
    with pytest.raises(HyperparameterError, match=r"not on this machine \(any more\)"):
        h.replace()
    with pytest.raises(datasets.DataError, match="not on this machine"):
        loading.load(**h.data_arguments)


@pytest.mark.training
def test_the_linear_autoencoder_finds_the_plane_of_own_data(table, store, told):
    from models.training import trainer

    type = registry.by_name("linear")
    h = type.preset("ours").parse(
        {"dataset": table, "num_train": "80", "epochs": "400", "device": "cpu"}
    )
    result = trainer.train(Recipe(type, h), store)
    found = loading.load(**h.data_arguments)
    best = pca.fit(found.train).error(found.train, 2)
    assert result["train"]["reconstruction_mse"] == pytest.approx(best, rel=1e-3)
    run = store.run(Recipe(type, h).run_id())
    assert run.events()[-1]["diagnostics"]["principal_angle_degrees"] < 1
    assert run.live()[0]["reconstructions"].shape == (80, 8)
    told = run.step("first")[0]
    np.testing.assert_allclose(
        told["inputs"] @ told["W"] + told["b"], told["codes"], rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(
        told["codes"] @ told["V"] + told["c"], told["outputs"], rtol=1e-4, atol=1e-5
    )
