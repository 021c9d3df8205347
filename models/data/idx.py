"""IDX files, as the authors of MNIST and its kin publish them, in an offline folder."""

from __future__ import annotations

import gzip
import math
import re
import struct
import zlib
from pathlib import Path

import numpy as np

from models.data.datasets import DataError, Dataset
from models.data.images import ImageArrays
from models.settings import Settings

# MNIST's authors write train-images-idx3-ubyte.gz; some unpackers make it .idx3-ubyte; EMNIST's
# authors put the split in front (emnist-letters-) and call the test part test, not t10k.
_IDX_NAME = re.compile(
    r"(?P<prefix>.*?)(?P<part>train|t10k|test)-(?P<what>images|labels)[-.]idx[13]-ubyte(\.gz)?"
)
IDX_PARTS = (
    ("train", "images", "train-images-idx3-ubyte"),
    ("train", "labels", "train-labels-idx1-ubyte"),
    ("test", "images", "t10k-images-idx3-ubyte"),
    ("test", "labels", "t10k-labels-idx1-ubyte"),
)


def find_offline_folder(dataset: Dataset, settings: Settings) -> Path | None:
    """The folder of the set's IDX files; None if there is none."""
    folder = settings.data_folder and settings.data_folder / dataset.name
    return folder if folder and folder.is_dir() else None


def find_idx_files(dataset: Dataset, folder: Path) -> tuple[Path, ...]:
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
    for part, what, name in IDX_PARTS:
        if (part, what) not in files:
            raise DataError(
                f"{dataset.label}: the folder {folder} lacks the file of {part} {what}. Expected "
                f"{name} or {name}.gz, as published. Add it, or take the folder away."
            )
    return tuple(files[part, what] for part, what, _ in IDX_PARTS)


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


def read_idx_files(dataset: Dataset, paths: tuple[Path, ...]) -> ImageArrays:
    """The images and labels of the four files that `find_idx_files` gives.

    Raises:
        DataError: If a file is damaged, or does not fit the others.
    """
    train_images, train_labels, test_images, test_labels = paths
    return ImageArrays(
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
    content, header_size = unzip(path, read_bytes(path)), 4 + 4 * num_dimensions
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


def read_bytes(path: Path) -> bytes:
    """What is stored in a file.

    Raises:
        DataError: If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"The file {path} cannot be read: {error}.") from error


def unzip(path: Path, stored: bytes) -> bytes:
    # The content decides, not the name: some browsers unzip a download and keep its ".gz".
    """The content of a file, which may be zipped.

    Raises:
        DataError: If it is zipped and damaged.
    """
    if stored[:2] != b"\x1f\x8b":
        return stored
    try:
        return gzip.decompress(stored)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} is incomplete or damaged: it cannot be unzipped ({error}). Fetch it again."
        ) from error
