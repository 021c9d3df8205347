"""Which dimensions of a variational autoencoder's code say something."""

from __future__ import annotations

import numpy as np

USED_NATS = 0.1
"""A dimension whose KL divergence is larger, in nats per image, counts as used."""


def used_dimensions(kl: np.ndarray) -> int:
    """How many dimensions carry more than USED_NATS; `kl` is [latent_dim], in nats."""
    return int(np.sum(kl > USED_NATS))


def returned_dimensions(kl: np.ndarray) -> int:
    """How many dimensions are used in the end that had fallen silent before.

    Those that hover around the threshold do not count: silent is less than half of USED_NATS,
    used is more than twice as much.

    Args:
        kl: Epoch by epoch, without the untrained network, [epochs, latent_dim].
    """
    return int(np.sum((kl.min(axis=0) < 0.5 * USED_NATS) & (kl[-1] > 2.0 * USED_NATS)))
