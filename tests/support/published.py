"""Small sets of images in the files in which MNIST and its kin are published."""

import gzip
import struct

import numpy as np


def files_below(folder):
    """All files of a folder and of those in it; none if it does not exist."""
    return [path for path in folder.rglob("*") if path.is_file()]


def idx(array):
    """Bytes as they are published, in IDX format."""
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
    """Puts four arrays into the offline folder; returns the set's own one."""
    folder = settings.data_folder / name
    folder.mkdir(exist_ok=True)
    for file_name, array in zip(file_names, arrays, strict=True):
        content = idx(array)
        packed = gzip.compress(content) if file_name.endswith(".gz") else content
        (folder / file_name).write_bytes(packed)
    return folder


def _as_pixels(features):
    return np.rint(features * 255).astype(int).reshape(-1, 28, 28)


def assert_same_images(loaded, arrays, first_label=0):
    """The training images in some order, each with its label; the test images in theirs."""
    train, train_labels, test, test_labels = arrays
    index = {image.tobytes(): place for place, image in enumerate(train)}
    places = [index[image.tobytes()] for image in _as_pixels(loaded.train)]
    assert sorted(places) == list(range(len(train))) != places
    np.testing.assert_array_equal(loaded.train_labels, train_labels[places] - first_label)
    np.testing.assert_array_equal(_as_pixels(loaded.held_out), test)
    np.testing.assert_array_equal(loaded.held_out_labels, test_labels - first_label)
