"""What variational autoencoders share: codes that are normal distributions, and their bound."""

from __future__ import annotations

import dataclasses
import math

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.base.tensors import as_bytes, mean_squared_error
from models.data.datasets import Data
from models.evaluation.pca import PCA
from models.layers.keras_builder import build_layer
from models.layers.spec import Layer

FIRST_LOG_NOISE_VARIANCE = -3.0
"""About the variance of all pixels (0.05): where a Gaussian decoder that knows nothing starts."""

LEAST_VARIANCE = 1e-10
"""Keeps the logarithm finite where a network that gives s directly reaches zero."""

NUM_GENERATED = 40
"""Digits that are decoded from the same draws of the prior all through a run."""


def gaussian_kl(mean: tf.Tensor, log_variance: tf.Tensor) -> tf.Tensor:
    """KL(N(mean, variance) || N(0, I)) per dimension, in nats.

    Kingma and Welling, "Auto-encoding variational Bayes", 2014, appendix B:
    -(1 + log s^2 - m^2 - s^2) / 2.

    Args:
        mean: m, [batch, latent_dim].
        log_variance: log s^2, [batch, latent_dim].

    Returns:
        [batch, latent_dim], each at least 0.
    """
    return -0.5 * (1.0 + log_variance - tf.square(mean) - tf.exp(log_variance))


def log_variance_of(sigma: tf.Tensor) -> tf.Tensor:
    """log s^2 for a network that gives s itself, of any sign (Geron, "Hands-on machine
    learning", 2017, chapter 15): log(1e-10 + s^2).

    Its slope is 2 / s: about 1 at s = 2, but 20,000 at s = 0.0001.
    """
    return tf.math.log(LEAST_VARIANCE + tf.square(sigma))


def bernoulli_nats(x: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """-log p(x | z), nats per example [batch], each pixel a coin with p(white) = sigmoid(logit).

    For grey pixels x it is the cross-entropy, whose least possible value is not 0 but the
    entropy of the pixels themselves.
    """
    return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(x, logits), axis=-1)


def gaussian_nats(x: tf.Tensor, mean: tf.Tensor, log_variance: tf.Tensor) -> tf.Tensor:
    """-log N(x; mean, variance I), nats per example [batch]; negative where the density
    exceeds 1.

    Args:
        x: [batch, input_dim].
        mean: [batch, input_dim].
        log_variance: Scalar, the same for all pixels.
    """
    squared = tf.square(x - mean) * tf.exp(-log_variance)
    return 0.5 * tf.reduce_sum(squared + log_variance + math.log(2.0 * math.pi), axis=-1)


class LatentGaussianAutoencoder(Autoencoder):
    """Minimises E_q[-log p(x | z)] + beta KL(q(z | x) || N(0, I)), q = N(m(x), s(x)^2 I).

    One reparameterised sample z = m + s e, e ~ N(0, I), is drawn per example. The decoder gives
    logits with a Bernoulli likelihood, means with a Gaussian one, and then one noise level for all
    pixels is learned. A type may condition both halves, see `condition`.

    Symbols: m, log s^2 = `posterior(x)`; z = `codes`; e = noise stream "posterior";
    p(x | z) = `likelihood`; beta = `beta`.
    """

    adjustable = ("beta", "kl_warmup_steps")
    own_terms = ("reconstruction_nats", "kl_nats")

    def build_networks(self) -> None:
        super().build_networks()
        if self.hyperparameters.likelihood == "gaussian":
            first = keras.initializers.Constant(FIRST_LOG_NOISE_VARIANCE)
            self.log_noise_variance = self.add_weight((), first, name="log_noise_variance")

    def build_layer(self, layer: Layer) -> keras.Layer:
        if layer.name not in ("posterior", "output"):
            return super().build_layer(layer)
        # Variance 1/fan_in for the two linear outputs: the hidden layers' initialiser would
        # double it, and exp(log s^2) starts far from 1.
        linear = dataclasses.replace(layer, activation="linear")
        return build_layer(linear, "lecun_normal", self.hyperparameters.l2)

    def initialize(self, seed: int) -> None:
        super().initialize(seed)
        if self.hyperparameters.likelihood == "gaussian":
            self.log_noise_variance.assign(FIRST_LOG_NOISE_VARIANCE)

    def condition(self, numbers: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        """What a half is given in place of `numbers` [batch, n]: a type may add the class."""
        return numbers

    def posterior(
        self, x: tf.Tensor, labels: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Mean and log-variance of q(z | x), both [batch, latent_dim]."""
        mean, spread = tf.split(self.encoder(self.condition(x, labels)), 2, axis=-1)
        if self.hyperparameters.parametrization == "sigma":
            spread = log_variance_of(spread)
        return mean, spread

    def encode(self, x: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """As `Autoencoder.encode`; a type may condition its halves on the labels, int32 [batch]."""
        return self.posterior(x, labels)[0]

    def decode(self, codes: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """As `Autoencoder.decode`, with labels as for `encode`."""
        return self._pixels(self.decoder(self.condition(codes, labels)))

    def _pixels(self, output: tf.Tensor) -> tf.Tensor:
        return tf.sigmoid(output) if self.hyperparameters.likelihood == "bernoulli" else output

    def kl_weight(self, step: tf.Tensor) -> tf.Tensor:
        """beta at an optimiser step; at its full value in every evaluation."""
        step = tf.cast(step, tf.float32)
        warm = tf.minimum(1.0, (step + 1.0) / tf.maximum(self.adjusted["kl_warmup_steps"], 1.0))
        return self.adjusted["beta"] * tf.where(step < 0.0, 1.0, warm)

    def objective(self, x: tf.Tensor, labels: tf.Tensor, noise: Noise) -> dict[str, tf.Tensor]:
        mean, log_variance = self.posterior(x, labels)
        standard = noise.normal("posterior", tf.shape(mean))
        codes = mean + tf.exp(0.5 * log_variance) * standard
        output = self.decoder(self.condition(codes, labels))
        if self.hyperparameters.likelihood == "bernoulli":
            nats = bernoulli_nats(x, output)
        else:
            nats = gaussian_nats(x, output, self.log_noise_variance)
        kl = tf.reduce_mean(tf.reduce_sum(gaussian_kl(mean, log_variance), axis=-1))
        nats = tf.reduce_mean(nats)
        terms = {
            "reconstruction_mse": mean_squared_error(x, self._pixels(output)),
            "reconstruction_nats": nats,
            "kl_nats": kl,
        }
        return self.with_penalty(terms, nats + self.kl_weight(noise.step) * kl, x, codes, labels)

    def flow(self, x: tf.Tensor, labels: tf.Tensor, noise: Noise) -> dict[str, tf.Tensor]:
        """Also "means", "deviations" and "noise", [batch, latent_dim], of which "codes" are
        made."""
        mean, log_variance = self.posterior(x, labels)
        standard = noise.normal("posterior", tf.shape(mean))
        deviation = tf.exp(0.5 * log_variance)
        codes = mean + deviation * standard
        return {
            "means": mean,
            "deviations": deviation,
            "noise": standard,
            "codes": codes,
            "outputs": self.decode(codes, labels),
        }

    @property
    def num_prior_draws(self) -> int:
        """How many draws of the prior a run shows."""
        return NUM_GENERATED

    def prior_draws(self) -> tf.Tensor:
        """Draws of the prior, [num_prior_draws, latent_dim]: the same all through a run."""
        shape = (self.num_prior_draws, self.hyperparameters.latent_dim)
        return Noise(self._seed, EVALUATION_STEP).normal("prior", shape)

    def generate(self) -> tf.Tensor:
        """New examples, [n, input_dim], decoded from `prior_draws`."""
        return self.decode(self.prior_draws())

    def sample(self, data: Data, components: PCA) -> dict[str, np.ndarray]:
        """Also "prior_draws", float32 [n, latent_dim]."""
        return super().sample(data, components) | {"prior_draws": self.prior_draws().numpy()}

    def draw(self, x: tf.Tensor, labels: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        """Also "log_variances" of the sample's codes, float32 [n, latent_dim]; "generated",
        uint8 [n, input_dim], see `generate`; and "kl_per_dimension", nats per image
        [latent_dim], over the sample. `labels` is None where the decoder is given none."""
        mean, log_variance = self.posterior(x, labels)
        return {
            "codes": mean,
            "log_variances": log_variance,
            "reconstructions": as_bytes(self.decode(mean, labels)),
            "generated": as_bytes(self.generate()),
            "kl_per_dimension": tf.reduce_mean(gaussian_kl(mean, log_variance), axis=0),
        }
