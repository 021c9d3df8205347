"""The denoising autoencoder: shown damaged images, it has to give back the whole ones."""

from __future__ import annotations

import math

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.dense import DenseAutoencoder
from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.base.tensors import as_bytes
from models.autoencoders.denoising.corruption import KINDS, corrupted
from models.data.datasets import Data
from models.evaluation.pca import PCA

YARDSTICK_ROWS = 1_000
"""Examples that are corrupted at once to see what PCA makes of them."""


@keras.saving.register_keras_serializable("autoencoder_lab")
class DenoisingAutoencoder(DenseAutoencoder):
    """A stacked autoencoder that minimises |x - g(f(c(x)))|^2, where c adds noise.

    Copying no longer helps, so the code may even be larger than the image: what the network
    learns is the way back to where images lie (Vincent, Larochelle, Bengio and Manzagol,
    "Extracting and composing robust features with denoising autoencoders", ICML 2008, equation
    4). Every step draws new noise. The recorded losses, of held-out images too, are of noisy
    images; `encode`, `decode` and calling the model add none.

    Symbols: x = input; c = `corrupt`, noise stream "corruption"; f = `encoder`; g = `decoder`.

    Args:
        corruption: "gaussian", "masking" or "salt_and_pepper".
        noise_level: Standard deviation, or the share of pixels that are hit.
        **dense: Arguments of `DenseAutoencoder`.
    """

    argument_names = (*DenseAutoencoder.argument_names, "corruption", "noise_level")
    adjustable = ("noise_level",)

    def __init__(self, corruption: str = "gaussian", noise_level: float = 0.5, **dense):
        if corruption not in KINDS:
            raise ValueError(
                f"corruption={corruption!r} was passed; expected one of {', '.join(KINDS)}."
            )
        super().__init__(own={"corruption": corruption, "noise_level": noise_level}, **dense)

    def corrupt(self, x, noise: Noise):
        return corrupted(
            x,
            self.arguments["corruption"],
            self.adjusted["noise_level"],
            normal=lambda: noise.normal("corruption", tf.shape(x)),
            uniform=lambda: noise.uniform("corruption", tf.shape(x)),
            where=tf.where,
        )

    def _noisy(self, x):
        """The images with the noise that every evaluation uses."""
        return self.corrupt(x, Noise(self._seed, EVALUATION_STEP))

    def pca_baseline(self, x: np.ndarray, components: PCA) -> float:
        """PCA's mean squared error where it, too, sees the noisy images; PCA that was fitted to
        the clean ones, and projects the noise away that lies outside of its subspace."""
        total, size = 0.0, self.arguments["latent_dim"]
        for part in np.array_split(x, math.ceil(len(x) / YARDSTICK_ROWS)):
            rebuilt = components.reconstruct(self._noisy(part).numpy(), size)
            total += np.square(part - rebuilt, dtype=np.float64).sum()
        return float(total / x.size)

    def sample(self, data: Data, components: PCA) -> dict[str, np.ndarray]:
        """Also "noisy", uint8 [n, input_dim]: what the network is shown; PCA likewise."""
        noisy = self._noisy(self.pictured(data))
        rebuilt = components.reconstruct(noisy.numpy(), self.arguments["latent_dim"])
        return super().sample(data, components) | {
            "noisy": as_bytes(noisy).numpy(),
            "pca_reconstructions": as_bytes(rebuilt).numpy(),
        }

    def draw(self, x):
        """Codes and reconstructions of the noisy images."""
        return super().draw(self._noisy(x))
