"""The linear autoencoder: the network that rediscovers principal component analysis."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.evaluation import pca
from models.layers.keras_builder import dense, sequential


@keras.saving.register_keras_serializable("autoencoder_lab")
class LinearAutoencoder(Autoencoder):
    """Two matrices, no activation: z = W x + b, x' = V z + c, minimising |x - x'|^2.

    Every minimum that is not a saddle spans the same subspace as the first `latent_dim`
    principal components, though its axes need be neither orthogonal nor sorted
    (Baldi and Hornik, "Neural networks and principal component analysis", Neural Networks 2,
    1989, section 2).

    Symbols: x = input; W, b = `encoder` weights; z = `codes`; V, c = `decoder` weights.

    Args:
        input_dim: Numbers in one example.
        latent_dim: Numbers in its code.
        seed: Determines the initial weights.
    """

    argument_names = ("input_dim", "latent_dim", "seed")

    def __init__(self, input_dim: int = 3, latent_dim: int = 2, seed: int = 42, **kwargs):
        code = dense(latent_dim, "linear", "glorot_uniform", 0.0, "code")
        output = dense(input_dim, "linear", "glorot_uniform", 0.0, "output")
        super().__init__(
            sequential(input_dim, [code], "encoder"),
            sequential(latent_dim, [output], "decoder"),
            arguments={"input_dim": input_dim, "latent_dim": latent_dim, "seed": seed},
            term_names=("reconstruction_mse", "total"),
            **kwargs,
        )

    def diagnostics(self, data, components) -> dict[str, float]:
        """The largest angle, in degrees, between the decoder's subspace and PCA's."""
        basis = self.decoder.layers[-1].kernel.numpy()
        principal = components.components[: len(basis)]
        return {"principal_angle_degrees": float(pca.principal_angles(basis, principal)[0])}

    def sample(self, data, components) -> dict[str, np.ndarray]:
        return {}  # the page makes the points itself, from the seed

    def pictured(self, data):
        return data.train

    def draw(self, x):
        """ "codes" and "reconstructions", float32, and what the decoder can reach: a point,
        "plane_origin" [input_dim], and directions that span it, "plane_basis" [latent_dim,
        input_dim]."""
        codes = self.encode(x)
        output = self.decoder.layers[-1]
        return {
            "codes": codes,
            "reconstructions": self.decode(codes),
            "plane_origin": tf.identity(output.bias),
            "plane_basis": tf.identity(output.kernel),
        }

    def told_weights(self):
        """The matrices and shifts of both halves: "W" [input_dim, latent_dim], "b", "V"
        [latent_dim, input_dim] and "c"."""
        (code,), (output,) = self.encoder.layers, self.decoder.layers
        matrices = {"W": code.kernel, "b": code.bias, "V": output.kernel, "c": output.bias}
        return {name: tf.identity(variable) for name, variable in matrices.items()}
