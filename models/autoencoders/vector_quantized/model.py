"""The vector-quantised autoencoder: every place of the image is described by one of few vectors."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.base.noise import Noise
from models.autoencoders.base.tensors import as_bytes, mean_squared_error
from models.autoencoders.vector_quantized import index_prior
from models.autoencoders.vector_quantized.hyperparameters import VectorQuantizedHyperparameters
from models.data.datasets import SAMPLE_SIZE, Data
from models.evaluation import entropy_coded_pca
from models.evaluation.pca import PCA, mean_error
from models.layers.spec import Layer

COUNTED = 2_000
"""Training images, at most, in which it is counted how frequent the entries are."""

LEAST_USE = 1e-12
"""Below this share of all choices an entry is not moved: there is nothing to take a mean of."""


@keras.saving.register_keras_serializable("autoencoder_lab")
class Codebook(keras.layers.Layer):
    """Puts the nearest of `num_embeddings` vectors in the place of each vector that it is given.

    Args:
        num_embeddings: K.
        embedding_dim: Numbers in each of them, D.
        learns_by_loss: Whether the optimiser moves the entries; else only `learn` does.

    Attributes:
        codebook: e, [num_embeddings, embedding_dim].
        usage: N, the share of all choices that each entry had lately, [num_embeddings].
        sums: S, what the vectors that chose it add up to, per choice, [num_embeddings,
            embedding_dim]; only without `learns_by_loss`.
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, learns_by_loss: bool, **kwargs):
        super().__init__(**kwargs)
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.learns_by_loss = learns_by_loss
        self.codebook_initializer = keras.initializers.RandomNormal(stddev=1.0)

    def build(self, input_shape: tuple[int, ...]) -> None:
        book = (self.num_embeddings, self.embedding_dim)
        self.codebook = self.add_weight(
            book, self.codebook_initializer, trainable=self.learns_by_loss, name="codebook"
        )
        self.usage = self.add_weight((self.num_embeddings,), trainable=False, name="usage")
        if not self.learns_by_loss:
            self.sums = self.add_weight(book, trainable=False, name="sums")

    def forget(self) -> None:
        """Begins the averages anew."""
        self.usage.assign(tf.zeros_like(self.usage))
        if not self.learns_by_loss:
            self.sums.assign(tf.zeros_like(self.sums))

    def distances(self, vectors: tf.Tensor) -> tf.Tensor:
        """|z - e_j|^2, [n, num_embeddings], of the vectors [n, embedding_dim]."""
        squares = tf.reduce_sum(tf.square(vectors), axis=-1, keepdims=True)
        squares += tf.reduce_sum(tf.square(self.codebook), axis=-1)
        return squares - 2.0 * tf.matmul(vectors, self.codebook, transpose_b=True)

    def choices(self, vectors: tf.Tensor) -> tf.Tensor:
        """q(j | x): 1 for the nearest entry and 0 for the others, [n, num_embeddings] (equation 1
        of van den Oord et al., 2017)."""
        return tf.one_hot(tf.argmin(self.distances(vectors), axis=-1), self.num_embeddings)

    def call(self, vectors: tf.Tensor) -> tf.Tensor:
        flat = tf.reshape(vectors, (-1, self.embedding_dim))
        embeddings = tf.matmul(self.choices(flat), self.codebook)
        return tf.reshape(embeddings, (-1, math.prod(vectors.shape[1:])))

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return (input_shape[0], math.prod(input_shape[1:]))

    def learn(
        self,
        vectors: tf.Tensor,
        choices: tf.Tensor,
        decay: tf.Tensor,
        dead_code_threshold: tf.Tensor,
        noise: Noise,
    ) -> None:
        """What is learned of one batch without a gradient: moving averages, and new vectors for
        embeddings that nobody chooses.

        Args:
            vectors: z, [n, embedding_dim].
            choices: As `choices` gives them, [n, num_embeddings].
            decay: gamma, how much of the averages is kept (appendix A.1, equations 6 to 8).
            dead_code_threshold: Entries used less than this share of the mean are new; 0: none.
            noise: Draws the vectors that replace them.
        """
        count = tf.cast(tf.shape(vectors)[0], tf.float32)
        usage = decay * self.usage + (1.0 - decay) * tf.reduce_sum(choices, axis=0) / count
        embeddings = tf.identity(self.codebook)
        if not self.learns_by_loss:
            fresh = tf.matmul(choices, vectors, transpose_a=True) / count
            sums = decay * self.sums + (1.0 - decay) * fresh
            moved = sums / tf.maximum(usage, LEAST_USE)[:, None]
            embeddings = tf.where(usage[:, None] > LEAST_USE, moved, embeddings)
        # The averages began at 0: so much of their weight has come in since (as in Adam).
        weight = 1.0 - decay ** (tf.cast(noise.step, tf.float32) + 1.0)
        mean_use = weight / self.num_embeddings
        dead = usage < dead_code_threshold * mean_use
        embeddings = tf.cond(
            tf.reduce_any(dead),
            lambda: self.replace_dead_codes(embeddings, dead, vectors, noise),
            lambda: embeddings,
        )
        self.codebook.assign(embeddings)
        self.usage.assign(tf.where(dead, mean_use, usage))
        if not self.learns_by_loss:
            self.sums.assign(tf.where(dead[:, None], embeddings * mean_use, sums))

    def replace_dead_codes(
        self, embeddings: tf.Tensor, dead: tf.Tensor, vectors: tf.Tensor, noise: Noise
    ) -> tf.Tensor:
        """The embeddings, the dead ones replaced by vectors of the batch: the worse all of them
        fit a vector, the likelier it is drawn (as in k-means++: Arthur and Vassilvitskii, 2007)."""
        errors = tf.reduce_min(self.distances(vectors), axis=-1)
        # The largest sums of log w and Gumbel noise are draws in proportion to w, each once.
        uniform = noise.uniform("revival", tf.shape(errors)) + 2.0**-24
        scores = tf.math.log(tf.maximum(errors, 1e-12)) - tf.math.log(-tf.math.log(uniform))
        count = tf.minimum(self.num_embeddings, tf.shape(errors)[0])
        drawn = tf.math.top_k(scores, count).indices
        order = tf.cumsum(tf.cast(dead, tf.int32)) - 1
        return tf.where(
            dead[:, None], tf.gather(vectors, tf.gather(drawn, order % count)), embeddings
        )

    def get_config(self) -> dict[str, object]:
        own = {name: getattr(self, name) for name in ("num_embeddings", "embedding_dim")}
        return super().get_config() | own | {"learns_by_loss": self.learns_by_loss}


@keras.saving.register_keras_serializable("autoencoder_lab")
class VectorQuantizedAutoencoder(Autoencoder):
    """A VQ-VAE: the code is a grid of indices into a codebook of vectors, which it learns too.

    The encoder gives a vector for each place of a coarse grid; the decoder is given the nearest
    entry of the codebook instead. That choice has no gradient, so the encoder gets the decoder's
    ("straight through"). Minimised is (van den Oord, Vinyals and Kavukcuoglu, "Neural discrete
    representation learning", NIPS 2017, equation 3)

        |x - g(z^)|^2 / d + |sg[z] - z^|^2 / k + beta |z - sg[z^]|^2 / k,

    sg: taken for constant. The paper sums where this takes means, so beta here is worth beta d / k
    there. Counts and sums of the vectors that choose an entry may take the place of the second
    term: each entry is their moving mean (appendix A.1). The paper's entries can die, that is, lie
    where no vector is nearest to them; here they are replaced.

    Symbols: x = input, of d numbers; z = `vectors`, k numbers for all places together; e =
    `codebook.codebook`; z^ = `codes`, the nearest entries; g = `decoder`; beta = `commitment`;
    gamma = `decay`.
    """

    hyperparameters_class = VectorQuantizedHyperparameters
    adjustable = ("commitment", "decay", "dead_code_threshold")
    compiles_with_xla = False  # as the convolutional autoencoder, for the same reason
    baseline_follows_code = True

    @property
    def own_terms(self) -> tuple[str, ...]:
        by_loss = self.hyperparameters.codebook_update == "loss"
        return (*(("codebook_loss",) if by_loss else ()), "commitment_loss")

    def build_layer(self, layer: Layer) -> keras.Layer:
        if layer.kind != "quantize":
            return super().build_layer(layer)
        by_loss = self.hyperparameters.codebook_update == "loss"
        ((count, size),) = layer.weight_shapes
        return Codebook(count, size, by_loss, name=layer.name)

    @property
    def codebook(self) -> Codebook:
        """The layer that quantises."""
        return self.encoder.layers[-1]

    def initialize(self, seed: int) -> None:
        super().initialize(seed)
        self.codebook.forget()

    def vectors(self, x: tf.Tensor) -> tf.Tensor:
        """z, what the encoder says before it is quantised, [batch * places, embedding_dim]."""
        for layer in self.encoder.layers[:-1]:
            x = layer(x)
        return tf.reshape(x, (-1, self.hyperparameters.embedding_dim))

    def indices(self, x: tf.Tensor) -> tf.Tensor:
        """Which entry is nearest at each place, int32 [batch, places]."""
        choices = self.codebook.choices(self.vectors(x))
        return tf.reshape(
            tf.argmax(choices, axis=-1, output_type=tf.int32),
            (-1, math.prod(self.hyperparameters.grid_shape)),
        )

    def terms(self, x: tf.Tensor, vectors: tf.Tensor, choices: tf.Tensor) -> dict:
        """The loss, term by term, of inputs whose vectors have made those choices."""
        embeddings = tf.matmul(choices, self.codebook.codebook)
        straight_through = vectors + tf.stop_gradient(embeddings - vectors)
        codes = tf.reshape(straight_through, (tf.shape(x)[0], -1))
        error = mean_squared_error(x, self.decode(codes))
        commitment = mean_squared_error(vectors, tf.stop_gradient(embeddings))
        terms = {"reconstruction_mse": error}
        if self.codebook.learns_by_loss:
            terms["codebook_loss"] = mean_squared_error(tf.stop_gradient(vectors), embeddings)
        loss = tf.add_n([*terms.values(), self.adjusted["commitment"] * commitment])
        return terms | {"commitment_loss": commitment, "total": loss}

    def objective(self, x: tf.Tensor, labels: tf.Tensor, noise: Noise) -> dict[str, tf.Tensor]:
        vectors = self.vectors(x)
        return self.terms(x, vectors, self.codebook.choices(vectors))

    def training_step(self, prepared: tf.Tensor, labels: tf.Tensor) -> dict[str, tf.Tensor]:
        """As that of every autoencoder; then the codebook learns from the same vectors."""
        noise = self.step_noise()
        with tf.GradientTape() as tape:
            vectors = self.vectors(prepared)
            choices = self.codebook.choices(vectors)
            terms = self.terms(prepared, vectors, choices)
        variables = self.stage_variables
        self.optimizer.apply(tape.gradient(terms["total"], variables), variables)
        decay, dead_code_threshold = self.adjusted["decay"], self.adjusted["dead_code_threshold"]
        self.codebook.learn(vectors, choices, decay, dead_code_threshold, noise)
        return terms

    def draw(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """ "indices", uint16 [n, places], and "reconstructions", uint8 [n, input_dim]."""
        return {
            "indices": tf.cast(self.indices(x), tf.uint16),
            "reconstructions": as_bytes(self.decode(self.encode(x))),
        }

    def bits(self, data: Data) -> float:
        """Of the indices of a held-out image, on average, where frequent ones are written in few
        bits: how frequent they are at each place is counted in training images. Before the first
        step no entry is more frequent than others."""
        h = self.hyperparameters
        if not np.any(self.codebook.usage):
            return h.code_bits
        train, held_out = data.train[:COUNTED], data.held_out[:SAMPLE_SIZE]
        counted = index_prior.fit_places(self.indices(train).numpy(), h.num_embeddings)
        return index_prior.bits(counted, self.indices(held_out).numpy())

    def pca_errors(self, data: Data, components: PCA) -> dict[str, float]:
        """The mean squared errors of PCA with as many bits, coded as those of the indices."""
        rebuild = self.pca_reconstruction(data, components)
        parts = (("train", data.train), ("held_out", data.held_out))
        return {part: mean_error(x, rebuild) for part, x in parts}

    def pca_reconstruction(self, data: Data, components: PCA) -> Callable[[np.ndarray], np.ndarray]:
        coded = entropy_coded_pca.fit(components, data, self.bits(data))
        return partial(coded.reconstruct, within=self.hyperparameters.output_range)

    def diagnostics(self, data: Data, components: PCA) -> dict[str, float]:
        """The `bits` of an image; and over all places of the held-out sample: the perplexity of the
        choices, exp of their entropy (as many embeddings, used equally often, would be as hard to
        guess), and how many embeddings are chosen at all."""
        indices = self.indices(data.held_out[:SAMPLE_SIZE]).numpy()
        return usage(indices, self.hyperparameters.num_embeddings) | {"bits": self.bits(data)}


def usage(indices: np.ndarray, num_embeddings: int) -> dict[str, float]:
    """The "perplexity" of the choices and the number of "used_entries"."""
    shares = np.bincount(indices.ravel(), minlength=num_embeddings) / indices.size
    chosen = shares[shares > 0]
    return {
        "perplexity": float(np.exp(-np.sum(chosen * np.log(chosen)))),
        "used_entries": float(len(chosen)),
    }
