"""What a denoising autoencoder has to undo: three kinds of noise on images.

Written once for TensorFlow, which trains, and for NumPy, with which the web process tries a trained
network on noise that it has never seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

KINDS = {
    "gaussian": "Gaussian",
    "masking": "masking",
    "salt_and_pepper": "salt and pepper",
}


def corrupt(
    x: Any,
    kind: str,
    noise_level: Any,
    *,
    normal: Callable[[], Any],
    uniform: Callable[[], Any],
    where: Callable[[Any, Any, Any], Any],
) -> Any:
    """The images with noise (Vincent et al., "Stacked denoising autoencoders", JMLR 11, 2010,
    section 3.3).

    Args:
        x: Pixels from 0 to 1, [batch, input_dim].
        kind: One of `KINDS`.
        noise_level: Standard deviation of Gaussian noise; else the probability that a pixel is hit.
        normal: Draws standard normal numbers of the shape of `x`.
        uniform: Draws numbers from [0, 1) of that shape.
        where: `numpy.where` or `tensorflow.where`.

    Returns:
        [batch, input_dim]; Gaussian noise leads below 0 and above 1, and nothing is cut off.

    Raises:
        ValueError: If the kind is unknown.
    """
    if kind == "gaussian":
        return x + noise_level * normal()
    if kind == "masking":
        return where(uniform() < noise_level, 0.0, x)
    if kind == "salt_and_pepper":
        draws = uniform()
        hit = where(draws < noise_level / 2, 0.0, x)
        return where(draws >= 1 - noise_level / 2, 1.0, hit)
    raise ValueError(f"corruption={kind!r} was passed; expected one of {', '.join(KINDS)}.")


def moments(
    kind: str, noise_level: float, mean: np.ndarray, variance: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """What `corrupt` does to mean and variance of each pixel.

    Args:
        kind: One of `KINDS`.
        noise_level: As in `corrupt`.
        mean: Of the pixels of clean images, [input_dim].
        variance: Likewise.

    Returns:
        By what the covariance of a noisy pixel with any clean one is multiplied; the means of the
        noisy pixels; their variances.
    """
    if kind == "gaussian":
        return 1.0, mean, variance + noise_level**2
    kept = 1 - noise_level
    white = noise_level / 2 if kind == "salt_and_pepper" else 0.0
    noisy_mean = kept * mean + white
    square = kept * (variance + mean**2) + white  # of a white pixel it is 1
    return kept, noisy_mean, square - noisy_mean**2
