"""Files whose truth is known, made by generators that know nothing of the parser: none is read
wrongly in silence, and nearly all are read right without a question."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from models.data.uploads import parsing
from models.data.uploads.labels import number_classes, split_by_class
from models.data.uploads.limits import FEWEST_OF_A_CLASS
from models.data.uploads.upload import SIDE, UploadError
from tests.support.known_images import known_images
from tests.support.known_tables import known_table

READ_RIGHT = 0.9
"""The share that is read right without a question, at least."""

WRONG_GREY = 12
"""Mean difference of grey values, of 255, that JPEG and resizing make at most."""


def is_read_right(about, file):
    """Whether a file is read right; False where it is refused, or asked about. Whatever is read
    otherwise fails."""
    try:
        found = parsing.parse(file.name, file.content)
    except UploadError as error:
        assert "\n" not in str(error)
        return False
    about(file, found)
    return True


def check_table(file, found):
    values = found.arrays["values"]
    assert values.shape == file.values.shape, (file.about, found.notes)
    np.testing.assert_allclose(values, file.values, rtol=1e-9, err_msg=file.about)
    labels = np.zeros(len(values), int)
    if file.labels is not None and len(set(file.labels)) > 1:
        labels, _names = number_classes(file.labels)
    np.testing.assert_array_equal(found.arrays["labels"], labels, file.about)


def check_images(file, found):
    labels = np.zeros(len(file.images), int)
    if file.labels is not None:
        labels, _names = number_classes(file.labels)
    kept = np.bincount(labels)[labels] >= FEWEST_OF_A_CLASS  # others are left out, and said
    _names, labels = np.unique(labels[kept], return_inverse=True)
    images = [fit(one) for one, is_kept in zip(file.images, kept, strict=True) if is_kept]
    train, _held_out = split_by_class(labels)
    assert len(found.arrays["train"]) == len(train), (file.about, found.notes)
    np.testing.assert_array_equal(found.arrays["train_labels"], labels[train], file.about)
    expected = np.stack(images).reshape(len(images), -1)[train]
    difference = np.abs(expected - found.arrays["train"]).mean()
    assert difference < WRONG_GREY, (file.about, found.notes)
    assert kept.all() or any("fewer than" in note for note in found.notes)


def fit(image):
    grey = Image.fromarray((image * 255).astype(np.float32), "F")
    if grey.size != (SIDE, SIDE):
        corner = float(image[0, 0] * 255)
        grey = ImageOps.pad(grey, (SIDE, SIDE), Image.Resampling.BILINEAR, color=corner)
    return np.asarray(grey)


def check_all(make, check, seeds):
    files = [make(seed) for seed in seeds]
    right = sum(is_read_right(check, file) for file in files)
    clear = sum(not file.is_ambiguous for file in files)
    assert right >= READ_RIGHT * clear


@pytest.mark.parametrize(
    ("make", "check"), [(known_table, check_table), (known_images, check_images)]
)
def test_files_are_read_right_or_not_at_all(make, check):
    check_all(make, check, range(40))


@pytest.mark.soak
@pytest.mark.parametrize(
    ("make", "check", "count"),
    [(known_table, check_table, 1_000), (known_images, check_images, 500)],
)
def test_hundreds_of_files_are_read_right_or_not_at_all(make, check, count):
    check_all(make, check, range(10_000, 10_000 + count))
