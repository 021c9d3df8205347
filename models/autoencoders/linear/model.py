"""The linear autoencoder: the network that rediscovers principal component analysis."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.linear.hyperparameters import LinearHyperparameters
from models.data.datasets import Data
from models.evaluation import pca
from models.evaluation.pca import PCA


@keras.saving.register_keras_serializable("autoencoder_lab")
class LinearAutoencoder(Autoencoder):
    """Two matrices, no activation: z = W x + b, x' = V z + c, minimising |x - x'|^2.

    Every minimum that is not a saddle spans the same subspace as the first `latent_dim`
    principal components, though its axes need be neither orthogonal nor sorted
    (Baldi and Hornik, "Neural networks and principal component analysis", Neural Networks 2,
    1989, section 2).

    Symbols: x = input; W, b = `encoder` weights; z = `codes`; V, c = `decoder` weights.
    """

    hyperparameters_class = LinearHyperparameters

    def diagnostics(self, data: Data, components: PCA) -> dict[str, float]:
        """The largest angle, in degrees, between the decoder's subspace and PCA's."""
        basis = self.decoder.layers[-1].kernel.numpy()
        principal = components.components[: len(basis)]
        return {"principal_angle_degrees": float(pca.principal_angles(basis, principal)[0])}

    def sample(self, data: Data, components: PCA) -> dict[str, np.ndarray]:
        return {}  # the page makes the points itself, from the seed

    def pick_examples(self, data: Data) -> np.ndarray:
        return data.train

    def draw(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
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

    def trace_weights(self) -> dict[str, tf.Tensor]:
        """The matrices and shifts of both halves: "W" [input_dim, latent_dim], "b", "V"
        [latent_dim, input_dim] and "c"."""
        (code,), (output,) = self.encoder.layers, self.decoder.layers
        matrices = {"W": code.kernel, "b": code.bias, "V": output.kernel, "c": output.bias}
        return {name: tf.identity(variable) for name, variable in matrices.items()}
