"""The adversarial autoencoder: a second network judges whether codes look like draws of a prior."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import keras
import numpy as np
import tensorflow as tf
import tensorflow.experimental.numpy as tnp

from models.autoencoders.adversarial import priors
from models.autoencoders.adversarial.hyperparameters import AdversarialHyperparameters
from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.base.tensors import as_bytes, mean_squared_error
from models.data.datasets import SAMPLE_SIZE, Data
from models.evaluation import anomaly_scores, density
from models.evaluation.pca import PCA
from models.layers.keras_builder import build_layer, sequential

NUM_GENERATED = 40
"""Digits that are decoded from the same draws of the prior all through a run."""

MAP_SIZE = 45
"""Points along each side of the plane on which the discriminator's opinion is drawn."""

LEAST_LIMIT = 4.0
"""How far from zero that plane reaches at least: all three priors lie within."""


def cross_entropy(logits: tf.Tensor, is_prior: bool) -> tf.Tensor:
    """-log of the probability that the discriminator gives the truth, in nats; the mean over
    `logits` [batch].

    Args:
        logits: log(D / (1 - D)), D the probability that what it sees was drawn from the prior.
        is_prior: Whether it was.
    """
    return tf.reduce_mean(tf.nn.softplus(-logits if is_prior else logits))


def discrimination(
    discriminate: Callable[[tf.Tensor], tf.Tensor], draws: tf.Tensor, codes: tf.Tensor
) -> dict:
    """The terms of a discriminator that is shown draws of the prior and as many codes.

    Args:
        discriminate: Gives its logits [n] for points [n, latent_dim].
        draws: [n, latent_dim].
        codes: [n, latent_dim].
    """
    with tf.GradientTape() as tape:
        tape.watch(draws)
        real = discriminate(draws)
    slopes = tape.gradient(real, draws)
    fake = discriminate(codes)
    right = tf.concat([real > 0.0, fake < 0.0], axis=0)
    return {
        "discriminator_loss": 0.5 * (cross_entropy(real, True) + cross_entropy(fake, False)),
        "gradient_penalty": tf.reduce_mean(tf.reduce_sum(tf.square(slopes), axis=1)),
        "discriminator_accuracy": tf.reduce_mean(tf.cast(right, tf.float32)),
    }


@keras.saving.register_keras_serializable("autoencoder_lab")
class AdversarialAutoencoder(Autoencoder):
    """Two opponents: D tells codes from draws of p(z), the encoder learns to be taken for p(z).

    Makhzani, Shlens, Jaitly, Goodfellow and Frey, "Adversarial autoencoders" (2015), section 2.
    The autoencoder minimises |x - g(f(x))|^2 / d - w E[log D(f(x))], d numbers in x, the
    generator's loss in its non-saturating form (Goodfellow et al., "Generative adversarial nets",
    2014, section 3). The discriminator, D = sigmoid(l) with the logit l, minimises
    -(E[log D(z)] + E[log(1 - D(f(x)))]) / 2 + (r / 2) E|grad_z l(z)|^2, z ~ p(z): without the last
    term the two may circle around each other instead of settling (Mescheder, Geiger and Nowozin,
    "Which training methods for GANs do actually converge?", ICML 2018, equation 9). Both take
    their step at once, from the same batch.

    Where nobody can tell codes from draws, D = 1/2 everywhere and both losses are log 2 = 0.693.

    Symbols: f = `encoder`; g = `decoder`; l = `discriminator`; p(z) = `prior`, noise streams
    "prior/..."; w = `adversarial_weight`; r = `gradient_penalty`.
    """

    hyperparameters_class = AdversarialHyperparameters
    adjustable = ("discriminator_rate", "adversarial_weight", "gradient_penalty")

    own_terms = (
        *("generator_loss", "discriminator_loss", "gradient_penalty"),
        "discriminator_accuracy",
    )

    def build_networks(self) -> None:
        super().build_networks()
        layers = [
            build_layer(layer, "lecun_normal" if layer.name == "logit" else "he_normal")
            for layer in self.hyperparameters.discriminator_plan
        ]
        width = self.hyperparameters.discriminator_plan[0].weight_shapes[0][0]
        self.discriminator = sequential(width, layers, "discriminator")

    def prior_draws(self, noise: Noise, parts: tf.Tensor) -> tf.Tensor:
        """Draws of the prior, float32 [n, latent_dim], of these parts, int32 [n]."""
        shape = tf.shape(parts)[0], self.hyperparameters.latent_dim
        places, normals = noise.uniform("prior/place", shape[:1]), noise.normal("prior", shape)
        kind, count = self.hyperparameters.prior, self.hyperparameters.num_parts
        return priors.transform_draws(kind, tf.cast(parts, tf.float32), places, normals, count, tnp)

    def discriminate(self, codes: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """The discriminator's logits [n] for codes [n, latent_dim] of these classes, int32 [n]."""
        if classes := self.hyperparameters.discriminator_classes:
            given = tf.one_hot(labels, classes)
            codes = tf.concat([codes, given], axis=1)
        return self.discriminator(codes)[:, 0]

    def _parts_to_draw(self, labels: tf.Tensor, noise: Noise) -> tf.Tensor:
        """Of which parts the draws are that the batch is compared with: as the codes' classes if
        the discriminator is told them, else at random."""
        if self.hyperparameters.discriminator_classes:
            return labels
        count = self.hyperparameters.num_parts
        return tf.cast(count * noise.uniform("prior/part", tf.shape(labels)), tf.int32)

    def objective(self, x: tf.Tensor, labels: tf.Tensor, noise: Noise) -> dict[str, tf.Tensor]:
        """Also the losses of the two opponents, each in nats and log 2 where D = 1/2; the squared
        gradient of the logit, which is punished; and the share of codes and draws that the
        discriminator takes for what they are. "total" is what the autoencoder minimises."""
        codes = self.encode(x)
        error = mean_squared_error(x, self.decode(codes))
        deceit = cross_entropy(self.discriminate(codes, labels), is_prior=True)
        terms = {"reconstruction_mse": error, "generator_loss": deceit}
        draws = self.prior_draws(noise, self._parts_to_draw(labels, noise))
        terms |= discrimination(
            lambda points: self.discriminate(points, labels), draws, tf.stop_gradient(codes)
        )
        loss = error + self.adjusted["adversarial_weight"] * deceit
        return self.with_penalty(terms, loss, x, codes, labels)

    @property
    def _opponents(self) -> tuple[list, list]:
        """The variables of the autoencoder, and those of the discriminator."""
        halves = self.encoder.trainable_variables + self.decoder.trainable_variables
        return halves, self.discriminator.trainable_variables

    @property
    def stage_variables(self) -> list[keras.Variable]:
        autoencoder, discriminator = self._opponents
        return autoencoder + discriminator

    def gradients(self, tape: tf.GradientTape, terms: Mapping[str, tf.Tensor]) -> list[tf.Tensor]:
        """For the autoencoder that of "total", for the discriminator that of its own loss."""
        autoencoder, discriminator = self._opponents
        losses = terms["discriminator_loss"], terms["gradient_penalty"]
        weights = tf.ones(()), 0.5 * self.adjusted["gradient_penalty"]
        return [
            *tape.gradient(terms["total"], autoencoder),
            *tape.gradient(losses, discriminator, output_gradients=weights),
        ]

    def apply_gradients(self, gradients: list[tf.Tensor]) -> None:
        """The discriminator goes `discriminator_rate` times as far as the optimiser would."""
        variables = self.discriminator.trainable_variables
        before = [tf.identity(variable) for variable in variables]
        super().apply_gradients(gradients)
        for variable, old in zip(variables, before, strict=True):
            variable.assign(old + self.adjusted["discriminator_rate"] * (variable - old))

    def diagnostics(self, data: Data, components: PCA) -> dict[str, float]:
        """Of the pictured held-out images: the "energy_distance" of their codes from as many draws
        of the prior, and its standard error, within the classes if the discriminator is told
        them; and the "discriminator_auc", the share of pairs of a code and a draw in which the
        draw looks more like the prior to the discriminator."""
        labels = tf.constant(data.held_out_labels[:SAMPLE_SIZE])
        codes = self.encode(tf.constant(self.pick_examples(data)))
        noise = Noise(self._seed, EVALUATION_STEP)
        parts = self._parts_to_draw(labels, noise)
        draws = self.prior_draws(noise, parts)
        real, fake = self.discriminate(draws, parts), self.discriminate(codes, labels)
        points = codes.numpy(), draws.numpy()
        classes = labels.numpy() if self.hyperparameters.discriminator_classes else None
        return {
            "energy_distance": density.energy_distance(*points, classes),
            "energy_distance_error": density.energy_distance_error(*points, classes),
            "discriminator_auc": anomaly_scores.auc(fake.numpy(), real.numpy()),
        }

    def shown_parts(self) -> tf.Tensor:
        """The part of each of the SAMPLE_SIZE draws that a run shows, int32."""
        parts = priors.parts_in_turn(SAMPLE_SIZE, self.hyperparameters.num_parts)
        return tf.constant(parts, tf.int32)

    def sample(self, data: Data, components: PCA) -> dict[str, np.ndarray]:
        """Also "prior_draws", float32 [SAMPLE_SIZE, latent_dim], all parts in turn."""
        draws = self.prior_draws(Noise(self._seed, EVALUATION_STEP), self.shown_parts())
        return super().sample(data, components) | {"prior_draws": draws.numpy()}

    def draw(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """Also "generated", uint8 [NUM_GENERATED, input_dim], decoded from the first
        "prior_draws"; and "discriminator", the probability that it gives to the prior at the
        points of a grid whose "axis" [MAP_SIZE] is either side's: [classes it is told of, or 1,
        MAP_SIZE upwards, MAP_SIZE to the right]. Numbers of the code that are not in the plane are
        0 there."""
        drawn = super().draw(x)
        parts = self.shown_parts()[:NUM_GENERATED]
        draws = self.prior_draws(Noise(self._seed, EVALUATION_STEP), parts)
        axis = reach(drawn["codes"]) * tf.linspace(-1.0, 1.0, MAP_SIZE)
        return drawn | {
            "generated": as_bytes(self.decode(draws)),
            "axis": axis,
            "discriminator": self._opinion(axis),
        }

    def _opinion(self, axis: tf.Tensor) -> tf.Tensor:
        right, upwards = tf.meshgrid(axis, axis)
        places = tf.stack([tf.reshape(right, [-1]), tf.reshape(upwards, [-1])], axis=1)
        size = self.hyperparameters.latent_dim
        points = tf.pad(places, [[0, 0], [0, max(size - 2, 0)]])[:, :size]
        classes = max(self.hyperparameters.discriminator_classes, 1)
        logits = [
            self.discriminate(points, tf.fill([MAP_SIZE**2], number)) for number in range(classes)
        ]
        return tf.reshape(tf.sigmoid(tf.stack(logits)), [classes, MAP_SIZE, MAP_SIZE])


def reach(codes: tf.Tensor) -> tf.Tensor:
    """How far from zero the drawn plane reaches: LEAST_LIMIT times a power of the square root of
    two, as far as the codes [n, latent_dim] do; in such steps it rests while a network trains."""
    furthest = tf.maximum(tf.reduce_max(tf.abs(codes[:, :2])), LEAST_LIMIT)
    steps = tf.math.ceil(2.0 * tf.math.log(furthest / LEAST_LIMIT) / math.log(2.0))
    return LEAST_LIMIT * tf.pow(2.0, 0.5 * steps)
