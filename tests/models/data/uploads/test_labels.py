"""Which classes there are: as many as the file tells apart, whatever of them is shown."""

import unicodedata

import numpy as np
import pytest

from models.data.uploads import parsing
from models.data.uploads.labels import number_classes
from models.data.uploads.upload import UploadError
from tests.support.files import GREY, MACHINE, archive, csv, npz, png

LONG = "Pepper_bell_leaf_from_greenhouse_"

DIFFERENT = [
    (["-1", "1"], ("−1", "1")),
    (["A+", "A-", "B"], ("A+", "A-", "B")),
    (["+", "-", "="], ("＋", "−", "=")),
    (["<=50K", ">50K"], ("≤50K", "›50K")),
    (["😀", "😢"], ("😀", "😢")),
    (["1.5", "15"], ("1.5", "15")),
    (["007", "7"], ("7", "007")),
    (["R&B", "R B"], ("R B", "R B 2")),
    ([LONG + "healthy", LONG + "spot"], None),
]


@pytest.mark.parametrize(("names", "shown"), DIFFERENT, ids=str)
def test_what_the_file_tells_apart_stays_apart(names, shown):
    at = [names[i % len(names)] for i in range(30)]
    files = {f"{name}/{i}.png": png(seed=i) for i, name in enumerate(at)}
    for found in (
        parsing.parse("a.csv", csv(rows=30, label=at), MACHINE),
        parsing.parse("a.zip", archive(files), MACHINE),
        parsing.parse("a.npz", npz(images=GREY, labels=np.array(at)), MACHINE),
    ):
        assert len(found.class_names) == len(names) and shown in (None, found.class_names)
    table = parsing.parse("a.csv", csv(rows=30, label=at), MACHINE)
    labels = table.arrays["labels"].tolist()
    assert len(set(zip(at, labels, strict=True))) == len(names)


@pytest.mark.parametrize(
    "texts",
    [
        ("1", "1.0", " 1 ", "+1", "1.0000000e+00"),
        ("0", "-0.0"),
        ("é", unicodedata.normalize("NFD", "é"), " é"),
    ],
    ids=str,
)
def test_what_is_written_differently_is_one_class(texts):
    labels, names = number_classes([*texts, "another"])
    assert len(names) == 2 and len(set(labels[:-1].tolist())) == 1


def test_numbers_come_in_their_order_before_texts():
    _labels, names = number_classes(["b", "10", "9.5", "-2", "a", "1e99"])
    assert names == ("−2", "9.5", "10", "1E+99", "a", "b")


@pytest.mark.parametrize(
    "labels",
    [
        np.arange(30)[:, None] % 2,
        np.arange(30) % 2 == 0,
        (np.arange(30) % 2).astype(np.float32),
        np.array([b"cat", b"dog"])[np.arange(30) % 2],
        np.arange(30) % 2 * 2 - 1,
    ],
    ids=lambda labels: f"{labels.dtype}{labels.shape}",
)
def test_labels_of_an_array_may_be_of_any_plain_type(labels):
    found = parsing.parse("a.npz", npz(images=GREY, labels=labels), MACHINE)
    assert len(found.class_names) == 2 and not any("." in name for name in found.class_names)


def test_labels_that_are_no_numbers_are_refused():
    labels = np.where(np.arange(30) % 2, np.nan, 1.0)
    with pytest.raises(UploadError, match="holds NaN"):
        parsing.parse("a.npz", npz(images=GREY, labels=labels), MACHINE)
