"""How errors, and what units of a code paint, are spread over the places of an image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def row_errors(images: np.ndarray, others: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The mean squared error of each row.

    Args:
        images: uint8, [n, pixels], white = 255.
        others: What is compared with them, likewise.
        shape: Height and width of an image.

    Returns:
        [height], of pixels between 0 and 1.
    """
    difference = (images.astype(np.float32) - others) / 255
    return np.square(difference).reshape(-1, *shape).mean(axis=(0, 2))


def row_influence(
    encode: Callable[[np.ndarray], np.ndarray], images: np.ndarray, noise: float
) -> np.ndarray:
    """How much each row counts in the codes of images.

    Args:
        encode: Codes [n, size] of flat images [n, pixels].
        images: float32, [n, height, width].
        noise: Standard deviation of what is added to one row at a time.

    Returns:
        The mean distance by which that moves a code, [height], in units of the mean distance
        between the codes of two images.
    """
    count, height, width = images.shape
    clean = images.reshape(count, -1)
    codes = encode(clean)
    draws = noise * np.random.default_rng(0).standard_normal(clean.shape, np.float32)
    # All images with all rows changed in turn, [height, images, pixels], go through at once.
    where = np.repeat(np.eye(height, dtype=np.float32), width, axis=1)
    shifted = encode((clean + where[:, None] * draws).reshape(-1, height * width))
    moved = np.linalg.norm(shifted.reshape(height, *codes.shape) - codes, axis=2).mean(axis=1)
    apart = np.linalg.norm(codes - np.roll(codes, 1, axis=0), axis=1).mean()
    return moved / max(float(apart), 1e-12)


def largest_window_share(effects: np.ndarray, window: int) -> np.ndarray:
    """How much of each effect lies within one window: of the square that holds most of it, the
    share of the sum of squares. 1 for what is local, about the window's area for what is not.

    Args:
        effects: [n, height, width].
        window: Height and width of the square.

    Returns:
        [n]; NaN for an effect that is 0 everywhere.
    """
    energy = np.square(effects, dtype=np.float64)
    sums = sliding_window_view(energy, (window, window), axis=(1, 2)).sum(axis=(3, 4))
    whole = energy.sum(axis=(1, 2))
    return np.divide(
        sums.max(axis=(1, 2)), whole, out=np.full(len(effects), np.nan), where=whole > 0
    )


def unit_effects(
    decode: Callable[[np.ndarray], np.ndarray], codes: np.ndarray, units: np.ndarray
) -> np.ndarray:
    """What an image gains when a unit goes from silence to its largest activity while all others
    have their mean.

    Args:
        decode: Images [n, pixels] of codes [n, size].
        codes: Of a sample; no number is negative.
        units: Which numbers of the code.

    Returns:
        [units, pixels].
    """
    # Without the others, the image would be grey where they usually see to it that it is black.
    without = np.tile(codes.mean(axis=0), (len(units), 1))
    alone, own = without.copy(), (np.arange(len(units)), units)
    without[own], alone[own] = 0.0, np.maximum(codes.max(axis=0)[units], 1e-6)
    return decode(alone) - decode(without)
