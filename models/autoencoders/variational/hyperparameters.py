"""What the variational autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.latent_gaussian_hyperparameters import LatentGaussianHyperparameters


@dataclass(frozen=True)
class VariationalHyperparameters(LatentGaussianHyperparameters):
    """Hyperparameters of the variational autoencoder."""


TYPE = AutoencoderType(
    name="variational",
    title="Variational",
    hyperparameters=VariationalHyperparameters,
    model="models.autoencoders.variational.model:VariationalAutoencoder",
    recipe_version=1,
    article={
        "learning_rate": "0.001",
        "schedule": "constant",
        "parametrization": "sigma",
        "epochs": "50",
    },
    criterion="total",
    safe_sgd_rate=0.0001,
)
