"""Loading a set: its limits, its fingerprint, and what is said where it is absent."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from models.data import datasets, loading
from tests.support.places import REPOSITORY
from tests.support.published import DOTTED, PLAIN, files_below, small_set, write_set

FULL_DATA = REPOSITORY.parent / "shared" / "data"
POINT_NAMES = [dataset.name for dataset in datasets.POINT_SETS]


@pytest.mark.parametrize("num_train", [-1, 0, 1, 2_001])
def test_number_of_examples_out_of_range(num_train):
    with pytest.raises(ValueError, match=f"num_train={num_train} .*from 2 to 2000"):
        loading.load("arc", num_train)


@pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf")])
def test_impossible_noise(noise):
    with pytest.raises(ValueError, match="noise="):
        loading.load("arc", 10, noise)


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
