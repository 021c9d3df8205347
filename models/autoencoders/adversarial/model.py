"""The adversarial autoencoder: a second network judges whether codes look like draws of a prior."""

from __future__ import annotations

import math

import keras
import numpy as np
import tensorflow as tf
import tensorflow.experimental.numpy as tnp

from models.autoencoders.adversarial import priors
from models.autoencoders.base.dense import DenseAutoencoder
from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.base.tensors import as_bytes, mean_squared_error
from models.data.datasets import SAMPLE_SIZE, Data
from models.evaluation import anomaly_scores, density
from models.evaluation.pca import PCA
from models.layers.keras_builder import dense, hidden_layers, sequential

NUM_GENERATED = 40
"""Digits that are decoded from the same draws of the prior all through a run."""

MAP_SIZE = 45
"""Points along each side of the plane on which the discriminator's opinion is drawn."""

LEAST_LIMIT = 4.0
"""How far from zero that plane reaches at least: all three priors lie within."""


def cross_entropy(logits, is_prior: bool):
    """-log of the probability that the discriminator gives the truth, in nats; the mean over
    `logits` [batch].

    Args:
        logits: log(D / (1 - D)), D the probability that what it sees was drawn from the prior.
        is_prior: Whether it was.
    """
    return tf.reduce_mean(tf.nn.softplus(-logits if is_prior else logits))


def discrimination(judged, draws, codes) -> dict:
    """The terms of a discriminator that is shown draws of the prior and as many codes.

    Args:
        judged: Gives its logits [n] for points [n, latent_dim].
        draws: [n, latent_dim].
        codes: [n, latent_dim].
    """
    with tf.GradientTape() as tape:
        tape.watch(draws)
        real = judged(draws)
    slopes = tape.gradient(real, draws)
    fake = judged(codes)
    right = tf.concat([real > 0.0, fake < 0.0], axis=0)
    return {
        "discriminator_loss": 0.5 * (cross_entropy(real, True) + cross_entropy(fake, False)),
        "gradient_penalty": tf.reduce_mean(tf.reduce_sum(tf.square(slopes), axis=1)),
        "discriminator_accuracy": tf.reduce_mean(tf.cast(right, tf.float32)),
    }


@keras.saving.register_keras_serializable("autoencoder_lab")
class AdversarialAutoencoder(DenseAutoencoder):
    """Two opponents: D tells codes from draws of p(z), the encoder learns to be taken for p(z).

    Makhzani, Shlens, Jaitly, Goodfellow and Frey, "Adversarial autoencoders" (2015), section 2.
    The autoencoder minimises |x - g(f(x))|^2 - w E[log D(f(x))], the generator's loss in its
    non-saturating form (Goodfellow et al., "Generative adversarial nets", 2014, section 3). The
    discriminator minimises -(E[log D(z)] + E[log(1 - D(f(x)))]) / 2 + (r / 2) E|grad_z l(z)|^2,
    z ~ p(z), l its logit: without the last term the two circle around each other instead of
    settling (Mescheder, Geiger and Nowozin, "Which training methods for GANs do actually
    converge?", ICML 2018, equation 9). Both take their step at once, from the same batch.

    Where nobody can tell codes from draws, D = 1/2 everywhere and both losses are log 2 = 0.693.

    Symbols: f = `encoder`; g = `decoder`; l = `discriminator`; p(z) = `prior`, noise streams
    "prior/..."; w = `adversarial_weight`; r = `gradient_penalty`.

    Args:
        prior: One of `priors.KINDS`.
        num_parts: Parts of the prior, one for each class.
        labels: "unused", or "discriminator": it is also told the class of each code, and shown
            draws of that class' part of the prior beside it (section 2.3 there).
        discriminator_sizes: Units of the discriminator's hidden layers.
        discriminator_rate: Its learning rate, as a multiple of the others'.
        adversarial_weight: w.
        gradient_penalty: r.
        **dense: Arguments of `DenseAutoencoder`.
    """

    argument_names = (
        *DenseAutoencoder.argument_names,
        *("prior", "num_parts", "labels", "discriminator_sizes", "discriminator_rate"),
        *("adversarial_weight", "gradient_penalty"),
    )
    adjustable = ("discriminator_rate", "adversarial_weight", "gradient_penalty")

    def __init__(
        self,
        prior: str = "gaussian",
        num_parts: int = 10,
        labels: str = "unused",
        discriminator_sizes: tuple[int, ...] = (100, 100),
        discriminator_rate: float = 1.0,
        adversarial_weight: float = 0.03,
        gradient_penalty: float = 0.1,
        **dense_arguments,
    ):
        if prior not in priors.KINDS:
            raise ValueError(
                f"prior={prior!r} was passed; expected one of {', '.join(priors.KINDS)}."
            )
        if labels not in ("unused", "discriminator"):
            raise ValueError(f"labels={labels!r} was passed; expected 'unused' or 'discriminator'.")
        own = {
            "prior": prior,
            "num_parts": num_parts,
            "labels": labels,
            "discriminator_sizes": tuple(discriminator_sizes),
            "discriminator_rate": discriminator_rate,
            "adversarial_weight": adversarial_weight,
            "gradient_penalty": gradient_penalty,
        }
        names = (
            *("generator_loss", "discriminator_loss", "gradient_penalty"),
            "discriminator_accuracy",
        )
        super().__init__(own=own, own_terms=names, **dense_arguments)
        width = self.arguments["latent_dim"] + (num_parts if labels != "unused" else 0)
        hidden = hidden_layers("discriminator", discriminator_sizes, "relu", "he_normal", 0.0)
        logit = dense(1, "linear", "lecun_normal", 0.0, "logit")
        self.discriminator = sequential(width, [*hidden, logit], "discriminator")
        self.initialize(self.arguments["seed"])

    def prior_draws(self, noise: Noise, parts):
        """Draws of the prior, float32 [n, latent_dim], of these parts, int32 [n]."""
        shape = tf.shape(parts)[0], self.arguments["latent_dim"]
        places, normals = noise.uniform("prior/place", shape[:1]), noise.normal("prior", shape)
        kind, count = self.arguments["prior"], self.arguments["num_parts"]
        return priors.shaped(kind, tf.cast(parts, tf.float32), places, normals, count, tnp)

    def judged(self, codes, labels):
        """The discriminator's logits [n] for codes [n, latent_dim] of these classes, int32 [n]."""
        if self.arguments["labels"] != "unused":
            classes = tf.one_hot(labels, self.arguments["num_parts"])
            codes = tf.concat([codes, classes], axis=1)
        return self.discriminator(codes)[:, 0]

    def _parts_to_draw(self, labels, noise: Noise):
        """Of which parts the draws are that the batch is compared with: as the codes' classes if
        the discriminator is told them, else at random."""
        if self.arguments["labels"] != "unused":
            return labels
        count = self.arguments["num_parts"]
        return tf.cast(count * noise.uniform("prior/part", tf.shape(labels)), tf.int32)

    def objective(self, x, labels, noise: Noise):
        """Also the losses of the two opponents, each in nats and log 2 where D = 1/2; the squared
        gradient of the logit, which is punished; and the share of codes and draws that the
        discriminator takes for what they are. "total" is what the autoencoder minimises."""
        codes = self.encode(x)
        error = mean_squared_error(x, self.decode(codes))
        deceit = cross_entropy(self.judged(codes, labels), is_prior=True)
        terms = {"reconstruction_mse": error, "generator_loss": deceit}
        terms |= self._discrimination(tf.stop_gradient(codes), labels, noise)
        loss = error + self.adjusted["adversarial_weight"] * deceit
        return self.with_penalty(terms, loss, x, codes, labels)

    def _discrimination(self, codes, labels, noise: Noise):
        """The discriminator's terms."""
        draws = self.prior_draws(noise, self._parts_to_draw(labels, noise))
        return discrimination(lambda points: self.judged(points, labels), draws, codes)

    @property
    def _opponents(self) -> tuple[list, list]:
        """The variables of the autoencoder, and those of the discriminator."""
        halves = self.encoder.trainable_variables + self.decoder.trainable_variables
        return halves, self.discriminator.trainable_variables

    @property
    def stage_variables(self):
        autoencoder, discriminator = self._opponents
        return autoencoder + discriminator

    def gradients(self, tape, terms):
        """For the autoencoder that of "total", for the discriminator that of its own loss."""
        autoencoder, discriminator = self._opponents
        losses = terms["discriminator_loss"], terms["gradient_penalty"]
        weights = tf.ones(()), 0.5 * self.adjusted["gradient_penalty"]
        return [
            *tape.gradient(terms["total"], autoencoder),
            *tape.gradient(losses, discriminator, output_gradients=weights),
        ]

    def apply_gradients(self, gradients):
        """The discriminator goes `discriminator_rate` times as far as the optimiser would."""
        variables = self.discriminator.trainable_variables
        before = [tf.identity(variable) for variable in variables]
        super().apply_gradients(gradients)
        for variable, old in zip(variables, before, strict=True):
            variable.assign(old + self.adjusted["discriminator_rate"] * (variable - old))

    def diagnostics(self, data: Data, components: PCA) -> dict[str, float]:
        """Of the pictured held-out images: the "energy_distance" of their codes from as many draws
        of the prior, and the "discriminator_auc", the share of pairs of a code and a draw in which
        the draw looks more like the prior to the discriminator."""
        labels = tf.constant(data.held_out_labels[:SAMPLE_SIZE])
        codes = self.encode(tf.constant(self.pictured(data)))
        noise = Noise(self._seed, EVALUATION_STEP)
        parts = self._parts_to_draw(labels, noise)
        draws = self.prior_draws(noise, parts)
        real, fake = (self.judged(draws, parts).numpy(), self.judged(codes, labels).numpy())
        return {
            "energy_distance": density.energy_distance(codes.numpy(), draws.numpy()),
            "discriminator_auc": anomaly_scores.auc(fake, real),
        }

    def shown_parts(self):
        """The part of each of the SAMPLE_SIZE draws that a run shows, int32."""
        return tf.constant(priors.parts_in_turn(SAMPLE_SIZE, self.arguments["num_parts"]), tf.int32)

    def sample(self, data: Data, components: PCA) -> dict[str, np.ndarray]:
        """Also "prior_draws", float32 [SAMPLE_SIZE, latent_dim], all parts in turn."""
        draws = self.prior_draws(Noise(self._seed, EVALUATION_STEP), self.shown_parts())
        return super().sample(data, components) | {"prior_draws": draws.numpy()}

    def draw(self, x):
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

    def _opinion(self, axis):
        right, upwards = tf.meshgrid(axis, axis)
        places = tf.stack([tf.reshape(right, [-1]), tf.reshape(upwards, [-1])], axis=1)
        size = self.arguments["latent_dim"]
        points = tf.pad(places, [[0, 0], [0, max(size - 2, 0)]])[:, :size]
        classes = self.arguments["num_parts"] if self.arguments["labels"] != "unused" else 1
        logits = [self.judged(points, tf.fill([MAP_SIZE**2], number)) for number in range(classes)]
        return tf.reshape(tf.sigmoid(tf.stack(logits)), [classes, MAP_SIZE, MAP_SIZE])


def reach(codes):
    """How far from zero the drawn plane reaches: LEAST_LIMIT times a power of the square root of
    two, as far as the codes [n, latent_dim] do; in such steps it rests while a network trains."""
    furthest = tf.maximum(tf.reduce_max(tf.abs(codes[:, :2])), LEAST_LIMIT)
    steps = tf.math.ceil(2.0 * tf.math.log(furthest / LEAST_LIMIT) / math.log(2.0))
    return LEAST_LIMIT * tf.pow(2.0, 0.5 * steps)
