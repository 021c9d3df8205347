"""The contractive autoencoder: its codes move as little as they can when the image changes."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.contractive.hyperparameters import ContractiveHyperparameters
from models.data.datasets import SAMPLE_SIZE, Data
from models.evaluation.pca import PCA

SPECTRUM_IMAGES = 5
"""Images of the sample over which the singular values of the Jacobian are averaged: their
cost grows with the third power of the code size."""


def jacobian_chain(layers: list[keras.Layer], x: tf.Tensor) -> tf.Tensor:
    """The factors of a dense encoder's Jacobian but for the last one, which all examples share:
    M with J = M W^T, W the first layer's kernel [input_dim, units].

    Args:
        layers: Dense layers, from the input to the code.
        x: Inputs, [batch, input_dim].

    Returns:
        M, [batch, latent_dim, units]; or, where the first layer gives the code, only its
        diagonal, [batch, units].
    """
    slopes = []
    for layer in layers:
        sums = tf.matmul(x, layer.kernel) + layer.bias
        with tf.GradientTape() as tape:
            tape.watch(sums)
            x = layer.activation(sums)
        # Each number depends on its own sum alone, so the gradient of all is each one's slope.
        slopes.append(tape.gradient(x, sums))
    product = slopes.pop()
    for layer, slope in zip(reversed(layers[1:]), reversed(slopes), strict=True):
        transposed = tf.transpose(layer.kernel)
        if product.shape.rank == 2:
            product = product[:, :, None] * transposed
        else:
            product = tf.matmul(product, transposed)
        product = product * slope[:, None, :]
    return product


def squared_jacobian(layers: list[keras.Layer], x: tf.Tensor) -> tf.Tensor:
    """|J(x)|_F^2 of each input, [batch]. Arguments as `jacobian_chain`."""
    # |M W^T|^2 is the sum of (M G) * M with G = W^T W: the largest product, over all pixels,
    # is taken once for all examples.
    kernel, product = layers[0].kernel, jacobian_chain(layers, x)
    if product.shape.rank == 2:
        lengths = tf.reduce_sum(tf.square(kernel), axis=0)
        return tf.reduce_sum(tf.square(product) * lengths, axis=-1)
    gram = tf.matmul(kernel, kernel, transpose_a=True)
    return tf.reduce_sum(tf.matmul(product, gram) * product, axis=[1, 2])


@keras.saving.register_keras_serializable("autoencoder_lab")
class ContractiveAutoencoder(Autoencoder):
    """A stacked autoencoder that minimises (|x - g(f(x))|^2 + lambda |J(x)|_F^2) / d.

    J is the encoder's Jacobian, dz/dx, and the norm is Frobenius': the sum of its squared entries
    (Rifai, Vincent, Muller, Glorot and Bengio, "Contractive auto-encoders: explicit invariance
    during feature extraction", ICML 2011). Exact for any number of layers, by the chain rule. Both
    parts are divided by the number of pixels, so that lambda means what it does in the paper and
    the error is one per pixel, as elsewhere here.

    Symbols: d = `input_dim`; f = `encoder`; g = `decoder`; J = `jacobian`; lambda = `contraction`.
    """

    hyperparameters_class = ContractiveHyperparameters
    adjustable = ("contraction",)

    def jacobian(self, x: tf.Tensor) -> tf.Tensor:
        """J = dz/dx of each input, [batch, latent_dim, input_dim]."""
        layers = self.encoder.layers
        transposed, product = tf.transpose(layers[0].kernel), jacobian_chain(layers, x)
        if product.shape.rank == 2:
            return product[:, :, None] * transposed
        return tf.matmul(product, transposed)

    def squared_jacobian(self, x: tf.Tensor) -> tf.Tensor:
        """|J(x)|_F^2 of each input, [batch]."""
        return squared_jacobian(self.encoder.layers, x)

    def penalty(self, x: tf.Tensor, codes: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        weight, size = self.adjusted["contraction"], self.hyperparameters.input_dim
        return weight * tf.reduce_mean(self.squared_jacobian(x)) / size

    def diagnostics(self, data: Data, components: PCA) -> dict[str, float]:
        """The root of the mean of |J|_F^2 over the first held-out images."""
        squared = self.squared_jacobian(tf.constant(data.held_out[:SAMPLE_SIZE]))
        return {"jacobian_norm": float(np.sqrt(np.mean(squared.numpy())))}

    def draw(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        """Also "singular_values" of the Jacobian, largest first, [latent_dim]: their means over
        the first SPECTRUM_IMAGES images."""
        jacobian = self.jacobian(x[:SPECTRUM_IMAGES])
        # The eigenvalues of J J^T are their squares, and far cheaper.
        squares = tf.linalg.eigvalsh(tf.matmul(jacobian, jacobian, transpose_b=True))
        values = tf.sqrt(tf.maximum(squares[:, ::-1], 0.0))
        return super().draw(x) | {"singular_values": tf.reduce_mean(values, axis=0)}
