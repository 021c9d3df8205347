"""IDX files in the offline folder: every form of them, and what is said of broken ones."""

import gzip

import numpy as np
import pytest

from models.data import datasets, images, loading
from tests.support.published import (
    DOTTED,
    EMNIST,
    PLAIN,
    ZIPPED,
    assert_same_images,
    idx,
    small_set,
    write_set,
)


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
