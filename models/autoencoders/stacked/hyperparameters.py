"""What the stacked autoencoder can be asked, and its entry in the registry."""

from __future__ import annotations

from dataclasses import dataclass

from models.autoencoders.base.autoencoder_type import AutoencoderType
from models.autoencoders.base.image_hyperparameters import DenseHyperparameters


@dataclass(frozen=True)
class StackedHyperparameters(DenseHyperparameters):
    """Hyperparameters of the stacked (deep, undercomplete) autoencoder."""


TYPE = AutoencoderType(
    name="stacked",
    title="Stacked",
    hyperparameters=StackedHyperparameters,
    model="models.autoencoders.stacked.model:StackedAutoencoder",
    recipe_version=1,
    article={
        "hidden_activation": "elu",
        "code_activation": "elu",
        "output_activation": "linear",
        "l2": "0.0001",
        "learning_rate": "0.01",
        "schedule": "constant",
        "epochs": "5",
    },
)
