"""The linear autoencoder: the network that rediscovers principal component analysis."""

from __future__ import annotations

import keras
import numpy as np

from models import pca
from models.autoencoder import Autoencoder, dense, sequential


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

    def __init__(self, input_dim: int = 3, latent_dim: int = 2, seed: int = 42, **kwargs):
        self.arguments = {"input_dim": input_dim, "latent_dim": latent_dim, "seed": seed}
        code = dense(latent_dim, "linear", "glorot_uniform", 0.0, "code")
        output = dense(input_dim, "linear", "glorot_uniform", 0.0, "output")
        super().__init__(
            sequential(input_dim, [code], "encoder"),
            sequential(latent_dim, [output], "decoder"),
            seed=seed,
            term_names=("reconstruction_mse", "total"),
            **kwargs,
        )

    @classmethod
    def from_hyperparameters(cls, hyperparameters) -> LinearAutoencoder:
        h = hyperparameters
        return cls(h.input_dim, h.latent_dim, h.seed)

    def plane(self) -> tuple[np.ndarray, np.ndarray]:
        """What the decoder can reach: a point, [input_dim], and directions [latent_dim,
        input_dim] that span it."""
        kernel, bias = self.decoder.get_weights()
        return bias, kernel

    def diagnostics(self, data) -> dict[str, float]:
        """The largest angle, in degrees, between the decoder's subspace and PCA's."""
        _, basis = self.plane()
        components = pca.fit(data.train).components[: len(basis)]
        return {"principal_angle_degrees": float(pca.principal_angles(basis, components)[0])}

    def sample(self, data, components) -> dict[str, np.ndarray]:
        return {}  # the page makes the points itself, from the seed

    def pictures(self, data) -> dict[str, np.ndarray]:
        kernel, bias = self.encoder.get_weights()
        origin, basis = self.plane()
        codes = data.train @ kernel + bias
        return {
            "codes": codes,
            "reconstructions": codes @ basis + origin,
            "plane_origin": origin,
            "plane_basis": basis,
        }

    def get_config(self):
        return super().get_config() | self.arguments
