"""What the variational autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.latent_gaussian_hyperparameters import LatentGaussianHyperparameters
from models.hyperparameters.declaration import with_default


@dataclass(frozen=True)
class VariationalHyperparameters(LatentGaussianHyperparameters):
    """Hyperparameters of the variational autoencoder.

    The defaults were found with `benchmarks.search` and, at the end, by hand on its validation
    images. Gradients are seldom longer than `clip_norm`: it is
    there for the few that throw a long training off.
    """

    initializer: str = with_default(LatentGaussianHyperparameters, "initializer", "lecun_normal")
    optimizer: str = with_default(LatentGaussianHyperparameters, "optimizer", "nadam")
    learning_rate: float = with_default(LatentGaussianHyperparameters, "learning_rate", 0.004)
    clip_norm: float = with_default(LatentGaussianHyperparameters, "clip_norm", 100.0, added=False)
    batch_size: int = with_default(LatentGaussianHyperparameters, "batch_size", 50)
    epochs: int = with_default(LatentGaussianHyperparameters, "epochs", 15)


TYPE = AutoencoderType(
    name="variational",
    title="Variational",
    hyperparameters=VariationalHyperparameters,
    model="models.autoencoders.variational.model:VariationalAutoencoder",
    recipe_version=2,
    article={
        "hidden_activation": "elu",
        "initializer": "he_normal",
        "optimizer": "adam",
        "learning_rate": "0.001",
        "clip_norm": "0",
        "batch_size": "150",
        "schedule": "constant",
        "parametrization": "sigma",
        "epochs": "50",
    },
    criterion="total",
    safe_sgd_rate=0.0001,
)
