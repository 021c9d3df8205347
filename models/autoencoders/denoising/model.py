"""The denoising autoencoder: shown damaged images, it has to give back the whole ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.base.tensors import as_bytes
from models.autoencoders.denoising import wiener
from models.autoencoders.denoising.corruption import corrupt
from models.autoencoders.denoising.hyperparameters import DenoisingHyperparameters
from models.data.datasets import Data
from models.evaluation.pca import PCA

BASELINE_ROWS = 1_000
"""Examples that are corrupted at once to see what the Wiener filter makes of them."""


@keras.saving.register_keras_serializable("autoencoder_lab")
class DenoisingAutoencoder(Autoencoder):
    """A stacked autoencoder that minimises |x - g(f(c(x)))|^2, where c adds noise.

    Copying no longer helps, so the code may even be larger than the image: what the network
    learns is the way back to where images lie (Vincent, Larochelle, Bengio and Manzagol,
    "Extracting and composing robust features with denoising autoencoders", ICML 2008, equation
    4), and with it the slope of their density (Alain and Bengio, "What regularized auto-encoders
    learn from the data-generating distribution", JMLR 15, 2014). Every step draws new noise. The
    recorded losses, of held-out images too, are of noisy images; `encode`, `decode` and calling
    the model add none.

    Symbols: x = input; c = `corrupt`, noise stream "corruption"; f = `encoder`; g = `decoder`.
    """

    hyperparameters_class = DenoisingHyperparameters
    adjustable = ("noise_level",)

    def corrupt(self, x: tf.Tensor, noise: Noise) -> tf.Tensor:
        return corrupt(
            x,
            self.hyperparameters.corruption,
            self.adjusted["noise_level"],
            normal=lambda: noise.normal("corruption", tf.shape(x)),
            uniform=lambda: noise.uniform("corruption", tf.shape(x)),
            where=tf.where,
        )

    def _noisy(self, x: tf.Tensor) -> tf.Tensor:
        """The images with the noise that every evaluation uses."""
        return self.corrupt(x, Noise(self._seed, EVALUATION_STEP))

    def pca_baseline(self, x: np.ndarray, components: PCA) -> float:
        """The mean squared error of the best linear map, the Wiener filter, which sees the noisy
        images, too. It has no bottleneck."""
        total, repair = 0.0, self._linear_filter(components)
        for part in np.array_split(x, math.ceil(len(x) / BASELINE_ROWS)):
            total += np.square(part - repair(self._noisy(part).numpy()), dtype=np.float64).sum()
        return float(total / x.size)

    def _linear_filter(self, components: PCA) -> Callable[[np.ndarray], np.ndarray]:
        h = self.hyperparameters
        best = wiener.fit(components, h.corruption, h.noise_level)
        return partial(best.repair, within=h.output_range)

    def sample(self, data: Data, components: PCA) -> dict[str, np.ndarray]:
        """Also "noisy", uint8 [n, input_dim]: what the network and the Wiener filter are shown;
        "pca_reconstructions" are the filter's."""
        noisy = self._noisy(self.pick_examples(data))
        repaired = self._linear_filter(components)(noisy.numpy())
        return super().sample(data, components) | {
            "noisy": as_bytes(noisy).numpy(),
            "pca_reconstructions": as_bytes(repaired).numpy(),
        }

    def draw(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """Codes and reconstructions of the noisy images."""
        return super().draw(self._noisy(x))
