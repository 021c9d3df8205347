"""What variational autoencoders share: codes that are normal distributions, and their bound."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.base.tensors import as_bytes, mean_squared_error
from models.data.datasets import Data
from models.evaluation.pca import PCA
from models.layers.keras_builder import dense, hidden_layers, sequential

FIRST_LOG_NOISE_VARIANCE = -3.0
"""About the variance of all pixels (0.05): where a Gaussian decoder that knows nothing starts."""

LEAST_VARIANCE = 1e-10
"""Keeps the logarithm finite where a network that gives s directly reaches zero."""

NUM_GENERATED = 40
"""Digits that are decoded from the same draws of the prior all through a run."""


def gaussian_kl(mean, log_variance):
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


def log_variance_of(sigma):
    """log s^2 for a network that gives s itself, of any sign (Geron, "Hands-on machine
    learning", 2017, chapter 15): log(1e-10 + s^2).

    Its slope is 2 / s: about 1 at s = 2, but 20,000 at s = 0.0001.
    """
    return tf.math.log(LEAST_VARIANCE + tf.square(sigma))


def bernoulli_nats(x, logits):
    """-log p(x | z), nats per example [batch], each pixel a coin with p(white) = sigmoid(logit).

    For grey pixels x it is the cross-entropy, whose least possible value is not 0 but the
    entropy of the pixels themselves.
    """
    return tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(x, logits), axis=-1)


def gaussian_nats(x, mean, log_variance):
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

    One reparameterised sample z = m + s e, e ~ N(0, I), is drawn per example. A type may
    tell both halves more, see `told`.

    Symbols: m, log s^2 = `posterior(x)`; z = `codes`; e = noise stream "posterior";
    p(x | z) = `likelihood`; beta = `beta`.

    Args:
        input_dim: Numbers in one example.
        hidden_sizes: Units of the encoder's hidden layers; the decoder mirrors them.
        latent_dim: Dimensions of the latent space.
        hidden_activation: After each hidden layer.
        initializer: Of all kernels; biases start at zero.
        l2: Weight of the sum of squared kernel entries in the loss.
        likelihood: "bernoulli" (the decoder gives logits) or "gaussian" (it gives means; one
            noise level for all pixels is learned).
        parametrization: "log_variance" or "sigma": what the encoder gives beside the mean.
        beta: Weight of the KL divergence.
        kl_warmup_steps: Optimiser steps over which that weight rises from 0 to `beta`.
        seed: Determines the initial weights and the samples.
        own: Further arguments, those of the type.
        told_dim: Numbers that `told` adds.
    """

    argument_names: tuple[str, ...] = (
        *("input_dim", "hidden_sizes", "latent_dim", "hidden_activation", "initializer", "l2"),
        *("likelihood", "parametrization", "beta", "seed"),
    )
    adjustable = ("beta", "kl_warmup_steps")

    def __init__(
        self,
        input_dim: int = 784,
        hidden_sizes: tuple[int, ...] = (500, 500),
        latent_dim: int = 20,
        hidden_activation: str = "elu",
        initializer: str = "he_normal",
        l2: float = 0.0,
        likelihood: str = "bernoulli",
        parametrization: str = "log_variance",
        beta: float = 1.0,
        kl_warmup_steps: int = 0,
        seed: int = 42,
        *,
        own: Mapping[str, Any] | None = None,
        told_dim: int = 0,
        **kwargs,
    ):
        if likelihood not in ("bernoulli", "gaussian"):
            raise ValueError(
                f"likelihood={likelihood!r} was passed; expected 'bernoulli' or 'gaussian'."
            )
        if parametrization not in ("log_variance", "sigma"):
            raise ValueError(
                f"parametrization={parametrization!r} was passed; expected 'log_variance' or "
                "'sigma'."
            )
        arguments = {
            "input_dim": input_dim,
            "hidden_sizes": tuple(hidden_sizes),
            "latent_dim": latent_dim,
            "hidden_activation": hidden_activation,
            "initializer": initializer,
            "l2": l2,
            "likelihood": likelihood,
            "parametrization": parametrization,
            "beta": beta,
            "kl_warmup_steps": kl_warmup_steps,
            "seed": seed,
            **(own or {}),
        }
        style = hidden_activation, initializer, l2
        encoder = hidden_layers("encoder", hidden_sizes, *style)
        decoder = hidden_layers("decoder", hidden_sizes[::-1], *style)
        # Variance 1/fan_in for the two linear outputs: the hidden layers' initialiser would
        # double it, and exp(log s^2) starts far from 1.
        encoder += [dense(2 * latent_dim, "linear", "lecun_normal", l2, "posterior")]
        decoder += [dense(input_dim, "linear", "lecun_normal", l2, "output")]
        penalty = ("penalty",) if l2 else ()
        names = ("reconstruction_mse", "reconstruction_nats", "kl_nats", *penalty, "total")
        super().__init__(
            sequential(input_dim + told_dim, encoder, "encoder"),
            sequential(latent_dim + told_dim, decoder, "decoder"),
            arguments=arguments,
            term_names=names,
            **kwargs,
        )
        self.likelihood, self.parametrization = likelihood, parametrization
        if likelihood == "gaussian":
            self.log_noise_variance = self.add_weight(
                name="log_noise_variance",
                shape=(),
                initializer=keras.initializers.Constant(FIRST_LOG_NOISE_VARIANCE),
            )

    @classmethod
    def arguments_from(cls, hyperparameters):
        h = hyperparameters
        steps = h.kl_warmup_epochs * h.steps_per_epoch
        return super().arguments_from(h) | {"kl_warmup_steps": steps}

    def initialize(self, seed: int) -> None:
        super().initialize(seed)
        if hasattr(self, "log_noise_variance"):
            self.log_noise_variance.assign(FIRST_LOG_NOISE_VARIANCE)

    def told(self, numbers, labels):
        """What a half is given in place of `numbers` [batch, n]: a type adds what it tells it."""
        return numbers

    def posterior(self, x, labels=None):
        """Mean and log-variance of q(z | x), both [batch, latent_dim]."""
        mean, spread = tf.split(self.encoder(self.told(x, labels)), 2, axis=-1)
        return mean, spread if self.parametrization == "log_variance" else log_variance_of(spread)

    def encode(self, x, labels=None):
        """As `Autoencoder.encode`; a type may tell its halves the labels, int32 [batch]."""
        return self.posterior(x, labels)[0]

    def decode(self, codes, labels=None):
        """As `Autoencoder.decode`, with labels as for `encode`."""
        return self._pixels(self.decoder(self.told(codes, labels)))

    def _pixels(self, output):
        return tf.sigmoid(output) if self.likelihood == "bernoulli" else output

    def kl_weight(self, step):
        """beta at an optimiser step; at its full value in every evaluation."""
        step = tf.cast(step, tf.float32)
        warm = tf.minimum(1.0, (step + 1.0) / tf.maximum(self.adjusted["kl_warmup_steps"], 1.0))
        return self.adjusted["beta"] * tf.where(step < 0.0, 1.0, warm)

    def objective(self, x, labels, noise: Noise):
        mean, log_variance = self.posterior(x, labels)
        standard = noise.normal("posterior", tf.shape(mean))
        codes = mean + tf.exp(0.5 * log_variance) * standard
        output = self.decoder(self.told(codes, labels))
        if self.likelihood == "bernoulli":
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

    def flow(self, x, labels, noise: Noise):
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

    def prior_draws(self):
        """Draws of the prior, [num_prior_draws, latent_dim]: the same all through a run."""
        shape = (self.num_prior_draws, self.arguments["latent_dim"])
        return Noise(self._seed, EVALUATION_STEP).normal("prior", shape)

    def generate(self):
        """New examples, [n, input_dim], decoded from `prior_draws`."""
        return self.decode(self.prior_draws())

    def sample(self, data: Data, components: PCA) -> dict[str, np.ndarray]:
        """Also "prior_draws", float32 [n, latent_dim]."""
        return super().sample(data, components) | {"prior_draws": self.prior_draws().numpy()}

    def draw(self, x, labels=None):
        """Also "log_variances" of the sample's codes, float32 [n, latent_dim]; "generated",
        uint8 [n, input_dim], see `generate`; and "kl_per_dimension", nats per image
        [latent_dim], over the sample. `labels` is None where the decoder is told none."""
        mean, log_variance = self.posterior(x, labels)
        return {
            "codes": mean,
            "log_variances": log_variance,
            "reconstructions": as_bytes(self.decode(mean, labels)),
            "generated": as_bytes(self.generate()),
            "kl_per_dimension": tf.reduce_mean(gaussian_kl(mean, log_variance), axis=0),
        }
