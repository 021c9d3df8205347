"""What can be measured on the image of a digit: how it leans, how large it is, how thick its pen.

Nobody gave these images factors by which they were made. These few can be computed from the pixels
themselves, so that the dimensions of a code can be compared with them.
"""

from __future__ import annotations

import numpy as np

FACTORS = ("slant", "width", "height", "stroke")
"""What `measure` gives, in this order."""

_LEAST = 1e-6  # ink, or variance, of an image that has none


def measure(images: np.ndarray) -> np.ndarray:
    """The FACTORS of each image, [n, 4].

    Slant, width and height come from the moments of the ink (Teague, "Image analysis via the
    general theory of moments", Journal of the Optical Society of America 70, 1980). Ink of area A
    with an outline of length P, drawn with a pen much thinner than its strokes are long, has a
    stroke of 2 A / P; the outline of a grey image is its total variation.

    Args:
        images: Shape [n, height, width], from 0 (no ink) to 1, or to 255.

    Returns:
        Slant: pixels to the right for each pixel upwards, 0 for an upright digit. Width (once made
        upright) and height: standard deviations of the ink, in pixels. Stroke: in pixels.
    """
    ink = np.asarray(images, np.float64)
    mass = np.maximum(ink.sum(axis=(1, 2)), _LEAST)
    down, right = np.mgrid[: ink.shape[1], : ink.shape[2]].astype(float)

    def mean(values: np.ndarray) -> np.ndarray:
        return (ink * values).sum(axis=(1, 2)) / mass

    across = right - mean(right)[:, None, None]
    below = down - mean(down)[:, None, None]
    xx, xy, yy = mean(across**2), mean(across * below), np.maximum(mean(below**2), _LEAST)
    width = np.sqrt(np.maximum(xx - xy**2 / yy, 0.0))
    return np.stack([-xy / yy, width, np.sqrt(yy), 2.0 * mass / _outline(ink)], axis=1)


def _outline(ink: np.ndarray) -> np.ndarray:
    """The total variation of each image: for black and white, the length of the outline."""
    padded = np.pad(ink, ((0, 0), (1, 1), (1, 1)))
    down, right = np.diff(padded, axis=1)[:, :, :-1], np.diff(padded, axis=2)[:, :-1]
    return np.maximum(np.hypot(down, right).sum(axis=(1, 2)), _LEAST)


def correlations(codes: np.ndarray, factors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Pearson's correlation of every dimension with every factor within the classes.

    The mean of its class is taken off both first: that a 1 is narrow says nothing about width.

    Args:
        codes: Shape [n, latent_dim].
        factors: Shape [n, k].
        labels: Class of each example, [n].

    Returns:
        From -1 to 1, [latent_dim, k]; 0 where a dimension or a factor does not vary.
    """
    left, right = _within(codes, labels), _within(factors, labels)
    lengths = np.outer(np.linalg.norm(left, axis=0), np.linalg.norm(right, axis=0))
    return np.divide(left.T @ right, lengths, out=np.zeros_like(lengths), where=lengths > 1e-9)


def _within(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Values [n, k] minus the mean of their class."""
    values = np.asarray(values, np.float64)
    members = np.eye(labels.max() + 1)[labels]
    means = members.T @ values / np.maximum(members.sum(axis=0), 1.0)[:, None]
    return values - means[labels]
