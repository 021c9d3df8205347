"""The conditional variational autoencoder: given the class, the code need only say the style."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.latent_gaussian import LatentGaussianAutoencoder
from models.autoencoders.conditional.hyperparameters import ConditionalHyperparameters
from models.data.datasets import SAMPLE_SIZE, Data

NUM_GENERATED = 60
"""Images, at most, that are decoded from the same draws of the prior all through a run: every
class in as many styles as there is room for."""


@keras.saving.register_keras_serializable("autoencoder_lab")
class ConditionalAutoencoder(LatentGaussianAutoencoder):
    """Minimises E_q[-log p(x | z, y)] + beta KL(q(z | x, y) || N(0, I)), y = the class of x.

    Both halves are given the class, one-hot, beside what they work on, so that the code need not
    say it: one z with every y is the same style in all classes (Kingma, Rezende, Mohamed and
    Welling, "Semi-supervised learning with deep generative models", NIPS 2014, equation 6, all
    labels known; Sohn, Lee and Yan, "Learning structured output representation using deep
    conditional generative models", NIPS 2015, section 4.1).

    Symbols: m, log s^2 = `posterior(x, y)`; z = `codes`; y = `labels`; e = noise stream
    "posterior"; p(x | z, y) = `likelihood`; p(y) = 1 / `num_classes`; beta = `beta`.
    """

    hyperparameters_class = ConditionalHyperparameters

    def condition(self, numbers: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        classes = tf.one_hot(labels, self.hyperparameters.num_classes)
        return tf.concat([numbers, classes], axis=-1)

    def encode(self, x: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """Without labels, the mean over all classes: sum_y p(y) m(x, y)."""
        return self._with_classes(super().encode, x, labels)

    def decode(self, codes: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """Without labels, the mean over all classes: E[x | z] = sum_y p(y) E[x | z, y]."""
        return self._with_classes(super().decode, codes, labels)

    def _with_classes(
        self, function: tf.Tensor, numbers: tf.Tensor, labels: tf.Tensor
    ) -> tf.Tensor:
        if labels is not None:
            return function(numbers, labels)
        count = self.hyperparameters.num_classes
        every = [tf.fill(tf.shape(numbers)[:1], label) for label in range(count)]
        return tf.add_n([function(numbers, labels) for labels in every]) / count

    @property
    def num_prior_draws(self) -> int:
        return max(NUM_GENERATED // self.hyperparameters.num_classes, 1)

    def generate(self) -> tf.Tensor:
        """Every draw of the prior with every class, the classes of one draw side by side."""
        count = self.hyperparameters.num_classes
        codes = tf.repeat(self.prior_draws(), count, axis=0)
        return self.decode(codes, tf.tile(tf.range(count), [self.num_prior_draws]))

    def pick_inputs(self, data: Data) -> tuple[np.ndarray, ...]:
        """Also the labels: both halves are given the class of every example."""
        return *super().pick_inputs(data), data.held_out_labels[:SAMPLE_SIZE]
