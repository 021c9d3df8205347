"""The hashing autoencoder: its code is made of bits, so that similar images can be looked up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.base.noise import Noise
from models.autoencoders.base.tensors import mean_squared_error
from models.autoencoders.hashing.hyperparameters import HashingHyperparameters
from models.data.datasets import Data
from models.evaluation import binary_pca
from models.evaluation.pca import PCA, mean_error
from models.layers.spec import Layer

UNDECIDED = 0.1
"""An activity that is nearer to 0 or 1 than this counts as saturated."""


@keras.saving.register_keras_serializable("autoencoder_lab")
class HashingAutoencoder(Autoencoder):
    """A stacked autoencoder whose code is bits, z^ = round(sigmoid(f(x))).

    Rounding has no slope to learn from, so training minimises |x - g(sigmoid(f(x) + s e))|^2: it
    goes through the sigmoid, with Gaussian noise before it. Near its middle, noise would drown what
    the code says; only sums f(x) far from 0, where the sigmoid is flat at 0 or 1, get through. So
    the activities become nearly bits by themselves, and rounding them afterwards costs little
    (Salakhutdinov and Hinton, "Semantic hashing", International Journal of Approximate Reasoning
    50, 2009, section 3.2, where s = 4, and the noise of an example stays the same; here it is drawn
    anew at each step).

    Without noise, and with real bits, is everything but training: `encode`, `draw`, and all
    recorded losses, those of the training images too.

    Symbols: f = `encoder`, sums without activation; z^ = `encode`; s = `code_noise`; e ~ N(0, I),
    noise stream "code"; g = `decoder`.
    """

    hyperparameters_class = HashingHyperparameters
    adjustable = ("code_noise",)

    def build_layer(self, layer: Layer) -> keras.Layer:
        # The plan says what the code is; it is learned through sums without activation.
        if layer.activation == "step":
            layer = dataclasses.replace(layer, activation="linear")
        return super().build_layer(layer)

    def activities(self, x: tf.Tensor) -> tf.Tensor:
        """What is rounded: numbers between 0 and 1, [batch, latent_dim]."""
        return tf.sigmoid(self.encoder(x))

    def encode(self, x: tf.Tensor) -> tf.Tensor:
        """Bits, as float32 [batch, latent_dim]: 1 where the activity is more than one half."""
        return tf.cast(self.encoder(x) > 0.0, tf.float32)

    def training_codes(self, x: tf.Tensor, noise: Noise) -> tf.Tensor:
        """Noisy activities in a training step, bits in an evaluation; [batch, latent_dim]."""
        sums = self.encoder(x)
        shift = self.adjusted["code_noise"] * noise.normal("code", tf.shape(sums))
        return tf.where(noise.step < 0, tf.cast(sums > 0.0, tf.float32), tf.sigmoid(sums + shift))

    def pca_errors(self, data: Data, components: PCA) -> dict[str, float]:
        """The mean squared errors of PCA where it, too, may keep so many bits."""
        rebuild = self.pca_reconstruction(data, components)
        parts = (("train", data.train), ("held_out", data.held_out))
        return {part: mean_error(x, rebuild) for part, x in parts}

    def pca_reconstruction(self, data: Data, components: PCA) -> Callable[[np.ndarray], np.ndarray]:
        h = self.hyperparameters
        binary = binary_pca.fit(components, data, h.latent_dim, h.output_range)
        return partial(binary.reconstruct, within=h.output_range)

    def draw(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """Also "activities", what is rounded, float32 [n, latent_dim]."""
        return super().draw(x) | {"activities": self.activities(x)}

    def diagnostics(self, data: Data, components: PCA) -> dict[str, float]:
        """Over the held-out images: the error that the activities would make if they were not
        rounded, and the share of them that is within `UNDECIDED` of 0 or 1."""
        x = data.held_out
        activities = self.activities(x)
        distance = np.minimum(activities, 1.0 - activities)
        return {
            "unrounded_mse": float(mean_squared_error(x, self.decode(activities))),
            "saturated_share": float(np.mean(distance < UNDECIDED)),
        }
