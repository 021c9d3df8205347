"""The sparse autoencoder: a wide code of which every image may use only little."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.base.autoencoder import Autoencoder
from models.autoencoders.sparse.hyperparameters import SparseHyperparameters
from models.data.datasets import SAMPLE_SIZE, Data
from models.evaluation.pca import PCA

LEAST_ACTIVITY = 1e-6
"""Keeps the logarithms finite where a unit never, or always, answers."""


def bernoulli_kl(target: tf.Tensor, activity: tf.Tensor) -> tf.Tensor:
    """KL(target || activity) between two coins, in nats, of each unit.

    Ng, "Sparse autoencoder" (CS294A lecture notes, Stanford, 2011).

    Args:
        target: Wanted mean activity rho, a scalar between 0 and 1.
        activity: Mean activity a, [units]; cut to what lies between 1e-6 and 1 - 1e-6.

    Returns:
        rho log(rho / a) + (1 - rho) log((1 - rho) / (1 - a)), [units], at least 0.
    """
    a = tf.clip_by_value(activity, LEAST_ACTIVITY, 1.0 - LEAST_ACTIVITY)
    return target * tf.math.log(target / a) + (1.0 - target) * tf.math.log(
        (1.0 - target) / (1.0 - a)
    )


@keras.saving.register_keras_serializable("autoencoder_lab")
class SparseAutoencoder(Autoencoder):
    """A stacked autoencoder that minimises MSE(x, g(z)) + lambda S(z), where S wants units to rest.

    With `sparsity="l1"`, S is the mean of |z| over units and images; ReLU makes exact zeros
    (Glorot, Bordes and Bengio, "Deep sparse rectifier neural networks", AISTATS 2011). With "kl", S
    is the mean over units of KL(rho || rho_hat), where rho_hat is the unit's mean activity over the
    batch and rho the target (Ng, 2011). Unless `l2` does, nothing holds the decoder's weights
    small, so that under L1 a unit can shrink its activity and grow its weights: what counts is how
    many units are zero. The idea is that of sparse coding (Olshausen and Field, "Emergence of
    simple-cell receptive field properties by learning a sparse code for natural images", Nature
    381, 1996).

    Symbols: z = `codes`; lambda = `sparsity_weight`; rho = `activity_target`; S = `sparsity_cost`.
    """

    hyperparameters_class = SparseHyperparameters
    adjustable = ("sparsity_weight", "activity_target")

    def sparsity_cost(self, codes: tf.Tensor) -> tf.Tensor:
        """S, a scalar, of the codes [batch, latent_dim]."""
        if self.hyperparameters.sparsity == "l1":
            return tf.reduce_mean(tf.abs(codes))
        target = self.adjusted["activity_target"]
        return tf.reduce_mean(bernoulli_kl(target, tf.reduce_mean(codes, axis=0)))

    def penalty(self, x: tf.Tensor, codes: tf.Tensor, labels: tf.Tensor | None) -> tf.Tensor:
        return self.adjusted["sparsity_weight"] * self.sparsity_cost(codes)

    def diagnostics(self, data: Data, components: PCA) -> dict[str, float]:
        """Over the held-out sample: the mean activity of all units, and the share of the units
        that an image uses, that is, whose activity is more than a tenth of the largest."""
        codes = np.abs(self.encode(data.held_out[:SAMPLE_SIZE]).numpy())
        return {
            "mean_activity": float(codes.mean()),
            "used_share": float(np.mean(codes > 0.1 * max(codes.max(), 1e-12))),
        }
