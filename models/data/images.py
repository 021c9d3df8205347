"""Image sets as bytes, and the order in which the lab takes them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np

# Splits and orders of image sets never depend on a run's seed: otherwise the held-out figures
# of two runs would be measured on different images. `RandomState` because NumPy has frozen its
# stream for good, which it does not promise for `default_rng`.
SPLIT_SEED = 42

MAX_HELD_OUT_IMAGES = 10_000


class ImageArrays(NamedTuple):
    """An image set as bytes: pixels from 0 to 255 as rows `[num_images, 784]`, labels from 0."""

    train: np.ndarray
    train_labels: np.ndarray
    held_out: np.ndarray
    held_out_labels: np.ndarray


def leave_out(images: ImageArrays, classes: Collection[int]) -> ImageArrays:
    """The images of all other classes, in their order."""
    train, held_out = (
        ~np.isin(labels, list(classes)) for labels in (images.train_labels, images.held_out_labels)
    )
    return ImageArrays(
        images.train[train],
        images.train_labels[train],
        images.held_out[held_out],
        images.held_out_labels[held_out],
    )


def to_grey_values(pixels: np.ndarray) -> np.ndarray:
    """Bytes from 0 to 255 as float32 from 0 to 1."""
    return np.divide(pixels, 255, dtype=np.float32)


def put_in_drawing_order(images: ImageArrays) -> ImageArrays:
    """Shuffles the training images, so that the first of them are a fair sample of all."""
    order, chosen = drawing_order(len(images.train), len(images.held_out))
    return ImageArrays(
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


def check_images(images: ImageArrays) -> ImageArrays:
    """The images themselves, if they have the form which `ImageArrays` promises.

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


def as_grey(pixels: np.ndarray) -> np.ndarray:
    """Pixels from 0 (black) to 1 (white) as uint8; what lies outside is cut off."""
    return np.round(np.clip(pixels, 0.0, 1.0) * 255.0).astype(np.uint8)
