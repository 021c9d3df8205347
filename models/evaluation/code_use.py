"""Which dimensions of a variational autoencoder's code say something."""

from __future__ import annotations

import numpy as np

USED_NATS = 0.1
"""A dimension whose KL divergence is larger, in nats per image, counts as used."""


def used_dimensions(kl: np.ndarray) -> int:
    """How many dimensions carry more than USED_NATS; `kl` is [latent_dim], in nats."""
    return int(np.sum(kl > USED_NATS))
